"""An institution and a gateway as they run, on real databases, asked over HTTP without sockets."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from door_nodes import IBAN, customer, gateway, institution
from fastapi import FastAPI

from moments import NOW
from qantara import api, ids, web
from qantara.access import flow as access
from qantara.access.model import INSTALLER, NewPrincipal, PrincipalKind, Role, Scope
from qantara.api import Intake
from qantara.db import Batcher, Database, Server, Tx
from qantara.db.batcher import Verb
from qantara.edge import Ack, Door, Envelope, Watch
from qantara.edge.peers import LOCAL
from qantara.edge.problems import of_answer
from qantara.host.kinds import KINDS
from qantara.ids import PrincipalId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.money import MYR, PKR, Rate
from qantara.parties import flow as parties
from qantara.policy import flow as policy
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    CreditTransfer,
    Party,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    Status,
)
from qantara.remittance import flow as remittance
from qantara.remittance.model import Institution, ReferenceRate
from qantara.scheme.model import RATE_NOTICE, RateNotice, write_notice
from qantara.telemetry import Witness

PEER = "x-test-peer"


def as_peer(app: Any) -> Any:
    """The app as a role in the same process reaches it: a header of the tests names that role,
    where a real link names it out of reach of anything sent.
    """

    async def called(scope: Any, receive: Any, send: Any) -> None:
        names = [value.decode() for name, value in scope["headers"] if name == PEER.encode()]
        await app({**scope, "extensions": {LOCAL: names[0]}} if names else scope, receive, send)

    return called


@dataclass
class Hand:
    """A clock that only a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Place:
    """A role that runs."""

    door: Door
    app: FastAPI
    intake: Intake
    client: httpx.AsyncClient

    async def do(self, verb: Verb, command: object) -> Any:
        return await self.door.batcher.run(verb, command)

    async def key(self, name: str, role: Role, subject: str | None, *scopes: Scope) -> str:
        """A new principal's key, with all its role allows or only these scopes."""

        async def issue(tx: Tx, _node: object, asked: Sequence[object], now: datetime) -> list[str]:
            kind = PrincipalKind.CLIENT_APP
            new = NewPrincipal(PrincipalId(f"prn_{name}"), kind, name, (role,), subject)
            made = (await access.register_principals(tx, [new], now))[0]
            assert not isinstance(made, Exception)
            issued = await access.issue_key(tx, INSTALLER, made.id, scopes or made.scopes, now)
            return [issued.presented for _ in asked]

        return str(await self.do(issue, None))

    async def sent(self, name: str) -> list[bytes]:
        """The messages of a name that wait for delivery, oldest first."""
        async with self.door.database.read() as tx:
            rows = await tx.fetch("SELECT raw FROM db.sent WHERE name = $1 ORDER BY sequence", name)
        return [row["raw"] for row in rows]

    async def waited_for(self, name: str, count: int) -> list[bytes]:
        """The messages of a name, once there are so many."""
        async with asyncio.timeout(10):
            while len(sent := await self.sent(name)) < count:  # noqa: ASYNC110 - as a deliverer looks
                await asyncio.sleep(0.005)
        return sent

    async def count(self, table: str) -> int:
        async with self.door.database.read() as tx:
            return int(await tx.fetchval(f"SELECT count(*) FROM {table}"))


