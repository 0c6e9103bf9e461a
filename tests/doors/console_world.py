"""A browser's side of the console: cookies, forms as they stand in pages, no script."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from door_nodes import institution
from door_world import World, opened

from qantara.access.model import Role
from qantara.db import Server
from qantara.rails.model import Status

WHY = {"legal_reason": "Court order <i>4/2026</i>", "citation": "AMLA section 44 (example)"}
HOSTILE = '"><script>alert(1)</script>'
TOKEN = re.compile(r'name="token" value="([^"]+)"')
IN_PAGE = re.compile(
    r"<script(?! (type=\"module\" )?src=\"/static/[a-z0-9.-]+\.js\"( defer)?></script>)"
    r"|\son\w+=|\sstyle=|javascript:|\bjs:|hx-on|hx-vals|hx-vars"
)
"""Script or style that stands in the page itself."""
ONCE = re.compile(r'name="once" value="([^"]+)"')


class Browser:
    """One person's browser: it keeps its cookies, and sends what the pages gave it."""

    def __init__(self, world: World, language: str = "en") -> None:
        transport = world.my.client._transport  # noqa: SLF001 - the same doors, other cookies
        headers = {"accept-language": language}
        self.http = httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def page(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status_code == httpx.codes.OK, (path, answer.status_code, answer.text[:2000])
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields)

    async def fill(self, path: str, action: str | None = None, **fields: str) -> httpx.Response:
        """Fill in the form of a page and send it."""
        found = await self.page(path)
        hidden = {"token": _first(TOKEN, found)}
        if ONCE.search(found):
            hidden["once"] = _first(ONCE, found)
        return await self.post(action or path, **(hidden | fields))

    async def sign_in(self, key: str, place: str = "/console") -> httpx.Response:
        return await self.fill("/console/sign-in", key=key, next=place)


def _first(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found, page[:2000]
    return html.unescape(found[1])


async def browser(world: World, name: str, language: str = "en") -> Browser:
    """Somebody who is signed in."""
    made = Browser(world, language)
    answer = await made.sign_in(world.keys[name])
    assert (answer.status_code, answer.headers["location"]) == (303, "/console"), answer.text[:3000]
    return made


@asynccontextmanager
async def office(server: Server) -> AsyncIterator[World]:
    """An institution with somebody of every kind of staff."""
    async with opened(server, institution()) as made:
        for name, role in (
            *(("auditor", Role.AUDITOR), ("admin", Role.ADMINISTRATOR)),
            *(("admin2", Role.ADMINISTRATOR), ("ops", Role.OPERATIONS)),
        ):
            made.keys[name] = await made.my.key(name, role, None)
        yield made


async def completed(world: World) -> dict[str, Any]:
    made = await world.remitted()
    await world.concluded(Status.ACCC)
    return made


def older(page: str) -> str:
    """Where a page's link to further rows leads."""
    found = re.search(r'href="([^"]+)" rel="next"', page)
    assert found, page[-2000:]
    return html.unescape(found[1])
