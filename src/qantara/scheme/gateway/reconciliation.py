"""What each payment system paid and was paid: every day by message, any period on request."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from qantara.clock import to_text
from qantara.db import Row, Tx, mail
from qantara.errors import NotFound, Reason
from qantara.money import Money, asset
from qantara.rails.model import (
    Agent,
    Booking,
    Notification,
    NotificationEntry,
    Profile,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.gateway import reconciliation_store as store
from qantara.scheme.gateway.answers import onward_id
from qantara.scheme.gateway.model import Country, GatewayNode
from qantara.scheme.gateway.reconciliation_model import (
    PAGE_ENTRIES,
    Balance,
    Line,
    Period,
    Reconciliation,
    Sum,
    Totals,
)
from qantara.scheme.model import EXCHANGE_NOTICE

_STATUSES = {"completed": Status.ACCC, "rejected": Status.RJCT, "blocked": Status.BLCK}
_DAY = timedelta(days=1)
_MOST_DAYS = 62
_NEVER = datetime.min.replace(tzinfo=UTC)


def _country(node: GatewayNode, period: Period) -> Country:
    country = node.country_of(period.ips)
    if country is None:
        raise NotFound(Reason.INSTITUTION_UNKNOWN, institution=period.ips)
    return country


async def totals(tx: Tx, node: GatewayNode, period: Period) -> Totals:
    """How one system's payments of a period ended, by side and status.

    Payments that were refused here count at their source only: no other system knew them.
    """
    currency = _country(node, period).currency
    lines = tuple(
        Line(
            Booking(row["booking"]),
            _STATUSES[row["state"]],
            row["count"],
            Money(int(row["total"]), currency),
        )
        for row in await store.totals(tx, period, currency.code)
    )
    return Totals(period, currency.code, lines)


async def statement(
    tx: Tx, node: GatewayNode, period: Period, page: int, pages: int, now: datetime
) -> Notification:
    """One page (from 1) of a period's messages; `NotFound` beyond the last."""
    if not 1 <= page <= pages:
        raise NotFound(Reason.ROUTE_NOT_FOUND, page=str(page))
    country = _country(node, period)
    rows = await store.entries(
        tx, period, country.currency.code, PAGE_ENTRIES, (page - 1) * PAGE_ENTRIES
    )
    span = (to_text(period.begins_at), to_text(period.ends_at))
    return Notification(
        message_id=letters.message_id(node.role, "report", period.ips, *span, str(page)),
        created_at=now,
        id=letters.message_id(node.role, "report", period.ips, *span),
        page=page,
        last_page=page == pages,
        account=country.clearing_system,
        currency=country.currency.code,
        owner=Agent(country.ips_bic),
        begins_at=period.begins_at,
        ends_at=period.ends_at,
        entries=tuple(_entry(node, country, row) for row in rows),
    )


def _entry(node: GatewayNode, country: Country, row: Row) -> NotificationEntry:
    return NotificationEntry(
        status=_STATUSES[row["state"]],
        booking=Booking(row["booking"]),
        amount=Money(int(row["amount"]), country.currency),
        concluded_at=row["occurred_at"],
        message_id=row["message_id"] or onward_id(node, row["uetr"]),
        uetr=row["uetr"],
        end_to_end_id=row["end_to_end_id"],
        transaction_id=row["transaction_id"],
        debtor_agent=Agent(row["source_psp"]),
        creditor_agent=Agent(row["destination_psp"]),
        instruction_id=row["instruction_id"],
        clearing_reference=row["clearing_reference"],
        quote_id=row["quote_id"],
        reason=row["reason"],
    )


async def report_days(
    tx: Tx, node: GatewayNode, commands: Sequence[object], now: datetime
) -> list[None]:
    """Tell each system of its days, each once when it is over. A job calls this; one page of one
    system leaves each time, so that payments never wait for more than a page.

    A day that ended before any payment here did is nobody's.
    """
    ends_at = datetime.combine(now.date(), node.reconciled_at, now.tzinfo)
    ends_at -= _DAY if ends_at > now else timedelta()
    await _begin_reports(tx, node, ends_at, now)
    due = await store.next_page(tx)
    if due is not None:
        period, page, pages = due
        made = await statement(tx, node, period, page, pages, now)
        await mail.send(tx, [letters.letter(period.ips, made, Profile.NEXUS)], now)
    return [None] * len(commands)


async def _begin_reports(tx: Tx, node: GatewayNode, ends_at: datetime, now: datetime) -> None:
    """Each system's periods since it was last told, also those that nobody was awake for."""
    until = await store.reported(tx)
    behind = [each.ips for each in node.countries if until.get(each.ips, _NEVER) < ends_at]
    first = await store.first_end(tx) if behind else None
    if first is None or first >= ends_at:
        return
    due = [
        replace(period, begins_at=max(period.begins_at, until.get(ips, _NEVER)))
        for ips in behind
        for period in _days(ips, until.get(ips, first), ends_at)
    ]
    summed = [await totals(tx, node, period) for period in due]
    pages = [each.pages for each in summed]
    await store.insert_reports(tx, list(zip(due, pages, strict=True)), now)


def _days(ips: str, begins_at: datetime, ends_at: datetime) -> list[Period]:
    """The days that end at this time of day, from the one in which `begins_at` lies."""
    found: list[Period] = []
    while ends_at > begins_at and len(found) < _MOST_DAYS:
        found.append(Period(ips, ends_at - _DAY, ends_at))
        ends_at -= _DAY
    return found[::-1]


async def reconcile(tx: Tx, begins_at: datetime, ends_at: datetime) -> Reconciliation:
    """Whether everybody was told the same: per currency, what source systems paid, what was
    quoted, and what FX providers were told to have received; and the same at the destination.
    """
    found = {
        (row["side"], row["currency"]): Sum(
            row["count"], Money(int(row["total"]), asset(row["currency"]))
        )
        for row in await store.sides(tx, begins_at, ends_at, EXCHANGE_NOTICE)
    }
    balances = []
    for code in sorted({currency for _, currency in found}):
        nothing = Sum(0, Money(0, asset(code)))
        sides = {
            name: found.get((name, code), nothing)
            for name in Balance.__struct_fields__
            if name != "currency"
        }
        balances.append(Balance(code, **sides))
    return Reconciliation(begins_at, ends_at, tuple(balances))
