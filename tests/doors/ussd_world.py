"""Simple phones, and the gateway that carries what is typed on them."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from door_nodes import customer
from door_world import World, opened

from qantara import ids
from qantara.access.credentials import flow as credentials
from qantara.access.model import Role
from qantara.db import Server
from qantara.domestic import flow as domestic
from qantara.edge import Ack, Envelope
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import Enrolment
from qantara.rails import flow as rails
from qantara.rails.model import AccountRef, Agent, Party, Profile, ResolutionReport, envelope_name
from qantara.ussd import rules

PHONE, PIN = "+60122000077", "730194"
INSIDE = Profile.DUITNOW_DOMESTIC
ASKED_INSIDE = "acmt.023.001.04/duitnow_domestic"
ASKED_ABROAD = "acmt.023.001.04"
_numbers = itertools.count(1)


class Phone:
    """One talk: it keeps what was typed, and sends all of it at each turn."""

    def __init__(self, world: World, number: str = PHONE) -> None:
        self.world, self.number, self.typed = world, number, list[str]()
        self.id = f"talk-{next(_numbers)}"

    async def send(self, **other: str) -> httpx.Response:
        body = {"session_id": self.id, "phone": self.number, "text": "*".join(self.typed)}
        headers = {"authorization": f"Bearer {self.world.keys['ussd']}"}
        return await self.world.my.client.post("/v1/ussd", json=body | other, headers=headers)

    async def types(self, *words: str) -> str:
        """The screen after these words, one by one; every screen on the way fits."""
        for word in words or ("",):
            if word:
                self.typed.append(word)
            answer = await self.send()
            assert answer.status_code == httpx.codes.OK, answer.text
            assert answer.headers["content-type"].startswith("text/plain")
            assert re.match("(CON|END) ", answer.text), answer.text
            assert rules.fits(answer.text[4:]), answer.text
        return answer.text

    async def begun(self, language: str = "1") -> str:
        """In English, unless told otherwise."""
        await self.types()
        return await self.types("5", language)

    async def pays(self, word: str, name: str = "CHONG W****", asked: str = ASKED_INSIDE) -> str:
        """A turn whose payee check is answered meanwhile."""
        before = len(await self.world.my.sent(asked))
        turn: Awaitable[str] = asyncio.create_task(self.types(word))
        question = (await self.world.my.waited_for(asked, before + 1))[-1]
        if asked == ASKED_ABROAD:
            await self.world.report(question, name)
        else:
            await answered_inside(self.world, question, name)
        return await turn


async def answered_inside(
    world: World, question: bytes, name: str, holder: str = "Chong Wei Contoh"
) -> None:
    asked: Any = rails.read(question, INSIDE)
    report = ResolutionReport(
        message_id=ids.new_message_id(),
        created_at=world.clock.now,
        first_agent=asked.first_agent,
        assigner=asked.assignee,
        assignee=asked.assigner,
        original_message_id=asked.message_id,
        original_created_at=asked.created_at,
        original_request_id=asked.request_id,
        original_account=asked.account,
        original_agent=asked.agent,
        verified=True,
        payee=Party(holder, "MY", "Ipoh"),
        account=AccountRef(other="220000000002", name=name),
        agent=Agent("BATKMYK0"),
    )
    raw = rails.build(report, INSIDE)
    title = envelope_name(rails.name_of(report, INSIDE), INSIDE)
    envelope = Envelope(report.message_id, title, None, raw)
    acks = await world.my.intake.take("duitnow", [envelope])
    assert acks == [Ack(envelope.key, accepted=True)]


@asynccontextmanager
async def with_phones(server: Server, **terms: Any) -> AsyncIterator[World]:
    """The world, in which Aisha signs in by phone and PIN."""
    async with opened(server, **terms) as world:
        await world.my.do(domestic.open_books, None)
        await enrolled(world, customer("Aisha", 1)[0], PHONE)
        world.keys["ussd"] = await world.my.key("ussd", Role.USSD_GATEWAY, None)
        yield world


async def enrolled(world: World, person: Any, phone: str) -> None:
    hash_ = await credentials.hashed(PIN)

    async def enrol(tx: Any, _node: object, asked: Any, now: Any) -> list[None]:
        await onboarding.enrol(tx, list(asked), now)
        return [None] * len(asked)

    await world.my.do(enrol, Enrolment(person, phone, hash_))
