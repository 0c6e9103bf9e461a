"""Accept, acknowledge, settle, reject, expire: the sender's side of a remittance."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing, send
from qantara.db.turns import begins
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision
from qantara.rails.model import (
    PaymentStatus,
    Status,
)
from qantara.remittance import booking, rules, store
from qantara.remittance.clearing import open_reviews
from qantara.remittance.model import (
    FINAL,
    KIND,
    TRANSITIONS,
    Accept,
    Change,
    Event,
    Institution,
    Remittance,
    State,
    remittance_id,
)
from qantara.remittance.quoting import decide
from qantara.remittance.review_model import Ground, Review, Reviewed
from qantara.remittance.writing import payee_of, unfit, write


class _Wish(Struct, frozen=True):
    """One accept that the rules let through to the book, with the message already written."""

    accept: Accept
    remittance: Remittance
    payee_name: str
    hold: Transfer
    decision: NewDecision
    outgoing: Outgoing
    payee: str

    @property
    def words(self) -> tuple[str | None, ...]:
        """What was said, as it is kept: by it a repeat is known from a contradiction."""
        return _words(self.accept, self.payee_name)

    def review(self, now: datetime) -> Review | None:
        """What a person has to look at, if anything."""
        grounds = tuple(Ground.of(step) for step in self.decision.decision.review)
        if not grounds:
            return None
        quote = self.remittance.quote
        about = Reviewed(
            quote.request.customer_id,
            quote.request.account_id,
            quote.request.destination_country,
            self.payee,
            self.accept.purpose,
            quote.total_debit,
            frozenset(ground.rule for ground in grounds),
        )
        return Review(self.remittance.id, self.decision.id, about, grounds, now)


def _words(said: Accept, payee_name: str | None) -> tuple[str | None, ...]:
    said_of = (said.purpose, said.note, said.reference, said.priority)
    return (said.payee_check_id, payee_name, *said_of)


Accepted = Remittance | Refused | Conflict | NotFound
_UNTAKEN = frozenset({State.ACCEPTED, State.OVERDUE})


async def advance(tx: Tx, changes: Sequence[Change], now: datetime) -> None:
    """Make moves, their events and the end of their deadlines; `Conflict` for one not allowed."""
    moves = []
    for change in changes:
        after = TRANSITIONS.get((change.remittance.state, change.event))
        if after is None:
            raise Conflict(
                Reason.STATE_CONFLICT, id=change.remittance.id, state=change.remittance.state
            )
        moves.append((change, after))
    if not moves:
        return
    await store.advance(tx, moves, now, FINAL)
    told = [(c.remittance.id, state.value) for c, state in moves if state != c.remittance.state]
    await events.add(tx, told, now)
    await deadlines.clear(tx, KIND, [c.remittance.id for c, state in moves if state in FINAL])


@begins(2)
async def accept(
    tx: Tx, node: Institution, accepts: Sequence[Accept], now: datetime
) -> list[Accepted]:
    """Hold the money and leave pacs.008 for delivery, or say exactly why not. Where a rule asks
    for a person the money is held, and nothing leaves until that person has looked.

    A quote is accepted once: the same words again give the same remittance, other words a
    `Conflict`. A refusal by policy or by the book is final and kept.
    """
    wanted = [remittance_id(each.quote_id) for each in accepts]
    found = await store.lock(tx, wanted)
    named = await payees.checks(tx, [each.payee_check_id for each in accepts])
    checks = {check.id: check for check in named if not isinstance(check, NotFound)}
    accounts = [remittance.quote.request.account_id for remittance in found.values()]
    holdings = dict(zip(accounts, await parties.accounts(tx, accounts), strict=True))
    outcomes: dict[int, Accepted] = {}
    wishes: dict[str, _Wish] = {}
    granted: list[int] = []
    for place, (each, key) in enumerate(zip(accepts, wanted, strict=True)):
        judged = _judge(node, each, found.get(key), checks, holdings, now)
        if not isinstance(judged, _Wish):
            outcomes[place] = judged
        elif wishes.setdefault(key, judged).words == judged.words:
            granted.append(place)
        else:
            outcomes[place] = Conflict(Reason.QUOTE_USED, quote=each.quote_id)
    done = await _reserve(tx, node, list(wishes.values()), now)
    fresh = await store.by_ids(tx, list(wishes))
    for place in granted:
        outcomes[place] = done.get(wanted[place]) or fresh[wanted[place]]
    return [outcomes[place] for place in range(len(accepts))]


def _judge(
    node: Institution,
    each: Accept,
    remittance: Remittance | None,
    checks: dict[str, PayeeCheck],
    holdings: Mapping[AccountId, Holding | NotFound],
    now: datetime,
) -> "_Wish | Accepted":
    """Everything that can be said before the book is asked."""
    if remittance is None or remittance.quote.request.customer_id != each.customer_id:
        return NotFound(Reason.QUOTE_FOREIGN, quote=each.quote_id)
    check = checks.get(each.payee_check_id)
    if remittance.state is not State.QUOTED:
        return _repeat(each, remittance, check)
    if now >= remittance.quote.valid_until:
        return Refused(Reason.QUOTE_EXPIRED, rule="quote.validity")
    if check is None or check.customer_id != each.customer_id:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    holding = holdings[remittance.quote.request.account_id]
    if isinstance(holding, QantaraError):
        return holding
    refused = payees.objection(check, now) or unfit(node, remittance.quote, each, check, holding)
    if refused is not None:
        return refused
    facts, decision = decide(node, remittance.quote, holding, each.purpose, now)
    if decision.refusal is not None and decision.refusal.reason is Reason.PURPOSE_REQUIRED:
        return decision.refusal
    kept = NewDecision(ids.new("dec"), remittance.id, facts, decision)
    outgoing = write(node, each, remittance.quote, check, holding, now)
    if isinstance(outgoing, Refused):
        return outgoing
    name = payees.payee_name(check, each.payee_name) or ""
    held = booking.hold(remittance, holding.account.ledger_code, now)
    return _Wish(each, remittance, name, held, kept, outgoing, payee_of(check))


def _repeat(each: Accept, remittance: Remittance, check: PayeeCheck | None) -> Accepted:
    if remittance.state is State.EXPIRED:
        if remittance.reason is not None:
            return Refused(remittance.reason, remittance.rule or "", remittance.citation or "")
        return Refused(Reason.QUOTE_EXPIRED, rule="quote.validity")
    kept = (
        *(remittance.payee_check_id, remittance.payee_name),
        *(remittance.purpose, remittance.note, remittance.reference, remittance.priority),
    )
    if check is None or _words(each, payees.payee_name(check, each.payee_name)) != kept:
        return Conflict(Reason.QUOTE_USED, quote=each.quote_id)
    if remittance.state is State.REFUSED and remittance.reason is not None:
        return Refused(remittance.reason, remittance.rule or "", remittance.citation or "")
    return remittance


async def _reserve(
    tx: Tx, node: Institution, wishes: Sequence[_Wish], now: datetime
) -> dict[str, Refused]:
    """Hold where policy allows; the refusals, by remittance id."""
    if not wishes:
        return {}
    refused: dict[str, Refused] = {}
    allowed = []
    for wish in wishes:
        refusal = wish.decision.decision.refusal
        if refusal is None:
            allowed.append(wish)
        else:
            refused[wish.remittance.id] = refusal
    posted = await ledger.post(tx, [wish.hold for wish in allowed], now)
    held = []
    for wish, outcome in zip(allowed, posted, strict=True):
        if outcome.refusal is None:
            held.append(wish)
        else:
            refused[wish.remittance.id] = outcome.refusal
    await policy.record_decisions(tx, [wish.decision for wish in wishes], now)
    asked = [review for wish in held if (review := wish.review(now)) is not None]
    waiting = await open_reviews(tx, node, asked, now)
    leaving = [wish for wish in held if wish.remittance.id not in waiting]
    await send(tx, [wish.outgoing for wish in leaving], now)
    said = [
        (wish.remittance.id, wish.accept, wish.payee_name, wish.outgoing.key) for wish in wishes
    ]
    await store.add_instructions(tx, said, now)
    await advance(tx, [_change(wish, refused, waiting) for wish in wishes], now)
    due_at = now + timedelta(seconds=node.overdue_seconds)
    await deadlines.set(tx, KIND, [(wish.remittance.id, due_at) for wish in leaving])
    return refused


def _change(wish: _Wish, refused: Mapping[str, Refused], waiting: Collection[str]) -> Change:
    """A payment that waits has no UETR yet: nothing of it is known to anybody else."""
    remittance = wish.remittance
    if remittance.id in refused:
        return Change(remittance, Event.REFUSE, refused[remittance.id])
    if remittance.id in waiting:
        return Change(remittance, Event.REVIEW, hold_id=wish.hold.id)
    return Change(remittance, Event.ACCEPT, uetr=wish.outgoing.uetr, hold_id=wish.hold.id)


async def acknowledge(tx: Tx, message_ids: Sequence[str], now: datetime) -> set[str]:
    """The payment system has taken our pacs.008: accepted becomes submitted. Returns which of
    the messages were ours.
    """
    after = TRANSITIONS[State.ACCEPTED, Event.ACKNOWLEDGE]
    found = await store.submit(tx, message_ids, State.ACCEPTED, after)
    await events.add(tx, [(moved, after.value) for moved in found.values() if moved], now)
    return set(found)


async def bounce(
    tx: Tx, _node: Institution, bounced: Sequence[tuple[str, str]], now: datetime
) -> list[None]:
    """The payment system will never take these pacs.008 (message id, its reason): put back.

    What it has once acknowledged is its to answer by pacs.002, and by nothing else.
    """
    named = await store.carried(tx, [message_id for message_id, _ in bounced])
    found = await store.lock(tx, sorted(set(named.values())))
    said = {named[key]: reason for key, reason in bounced if key in named}
    waiting = [remittance for remittance in found.values() if remittance.state in _UNTAKEN]
    transfers = [booking.release(remittance, now) for remittance in waiting]
    await ledger.must_post(tx, transfers, now)
    reasons = {each.id: rules.reason_said(said[each.id]) for each in waiting}
    changes = [
        Change(each, Event.REJECT, Refused(reasons[each.id]), rules.status_code(reasons[each.id]))
        for each in waiting
    ]
    await advance(tx, changes, now)
    return [None] * len(bounced)


_EVENT_OF_STATUS = {
    Status.ACCC: Event.SETTLE,
    Status.RJCT: Event.REJECT,
    Status.BLCK: Event.BLOCK,
}
_END = {
    Event.SETTLE: State.COMPLETED,
    Event.REJECT: State.REJECTED,
    Event.BLOCK: State.BLOCKED,
}
Concluded = Conflict | NotFound | None


async def conclude(
    tx: Tx, node: Institution, answers: Sequence[PaymentStatus], now: datetime
) -> list[Concluded]:
    """Settle or reject what the scheme has decided; `NotFound` for a message we never sent.

    A repeated answer changes nothing; ACWP and ACTC are not final and change nothing either.
    An answer that contradicts the first final one is a `Conflict`: both sides must see it.
    """
    found = await store.lock_by_uetr(tx, [answer.uetr for answer in answers])
    changes: dict[str, Change] = {}
    transfers: list[Transfer] = []
    outcomes: list[Concluded] = []
    for answer in answers:
        remittance, event = found.get(answer.uetr), _EVENT_OF_STATUS.get(answer.status)
        if remittance is None or remittance.message_id != answer.original_message_id:
            outcomes.append(NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=answer.uetr))
            continue
        planned = changes.get(answer.uetr)
        stands = remittance.state if planned is None else _END[planned.event]
        outcomes.append(_contradiction(answer, stands, event))
        if event is None or stands in FINAL:
            continue
        reason = rules.reason_of(answer.reason, answer.reason_texts)
        refusal = Refused(reason) if event is not Event.SETTLE else None
        changes[answer.uetr] = Change(remittance, event, refusal, answer.reason)
        if event is Event.REJECT:
            transfers.append(booking.release(remittance, now))
        else:
            transfers += booking.pay(node, remittance, event, now)
    await ledger.must_post(tx, transfers, now)
    await advance(tx, list(changes.values()), now)
    return outcomes


def _contradiction(answer: PaymentStatus, stands: State, event: Event | None) -> Conflict | None:
    if event is None or stands not in FINAL or stands is _END[event]:
        return None
    return Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, state=stands, status=answer.status)
