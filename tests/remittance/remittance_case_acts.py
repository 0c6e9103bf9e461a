"""A payment that arrived, a case on it, and the word of the desk."""

import uuid
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from remittance_world import World, inbound, offer, received

from moments import NOW
from qantara.db.mail import Incoming, Received
from qantara.money import MYR, PKR, Money
from qantara.rails import cases
from qantara.rails import flow as rails
from qantara.rails.cases import (
    ANSWER_NOTICE,
    CASE_NOTICE,
    Act,
    CaseAnswer,
    CaseNotice,
    Cause,
    Kind,
    Side,
)
from qantara.rails.model import CreditTransfer, MessageName
from qantara.remittance import flow
from qantara.remittance.case_model import AnswerCase, Case, OpenCase, Payer
from qantara.remittance.model import GatewayQuote
from qantara.remittance.return_rules import Terms
from qantara.remittance.returning import AskReturn, GiveBack

MY, PK, DESK = "WAUEMYK0", "RAVIPKK0", "NEXSSGS0"
SENT = Money(6500_00, PKR)
"""What the sender's side sent of the payment that `arrived` brought: 100.00 MYR, 0.55 our fee."""
CREDITED = Money(99_45, MYR)
STAFF, SECOND = "prn_maker", "prn_checker"


async def arrived(world: World, **other: Any) -> CreditTransfer:
    """A payment from Lahore, credited."""
    made = inbound(**other)
    raw = rails.build(made.record, world.node.profile)
    taken = Received(replace(made.message, raw=raw), made.record)
    assert await flow.receive(world.tx, world.node, [taken], NOW) == [None]
    return made.record


async def assigned(world: World, payment: CreditTransfer, **other: Any) -> CaseNotice:
    """A case on it that the desk assigns to us."""
    said = CaseNotice(
        message_id=uuid.uuid4().hex,
        case_id=f"cse_{uuid.uuid4().hex[:26]}",
        kind=Kind.RECALL,
        cause=Cause.WRONG_ACCOUNT,
        payment=payment.uetr,
        opened_by=PK,
        opened_at=NOW,
        assigned_to=MY,
        due_at=NOW,
        source="PKR",
        source_amount=str(SENT),
        destination="MYR",
        destination_amount="100.00",
    )
    said = replace(said, **other)
    assert await flow.case_assigned(world.tx, world.node, [desk_says(said)], NOW) == [None]
    return said


def desk_says(said: CaseNotice | CaseAnswer) -> Received[Any]:
    name = CASE_NOTICE if isinstance(said, CaseNotice) else ANSWER_NOTICE
    return Received(Incoming("nexus", said.message_id, name, None, cases.write(said)), said)


async def told(world: World, act: Act, case_id: str, by: str = PK, **other: Any) -> Any:
    said = CaseAnswer(uuid.uuid4().hex, case_id, act, by, NOW, **other)
    return (await flow.case_told(world.tx, world.node, [desk_says(said)], NOW))[0]


def back_offer(
    source: Money, arrives: Money, rate: str = "64.0", fee: int = 0, **other: Any
) -> GatewayQuote:
    """One offer of the way back: from ringgit to rupees."""
    return offer(
        rate=Decimal(rate),
        interbank_source=source,
        interbank_destination=replace(arrives, minor=arrives.minor + fee),
        recipient_fee=replace(arrives, minor=fee),
        received=arrives,
        **other,
    )


def terms(
    fault: Side = Side.SOURCE, payer: Payer = Payer.RECIPIENT, consented: int | None = None
) -> Terms:
    agreed = None if consented is None else Money(consented, MYR)
    return Terms(fault, payer, agreed)


async def give(world: World, case_id: str, how: Terms, *offers: GatewayQuote) -> Any:
    command = GiveBack(AskReturn(case_id, how), SECOND, offers)
    return (await flow.give_back(world.tx, world.node, [command], NOW))[0]


async def gone(world: World) -> CreditTransfer:
    """The last pacs.008 that left."""
    raw = (await world.outbox(MessageName.CREDIT_TRANSFER))[-1]
    record = rails.read(raw, world.node.profile)
    assert isinstance(record, CreditTransfer)
    return record


async def notices(world: World) -> list[CaseNotice | CaseAnswer]:
    """What was left for the desk, oldest first."""
    rows = await world.tx.fetch(
        "SELECT name, raw FROM db.sent WHERE recipient = 'nexus' ORDER BY sequence"
    )
    kinds: dict[str, Any] = {CASE_NOTICE: CaseNotice, ANSWER_NOTICE: CaseAnswer}
    return [cases.read(row["raw"], kinds[row["name"]]) for row in rows]


async def opened(world: World, uetr: str, **other: Any) -> Any:
    made = OpenCase(
        f"cse_{uuid.uuid4().hex[:26]}", uetr, Kind.RECALL, Cause.DUPLICATE, STAFF, "Twice."
    )
    return (await flow.open_cases(world.tx, world.node, [replace(made, **other)], NOW))[0]


async def said(world: World, act: Act, case_id: str, **other: Any) -> Any:
    command = AnswerCase(case_id, act, STAFF, **other)
    return (await flow.answer_cases(world.tx, world.node, [command], NOW))[0]


async def case_of(world: World, case_id: str) -> Case:
    found = (await flow.cases_by_id(world.tx, [case_id]))[0]
    assert isinstance(found, Case)
    return found


def coming_back(payment: CreditTransfer, **other: Any) -> Received[CreditTransfer]:
    """A payment that gives one of ours back."""
    made = inbound(remittance=f"NexusOrgnlUETR:{payment.uetr}", **other)
    return received(made.record, MessageName.CREDIT_TRANSFER)
