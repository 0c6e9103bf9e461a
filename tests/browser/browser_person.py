"""One person at a browser: things are found by what they are and what they are called."""

import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from qantara.world.staged import AT, Staged

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
DESKTOP, PHONE, NARROW = (1280, 900), (390, 844), (320, 700)
WAIT_MS = 30_000
ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast",)
NO_WORKER: dict[str, Any] = {"service_workers": "block"}
"""Pages are weighed and judged as the server sends them, not as a worker has kept them."""
expect.set_options(timeout=WAIT_MS)


@cache
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


class Person:
    """`page` is what they look at; `faults` what the browser complained of meanwhile."""

    def __init__(self, context: BrowserContext, page: Page, world: Staged, site: str) -> None:
        self.context, self.page, self.world, self.site = context, page, world, site
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda said: self.faults.append(said.text) if said.type == "error" else None
        )

    @classmethod
    async def at(
        cls, machine: Browser, world: Staged, site: str, institution: str = AT, **more: Any
    ) -> "Person":
        """Somebody new at an institution; `more` is what their browser is like."""
        width, height = DESKTOP
        usual: dict[str, Any] = {
            "base_url": world.runtime.addresses[institution],
            "locale": "en",
            "reduced_motion": "reduce",
            "viewport": {"width": width, "height": height},
        }
        context = await machine.new_context(**(usual | more))
        context.set_default_timeout(WAIT_MS)
        return cls(context, await context.new_page(), world, site)

    async def leaves(self) -> None:
        await self.context.close()

    async def likes(
        self, language: str = "en", theme: str = "light", size: tuple[int, int] = DESKTOP
    ) -> None:
        """How this person wants pages, as their browser has kept it."""
        chosen = {"qantara_language": language, "qantara_theme": theme}
        path = f"/{self.site}"
        place = {"domain": "127.0.0.1", "path": path}
        await self.context.add_cookies(
            [{"name": name, "value": value, **place} for name, value in chosen.items()]
        )
        await self.resizes(size)

    async def resizes(self, size: tuple[int, int]) -> None:
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})

    async def goes(self, path: str) -> None:
        await self.page.goto(path.format(**self.world.ids))

    async def shows_pin(self, phone: str, pin: str) -> None:
        await self.finds("textbox", "Phone number").fill(phone)
        await self.page.get_by_label("PIN", exact=True).fill(pin)
        await self.finds("button", "Sign in", exact=True).click()

    async def is_in(self) -> bool:
        """Whether their session stands: it ends when nothing has happened for a while."""
        answer = await self.context.request.get(f"/{self.site}", max_redirects=0)
        return answer.status == HTTPStatus.OK

    async def signs_in(self, key: str) -> None:
        """With a key; or with a phone and a PIN, as the keys of people of the app are written."""
        await self.goes(f"/{self.site}/sign-in")
        if " " in key:
            phone, pin, _name = key.split(maxsplit=2)
            await self.shows_pin(phone, pin)
            await self.page.wait_for_url(re.compile(rf"/{self.site}$"))
            return
        field = self.page.get_by_label("Your key")
        if self.site == "app":
            await self.page.get_by_text("Sign in with a key").click()
        await field.fill(key)
        await field.press("Enter")
        await self.page.wait_for_url(re.compile(rf"/{self.site}$"))

    async def enters(self, who: str) -> None:
        """Comes in as the staged world lets them: with a PIN, or in the middle of joining."""
        kept = await self.world.enters(self.site, who)
        place = {"domain": "127.0.0.1", "path": f"/{self.site}"}
        await self.context.add_cookies(
            [{"name": name, "value": value, **place} for name, value in kept.items()]
        )

    def finds(self, role: Any, name: str | re.Pattern[str] = "", **more: Any) -> Locator:
        if not name:
            return self.page.get_by_role(role, **more)
        return self.page.get_by_role(role, name=name, **more)

    async def sees(self, text: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def judged(self, only: tuple[str, ...] = ALL) -> list[str]:
        """What axe finds wrong with the page as it stands."""
        if not await self.page.evaluate("typeof window.axe === 'object'"):
            await self.page.evaluate(axe())
        kind = "rule" if only == COLOURS else "tag"
        found = await self.page.evaluate(
            "([type, values]) => axe.run({runOnly: {type, values}, resultTypes: ['violations']})",
            [kind, list(only)],
        )
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than what shows it."""
        return int(
            await self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )
