// The app's shell where there is no network: pages that were read before can be read again, as
// they were then. Nothing is ever sent later: a form that could not leave is told as not sent.

const PAGES = "qantara-pages-1";
const FILES = "qantara-files-1";
const OFFLINE = "/app/offline";
const READ_AGAIN = /^\/app(\/(activity|accounts|payments|pots|payees|schedules|code|more)(\/.*)?)?$/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.add(OFFLINE)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

async function file(request) {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function page(request, url) {
  try {
    const answer = await fetch(request);
    await remember(request, url, answer);
    return answer;
  } catch {
    const kept = request.method === "GET" && (await (await caches.open(PAGES)).match(request));
    return kept ? marked(kept) : (await caches.open(FILES)).match(OFFLINE);
  }
}

// A kept page is told apart from the page itself: what it was served with says so.
async function marked(kept) {
  const text = (await kept.text()).replace(/<shell-note ([^>]*?) hidden>/, "<shell-note $1>");
  return new Response(text, { headers: kept.headers });
}

async function remember(request, url, answer) {
  const ended = answer.redirected && new URL(answer.url).pathname === "/app/sign-in";
  if (ended || url.pathname === "/app/sign-out") await caches.delete(PAGES);
  else if (request.method === "GET" && answer.ok && !answer.redirected && READ_AGAIN.test(url.pathname))
    await (await caches.open(PAGES)).put(request, answer.clone());
}
