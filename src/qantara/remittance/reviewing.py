"""How a review ends: two people release or refuse the payment, or nobody looks in time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, deadlines
from qantara.db.mail import Outgoing, send
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountStatus
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision
from qantara.remittance import booking, review_store, store
from qantara.remittance.model import KIND, Accept, Change, Event, Institution, Remittance, State
from qantara.remittance.quoting import decide
from qantara.remittance.review_model import (
    REVIEW_TRANSITIONS,
    DecideReview,
    Review,
    ReviewEvent,
    ReviewState,
)
from qantara.remittance.sending import advance
from qantara.remittance.writing import unfit, write

Decided = Remittance | Conflict | NotFound


class _End(Struct, frozen=True):
    """The end of one review, and what it does to its payment."""

    review: Review
    change: Change
    outgoing: Outgoing | None = None
    decision: NewDecision | None = None


class _Around(Struct, frozen=True):
    """What else must hold when a payment leaves after all, by account and by payee check."""

    holdings: Mapping[AccountId, Holding]
    checks: Mapping[str, PayeeCheck]
    frozen: frozenset[str]


async def decide_reviews(
    tx: Tx, node: Institution, commands: Sequence[DecideReview], now: datetime
) -> list[Decided]:
    """Do what two people decided. The four eyes are the caller's to ask for.

    Released while its quote stands, a payment leaves at once, decided anew: what is forbidden by
    now, or asks for a person about something else, is a `Conflict` and goes on waiting. Released
    too late, it ends as expired, its money is the sender's again, and the release clears the
    next payment like it.
    """
    found = await store.lock(tx, [each.remittance_id for each in commands])
    reviews = await review_store.by_ids(tx, list(found))
    around = await _around(tx, [each for key, each in found.items() if key in reviews])
    ends: dict[str, _End] = {}
    outcomes: dict[int, Decided] = {}
    for place, each in enumerate(commands):
        remittance, review = found.get(each.remittance_id), reviews.get(each.remittance_id)
        if remittance is None or review is None:
            outcomes[place] = NotFound(Reason.REMITTANCE_NOT_FOUND, id=each.remittance_id)
        elif remittance.state is not State.IN_REVIEW or remittance.id in ends:
            outcomes[place] = Conflict(Reason.STATE_CONFLICT, id=remittance.id, state="decided")
        else:
            end = _end(node, remittance, _after(review, each, now), around, now)
            if isinstance(end, Conflict):
                outcomes[place] = end
            else:
                ends[remittance.id] = end
    await _keep(tx, node, list(ends.values()), now)
    fresh = await store.by_ids(tx, list(ends))
    return [outcomes.get(place) or fresh[each.remittance_id] for place, each in enumerate(commands)]


async def lapse(tx: Tx, node: Institution, waited: Sequence[Remittance], now: datetime) -> None:
    """Nobody looked in time: the money is the sender's again."""
    reviews = await review_store.by_ids(tx, [each.id for each in waited])
    ends = []
    for each in waited:
        review = reviews[each.id]
        state = REVIEW_TRANSITIONS[review.state, ReviewEvent.LAPSE]
        refusal = _because(review, Reason.REVIEW_LAPSED)
        ends.append(
            _End(replace(review, state=state, ended_at=now), Change(each, Event.TIME_OUT, refusal))
        )
    await _keep(tx, node, ends, now)


def _after(review: Review, each: DecideReview, now: datetime) -> Review:
    return replace(
        review,
        state=REVIEW_TRANSITIONS[review.state, each.verdict],
        proposed_by=each.proposed_by,
        decided_by=each.decided_by,
        ended_at=now,
    )


def _because(review: Review, reason: Reason) -> Refused:
    """Told by the first of the rules that asked for a person."""
    ground = review.grounds[0]
    return Refused(reason, ground.rule, ground.provision)


def _end(
    node: Institution, remittance: Remittance, review: Review, around: _Around, now: datetime
) -> _End | Conflict:
    if review.state is ReviewState.REFUSED:
        refusal = _because(review, Reason.REVIEW_REFUSED)
        return _End(review, Change(remittance, Event.REFUSE, refusal))
    if now >= remittance.quote.valid_until:
        refusal = _because(review, Reason.REVIEW_CLEARED)
        return _End(review, Change(remittance, Event.TIME_OUT, refusal))
    return _leave(node, remittance, review, around, now)


