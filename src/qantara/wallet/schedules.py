"""Standing orders: planned, shown, cancelled."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime

from msgspec.structs import replace

from qantara.db import Tx, events
from qantara.domestic import flow as domestic
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.remittance.model import Fixed, Institution
from qantara.wallet import beneficiary_store
from qantara.wallet import schedule_store as store
from qantara.wallet.model import (
    SCHEDULE_TRANSITIONS,
    Beneficiary,
    BeneficiaryState,
    ScheduleEvent,
    ScheduleState,
)
from qantara.wallet.schedule_model import Cancel, Plan, Rhythm, Run, Schedule, Terms

Planned = Schedule | Refused | Conflict | NotFound
_RUNS_SHOWN = 50


async def plan(tx: Tx, node: Institution, wishes: Sequence[Plan], now: datetime) -> list[Planned]:
    """Keep standing orders. The same wish again gives the same order, another one under its id a
    `Conflict`.
    """
    known = await store.by_ids(tx, [each.id for each in wishes])
    saved = await beneficiary_store.by_ids(tx, [each.terms.beneficiary_id for each in wishes])
    holdings = await parties.accounts(tx, [each.terms.account_id for each in wishes])
    outcomes: list[Planned] = []
    new: list[Schedule] = []
    for each, holding in zip(wishes, holdings, strict=True):
        before = known.get(each.id)
        if before is not None:
            same = before.terms == each.terms
            outcomes.append(before if same else Conflict(Reason.ID_REUSED, id=each.id))
            continue
        payee = saved.get(each.terms.beneficiary_id)
        objection = _objection(node, each.terms, payee, holding, now)
        if objection is not None:
            outcomes.append(objection)
            continue
        order = Schedule(each.id, each.terms, ScheduleState.ACTIVE, each.terms.first_on, now)
        known[each.id] = order
        new.append(order)
        outcomes.append(order)
    await store.add(tx, new)
    await events.add(tx, [(each.id, each.state.value) for each in new], now)
    return outcomes


def _objection(
    node: Institution,
    terms: Terms,
    payee: Beneficiary | None,
    holding: Holding | NotFound,
    now: datetime,
) -> Refused | NotFound | None:
    if isinstance(holding, QantaraError) or holding.customer.id != terms.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=terms.account_id)
    if payee is None or payee.customer_id != terms.customer_id:
        return NotFound(Reason.BENEFICIARY_NOT_FOUND, id=terms.beneficiary_id)
    if payee.state is not BeneficiaryState.SAVED:
        return NotFound(Reason.BENEFICIARY_NOT_FOUND, id=terms.beneficiary_id)
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    if terms.first_on < now.date():
        return _invalid("first_on", terms.first_on)
    if terms.ends_on is not None and terms.ends_on < terms.first_on:
        return _invalid("ends_on", terms.ends_on)
    return _unpayable(node, terms, payee)


def _invalid(param: str, day: date) -> Refused:
    return Refused(Reason.FIELD_INVALID, facts={"param": param, "value": day.isoformat()})


def _unpayable(node: Institution, terms: Terms, payee: Beneficiary) -> Refused | None:
    """What no day could pay: another currency, nothing, more than the ceiling."""
    wanted = node.asset
    if payee.country != node.country:
        corridor = node.corridors.get(payee.country)
        if corridor is None:
            return Refused(Reason.CORRIDOR_CLOSED, facts={"country": payee.country})
        wanted = node.asset if terms.fixed is Fixed.SOURCE else corridor.currency
    for money, asset in ((terms.amount, wanted), (terms.ceiling, node.asset)):
        if money.asset != asset:
            return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": asset.code})
        if money.minor <= 0:
            return Refused(Reason.AMOUNT_NOT_POSITIVE)
    if terms.amount.asset != node.asset:
        return None
    return above_ceiling(terms, least_debit(node, terms, payee))


def least_debit(node: Institution, terms: Terms, payee: Beneficiary) -> Money:
    """What leaves the account, as far as no exchange rate is needed to say it."""
    if payee.country != node.country:
        return terms.amount
    return terms.amount + domestic.payer_fee(node.domestic_fee, terms.amount)


def above_ceiling(terms: Terms, debit: Money) -> Refused | None:
    if debit.minor <= terms.ceiling.minor:
        return None
    facts = {"amount": f"{debit} {debit.asset.code}", "limit": f"{terms.ceiling}"}
    return Refused(Reason.SCHEDULE_CEILING, rule="schedule.ceiling", facts=facts)


def after(order: Schedule, today: date, now: datetime) -> Schedule:
    """The order once its day has begun: its next day after today, or its end. Days that passed
    while nobody looked are not made up for.
    """
    day = order.next_on
    while day is not None and day <= today:
        day = _next_month(day, order.terms.first_on.day) if _recurs(order) else None
    if day is None or (order.terms.ends_on is not None and day > order.terms.ends_on):
        state = SCHEDULE_TRANSITIONS[order.state, ScheduleEvent.END]
        return replace(order, state=state, next_on=None, ended_at=now)
    return replace(order, next_on=day)


def _recurs(order: Schedule) -> bool:
    return order.terms.rhythm is Rhythm.MONTHLY


def _next_month(day: date, wanted: int) -> date:
    """The same day of the next month, or its last where the month is too short."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)  # noqa: PLR2004 - December
    return date(year, month, min(wanted, monthrange(year, month)[1]))


async def cancel(
    tx: Tx, _node: Institution, wishes: Sequence[Cancel], now: datetime
) -> list[Schedule | NotFound]:
    """End standing orders; said again, or after the end, it changes nothing. What is under way
    goes on.
    """
    found = await store.lock(tx, [each.id for each in wishes])
    ended: dict[str, Schedule] = {}
    for each in wishes:
        order = found.get(each.id)
        if order is None or order.terms.customer_id != each.customer_id:
            continue
        state = SCHEDULE_TRANSITIONS.get((order.state, ScheduleEvent.CANCEL))
        if state is not None:
            ended[each.id] = replace(order, state=state, next_on=None, ended_at=now)
    await store.go_on(tx, list(ended.values()))
    await events.add(tx, [(each.id, each.state.value) for each in ended.values()], now)
    found |= ended
    return [
        found[each.id]
        if each.id in found and found[each.id].terms.customer_id == each.customer_id
        else NotFound(Reason.SCHEDULE_NOT_FOUND, id=each.id)
        for each in wishes
    ]


async def schedules(tx: Tx, ids: Sequence[str]) -> list[Schedule | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.SCHEDULE_NOT_FOUND, id=each) for each in ids]


async def schedules_of(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Schedule]:
    """A customer's standing orders, newest first, those before a sequence number."""
    return await store.page(tx, customer_id, before, limit)


async def runs_of(tx: Tx, schedule_id: str) -> list[Run]:
    """What became of an order's last days, the newest first."""
    return await store.runs_of(tx, schedule_id, _RUNS_SHOWN)
