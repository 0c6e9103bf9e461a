"""Two banks and the payment system between them, each in its own database, as they run.

Every message passes through the routing table that peers meet; nothing is said by the test that
one of the three would not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from domestic_world import NAMES, SEED, SYSTEMS, Bank, bank, neighbour

from moments import NOW, Fresh
from qantara import ids
from qantara.api.routing import routes_of
from qantara.db import Tx
from qantara.db.mail import Incoming, Received
from qantara.domestic import flow
from qantara.domestic.model import DemandState, RecallState, RequestState, State
from qantara.domestic.records import (
    Answer,
    Arrival,
    ArrivalKind,
    Ask,
    AskBack,
    Decide,
    RecallReason,
    Send,
    Transfer,
)
from qantara.ledger import flow as ledger
from qantara.money import Money
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import (
    Funding,
    IpsNode,
    Participant,
    ParticipantKind,
    Settlement,
    Timers,
)

EVERY = pytest.mark.parametrize("country", ["MY", "PK", "FR"])
ROLES = ("bank-0", "bank-1")


@dataclass
class System:
    """`deaf` are the roles that do not take their messages for now."""

    banks: dict[str, Bank]
    node: IpsNode
    tx: Tx
    now: datetime = NOW
    deaf: set[str] = field(default_factory=set)
    refused: list[Any] = field(default_factory=list)

    @property
    def payer(self) -> Bank:
        return self.banks["bank-0"]

    @property
    def payee(self) -> Bank:
        return self.banks["bank-1"]

    def place(self, role: str) -> tuple[Tx, Any, str]:
        if role == self.node.role:
            return self.tx, self.node, "ips"
        bank = self.banks[role]
        return bank.tx, bank.node, "institution"

    async def run(self) -> None:
        """Deliver until nobody who listens has anything left to hear."""
        while sum([await self._deliver(role) for role in (*ROLES, self.node.role)]):
            pass

    async def _deliver(self, sender: str) -> int:
        tx, node, kind = self.place(sender)
        rows = await tx.fetch(
            "SELECT o.sequence, s.recipient, s.key, s.name, s.uetr, s.raw FROM db.outbox o"
            " JOIN db.sent s USING (sequence) WHERE NOT o.recipient = ANY($1::text[])"
            " ORDER BY o.sequence",
            list(self.deaf),
        )
        for row in rows:
            await self._hand(sender, row)
            await tx.execute("DELETE FROM db.outbox WHERE sequence = $1", row["sequence"])
            if kind == "institution":
                await flow.acknowledge(tx, node, [row["key"]], self.now)
        return len(rows)

    async def _hand(self, sender: str, row: Any) -> None:
        tx, node, kind = self.place(row["recipient"])
        entry = routes_of(kind)(node, sender)[row["name"]]
        message = Incoming(sender, row["key"], row["name"], row["uetr"], row["raw"])
        item = Received(message, entry.read(row["raw"]))
        async with tx.transaction():
            outcomes: Sequence[Any] = await entry.verb(tx, node, [item], self.now)
        self.refused += [outcome for outcome in outcomes if outcome is not None]

    async def checked(self, asker: Bank, other: Bank) -> str:
        iban = other.number[:2].isalpha()
        name = NAMES[int(other.who[-1])]
        asked = CheckPayee(
            ids.new("chk"),
            asker.who,
            asker.node.country,
            "IBAN" if iban else "ACCT",
            other.number,
            other.node.bic,
            name,
        )
        await payees.check_payee(asker.tx, asker.node, [asked], self.now)
        await self.run()
        return asked.id

    async def sent(self, minor: int = 100_00) -> Transfer:
        payer = self.payer
        check_id = await self.checked(payer, self.payee)
        wanted = Send(
            ids.new("trf"), payer.who, payer.account_id, check_id, payer.money(minor), "FAMI"
        )
        (transfer,) = await flow.send(payer.tx, payer.node, [wanted], self.now)
        assert isinstance(transfer, Transfer), transfer
        return transfer

    async def audit(self) -> None:
        """Both banks and the system agree about every unit, and nothing is in suspense."""
        assert not self.refused
        kept: dict[str, int] = dict.fromkeys(ROLES, 0)
        for each in await ledger.positions(self.tx):
            if each.holder in kept:
                kept[each.holder] += each.balance
        for role, member in self.banks.items():
            books = await member.positions()
            there = books.get(member.node.claim, 0) + books.get(member.node.own, 0)
            assert there + kept[role] == 0, role
            await member.audit()


async def system(fresh: Fresh, country: str) -> System:
    profile, role, bic, asset, clearing = SYSTEMS[country]
    banks = {name: await bank(fresh, country, place) for place, name in enumerate(ROLES)}
    is_net = country == "MY"
    node = IpsNode(
        role=role,
        bic=bic,
        name=role,
        country=country,
        asset=asset,
        profile=profile,
        settlement=Settlement.DEFERRED_NET if is_net else Settlement.GROSS,
        maximum=Money(10**9, asset),
        participants=tuple(
            Participant(name, each.node.bic, ParticipantKind.PSP) for name, each in banks.items()
        ),
        gateway="nexus",
        gateway_bic="NEXSSGS0",
        clearing_system=clearing,
        net_debit_cap=Money(10**8, asset) if is_net else None,
        timers=Timers(inside_seconds=5),
        exceptions=True,
    )
    tx = await fresh("ledger", "scheme.triggers", "scheme.ips")
    async with tx.transaction():
        await ips.open_books(tx, node, NOW)
        funds = [Funding(f"seed-{name}", name, Money(SEED, asset)) for name in ROLES]
        assert await ips.fund(tx, node, funds, NOW) == [None, None]
    made = System(banks, node, tx)
    await made.audit()
    return made


async def state_of(bank: Bank, key: str) -> State:
    (found,) = await flow.transfers(bank.tx, [key])
    assert isinstance(found, Transfer)
    return found.state


@EVERY
async def test_a_transfer_is_settled_between_the_banks(fresh: Fresh, country: str) -> None:
    world = await system(fresh, country)
    transfer = await world.sent()
    await world.run()
    assert await state_of(world.payer, transfer.id) is State.COMPLETED
    assert await world.payee.available() == SEED + 100_00
    await world.audit()


@EVERY
async def test_a_yes_that_comes_after_the_systems_no_is_taken_back(
    fresh: Fresh, country: str
) -> None:
    world = await system(fresh, country)
    transfer = await world.sent()
    world.deaf = {"bank-1"}
    await world.run()
    world.now += timedelta(seconds=6)
    async with world.tx.transaction():
        await ips.expire(world.tx, world.node, [None], world.now)
    await world.run()
    assert await state_of(world.payer, transfer.id) is State.REJECTED
    assert await world.payer.available() == SEED
    world.deaf = set()
    await world.run()
    (arrival,) = await flow.arrivals(world.payee.tx, ArrivalKind.PAYMENT, [transfer.uetr])
    assert isinstance(arrival, Arrival)
    assert await world.payee.story(arrival.id) == ["credited", "reversed"]
    assert await world.payee.available() == SEED
    await world.audit()


@EVERY
async def test_an_overdue_transfer_is_asked_about_and_answered(fresh: Fresh, country: str) -> None:
    """The answer is lost on its way; the same message again brings it back."""
    world = await system(fresh, country)
    transfer = await world.sent()
    world.deaf = {"bank-0"}
    await world.run()
    await world.tx.execute("DELETE FROM db.outbox")
    world.deaf = set()
    world.now += timedelta(seconds=40)
    assert await world.payer.expire(world.now) == 1
    assert await state_of(world.payer, transfer.id) is State.OVERDUE
    await world.run()
    assert await state_of(world.payer, transfer.id) is State.COMPLETED
    await world.audit()


@pytest.mark.parametrize("country", ["PK", "MY"])
@pytest.mark.parametrize("days", [None, 2])
async def test_a_request_to_pay_goes_there_and_back(
    fresh: Fresh, country: str, days: int | None
) -> None:
    world = await system(fresh, country)
    payer, payee = world.payer, world.payee
    check_id = await world.checked(payee, payer)
    wanted = Ask(
        ids.new("prq"),
        payee.who,
        payee.account_id,
        check_id,
        payee.money(40_00),
        NOW + timedelta(days=7),
        None if days is None else NOW.date() + timedelta(days=days),
    )
    await flow.ask(payee.tx, payee.node, [wanted], world.now)
    await world.run()
    (demand,) = await flow.demands_of(payer.tx, payer.who, None, 9)
    assert demand.state is DemandState.SHOWN
    yes = Answer(ids.new("trf"), demand.id, payer.who)
    await flow.accept(payer.tx, payer.node, [yes], world.now)
    await world.run()
    if days is not None:
        assert await payee.story(wanted.id) == ["sent", "shown", "agreed"]
        world.now += timedelta(days=days)
        await payer.expire(world.now)
        await world.run()
    (request,) = await flow.requests_of(payee.tx, payee.who, None, 9)
    assert request.state is RequestState.PAID
    assert (await payer.story(demand.id))[-1] == "paid"
    await world.audit()


@EVERY
async def test_recalled_money_comes_back_through_the_system(fresh: Fresh, country: str) -> None:
    world = await system(fresh, country)
    payer, payee = world.payer, world.payee
    transfer = await world.sent()
    await world.run()
    ask = AskBack(ids.new("rcl"), transfer.id, RecallReason.FRAUD, "prn_1")
    await flow.recall(payer.tx, payer.node, [ask], world.now)
    await world.run()
    (case,) = await flow.open_returns(payee.tx, 9)
    await flow.decide(payee.tx, payee.node, [Decide(case.id, "prn_1")], world.now)
    await world.run()
    recall = (await flow.recalls_of(payer.tx, [transfer.id]))[transfer.id]
    assert recall.state is RecallState.RETURNED
    assert (await payer.available(), await payee.available()) == (SEED, SEED)
    await world.audit()


async def test_a_customer_pays_another_of_the_same_bank(fresh: Fresh) -> None:
    """Nothing leaves the book then, and both customers still see their payment."""
    world = await system(fresh, "MY")
    payer = world.payer
    other = await neighbour(payer)
    check_id = await world.checked(payer, other)
    wanted = Send(ids.new("trf"), payer.who, payer.account_id, check_id, payer.money(30_00))
    await flow.send(payer.tx, payer.node, [wanted], world.now)
    await world.run()
    assert await state_of(payer, wanted.id) is State.COMPLETED
    assert (await payer.available(), await other.available()) == (SEED - 30_00, 30_00)
    assert await payer.story(wanted.id) == ["accepted", "completed"]
    assert await world.tx.fetchval("SELECT count(*) FROM ips.payment") == 0
    async with payer.tx.transaction():
        (again,) = await flow.send(payer.tx, payer.node, [wanted], world.now)
    assert isinstance(again, Transfer)
    assert await other.available() == 30_00
    await world.audit()


async def test_a_customer_asks_another_of_the_same_bank_to_pay(fresh: Fresh) -> None:
    world = await system(fresh, "PK")
    payer = world.payer
    other = await neighbour(payer)
    check_id = await world.checked(other, payer)
    until = NOW + timedelta(days=7)
    amount = payer.money(40_00)
    wanted = Ask(ids.new("prq"), other.who, other.account_id, check_id, amount, until)
    await flow.ask(payer.tx, payer.node, [wanted], world.now)
    await world.run()
    (demand,) = await flow.demands_of(payer.tx, payer.who, None, 9)
    yes = Answer(ids.new("trf"), demand.id, payer.who)
    await flow.accept(payer.tx, payer.node, [yes], world.now)
    await world.run()
    assert await payer.story(demand.id) == ["shown", "paying", "paid"]
    assert (await payer.story(wanted.id))[-1] == "paid"
    assert await other.available() == 40_00
    await world.audit()
