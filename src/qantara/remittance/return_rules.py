"""What giving a payment back costs, and whom: pure functions.

The side at fault bears the exchange difference (Nexus, exceptions). If the sender's side erred
it gets what was credited, exchanged back at the day's rate, less a fee for the trouble. If we
erred the exact amount that the sender's side sent arrives, whatever it costs us.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.errors import Reason, Refused
from qantara.ledger.model import Transfer, TransferKind
from qantara.money import Money
from qantara.rails.cases import Side
from qantara.remittance import booking
from qantara.remittance.booking import Leg
from qantara.remittance.case_model import Payer, Return
from qantara.remittance.model import FEES, OUTGOING, Fixed, Institution, position

DIFFERENCE = "expense/exchange_difference"
"""What returns cost us beyond what was credited: rates that moved, spreads and fees."""
RETURNS = "expense/returns"
"""What we give back that the recipient does not."""


class Terms(Struct, frozen=True):
    """How staff wish to give back: whose the fault is, out of whose money, and up to how much
    the recipient has agreed (None: all that was credited).
    """

    fault: Side
    payer: Payer
    consented: Money | None = None


class Plan(Struct, frozen=True):
    """What to ask the gateway for; `most` is what the recipient's account gives at most."""

    fixed: Fixed
    asked: Money
    fee: Money
    most: Money


class Purses(Struct, frozen=True):
    """Who pays what is sent and the fee: all in our own currency."""

    taken: Money
    borne: Money
    difference: Money
    fee: Money


def plan(
    terms: Terms, credited: Money, sent: Money | None, available: int, fee: Money | None
) -> Plan | Refused:
    """The amount to be exchanged: `credited` is what the recipient had of the payment, `sent`
    what the sender's side sent, `available` what the recipient's account has now.
    """
    nothing = replace(credited, minor=0)
    agreed = terms.consented or credited
    if agreed.asset != credited.asset or agreed.minor <= 0:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": credited.asset.code})
    has = max(0, min(credited.minor, agreed.minor, available))
    most = nothing if terms.payer is Payer.OWN_FUNDS else replace(credited, minor=has)
    if terms.fault is Side.DESTINATION:
        if sent is None:
            return Refused(Reason.STATE_CONFLICT, rule="return.sent")
        return Plan(Fixed.DESTINATION, sent, nothing, most)
    if terms.payer is Payer.OWN_FUNDS:
        return Plan(Fixed.SOURCE, credited, nothing, most)
    if not most.minor:
        return Refused(Reason.INSUFFICIENT_FUNDS, rule="return.recipient")
    kept = nothing if fee is None else min(fee, most)
    if kept == most:
        return Refused(Reason.AMOUNT_NOT_POSITIVE, facts={"fee": str(kept)})
    return Plan(Fixed.SOURCE, most - kept, kept, most)


def purses(plan: Plan, credited: Money, sent: Money) -> Purses:
    """Who pays for `sent`. A customer never gives more than it costs, nor more than came in;
    what it costs beyond that is the exchange difference, and ours.
    """
    cost = sent + plan.fee
    principal = min(credited, cost)
    taken = min(plan.most, principal)
    return Purses(taken, principal - taken, cost - principal, plan.fee)


def hold(back: Return, now: datetime) -> list[Transfer]:
    """Reserve the recipient's part; nothing where own funds pay it all."""
    if back.hold_id is None:
        return []
    taken = back.taken
    return [
        Transfer(
            id=back.hold_id,
            kind=TransferKind.HOLD,
            debit=back.account_code,
            credit=OUTGOING,
            amount=taken.minor,
            asset=taken.asset.code,
            code="remittance.return",
            reference=back.uetr,
            occurred_at=now,
        )
    ]


def release(back: Return, now: datetime) -> list[Transfer]:
    return [_end(back, TransferKind.VOID, now)] if back.hold_id else []


def _end(back: Return, kind: TransferKind, now: datetime) -> Transfer:
    return Transfer(
        id=ids.uuid_text("return", back.uetr, kind),
        kind=kind,
        hold_id=back.hold_id,
        amount=0,
        code=f"remittance.return_{'paid' if kind is TransferKind.POST else 'released'}",
        reference=back.uetr,
        occurred_at=now,
        linked=kind is TransferKind.POST,
    )


def pay(node: Institution, back: Return, now: datetime) -> list[Transfer]:
    """All purses into clearing, and out of it to whoever exchanges the money. What stands apart
    for customers moves by exactly what the customer gave.
    """
    ours, sent = node.asset, back.sent.minor
    legs: list[Leg] = [
        ("borne", RETURNS, OUTGOING, back.borne.minor, ours),
        ("difference", DIFFERENCE, OUTGOING, back.difference.minor, ours),
        ("principal", OUTGOING, back.paid_to, sent, ours),
        ("fee", OUTGOING, FEES, back.fee.minor, ours),
        *booking.cover(node, back.taken.minor, sent if back.paid_to == node.claim else 0),
    ]
    if back.abroad is not None and back.paid_abroad is not None:
        paid = back.paid_abroad
        legs.append(("abroad", position(paid.asset), back.abroad, paid.minor, paid.asset))
    begun = [_end(back, TransferKind.POST, now)] if back.hold_id else []
    return booking.closed([*begun, *booking.chain(("return", back.uetr), back.uetr, legs, now)])
