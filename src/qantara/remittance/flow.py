"""The verbs of a remittance, on the sending and on the receiving side."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from qantara.db import Tx, deadlines
from qantara.db.mail import Received, take
from qantara.errors import NotFound, Reason
from qantara.rails.model import PaymentStatus
from qantara.remittance import (
    cases,
    confirming,
    inbound_store,
    overdue,
    returned,
    sending,
    store,
)
from qantara.remittance.books import fund_correspondents, fund_nostros, open_books
from qantara.remittance.cases import (
    answer_cases,
    case_assigned,
    case_moves,
    case_page,
    case_told,
    cases_by_id,
    is_overdue,
    open_cases,
)
from qantara.remittance.daily import (
    compare_report,
    ended_by_step,
    ended_in,
    rates_offered,
    received_days,
    sent_days,
)
from qantara.remittance.deciding import decide_held
from qantara.remittance.inbound_store import count_held, held
from qantara.remittance.inbound_store import newest as newest_received
from qantara.remittance.linking import given_back
from qantara.remittance.model import KIND, Inbound, Institution, Remittance
from qantara.remittance.node import SHARED_LEAST
from qantara.remittance.own_fx import own_offer, own_rates, record_own_rates
from qantara.remittance.quoting import interbank_amount, quote, record_reference_rates
from qantara.remittance.rate_store import reference_rates
from qantara.remittance.receiving import receive
from qantara.remittance.returned import expire_returns, returns_of
from qantara.remittance.returning import give_back, plan_returns, refusal_of
from qantara.remittance.reviewing import decide_reviews, review_page, reviews_of
from qantara.remittance.sending import accept, acknowledge
from qantara.remittance.store import by_uetrs, customers, in_review, newest, of_customer
from qantara.remittance.store import overdue as overdue_payments
from qantara.remittance.tracing import rows_of_received, rows_of_sent, sent_payments

__all__ = [
    "SHARED_LEAST",
    "accept",
    "acknowledge",
    "answer_cases",
    "bounce",
    "by_uetrs",
    "case_assigned",
    "case_moves",
    "case_page",
    "case_told",
    "cases_by_id",
    "compare_report",
    "conclude",
    "count_held",
    "customers",
    "decide_held",
    "decide_reviews",
    "ended_by_step",
    "ended_in",
    "expire",
    "expire_returns",
    "fund_correspondents",
    "fund_nostros",
    "give_back",
    "given_back",
    "held",
    "in_review",
    "interbank_amount",
    "is_overdue",
    "newest",
    "newest_received",
    "of_customer",
    "open_books",
    "open_cases",
    "overdue_payments",
    "own_offer",
    "own_rates",
    "plan_returns",
    "quote",
    "rates_offered",
    "receive",
    "received_days",
    "received_payments",
    "record_own_rates",
    "record_reference_rates",
    "reference_rates",
    "refusal_of",
    "remittances",
    "returns_of",
    "review_page",
    "reviews_of",
    "rows_of_received",
    "rows_of_sent",
    "sent_days",
    "sent_payments",
]


async def conclude(
    tx: Tx, node: Institution, received: Sequence[Received[PaymentStatus]], now: datetime
) -> list[sending.Concluded]:
    """Take pacs.002: the end of a payment we sent, be it to give another back, or the
    confirmation of one we received.

    Which of them it is, the message it answers says: a UETR alone could be of either side.
    """
    await take(tx, [each.message for each in received], now)
    answers = [each.record for each in received]
    ours = await sending.conclude(tx, node, answers, now)
    ours = await _further(tx, node, answers, ours, now, returned.conclude)
    return await _further(tx, node, answers, ours, now, confirming.confirm)


async def _further(
    tx: Tx,
    node: Institution,
    answers: Sequence[PaymentStatus],
    said: Sequence[sending.Concluded],
    now: datetime,
    ask: Callable[..., Awaitable[Sequence[sending.Concluded]]],
) -> list[sending.Concluded]:
    """What was said so far; of the answers that were foreign to it, what is said here."""
    foreign = [isinstance(each, NotFound) for each in said]
    rest = [answer for answer, other in zip(answers, foreign, strict=True) if other]
    further = iter(await ask(tx, node, rest, now) if rest else [])
    return [next(further) if other else each for each, other in zip(said, foreign, strict=True)]


async def bounce(
    tx: Tx, node: Institution, bounced: Sequence[tuple[str, str]], now: datetime
) -> list[None]:
    """What will never be taken of payments, returns and notices (message id, its reason)."""
    await returned.bounce(tx, node, bounced, now)
    await cases.bounce(tx, node, bounced, now)
    return await sending.bounce(tx, node, bounced, now)


async def expire(tx: Tx, node: Institution, commands: Sequence[None], now: datetime) -> list[int]:
    """Look after whatever has waited too long; the number of things looked after."""
    subjects = await deadlines.take(tx, KIND, 500, now)
    await overdue.time_out(tx, node, [s for s in subjects if s.startswith("rem_")], now)
    await overdue.remind(tx, node, [s for s in subjects if not s.startswith("rem_")], now)
    return [len(subjects)] * len(commands)


async def remittances(tx: Tx, ids: Sequence[str]) -> list[Remittance | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.REMITTANCE_NOT_FOUND, id=each) for each in ids]


async def received_payments(tx: Tx, uetrs: Sequence[str]) -> list[Inbound | NotFound]:
    found = await inbound_store.by_uetrs(tx, uetrs)
    return [found.get(each) or NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=each) for each in uetrs]
