"""Times, prices and bookings of transfers inside a payment system: pure functions.

What stands apart for customers moves by exactly what their balances move by: a fee leaves
customers' funds in the transaction that earns it, and money that a customer has already spent
is given back out of own funds.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from msgspec.structs import replace

from qantara import ids
from qantara.domestic.model import FEES, LATE_ANSWER, UNCLAIMED, Member
from qantara.domestic.records import Arrival, ArrivalKind, Return, Transfer
from qantara.errors import Conflict, Reason
from qantara.ledger.model import Balancing, TransferKind
from qantara.ledger.model import Transfer as Booking
from qantara.money import Money, Rounding, round_fraction
from qantara.policy.model import Fee
from qantara.rails.model import Profile

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)


def takes_requests(node: Member) -> bool:
    """Whether the system carries requests to pay. SCT Inst does not: in the euro they are a
    scheme of their own (SRTP).
    """
    return node.profile.inside is not Profile.SCT_INST


def arrival_id(kind: ArrivalKind, uetr: str) -> str:
    return ids.derived("arr", kind, uetr)


def moved(
    table: Mapping[tuple[StateT, EventT], StateT], state: StateT, event: EventT, subject: str
) -> StateT:
    """The state after an event; `Conflict` where the table knows no such move."""
    after = table.get((state, event))
    if after is None:
        raise Conflict(Reason.STATE_CONFLICT, id=subject, state=state, event=event)
    return after


def answer_due_at(node: Member, now: datetime) -> datetime:
    """By when the payee has the money or the payer is told: the rulebook's time for the system
    (law for SCT Inst), else the institution's configuration.
    """
    named = _named(node, "execution.seconds", now)
    return now + timedelta(seconds=node.execution_seconds if named is None else named)


def payer_fee(fee: Fee | None, amount: Money) -> Money:
    """Our price for a transfer, on top of its amount: nominal + ratio x amount, half-up."""
    if fee is None:
        return Money(0, amount.asset)
    share = Fraction(fee.ratio) * amount.minor
    return fee.nominal + Money(round_fraction(share, Rounding.HALF_UP), amount.asset)


def start_of(day: date) -> datetime:
    """When a day begins for what is paid on it: midnight UTC."""
    return datetime.combine(day, time(), UTC)


def recall_due_at(node: Member, now: datetime) -> datetime:
    """By when the other side answers a recall: the rulebook's days for the system, taken as days
    of the calendar, else the institution's configuration.
    """
    named = _named(node, "recall.answer", now)
    return now + timedelta(days=node.recall_days if named is None else named)


def _named(node: Member, aspect: str, now: datetime) -> int | None:
    """What the rulebook says of the system on the day, if anything."""
    value = node.rulebook.find(f"{node.ips}.{aspect}", now.date())
    named = value.value if value is not None and (value.binding or value.label) else None
    return named if isinstance(named, int) else None


def _booking(
    words: tuple[str, ...], debit: str, credit: str, amount: Money, reference: str, now: datetime
) -> Booking:
    return Booking(
        id=ids.uuid_text("domestic", *words),
        debit=debit,
        credit=credit,
        amount=amount.minor,
        asset=amount.asset.code,
        code=f"domestic.{words[-1]}",
        reference=reference,
        occurred_at=now,
    )


def _chain(bookings: list[Booking]) -> list[Booking]:
    """All or nothing."""
    return [replace(each, linked=place < len(bookings) - 1) for place, each in enumerate(bookings)]


def _end(
    subject: tuple[str, ...], held: str, kind: TransferKind, reference: str, now: datetime
) -> Booking:
    """Post or void what was held under a name."""
    return Booking(
        id=ids.uuid_text("domestic", *subject, held, kind),
        kind=kind,
        hold_id=ids.uuid_text("domestic", *subject, held),
        amount=0,
        code=f"domestic.{'settle' if kind is TransferKind.POST else 'release'}",
        reference=reference,
        occurred_at=now,
    )


def hold(node: Member, transfer: Transfer, now: datetime) -> list[Booking]:
    """Reserve the amount for the payment system, and our fee where there is one."""
    amount = (node.claim, transfer.amount, "send")
    fee = (FEES, transfer.fee, "fee")
    return _chain(
        [
            replace(
                _booking(
                    (transfer.id, name),
                    transfer.account_code,
                    credit,
                    money,
                    transfer.uetr,
                    now,
                ),
                kind=TransferKind.HOLD,
            )
            for credit, money, name in (amount, fee)
            if money.minor
        ]
    )


def began_with(transfer: Transfer) -> list[str]:
    """The ids of the bookings that may begin the chains of a transfer."""
    return [ids.uuid_text("domestic", transfer.id, name) for name in ("send", "fee", "pay")]


def settle(node: Member, transfer: Transfer, now: datetime) -> list[Booking]:
    """The money has left through the system, and the fee is earned. A blocked transfer is booked
    as a settled one: what is kept where it was blocked is no claim of ours any more.
    """
    subject, reference = (transfer.id,), transfer.uetr
    chain = [_end(subject, "send", TransferKind.POST, reference, now)]
    if transfer.fee.minor:
        chain.append(_end(subject, "fee", TransferKind.POST, reference, now))
        words = (transfer.id, "own_funds")
        chain.append(_booking(words, node.own, node.claim, transfer.fee, reference, now))
    return _chain(chain)


def pay_here(node: Member, transfer: Transfer, payee: str, now: datetime) -> list[Booking]:
    """Between two customers of ours nothing leaves the book, and the fee is earned at once."""
    payer, reference = transfer.account_code, transfer.uetr
    words = (transfer.id, "pay")
    chain = [_booking(words, payer, payee, transfer.amount, reference, now)]
    if transfer.fee.minor:
        legs = (("fee", payer, FEES), ("own_funds", node.own, node.claim))
        chain += [
            _booking((transfer.id, name), debit, credit, transfer.fee, reference, now)
            for name, debit, credit in legs
        ]
    return _chain(chain)


def release(transfer: Transfer, now: datetime) -> list[Booking]:
    """The payer gets back exactly what was held."""
    names = ("send", "fee") if transfer.fee.minor else ("send",)
    subject = (transfer.id,)
    return _chain([_end(subject, n, TransferKind.VOID, transfer.uetr, now) for n in names])


def credit(node: Member, arrival: Arrival, now: datetime) -> Booking:
    words = (arrival.id, "credit")
    account = arrival.account_code or ""
    return _booking(words, node.claim, account, arrival.amount, arrival.uetr, now)


def keep_unclaimed(node: Member, arrival: Arrival, now: datetime) -> Booking:
    words = (arrival.id, "unclaimed")
    return _booking(words, node.claim, UNCLAIMED, arrival.amount, arrival.uetr, now)


def take_back(node: Member, arrival: Arrival, now: datetime) -> Booking:
    """As much of what was credited as the account still has."""
    words, account = (arrival.id, "take_back"), arrival.account_code or ""
    back = _booking(words, account, node.claim, arrival.amount, arrival.uetr, now)
    return replace(back, balancing=Balancing.DEBIT)


def bear(node: Member, arrival: Arrival, taken: int, now: datetime) -> Booking | None:
    """What the account could not give back, out of own funds; None where nothing is missing."""
    missing = Money(arrival.amount.minor - taken, arrival.amount.asset)
    if not missing.minor:
        return None
    return _booking((arrival.id, "late_answer"), LATE_ANSWER, node.own, missing, arrival.uetr, now)


def hold_return(node: Member, back: Return, now: datetime) -> Booking:
    """Reserve what is given back; each attempt is one of its own."""
    words, account = (back.id, str(back.attempts), "give_back"), back.account_code or ""
    booking = _booking(words, account, node.claim, back.amount, back.uetr, now)
    return replace(booking, kind=TransferKind.HOLD)


def end_return(back: Return, kind: TransferKind, now: datetime) -> Booking:
    return _end((back.id, str(back.attempts)), "give_back", kind, back.uetr, now)
