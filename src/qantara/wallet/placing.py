"""Payments abroad of standing orders: quoted with the gateway's offers, and accepted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from qantara import ids
from qantara.db import Tx
from qantara.errors import REASONS, Refused
from qantara.ids import QuoteId
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    Accept,
    AskQuote,
    GatewayQuote,
    Institution,
    PriceRequest,
    Quote,
    Remittance,
)
from qantara.wallet import beneficiary_store
from qantara.wallet import schedule_store as store
from qantara.wallet.model import Beneficiary, RunEvent, RunState
from qantara.wallet.running import BATCH, advance, refusal_of
from qantara.wallet.schedule_model import Offered, Run, RunMove, Schedule, Wanted
from qantara.wallet.schedules import above_ceiling


class _Order(Struct, frozen=True):
    """A run with the order it is of, and whom that pays."""

    run: Run
    schedule: Schedule
    payee: Beneficiary

    @property
    def request(self) -> PriceRequest:
        terms, country = self.schedule.terms, self.payee.country
        return PriceRequest(terms.customer_id, terms.account_id, country, terms.fixed, terms.amount)

    def yes(self, quote: Quote) -> Accept:
        terms = self.schedule.terms
        return Accept(
            quote.id,
            terms.customer_id,
            self.run.check_id,
            terms.purpose,
            terms.note,
            terms.reference,
            self.payee.asked_name,
        )


async def _orders(tx: Tx, runs: Sequence[Run]) -> list[_Order]:
    schedules = await store.by_ids(tx, [run.schedule_id for run in runs])
    payee_ids = [each.terms.beneficiary_id for each in schedules.values()]
    payees = await beneficiary_store.by_ids(tx, payee_ids)
    found = [(run, schedules[run.schedule_id]) for run in runs]
    return [_Order(run, each, payees[each.terms.beneficiary_id]) for run, each in found]


async def wanted_offers(tx: Tx) -> list[Wanted]:
    """The runs that wait for the gateway's offers, and what to ask it for."""
    runs = await store.runs_in(tx, RunState.QUOTING, BATCH)
    return [Wanted(each.run.id, each.request) for each in await _orders(tx, runs)]


async def pay_abroad(
    tx: Tx, node: Institution, offered: Sequence[Offered], now: datetime
) -> list[bool]:
    """Quote runs and accept, unless the whole debit is above the ceiling; whether each run has
    ended by it. What may be better later (no rate today) is tried again until its day is over.
    """
    offers = {each.run_id: each.offers for each in offered}
    found = await store.lock_runs(tx, list(offers))
    waiting = [run for run in found.values() if run.state is RunState.QUOTING]
    orders = {each.run.id: each for each in await _orders(tx, waiting)}
    said = await _quoted(tx, node, orders, offers, now)
    quotes = {key: quote for key, quote in said.items() if isinstance(quote, Quote)}
    yes = [orders[key].yes(quote) for key, quote in quotes.items()]
    accepted = await remittance.accept(tx, node, yes, now) if yes else []
    refused = {key: no for key, no in said.items() if isinstance(no, Refused)}
    moves: dict[str, RunMove] = {}
    for key, outcome in zip(quotes, accepted, strict=True):
        if isinstance(outcome, Remittance):
            moves[key] = RunMove(orders[key].run, RunEvent.PLACE, outcome.id)
        else:
            refused[key] = refusal_of(outcome)
    for key, no in refused.items():
        if not REASONS[no.reason].retryable:
            moves[key] = RunMove(orders[key].run, RunEvent.REFUSE, refusal=no)
    await advance(tx, list(moves.values()), now)
    return [each.run_id in moves for each in offered]


async def _quoted(
    tx: Tx,
    node: Institution,
    orders: Mapping[str, _Order],
    offers: Mapping[str, tuple[GatewayQuote, ...] | Refused],
    now: datetime,
) -> dict[str, Quote | Refused]:
    """The quote of each run, or why there is none that its owner would have."""
    said: dict[str, Quote | Refused] = {}
    asks: dict[str, AskQuote] = {}
    for key, order in orders.items():
        answer = offers[key]
        if isinstance(answer, Refused):
            said[key] = answer
        else:
            asks[key] = AskQuote(QuoteId(ids.derived("quo", key)), order.request, answer)
    for key, quote in zip(
        asks, await remittance.quote(tx, node, list(asks.values()), now), strict=True
    ):
        if isinstance(quote, Quote):
            terms = orders[key].schedule.terms
            said[key] = above_ceiling(terms, quote.total_debit) or quote
        else:
            said[key] = refusal_of(quote)
    return said
