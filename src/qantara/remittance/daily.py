"""Payments by day: what was earned, what providers offered, and a report held against our own
records.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from qantara.db import Tx
from qantara.money import Money, asset
from qantara.rails.model import Booking, Notification, NotificationEntry, Status
from qantara.remittance import daily_store
from qantara.remittance.daily_model import (
    Compared,
    Difference,
    Ended,
    Offered,
    Own,
    ReceivedDay,
    SentDay,
    Side,
    Unequal,
)
from qantara.remittance.model import Inbound, Institution, Remittance

AMONG_QUOTES = 1_000
PAYMENTS_LIMIT = 10_000
"""So many payments of a period are held against one page of a report."""


async def sent_days(tx: Tx, since: datetime) -> list[SentDay]:
    """What was sent and completed, by day and country, the newest first."""
    return await daily_store.sent_days(tx, since)


async def received_days(tx: Tx, since: datetime) -> list[ReceivedDay]:
    return await daily_store.received_days(tx, since)


async def ended_by_step(tx: Tx, since: datetime, step: timedelta) -> list[Ended]:
    """How many payments, sent and received, ended in which way in each step from a moment on."""
    return await daily_store.ended_by_step(tx, since, step)


async def rates_offered(tx: Tx) -> list[Offered]:
    """The last rate of each FX provider in our own newest quotes."""
    return await daily_store.offered(tx, AMONG_QUOTES)


async def ended_in(
    tx: Tx, begins_at: datetime, ends_at: datetime, after: int, limit: int
) -> list[Remittance]:
    """Payments sent that ended in a period, in the order of acceptance, after a number."""
    return await daily_store.sent_in(tx, begins_at, ends_at, after, limit)


async def compare_report(tx: Tx, node: Institution, told: Notification) -> Compared:
    """One page of camt.054 against what stands here.

    Entries of which neither agent is ours are counted and left alone. What we have as ended in
    the page's period and the report does not name is a difference only if the report has one
    page: another page may name it.
    """
    entries = [each for each in told.entries if _is_ours(node, each)]
    known = await daily_store.own(tx, [each.uetr for each in entries])
    missing: dict[tuple[str, Booking], Own] = {}
    if told.page == 1 and told.last_page:
        span = (told.begins_at, told.ends_at)
        ended: list[Remittance | Inbound] = [
            *await daily_store.sent_in(tx, *span, 0, PAYMENTS_LIMIT),
            *await daily_store.received_in(tx, *span, PAYMENTS_LIMIT),
        ]
        own = daily_store.as_own(ended)
        named = {(each.uetr, each.booking) for each in entries}
        missing = {key: each for key, each in own.items() if _is_missing(key, each, named)}
    differences = [found for each in entries if (found := _difference(each, known)) is not None]
    differences += [_not_reported(each) for each in missing.values()]
    asked = {(each.uetr, each.booking) for each in entries}
    ours = {key: each for key, each in known.items() if key in asked} | missing
    sides = [_side(booking, entries, ours, told.currency) for booking in Booking]
    return Compared(sides, differences, len(told.entries) - len(entries))


def _is_ours(node: Institution, entry: NotificationEntry) -> bool:
    agent = entry.debtor_agent if entry.booking is Booking.DBIT else entry.creditor_agent
    return agent.bic == node.bic


def _is_missing(key: tuple[str, Booking], own: Own, named: set[tuple[str, Booking]]) -> bool:
    """Only what moved money must be reported; a refusal of ours may have ended before."""
    return key not in named and own.status in {Status.ACCC, Status.BLCK}


def _difference(
    entry: NotificationEntry, known: Mapping[tuple[str, Booking], Own]
) -> Difference | None:
    own = known.get((entry.uetr, entry.booking))
    if own is None:
        # A payment that was refused on the way never reached the receiver.
        if entry.status is Status.RJCT and entry.booking is Booking.CRDT:
            return None
        return _told(Unequal.UNKNOWN_HERE, entry, None)
    if own.status is not entry.status:
        return _told(Unequal.STATUS, entry, own)
    if own.amount != entry.amount:
        return _told(Unequal.AMOUNT, entry, own)
    return None


def _told(kind: Unequal, entry: NotificationEntry, own: Own | None) -> Difference:
    return Difference(
        kind,
        entry.uetr,
        entry.booking,
        entry.amount,
        None if own is None else own.amount,
        entry.status,
        None if own is None else own.status,
        None if own is None else own.subject,
    )


def _not_reported(own: Own) -> Difference:
    kind = Unequal.NOT_REPORTED
    return Difference(kind, own.uetr, own.booking, None, own.amount, None, own.status, own.subject)


def _side(
    booking: Booking,
    entries: Sequence[NotificationEntry],
    own: Mapping[tuple[str, Booking], Own],
    currency: str,
) -> Side:
    nothing = Money(0, asset(currency))
    told = [e.amount for e in entries if e.booking is booking and e.status is Status.ACCC]
    ours = [
        each.amount
        for (_, side), each in own.items()
        if side is booking and each.status is Status.ACCC and each.amount.asset == nothing.asset
    ]
    return Side(booking, len(told), sum(told, nothing), len(ours), sum(ours, nothing))
