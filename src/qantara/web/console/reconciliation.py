"""Our side of every day, and a payment system's camt.054 held against it."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.clock import midnight
from qantara.errors import Malformed, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass
from qantara.money import Money
from qantara.rails import flow as rails
from qantara.rails.model import InvalidMessage, Notification, Profile
from qantara.remittance import flow
from qantara.web import forms
from qantara.web.console.payments import lines_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

DAYS = 31
PAGE = 50
REPORT_CAP_BYTES = 2 * 1024 * 1024
"""The largest form a camt.054 may come in; one page of the gateway's report is smaller."""


class Day(NamedTuple):
    """A day as its camt.054 should tell of it: paid out (DBIT) and paid in (CRDT)."""

    on: date
    sent_count: int
    sent: Money
    received_count: int
    received: Money


async def show(visit: Visit) -> Response:
    """The days that had payments, and whether the accounts in between are empty."""
    return await _shown(visit)


async def _shown(visit: Visit, **more: Any) -> Response:
    now, asset = visit.caller.now, visit.door.node.asset
    first = midnight(now.date() - timedelta(days=DAYS - 1))
    async with visit.door.database.read() as tx:
        sent = await flow.sent_days(tx, first)
        received = {each.on: each for each in await flow.received_days(tx, first)}
        accounts = await ledger.own_accounts(tx)
    out = {on: list(rows) for on, rows in groupby(sent, key=lambda each: each.on)}
    nothing = Money(0, asset)
    days = [
        Day(
            on,
            sum(each.count for each in out.get(on, ())),
            sum((each.exchanged for each in out.get(on, ())), nothing),
            received[on].count if on in received else 0,
            received[on].interbank if on in received else nothing,
        )
        for on in sorted({*out, *received}, reverse=True)
    ]
    clearing = [
        (each.account.code, Money(each.balance, each.account.asset))
        for each in accounts
        if each.account.terms.account_class is AccountClass.CLEARING
    ]
    told: dict[str, Any] = {"compared": None, "report": None, "problem": None} | more
    return visit.shown("reconciliation.html", days=days, clearing=clearing, **told)


async def show_day(visit: Visit) -> Response:
    """The payments behind one day, in the order of acceptance."""
    on = _day(str(visit.request.path_params["on"]), visit.caller.now.date())
    after = visit.place("after") or 0
    begins_at: datetime = midnight(on)
    async with visit.door.database.read() as tx:
        span = (begins_at, begins_at + timedelta(days=1))
        found = await flow.ended_in(tx, *span, after, PAGE + 1)
        lines = await lines_of(tx, found[:PAGE])
    more = found[PAGE - 1].sequence if len(found) > PAGE else None
    return visit.shown("reconciliation_day.html", on=on, lines=lines, more=more)


def _day(text: str, today: date) -> date:
    """A day that has begun; another text is no page."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=text) from error
    if found > today:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=text)
    return found


async def compare(visit: Visit) -> Response:
    """A camt.054 as somebody pasted it, held against our records; nothing of it is kept."""
    raw = forms.said(visit.form, "report", REPORT_CAP_BYTES).encode()
    try:
        told = rails.read(raw, Profile.NEXUS)
    except InvalidMessage as error:
        return await _shown(visit, problem=error)
    if not isinstance(told, Notification):
        raise Malformed(Reason.MESSAGE_VERSION, message="camt.054")
    async with visit.door.database.read() as tx:
        found = await flow.compare_report(tx, visit.door.node, told)
    return await _shown(visit, compared=found, report=told)


_READ = frozenset({Scope.REMITTANCES_READ})
PAGES = (
    Page(
        "reconciliation",
        "/reconciliation",
        show,
        _READ,
        section="money",
        act=compare,
        cap_bytes=REPORT_CAP_BYTES,
    ),
    Page("reconciliation", "/reconciliation/{on}", show_day, _READ),
)
