"""The book: its accounts as a tree that adds up, one account, one transfer with its proof."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.clock import midnight
from qantara.errors import Malformed, NotFound, Reason
from qantara.ledger import flow
from qantara.ledger.chart_model import Booked, Group
from qantara.ledger.model import PastBalance
from qantara.money import Asset, Money
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Branch(NamedTuple):
    """Accounts of one class, with the groups below it."""

    account_class: str
    groups: Sequence[Group]


class Tree(NamedTuple):
    """All accounts in one asset; debits and credits of a book that is right are equal."""

    asset: Asset
    branches: Sequence[Branch]
    debit: Money
    credit: Money

    @property
    def equal(self) -> bool:
        return self.debit == self.credit


def trees(groups: Sequence[Group]) -> list[Tree]:
    """The trial balance, one tree for each asset; `groups` stand in order of asset and class."""
    found = []
    for asset, own in groupby(groups, key=lambda each: each.asset):
        rows = list(own)
        branches = [
            Branch(name.value, list(below))
            for name, below in groupby(rows, key=lambda each: each.account_class)
        ]
        debit, credit = (sum(getattr(row, side) for row in rows) for side in ("debit", "credit"))
        found.append(Tree(asset, branches, Money(debit, asset), Money(credit, asset)))
    return found


async def show_chart(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        found = trees(await flow.chart(tx))
        end = await flow.book_end(tx)
    return visit.shown("ledger.html", trees=found, end=end, money=Money)


async def show_under(visit: Visit) -> Response:
    """Accounts whose code begins with one part, in the order of opening."""
    head, after = str(visit.request.path_params["head"]), visit.place("after") or 0
    async with visit.door.database.read() as tx:
        found = await flow.accounts_under(tx, head, after, PAGE + 1)
    if not found and not after:
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=head)
    more = found[PAGE - 1].account.id if len(found) > PAGE else None
    return visit.shown("ledger_under.html", head=head, lines=found[:PAGE], more=more, money=Money)


async def show_account(visit: Visit) -> Response:
    """One account: its balance now or at the end of a day, and what moved, newest first."""
    code, before = visit.asked("code"), visit.place("before")
    async with visit.door.database.read() as tx:
        found = (await flow.accounts(tx, [code]))[0]
        if isinstance(found, NotFound):
            raise found
        balance = (await flow.balances(tx, [code]))[0]
        entries = await flow.statement(tx, code, before=before, limit=PAGE + 1)
        on, past = _day(visit, "on"), None
        if on is not None:
            past = await flow.balance_at(tx, code, _end_of(on, visit.caller.now))
    older = entries[PAGE - 1].sequence if len(entries) > PAGE else None
    return visit.shown(
        "ledger_account.html",
        account=found,
        balance=balance,
        entries=entries[:PAGE],
        older=older,
        on=on,
        past=_money(past),
        money=Money,
    )


def _day(visit: Visit, name: str) -> date | None:
    text = visit.asked(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed(Reason.FIELD_INVALID, param=name, value=text) from error


def _end_of(day: date, now: datetime) -> datetime:
    """The last moment of a day, or now where it has not ended."""
    if day >= now.date():
        return now
    return midnight(day + timedelta(days=1)) - timedelta(microseconds=1)


def _money(past: PastBalance | None) -> Money | None:
    return None if past is None else Money(past.posted, past.asset)


async def show_transfer(visit: Visit) -> Response:
    """Both legs, what belongs to it, and the proof that nobody changed it since."""
    wanted = str(visit.request.path_params["id"]).lower()
    async with visit.door.database.read() as tx:
        found = (await flow.booked(tx, [wanted]))[0]
        if isinstance(found, NotFound):
            raise found
        hold_id = found.hold_id or found.id
        parts = [each for each in await flow.ended_hold(tx, hold_id) if each.id != found.id]
        if found.hold_id is not None:
            held = (await flow.booked(tx, [found.hold_id]))[0]
            parts = [*([held] if isinstance(held, Booked) else []), *parts]
        proof = await flow.prove(tx, found)
    payment = found.reference if _UUID.fullmatch(found.reference) else None
    return visit.shown(
        "ledger_transfer.html",
        transfer=found,
        parts=parts,
        proof=proof,
        payment=payment,
        money=Money,
    )


_READ = frozenset({Scope.ACCOUNTS_READ})
PAGES = (
    Page("ledger", "/ledger", show_chart, _READ, section="money"),
    Page("ledger", "/ledger/under/{head}", show_under, _READ),
    Page("ledger", "/ledger/account", show_account, _READ),
    Page("ledger", "/ledger/transfers/{id}", show_transfer, _READ),
)
