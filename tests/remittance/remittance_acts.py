"""More people, more payments, and what must be true of the books whatever happened."""

import uuid
from collections import Counter
from datetime import date
from typing import Any

from msgspec.structs import replace
from remittance_world import AISHA, BO, World, offer, status_on, wish

from moments import NOW
from qantara import ids
from qantara.db import events
from qantara.db.mail import Received
from qantara.ids import AccountId, QuoteId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind, Identity, IdentityType
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, MessageName, PaymentStatus, Status
from qantara.remittance import flow, rules
from qantara.remittance.model import Accept, AskQuote, Remittance

BOS_ACCOUNT, BOS_NUMBER = "customer/acc_bo", "110000000002"


async def add_bo(world: World, *, opening: int = 0, ceiling: int | None = None) -> None:
    """A second customer with an account of his own."""
    person = Customer(
        BO,
        CustomerKind.PERSON,
        "Bo Contoh",
        "Bo Contoh",
        "MY",
        Address("13 Jalan Contoh", "Ipoh"),
        Identity(IdentityType.NRIC, "050305-14-0003"),
        date(2005, 3, 5),
    )
    await parties.register_customers(world.tx, [person], NOW)
    account = Account(AccountId("acc_bo"), BO, "MY", BOS_NUMBER, MYR, BOS_ACCOUNT)
    await parties.open_accounts(world.tx, [account], NOW)
    terms = NewAccount(BOS_ACCOUNT, MYR, AccountClass.E_MONEY, floor=0, ceiling=ceiling)
    await ledger.open_accounts(world.tx, [terms], NOW)
    if opening:
        await issue(world, BOS_ACCOUNT, opening)


async def issue(world: World, account: str, amount: int) -> None:
    wanted = Transfer(
        id=str(uuid.uuid4()),
        debit=world.node.claim,
        credit=account,
        amount=amount,
        asset="MYR",
        code="e_money.issue",
        occurred_at=NOW,
    )
    assert (await ledger.post(world.tx, [wanted], NOW))[0].accepted


def small(cents: int = 1) -> dict[str, Any]:
    """Figures of an offer for so many cents: one to one, nothing taken on arrival."""
    exchanged = Money(cents, MYR)
    arrives = replace(offer().received, minor=cents)
    nothing = replace(arrives, minor=0)
    return {
        "interbank_source": exchanged,
        "interbank_destination": arrives,
        "received": arrives,
        "recipient_fee": nothing,
    }


async def quoted_small(world: World, cents: int = 1) -> Any:
    """A quote for the least that can be sent: a fee of 1.00 and one cent on its way."""
    debit = rules.debit_for(world.node.fee, Money(cents, MYR))
    asked = AskQuote(QuoteId(ids.new("quo")), wish(debit), (offer(**small(cents)),))
    return (await flow.quote(world.tx, world.node, [asked], NOW))[0]


async def yes_to_small(world: World, check_id: str, cents: int = 1) -> Accept:
    return Accept((await quoted_small(world, cents)).id, AISHA, check_id, "FAMI")


async def sent(world: World) -> list[CreditTransfer]:
    """Every pacs.008 that left, read back as the payment system reads it."""
    raws = await world.outbox(MessageName.CREDIT_TRANSFER)
    records = [rails.read(raw, world.node.profile) for raw in raws]
    return [record for record in records if isinstance(record, CreditTransfer)]


async def answers(world: World) -> list[PaymentStatus]:
    """Every pacs.002 that left."""
    raws = await world.outbox(MessageName.PAYMENT_STATUS)
    records = [rails.read(raw, world.node.profile) for raw in raws]
    return [record for record in records if isinstance(record, PaymentStatus)]


async def found(world: World, remittance_id: str) -> Remittance:
    remittance = (await flow.remittances(world.tx, [remittance_id]))[0]
    assert isinstance(remittance, Remittance)
    return remittance


async def story(world: World, subject: str) -> list[str]:
    """The states a thing went through."""
    return [state for _, _, state, _ in await events.of(world.tx, subject)]


def word(
    payment: CreditTransfer, status: Status, reason: str | None = None, *texts: str
) -> Received[PaymentStatus]:
    told = status_on(payment, status, reason)
    return replace(told, record=replace(told.record, reason_texts=texts))


async def deadlines(world: World) -> dict[str, Any]:
    rows = await world.tx.fetch("SELECT subject, due_at FROM db.deadline")
    return {row["subject"]: row["due_at"] for row in rows}


async def counts(world: World) -> dict[str, int]:
    """How many rows stand in what only grows."""
    tables = ("ledger.transfer", "db.sent", "db.event", "remittance.instruction")
    return {table: await world.tx.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def audit(world: World) -> None:
    """Clearing is at zero, e-money is covered to the unit, and the book re-adds."""
    sums: Counter[AccountClass] = Counter()
    for position in await ledger.positions(world.tx):
        sums[position.account_class] += position.balance
        if position.account_class is AccountClass.CLEARING:
            assert position.balance == 0, position
    assert sums[AccountClass.E_MONEY] + sums[AccountClass.SAFEGUARDED] == 0
    assert sum(sums.values()) == 0
    report = await ledger.verify_book(world.tx)
    assert report.clean, report.first