@asynccontextmanager
async def place(
    server: Server, kind: str, node: Any, ask: Any, clock: Hand, **terms: Any
) -> AsyncIterator[Place]:
    await server.prepare()
    name = f"qantara_test_{uuid.uuid4().hex[:12]}"
    database: Database = await server.create(name, KINDS[kind].packages)
    await database.open()
    watch = Watch()
    witness = Witness(node.role)
    batcher = Batcher(database, node, clock, lambda _: watch.committed(), witness=witness)
    await batcher.start()
    watch.start(database)
    known = {"packages": KINDS[kind].packages, "witness": witness} | terms
    door = Door(node.role, node, database, batcher, clock, ask, watch, **known)
    app = api.app(kind, door)
    if kind == "institution":
        web.join(app, door, {})
    transport = httpx.ASGITransport(as_peer(app), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            yield Place(door, app, api.intake(kind, door), client)
    finally:
        await watch.stop()
        await batcher.stop()
        await database.close()
        await server.drop(name)


class World:
    """The institution `my`, the gateway `nexus`, and two customers of ours."""

    def __init__(self, my: Place, nexus: Place, clock: Hand) -> None:
        self.my, self.nexus, self.clock = my, nexus, clock
        self.keys: dict[str, str] = {}

    async def seed(self) -> None:
        people = [customer("Aisha", 1), customer("Bo", 2)]
        for verb in (remittance.open_books, _keep_rulebook):
            await self.my.do(verb, None)
        await self.my.do(settle, people)
        rate = ReferenceRate(Rate(MYR, PKR, Decimal("63.45")), "seeded mid", NOW)
        await self.my.do(remittance.record_reference_rates, rate)
        for name in ("aisha", "bo"):
            self.keys[name] = await self.my.key(name, Role.CUSTOMER, f"cus_{name}")
        for name in ("maker", "checker"):
            self.keys[name] = await self.my.key(name, Role.COMPLIANCE, None)
        self.keys["nexus"] = await self.nexus.key("my", Role.COUNTERPARTY, "my")
        await self.rate("63.40")

    async def rate(self, value: str) -> None:
        made, later = self.clock.now, self.clock.now + timedelta(hours=1)
        notice = RateNotice(
            ids.new_message_id(), str(uuid.uuid4()), "MYR", "PKR", Decimal(value), made, later
        )
        raw = write_notice(notice)
        acks = await self.nexus.intake.take(
            "fxp", [Envelope(notice.message_id, RATE_NOTICE, None, raw)]
        )
        assert acks[0].accepted, acks

    async def ask(self, role: str, path: str) -> bytes:
        assert role == "nexus"
        key = self.keys["nexus"]
        answer = await self.nexus.client.get(path, headers={"authorization": f"Bearer {key}"})
        if answer.status_code != httpx.codes.OK:
            raise of_answer(answer.status_code, answer.content)
        return answer.content

    async def get(self, path: str, by: str = "aisha", **headers: str) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.keys[by]}"} | headers
        return await self.my.client.get(path, headers=sent)

    async def post(
        self, path: str, body: Any, by: str = "aisha", key: str | None = None, **headers: str
    ) -> httpx.Response:
        """POST JSON, or bytes as they are, under a new idempotency key or the one given."""
        sent = {
            "authorization": f"Bearer {self.keys[by]}",
            "idempotency-key": key or uuid.uuid4().hex,
            "content-type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.my.client.post(path, headers=sent, **content)

    async def quoted(self, **other: str) -> dict[str, Any]:
        answer = await self.post("/v1/quotes", WISH | other)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return dict(answer.json())

    async def checked(self, by: str = "aisha", name: str | None = "BILAL M****") -> dict[str, Any]:
        """A payee check that is answered while its caller waits."""
        before = len(await self.my.sent("acmt.023.001.04"))
        asked = asyncio.create_task(self.post("/v1/payee-checks", CHECK, by))
        sent = await self.my.waited_for("acmt.023.001.04", before + 1)
        await self.report(sent[-1], name)
        answer = await asked
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return dict(answer.json())

    async def report(self, question: bytes, name: str | None, denied: str | None = None) -> None:
        asked = rails.read(question, Profile.DUITNOW)
        assert isinstance(asked, ResolutionRequest)
        report = ResolutionReport(
            message_id=ids.new_message_id(),
            created_at=self.clock.now,
            first_agent=asked.first_agent,
            assigner=asked.assignee,
            assignee=asked.assigner,
            original_message_id=asked.message_id,
            original_created_at=asked.created_at,
            original_request_id=asked.request_id,
            original_account=asked.account,
            verified=denied is None,
            reason=denied,
            payee=None if denied else Party("Bilal Malik", "PK", "Lahore"),
            account=None if denied else AccountRef(iban=IBAN, name=name),
            agent=None if denied else Agent("RAVIPKK0"),
        )
        raw = rails.build(report, Profile.DUITNOW)
        await self.accepted(Envelope(report.message_id, "acmt.024.001.04", None, raw))

    async def accepted(self, envelope: Envelope) -> None:
        acks = await self.my.intake.take("duitnow", [envelope])
        assert acks == [Ack(envelope.key, accepted=True)]

    async def remitted(self, **headers: str) -> dict[str, Any]:
        body = await self.yes()
        answer = await self.post("/v1/remittances", body, **headers)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return dict(answer.json())

    async def yes(self) -> dict[str, Any]:
        quote, check = await self.quoted(), await self.checked()
        return {"quote_id": quote["id"], "payee_check_id": check["id"], "purpose": "FAMI"}

    async def concluded(self, status: Status, reason: str | None = None) -> None:
        """The payment system's word on the last payment sent."""
        sent = await self.my.sent("pacs.008.001.13")
        payment = rails.read(sent[-1], Profile.DUITNOW)
        assert isinstance(payment, CreditTransfer)
        answer = PaymentStatus(
            message_id=ids.new_message_id(),
            created_at=self.clock.now,
            original_message_id=payment.message_id,
            uetr=payment.uetr,
            original_end_to_end_id=payment.end_to_end_id,
            original_transaction_id=payment.transaction_id,
            status=status,
            instructing_agent=payment.instructed_agent,
            instructed_agent=payment.instructing_agent,
            reason=reason,
        )
        await self.accepted(status_envelope(answer))

    async def balance(self, account_id: str = "acc_aisha") -> dict[str, Any]:
        return dict((await self.get(f"/v1/accounts/{account_id}", "maker")).json())


def status_envelope(answer: PaymentStatus) -> Envelope:
    raw = rails.build(answer, Profile.DUITNOW)
    return Envelope(answer.message_id, "pacs.002.001.15", answer.uetr, raw)


WISH = {
    "account_id": "acc_aisha",
    "destination_country": "PK",
    "fixed": "source",
    "amount": "500.00",
    "currency": "MYR",
}
CHECK = {"country": "PK", "address_type": "MBNO", "address": "+923001234567"}


async def _keep_rulebook(
    tx: Tx, node: Institution, commands: Sequence[object], now: datetime
) -> list[None]:
    await policy.keep_rulebook(tx, node.rulebook, now)
    return [None] * len(commands)


async def settle(tx: Tx, node: Institution, groups: Sequence[Any], now: datetime) -> list[None]:
    """Open each customer's account with 1,000.00 in it."""
    people = [each for group in groups for each in group]
    await parties.register_customers(tx, [person for person, _ in people], now)
    await parties.open_accounts(tx, [account for _, account in people], now)
    await ledger.open_accounts(
        tx,
        [NewAccount(a.ledger_code, MYR, AccountClass.E_MONEY, floor=0) for _, a in people],
        now,
    )
    issue = [
        Transfer(
            id=str(ids.uuid_derived("issue", account.id)),
            debit=node.claim,
            credit=account.ledger_code,
            amount=1_000_00,
            asset="MYR",
            code="e_money.issue",
            occurred_at=now,
        )
        for _, account in people
    ]
    assert all(outcome.accepted for outcome in await ledger.post(tx, issue, now))
    return [None] * len(groups)


@asynccontextmanager
async def opened(
    server: Server, node: Institution | None = None, **terms: Any
) -> AsyncIterator[World]:
    clock = Hand()
    made: list[World] = []

    async def ask(role: str, path: str) -> bytes:
        return await made[0].ask(role, path)

    async with AsyncExitStack() as stack:
        nexus = await stack.enter_async_context(place(server, "gateway", gateway(), ask, clock))
        my = await stack.enter_async_context(
            place(server, "institution", node or institution(), ask, clock, **terms)
        )
        world = World(my, nexus, clock)
        made.append(world)
        await world.seed()
        yield world
