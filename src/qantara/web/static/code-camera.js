// <code-camera> before the form that reads a code: opens the camera when it is asked to, looks a
// few times a second, and goes on as if the picture, or the text, had been given to the form.
// What browsers cannot read themselves the form's own door reads; nothing is kept of a picture.

const LOOK_MS = 400;
const LONGEST = 1280;
const QUALITY = 0.8;
const NOTHING_YET = 204;
const TOO_SOON = 429;
const TOO_SOON_MS = 5000;
const WHY = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" };

class CodeCamera extends HTMLElement {
  connectedCallback() {
    if (!navigator.mediaDevices?.getUserMedia) return;
    this.form = document.getElementById(this.getAttribute("form"));
    this.video = this.querySelector("video");
    [this.opener, this.stopper] = this.querySelectorAll("button");
    this.opener.addEventListener("click", () => this.open());
    this.stopper.addEventListener("click", () => this.stop("stopped"));
    this.left = () => document.hidden && this.stream && this.stop("stopped");
    this.gone = () => this.stop();
    document.addEventListener("visibilitychange", this.left);
    window.addEventListener("pagehide", this.gone);
    this.show();
  }

  disconnectedCallback() {
    if (!this.form) return;
    document.removeEventListener("visibilitychange", this.left);
    window.removeEventListener("pagehide", this.gone);
    this.stop();
  }

  show() {
    this.opener.hidden = Boolean(this.stream);
    this.stopper.hidden = this.video.hidden = !this.stream;
  }

  say(name) {
    this.querySelector("[role=status]").textContent = name ? this.dataset[name] : "";
  }

  async open() {
    this.opener.disabled = true;
    this.say("asking");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: LONGEST } } });
      if (!this.isConnected || document.hidden) return ended(stream);
      this.stream = this.video.srcObject = stream;
      this.show();
      this.stopper.focus();
      this.say("looking");
      await this.video.play();
      await this.look(stream);
    } catch (error) {
      this.stop(WHY[error.name] ?? "failed");
    } finally {
      this.opener.disabled = false;
    }
  }

  stop(why = "") {
    if (this.stream) ended(this.stream);
    this.stream = this.video.srcObject = null;
    this.show();
    this.say(why);
  }

  async look(stream) {
    const detector = await able();
    while (this.stream === stream) {
      const wait = detector ? await this.detect(detector) : await this.ask(stream);
      await new Promise((go) => setTimeout(go, wait));
    }
  }

  async detect(detector) {
    const [found] = await detector.detect(this.frame());
    if (found && this.stream) this.goOn(null, found.rawValue);
    return LOOK_MS;
  }

  async ask(stream) {
    const picture = await new Promise((go) => this.frame().toBlob(go, "image/jpeg", QUALITY));
    const body = new FormData();
    body.append("token", this.form.elements.token.value);
    body.append("picture", picture, "frame.jpg");
    const answer = await fetch(this.form.action, { method: "POST", body, headers: { "qantara-by-itself": "1" } });
    if (answer.status === TOO_SOON) return TOO_SOON_MS;
    if (answer.status !== NOTHING_YET && this.stream === stream) this.goOn(picture, "");
    return LOOK_MS;
  }

  frame() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight, 1));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(videoWidth * scale));
    canvas.height = Math.max(1, Math.round(videoHeight * scale));
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  goOn(picture, text) {
    const carried = new DataTransfer();
    if (picture) carried.items.add(new File([picture], "frame.jpg", { type: picture.type }));
    this.form.elements.picture.files = carried.files;
    this.form.elements.code.value = text;
    this.stop("found");
    this.form.requestSubmit();
  }
}

function ended(stream) {
  for (const track of stream.getTracks()) track.stop();
}

async function able() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats();
  return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

customElements.define("code-camera", CodeCamera);
