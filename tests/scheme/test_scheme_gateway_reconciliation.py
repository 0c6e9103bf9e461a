"""Every day adds up: what systems paid, what was quoted, what FX providers were told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from scheme_gateway_acts import ASK, OWN_NODE, concluded, forward, opened, quoted, told
from scheme_nodes import GATEWAY_NODE, PK, REJECTED, minor, received, source_transfer, status
from test_scheme_gateway_endings import BLOCKED
from test_scheme_gateway_own_fx import own

from moments import NOW, Fresh
from qantara.db import mail
from qantara.errors import NotFound
from qantara.money import MYR, PKR, Money
from qantara.rails import flow as rails
from qantara.rails.model import Booking, CreditTransfer, Notification, Profile, Status
from qantara.scheme import letters as writing
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import QuoteRequest, QuoteSet
from qantara.scheme.gateway.reconciliation_model import PAGE_ENTRIES, Period

DAY_BEGINS = NOW.replace(hour=0)
DAY_ENDS = DAY_BEGINS + timedelta(days=1)


async def crowd(tx: asyncpg.Connection, count: int, now: datetime = NOW) -> None:
    """So many completed payments, each of another amount."""
    requests = [replace(ASK, amount=Money(100_00 + place, MYR)) for place in range(count)]
    for start in range(0, count, 400):
        found = await flow.quote(tx, GATEWAY_NODE, requests[start : start + 400], now)
        quotes = [each.quotes[0] for each in found if isinstance(each, QuoteSet)]
        transfers = [source_transfer(quote, accepted_at=now) for quote in quotes]
        await forward(tx, GATEWAY_NODE, *transfers, now=now)
        legs = [each for each in await _carried(tx, "raast") if isinstance(each, CreditTransfer)]
        items = [received("raast", status(leg, writing.ACCEPTED), Profile.NEXUS) for leg in legs]
        assert await flow.conclude(tx, GATEWAY_NODE, items, now) == [None] * len(quotes)
        await _carried(tx, "nobody")


async def _carried(tx: asyncpg.Connection, recipient: str) -> list[Any]:
    """What a recipient was sent; all queues are empty then."""
    found = await mail.due(tx, 10_000, NOW + timedelta(days=365))
    await mail.delivered(tx, None, [[item.sequence for item in found]], NOW)
    return [rails.read(each.raw, Profile.NEXUS) for each in found if each.recipient == recipient]


async def notifications(tx: asyncpg.Connection, ips: str) -> list[Notification]:
    return [each for each in await _carried(tx, ips) if isinstance(each, Notification)]


def summed(
    pages: Sequence[Notification], booking: Booking, said: Status = Status.ACCC
) -> tuple[int, int]:
    amounts = [
        entry.amount.minor
        for page in pages
        for entry in page.entries
        if (entry.booking, entry.status) == (booking, said)
    ]
    return len(amounts), sum(amounts)


async def test_a_day_is_told_once_in_pages_that_add_up(fresh: Fresh) -> None:
    tx = await opened(fresh)
    count = PAGE_ENTRIES + 5
    await crowd(tx, count)
    before = DAY_ENDS - timedelta(seconds=1)
    await flow.report_days(tx, GATEWAY_NODE, [None], before)
    assert await notifications(tx, "duitnow") == []
    for seconds in range(1, 7):
        later = DAY_ENDS + timedelta(seconds=seconds)
        await flow.report_days(tx, GATEWAY_NODE, [None, None], later)
        found = await mail.due(tx, 100, later)
        assert len(found) == min(seconds, 4), "a page at a time, two for each system"
    sent = [rails.read(item.raw, Profile.NEXUS) for item in found]
    pages = {
        item.recipient: [
            each
            for each, other in zip(sent, found, strict=True)
            if other.recipient == item.recipient and isinstance(each, Notification)
        ]
        for item in found
    }
    for told_pages in pages.values():
        assert [(p.page, p.last_page, len(p.entries)) for p in told_pages] == [
            (1, False, PAGE_ENTRIES),
            (2, True, 5),
        ]
        assert {(p.begins_at, p.ends_at) for p in told_pages} == {(DAY_BEGINS, DAY_ENDS)}
        assert len({entry.uetr for p in told_pages for entry in p.entries}) == count
    result = await flow.reconcile(tx, DAY_BEGINS, DAY_ENDS)
    assert result.balanced
    myr, pkr = result.balances
    assert summed(pages["duitnow"], Booking.DBIT) == (count, myr.paid.total.minor)
    assert summed(pages["raast"], Booking.CRDT) == (count, pkr.received.total.minor)
    assert summed(pages["duitnow"], Booking.CRDT) == (0, 0)
    assert myr.told_source == myr.paid
    assert pkr.told_destination == pkr.received
    assert myr.paid.total.minor == sum(100_00 + place for place in range(count))


async def test_days_that_nobody_was_awake_for_are_told_later(fresh: Fresh) -> None:
    tx = await opened(fresh)
    await crowd(tx, 2)
    for _ in range(9):
        await flow.report_days(tx, GATEWAY_NODE, [None], DAY_ENDS + timedelta(days=2, hours=1))
    told_days = await notifications(tx, "duitnow")
    assert [(each.begins_at, len(each.entries)) for each in told_days] == [
        (DAY_BEGINS, 2),
        (DAY_BEGINS + timedelta(days=1), 0),
        (DAY_BEGINS + timedelta(days=2), 0),
    ]


async def test_only_what_is_final_counts_and_only_credited_money_in_the_totals(
    fresh: Fresh,
) -> None:
    tx = await opened(fresh, OWN_NODE)
    endings = [writing.ACCEPTED, REJECTED, BLOCKED, None]
    for ending in endings:
        transfer = source_transfer(await quoted(tx, node=OWN_NODE), instruction_id="INSTR-1")
        await forward(tx, OWN_NODE, transfer)
        (leg,) = await _carried(tx, "raast")
        if ending is not None:
            await concluded(tx, OWN_NODE, leg, ending)
    refused = source_transfer(await quoted(tx, node=OWN_NODE), creditor_agent=leg.creditor_agent)
    refused = replace(refused, accepted_at=NOW - timedelta(days=1))
    mine, terms = own(minor(70, MYR))
    back = source_transfer(await quoted(tx, QuoteRequest("PK", "MY", Money(9_000_00, PKR), PK)))
    await forward(tx, OWN_NODE, refused, mine)
    await forward(tx, OWN_NODE, back, sender="raast")
    (leg,) = [each for each in await _carried(tx, "raast") if isinstance(each, CreditTransfer)]
    await concluded(tx, OWN_NODE, leg)
    period = Period("duitnow", NOW, NOW + timedelta(milliseconds=1))
    totals = await flow.totals(tx, OWN_NODE, period)
    assert {(each.booking, each.status): each.count for each in totals.lines} == {
        (Booking.DBIT, Status.ACCC): 2,
        (Booking.DBIT, Status.RJCT): 2,
        (Booking.DBIT, Status.BLCK): 1,
    }
    page = await flow.statement(tx, OWN_NODE, period, 1, totals.pages, NOW)
    again = rails.read(rails.build(page, Profile.NEXUS), Profile.NEXUS)
    assert again == page
    assert {entry.instruction_id for entry in page.entries} == {"INSTR-1", None}
    assert sum(1 for entry in page.entries if entry.quote_id is None) == 2
    other = await flow.totals(tx, OWN_NODE, replace(period, ips="raast"))
    assert {(each.booking, each.status): each.count for each in other.lines} == {
        (Booking.CRDT, Status.ACCC): 2,
        (Booking.CRDT, Status.RJCT): 1,
        (Booking.CRDT, Status.BLCK): 1,
    }
    result = await flow.reconcile(tx, NOW, NOW + timedelta(seconds=1))
    assert result.balanced
    myr, pkr = result.balances
    assert (myr.paid.count, myr.own_source.count, myr.told_source.count) == (2, 1, 1)
    assert pkr.own_destination.total == terms.destination
    nothing = await flow.totals(
        tx, OWN_NODE, replace(period, begins_at=NOW - timedelta(hours=1), ends_at=NOW)
    )
    assert (nothing.lines, nothing.pages) == ((), 1)
    empty = await flow.statement(tx, OWN_NODE, nothing.period, 1, nothing.pages, NOW)
    assert empty.entries == ()


async def test_there_is_no_page_beyond_the_last(fresh: Fresh) -> None:
    tx = await opened(fresh)
    period = Period("duitnow", DAY_BEGINS, DAY_ENDS)
    for beyond in (0, 2):
        with pytest.raises(NotFound):
            await flow.statement(tx, GATEWAY_NODE, period, beyond, 1, NOW)


async def test_a_difference_is_found_and_named(fresh: Fresh) -> None:
    tx = await opened(fresh)
    await crowd(tx, 3)
    assert (await flow.reconcile(tx, DAY_BEGINS, DAY_ENDS)).balanced
    await tx.execute("SET ROLE NONE")
    await tx.execute(
        "UPDATE gateway.payment SET source_amount = source_amount + 7"
        " WHERE uetr = (SELECT min(uetr) FROM gateway.payment)"
    )
    result = await flow.reconcile(tx, DAY_BEGINS, DAY_ENDS)
    assert not result.balanced
    assert result.balances[0].differences == {"paid and quoted": (0, Money(7, MYR))}
    await tx.execute("ALTER TABLE db.sent DISABLE TRIGGER USER")
    await tx.execute(
        "UPDATE db.sent SET raw = convert_to(replace(convert_from(raw, 'UTF8'),"
        ' \'"source_amount":"100.00"\', \'"source_amount":"100.01"\'), \'UTF8\')'
        " WHERE name = 'nexus.notification'"
    )
    found = (await flow.reconcile(tx, DAY_BEGINS, DAY_ENDS)).balances[0].differences
    assert found["quoted and told, source"] == (0, Money(-1, MYR))


async def test_a_gateway_without_payments_reports_to_nobody(fresh: Fresh) -> None:
    tx = await opened(fresh)
    await flow.report_days(tx, GATEWAY_NODE, [None], DAY_ENDS)
    assert await _carried(tx, "duitnow") == []
    assert (await flow.reconcile(tx, DAY_BEGINS, DAY_ENDS)).balanced
    assert await told(tx) == []