def _leave(
    node: Institution, remittance: Remittance, review: Review, around: _Around, now: datetime
) -> _End | Conflict:
    """The payment as it would leave now, with what was said at accept."""
    holding = around.holdings.get(remittance.quote.request.account_id)
    check = around.checks.get(remittance.payee_check_id or "")
    if holding is None or check is None:
        return Conflict(Reason.STATE_CONFLICT, id=remittance.id)
    said = _said(remittance)
    facts, decision = decide(node, remittance.quote, holding, said.purpose, now)
    new = {step.rule for step in decision.review} - review.about.rules
    outgoing: Outgoing | Refused
    if holding.account.ledger_code in around.frozen:
        outgoing = Refused(Reason.ACCOUNT_FROZEN)
    elif new:
        outgoing = Refused(Reason.REVIEW_REQUIRED, rule=min(new))
    else:
        no = unfit(node, remittance.quote, said, check, holding) or decision.refusal
        kept = remittance.message_id
        outgoing = no or write(node, said, remittance.quote, check, holding, now, kept)
    if isinstance(outgoing, Refused):
        return Conflict(outgoing.reason, id=remittance.id, rule=outgoing.rule)
    return _End(
        replace(review, used_by=remittance.id),
        Change(remittance, Event.RELEASE, uetr=outgoing.uetr),
        outgoing,
        NewDecision(ids.new("dec"), remittance.id, facts, decision),
    )


def _said(remittance: Remittance) -> Accept:
    return Accept(
        quote_id=remittance.quote.id,
        customer_id=remittance.quote.request.customer_id,
        payee_check_id=remittance.payee_check_id or "",
        purpose=remittance.purpose,
        note=remittance.note,
        reference=remittance.reference,
        payee_name=remittance.payee_name,
        priority=remittance.priority,
    )


async def _around(tx: Tx, remittances: Sequence[Remittance]) -> _Around:
    accounts = [each.quote.request.account_id for each in remittances]
    held = {
        key: holding
        for key, holding in zip(accounts, await parties.accounts(tx, accounts), strict=True)
        if not isinstance(holding, QantaraError)
    }
    checks = await payees.checks(tx, [each.payee_check_id or "" for each in remittances])
    codes = sorted({holding.account.ledger_code for holding in held.values()})
    balances = await ledger.balances(tx, codes) if codes else []
    frozen = frozenset(each.code for each in balances if each.status is AccountStatus.FROZEN)
    known = {check.id: check for check in checks if not isinstance(check, NotFound)}
    return _Around(held, known, frozen)


async def _keep(tx: Tx, node: Institution, ends: Sequence[_End], now: datetime) -> None:
    """Write what became of reviews and of their payments; what does not leave is given back."""
    if not ends:
        return
    back = [end.change.remittance for end in ends if end.outgoing is None]
    await ledger.must_post(tx, [booking.release(remittance, now) for remittance in back], now)
    if not all(await review_store.end(tx, [end.review for end in ends])):
        raise Conflict(Reason.STATE_CONFLICT, detail="a review ended meanwhile")
    await advance(tx, [end.change for end in ends], now)
    anew = [end.decision for end in ends if end.decision is not None]
    if anew:
        await policy.record_decisions(tx, anew, now)
    left = [end for end in ends if end.outgoing is not None]
    await send(tx, [end.outgoing for end in left if end.outgoing is not None], now)
    due_at = now + timedelta(seconds=node.overdue_seconds)
    await deadlines.set(tx, KIND, [(end.review.remittance_id, due_at) for end in left])


async def review_page(tx: Tx, state: ReviewState, limit: int) -> list[Review]:
    """Reviews in one state, the longest first."""
    return await review_store.page(tx, state, limit)


async def reviews_of(tx: Tx, remittance_ids: Sequence[str]) -> dict[str, Review]:
    """The reviews of those among these remittances that have one."""
    return await review_store.by_ids(tx, remittance_ids)
