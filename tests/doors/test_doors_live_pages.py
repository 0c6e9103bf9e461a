"""What pages follow: streams of a session, told once for all, ending with it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from console_world import Browser, browser
from door_nodes import unsure_institution
from door_world import World, opened

from qantara.access import keys as access_keys
from qantara.access.model import INSTALLER, RevokeKey, Role
from qantara.rails.model import Status
from qantara.web import streams


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        made.keys["auditor"] = await made.my.key("auditor", Role.AUDITOR, None)
        yield made


@pytest.fixture
async def unsure(servers) -> AsyncIterator[World]:
    async with opened(servers(18), unsure_institution()) as made:
        yield made


class Reader:
    """One open stream, read as it comes: the app is called as a server calls it."""

    def __init__(self, me: Browser, world: World, query: str, **headers: str) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in me.http.cookies.items())
        sent = {"cookie": cookies, "host": "door"} | headers
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/console/live",
            "raw_path": b"/console/live",
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("door", 80),
            "state": {},
        }
        self._app = world.my.app
        self.status = 0
        self.text = ""
        self._more = asyncio.Event()

    async def run(self) -> None:
        async def receive() -> dict[str, object]:
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            self.status = int(message.get("status", self.status))
            self.text += bytes(message.get("body", b"")).decode()
            self._more.set()

        await self._app(self._scope, receive, send)

    async def until(self, wanted: str, times: int = 1) -> str:
        async with asyncio.timeout(60):
            while self.text.count(wanted) < times:
                self._more.clear()
                await self._more.wait()
        return self.text


@asynccontextmanager
async def reading(
    me: Browser, world: World, query: str, **headers: str
) -> AsyncIterator[tuple[Reader, asyncio.Task[None]]]:
    reader = Reader(me, world, query, **headers)
    task = asyncio.create_task(reader.run())
    try:
        yield reader, task
    finally:
        task.cancel()
        await asyncio.wait([task])


def followed(page: str) -> str:
    """What a page connects to, as it stands in it."""
    found = re.search(r'hx-sse:connect="/console/live\?([^"]+)"', page)
    assert found, page[:3000]
    return found[1].replace("&amp;", "&")


async def test_a_page_of_a_payment_is_told_what_becomes_of_it(world):
    made = await world.remitted()
    me = await browser(world, "maker")
    query = followed(await me.page(f"/console/payments/{made['id']}"))
    async with reading(me, world, query) as (reader, _):
        await reader.until("id: ")
        assert "event:" not in reader.text
        await world.concluded(Status.ACCC)
        told = await reader.until('"completed"')
    assert f'event: payment\ndata: {{"id":"{made["id"]}","state":"completed"}}' in told
    assert reader.status == 200


async def test_a_browser_that_comes_back_hears_what_it_missed_and_nothing_twice(world):
    made = await world.remitted()
    await world.concluded(Status.ACCC)
    me = await browser(world, "maker")
    query = f"topic=payment:{made['id']}"
    async with reading(me, world, query) as (reader, _):
        every = re.findall(r"id: (\d+)\nevent: payment", await reader.until('"completed"'))
    assert len(every) == 3
    async with reading(me, world, query, last_event_id=every[1]) as (reader, _):
        rest = re.findall(r"id: (\d+)\nevent: payment", await reader.until('"completed"'))
    assert rest == every[2:]
    bad = await me.get(f"/console/live?{query}", headers={"last-event-id": "x"})
    assert bad.status_code == 400


async def test_a_page_of_queues_is_told_when_one_of_them_changes(unsure):
    me = await browser(unsure, "maker")
    query = followed(await me.page("/console"))
    async with reading(me, unsure, query) as (reader, _):
        await reader.until("id: ")
        assert "event:" not in reader.text
        await unsure.remitted()
        await reader.until("event: queues\n")


async def test_what_changes_while_looks_rest_is_told_to_who_has_just_come(unsure, monkeypatch):
    monkeypatch.setattr(streams, "PAUSE_SECONDS", 0.5)
    first = await unsure.remitted()
    me = await browser(unsure, "maker")
    async with reading(me, unsure, f"topic=payment:{first['id']}") as (watched, _):
        await watched.until("id: ")
        await asyncio.sleep(0.1)  # the first look is over, and the next one waits
        query = followed(await me.page("/console"))
        async with reading(me, unsure, query) as (reader, _):
            await reader.until("id: ")
            await unsure.remitted()
            async with asyncio.timeout(10):
                await reader.until("event: queues\n")


async def test_a_stream_ends_with_its_session(world, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    me, other = await browser(world, "maker"), await browser(world, "checker")
    mine, theirs = (
        reading(me, world, "topic=queues&since=0"),
        reading(other, world, "topic=queues"),
    )
    async with mine as (reader, task), theirs as (rest, _):
        await reader.until(": alive")
        revoked = RevokeKey(world.keys["maker"].partition(".")[0], INSTALLER)
        await world.my.do(access_keys.revoke, revoked)
        await asyncio.wait_for(task, 60)
        assert reader.text.endswith("event: ended\ndata: \n\n")
        await rest.until(": alive", rest.text.count(": alive") + 1)
    gone = await me.get("/console/live?topic=queues")
    assert (gone.status_code, gone.text) == (401, "event: ended\ndata: \n\n")


async def test_a_stream_keeps_nobody_signed_in(world, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    me = await browser(world, "maker")
    async with reading(me, world, "topic=queues") as (reader, task):
        await reader.until(": alive")
        world.clock.forward(800)
        by_itself = await me.get("/console", headers={"qantara-by-itself": "1"})
        assert by_itself.status_code == 200
        world.clock.forward(200)
        await asyncio.wait_for(task, 60)
        assert reader.text.endswith("event: ended\ndata: \n\n")
    by_itself = await me.get("/console", headers={"qantara-by-itself": "1"})
    assert by_itself.status_code == 401
    assert (await me.get("/console")).status_code == 303


async def test_nobody_follows_what_they_may_not_see(world):
    made = await world.remitted()
    world.keys["admin"] = await world.my.key("admin", Role.ADMINISTRATOR, None)
    admin, maker = await browser(world, "admin"), await browser(world, "maker")
    refused = await admin.get(f"/console/live?topic=payment:{made['id']}")
    assert refused.status_code == 403
    for query in ("", "topic=", "topic=weather", "&".join(["topic=queues"] * 17)):
        assert (await maker.get(f"/console/live?{query}")).status_code == 400


async def test_every_stream_ends_when_the_role_stops(world):
    me = await browser(world, "maker")
    async with reading(me, world, "topic=queues") as (reader, task):
        await reader.until("id: ")
        await world.my.door.watch.stop()
        await asyncio.wait_for(task, 60)
    assert "ended" not in reader.text


async def test_of_too_many_streams_of_a_session_the_oldest_ends(world, monkeypatch):
    monkeypatch.setattr(streams, "PER_SESSION_MOST", 2)
    me = await browser(world, "maker")
    query = "topic=queues"
    async with reading(me, world, query) as (one, task):
        await one.until("id: ")  # only now is it surely the oldest
        async with (
            reading(me, world, query) as (two, other),
            reading(me, world, query) as (three, _),
        ):
            await two.until("id: ")
            await three.until("id: ")
            await asyncio.wait_for(task, 60)
            assert not other.done()
