"""Where the money is, what is reserved of it, what exchange costs and what it earned."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.clock import midnight
from qantara.db import Tx
from qantara.ledger import flow as ledger
from qantara.ledger.chart_model import Group, Standing
from qantara.ledger.model import AccountClass
from qantara.money import Asset, Money
from qantara.remittance import figures, flow
from qantara.remittance.daily_model import Offered, SentDay
from qantara.remittance.model import Institution, ReferenceRate
from qantara.web import charts
from qantara.web.console import levels
from qantara.web.sites import Page
from qantara.web.visits import Visit

SERIES_DAYS = 14
SPANS = (60, 3_600, 86_400)
"""Ages by which open holds are told apart, in seconds."""


class Cover(NamedTuple):
    """What an asset's e-money is worth and what is kept apart for it; `own` is ours besides."""

    asset: Asset
    issued: Money
    safeguarded: Money
    own: Money

    @property
    def gap(self) -> Money:
        return self.safeguarded - self.issued


class Place(NamedTuple):
    """An account of ours with somebody else, or of somebody else with us."""

    code: str
    account_class: str
    keeper: str | None
    holder: str | None
    owed: Money
    held: Money


class Corridor(NamedTuple):
    """What one way earned: its days, newest first, and the fee of every day of the series."""

    country: str
    days: Sequence[SentDay]
    series: Sequence[int]
    fee: Money
    margin: Money
    exchanged: Money

    @property
    def margin_percent(self) -> str:
        return f"{Decimal(self.margin.minor) / max(1, self.exchanged.minor):.2%}"


async def show(visit: Visit) -> Response:
    now, node = visit.caller.now, visit.door.node
    async with visit.door.database.read() as tx:
        covers = covers_of(await ledger.chart(tx))
        standing = await ledger.own_accounts(tx)
        places = [each for each in map(_place, standing) if each is not None]
        window = charts.window(visit.asked("window"), levels.WINDOWS)
        drawn = await levels.levels(tx, visit, window, standing)
        waiting = await ledger.held_by_age(tx, SPANS, now)
        corridors: Sequence[Corridor] = ()
        offered: Sequence[Offered] = ()
        mids: Sequence[ReferenceRate] = ()
        own: Mapping[str, ReferenceRate] = {}
        if visit.holds(Scope.REMITTANCES_READ):
            first = now.date() - timedelta(days=SERIES_DAYS - 1)
            corridors = _corridors(await flow.sent_days(tx, midnight(first)), first)
            offered = await flow.rates_offered(tx)
            mids = await _mids(tx, now)
            own = await _own_rates(tx, node, now)
    return visit.shown(
        "liquidity.html",
        covers=covers,
        places=places,
        levels=drawn,
        window=window,
        windows=levels.WINDOWS,
        waiting=waiting,
        corridors=corridors,
        offered=offered,
        mids=mids,
        own=own,
        days=SERIES_DAYS,
        money=Money,
    )


def covers_of(groups: Iterable[Group]) -> list[Cover]:
    """Safeguarded and own funds are claims, below zero in the book; e-money is owed."""
    found = []
    for asset, rows in groupby(groups, key=lambda each: each.asset):
        sums = dict.fromkeys(AccountClass, 0)
        for each in rows:
            sums[each.account_class] += each.credit - each.debit
        issued, kept = sums[AccountClass.E_MONEY], -sums[AccountClass.SAFEGUARDED]
        own = -sums[AccountClass.OWN_FUNDS]
        if issued or kept or own:
            found.append(Cover(asset, *(Money(each, asset) for each in (issued, kept, own))))
    return found


def _place(each: Standing) -> Place | None:
    """What somebody else owes us is above zero, what we owe them below."""
    terms = each.account.terms
    if terms.keeper is None and terms.holder is None:
        return None
    owed, held = Money(-each.balance, terms.asset), Money(each.held_debit, terms.asset)
    name = terms.account_class.value
    return Place(terms.code, name, terms.keeper, terms.holder, owed, held)


def _corridors(days: Sequence[SentDay], first: date) -> list[Corridor]:
    found = []
    for country, own in groupby(sorted(days, key=lambda each: each.country), _country):
        rows = sorted(own, key=lambda each: each.on, reverse=True)
        fees = {each.on: each.fee.minor for each in rows}
        series = [fees.get(first + timedelta(days=place), 0) for place in range(SERIES_DAYS)]
        nothing = Money(0, rows[0].fee.asset)
        fee, margin, exchanged = (
            sum((getattr(each, name) for each in rows), nothing)
            for name in ("fee", "margin", "exchanged")
        )
        found.append(Corridor(country, rows, series, fee, margin, exchanged))
    return found


def _country(day: SentDay) -> str:
    return day.country


async def _mids(tx: Tx, now: datetime) -> list[ReferenceRate]:
    """The newest mid-market rate of every pair we keep."""
    pairs = [(base, quote) for base, quote, _ in await figures.newest_rates(tx)]
    return list((await flow.reference_rates(tx, pairs, now)).values())


async def _own_rates(tx: Tx, node: Institution, now: datetime) -> Mapping[str, ReferenceRate]:
    """Our own rates of today by country, where we exchange ourselves."""
    countries = [] if node.own_fx is None else list(node.own_fx.accounts)
    told = await flow.own_rates(tx, node, countries, now) if countries else []
    pairs = zip(countries, told, strict=True)
    return {country: rate for country, rate in pairs if isinstance(rate, ReferenceRate)}


PAGES = (Page("liquidity", "/liquidity", show, frozenset({Scope.ACCOUNTS_READ}), section="money"),)
