"""Triggers, set over HTTP on a simulated bank, and what its way in then does."""

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from door_world import Hand, Place, place

from moments import NOW
from qantara import api, ids
from qantara.access.model import Role, Scope
from qantara.db import Server
from qantara.edge import Ack, Envelope
from qantara.errors import Unavailable
from qantara.host.faulty import FaultyLink
from qantara.money import PKR, Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    DomesticTransfer,
    Party,
    PaymentStatus,
    Profile,
)
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import Account, PspNode
from qantara.scheme.triggers.model import Active

INSIDE = Profile.RAAST_DOMESTIC
NAME = "pacs.008.001.13/raast_domestic"
STATUS = "pacs.002.001.15/raast_domestic"
NUMBER = "PK61CHEN0000000000000001"
NODE = PspNode(
    role="psp-pk",
    bic="CHENPKK0",
    name="Chenab Misaal Bank (simulated participant)",
    country="PK",
    asset=PKR,
    profile=Profile.RAAST,
    domestic=INSIDE,
    ips="raast",
    ips_bic="RAASPKK0",
    clearing_system="RST",
    gateway="nexus",
    prefix="CHEN",
    accounts=(Account(NUMBER, Party("Bilal Khan", "PK", "Lahore"), iban=True),),
)


@dataclass
class Bank:
    there: Place
    clock: Hand
    key: str

    async def post(self, path: str, body: dict[str, Any], key: str = "") -> httpx.Response:
        headers = {
            "authorization": f"Bearer {self.key}",
            "idempotency-key": key or uuid.uuid4().hex,
        }
        return await self.there.client.post(f"/v1/scheme{path}", json=body, headers=headers)

    async def get(self, path: str) -> Any:
        headers = {"authorization": f"Bearer {self.key}"}
        answer = await self.there.client.get(f"/v1/scheme{path}", headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    async def order(self, **body: Any) -> str:
        answer = await self.post("/triggers", body)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    async def take(self, *payments: DomesticTransfer) -> list[Ack]:
        return await self.there.intake.take("raast", [envelope(each) for each in payments])

    async def answers(self) -> list[PaymentStatus]:
        return [rails.read(raw, INSIDE) for raw in await self.there.sent(STATUS)]  # type: ignore[misc]


def payment(amount: int = 100) -> DomesticTransfer:
    return DomesticTransfer(
        message_id=ids.new_message_id(),
        created_at=NOW,
        clearing_system="RST",
        uetr=ids.new_uetr(),
        end_to_end_id=ids.new_message_id(),
        transaction_id=ids.new_message_id(),
        settlement_amount=Money(amount * 100, PKR),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructing_agent=Agent("RAVIPKK0"),
        instructed_agent=Agent("CHENPKK0"),
        debtor=Party("Zainab Malik", "PK", "Karachi"),
        debtor_account=AccountRef(iban="PK36RAVI0000001123456702"),
        debtor_agent=Agent("RAVIPKK0"),
        creditor_agent=Agent("CHENPKK0"),
        creditor=Party("Bilal Khan", "PK", "Lahore"),
        creditor_account=AccountRef(iban=NUMBER),
    )


def envelope(record: DomesticTransfer) -> Envelope:
    return Envelope(record.message_id, NAME, record.uetr, rails.build(record, INSIDE))


async def nobody(_role: str, _path: str) -> bytes:
    raise AssertionError("nobody is asked here")


async def open_books(tx: Any, node: Any, commands: Any, now: Any) -> list[None]:
    await psp.open_books(tx, node, now)
    return [None] * len(commands)


@pytest.fixture
async def bank(servers: Callable[[int], Server]) -> AsyncIterator[Bank]:
    clock = Hand()
    async with place(servers(18), "psp", NODE, nobody, clock) as there:
        await there.do(open_books, None)
        yield Bank(there, clock, await there.key("operator", Role.OPERATOR, None))


async def test_a_rejection_goes_through_the_roles_own_refusals(bank: Bank) -> None:
    await bank.order(effect="reject", message=NAME, code="AB09", where={"amount": "100.00"})
    one, other = payment(100), payment(200)
    assert all(ack.accepted for ack in await bank.take(one, other))
    said = {answer.uetr: answer.reason for answer in await bank.answers()}
    assert said == {one.uetr: "AB09", other.uetr: None}
    async with bank.there.door.database.read() as tx:
        rows = await tx.fetch("SELECT uetr, state FROM psp.payment")
    assert dict(map(tuple, rows)) == {one.uetr: "refused", other.uetr: "credited"}


async def test_a_lost_message_is_acknowledged_and_never_seen(bank: Bank) -> None:
    order = await bank.order(effect="lose", times=1)
    lost, kept = payment(), payment()
    assert (await bank.take(lost))[0].accepted
    assert (await bank.take(kept))[0].accepted
    assert [answer.uetr for answer in await bank.answers()] == [kept.uetr]
    shown = await bank.get(f"/triggers/{order}")
    assert (shown["struck"], shown["active"]) == (1, False)
    assert [met["uetr"] for met in shown["strikes"]] == [lost.uetr]


async def test_a_repeated_message_acts_once_and_is_answered_each_time(bank: Bank) -> None:
    await bank.order(effect="repeat", repeats=2)
    await bank.take(payment())
    answers = await bank.answers()
    assert len(answers) == 3
    assert len(set(answers)) == 1
    assert await bank.there.count("psp.payment") == 1


async def test_a_delayed_message_is_taken_when_its_time_has_come(bank: Bank) -> None:
    await bank.order(effect="delay", seconds=15, message=NAME)
    assert (await bank.take(payment()))[0].accepted
    await bank.there.do(bank.there.intake.release, None)
    assert await bank.answers() == []
    bank.clock.forward(15)
    await bank.there.do(bank.there.intake.release, None)
    assert len(await bank.answers()) == 1
    await bank.there.do(bank.there.intake.release, None)
    assert len(await bank.answers()) == 1


async def test_a_halted_role_takes_nothing_until_it_is_let_go(bank: Bank) -> None:
    order = await bank.order(effect="halt")
    late = payment()
    with pytest.raises(Unavailable):
        await bank.take(late)
    removed = await bank.post(f"/triggers/{order}/remove", {})
    assert removed.json()["active"] is False
    assert (await bank.take(late))[0].accepted
    assert len(await bank.answers()) == 1


@dataclass
class Line:
    """What reaches the other end."""

    came: list[str]

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        self.came += [each.key for each in envelopes]
        return [Ack(each.key, accepted=True) for each in envelopes]

    async def ask(self, path: str) -> bytes:
        return path.encode()


async def test_a_line_out_loses_and_repeats_as_ordered(bank: Bank) -> None:
    line = Line([])
    link = FaultyLink("raast", line, bank.there.door)
    lost, twice, plain = (envelope(payment()) for _ in range(3))
    assert all(ack.accepted for ack in await link.deliver([plain]))
    await bank.order(effect="lose", direction="out", where={"uetr": lost.uetr})
    await bank.order(effect="repeat", repeats=1, direction="out", where={"uetr": twice.uetr})
    acks = await link.deliver([lost, twice, plain])
    assert [(ack.key, ack.accepted) for ack in acks] == [
        (each.key, True) for each in (lost, twice, plain)
    ]
    assert line.came == [plain.key, twice.key, twice.key, plain.key]


async def test_an_order_given_twice_under_one_key_is_one_order(bank: Bank) -> None:
    body = {"effect": "lose", "times": 2}
    first, second = [await bank.post("/triggers", body, "the-same") for _ in range(2)]
    assert first.json() == second.json()
    page = await bank.get("/triggers")
    assert [each["id"] for each in page["data"]] == [first.json()["id"]]


async def test_orders_are_paged_the_newest_first(bank: Bank) -> None:
    made = [await bank.order(effect="lose", times=1) for _ in range(3)]
    first = await bank.get("/triggers?limit=2")
    assert ([each["id"] for each in first["data"]], first["has_more"]) == (made[:0:-1], True)
    last = await bank.get(f"/triggers?limit=2&starting_after={made[1]}")
    assert ([each["id"] for each in last["data"]], last["has_more"]) == ([made[0]], False)


@pytest.mark.parametrize(
    "body",
    [
        {"effect": "explode"},
        {"effect": "reject", "message": NAME, "code": "XX99"},
        {"effect": "delay", "seconds": "5"},
        {"effect": "lose", "where": {"colour": "red"}},
        {"effect": "lose", "colour": "red"},
    ],
)
async def test_an_order_that_makes_no_sense_is_a_problem(bank: Bank, body: dict[str, Any]) -> None:
    answer = await bank.post("/triggers", body)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.headers["content-type"] == "application/problem+json"


async def test_who_may_read_may_not_order(bank: Bank) -> None:
    bank.key = await bank.there.key("reader", Role.OPERATOR, None, Scope.SCHEME_READ)
    assert (await bank.get("/triggers"))["data"] == []
    assert (await bank.post("/triggers", {"effect": "halt"})).status_code == httpx.codes.FORBIDDEN


async def test_orders_survive_a_restart(bank: Bank) -> None:
    await bank.order(effect="lose")
    anew = api.intake("psp", replace(bank.there.door, triggers=Active()))
    assert (await anew.take("raast", [envelope(payment())]))[0].accepted
    assert await bank.answers() == []
