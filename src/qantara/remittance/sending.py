"""Accept, acknowledge, settle, reject, expire: the sender's side of a remittance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx
from qantara.db.mail import Outgoing, send
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused, Unavailable
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer, TransferKind
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision
from qantara.rails import flow as rails
from qantara.rails.model import MessageName, PaymentStatus, Status, UnwritableMessage
from qantara.remittance import messages, payee_store, rules, store
from qantara.remittance.model import (
    FEES,
    FINAL,
    OUTGOING,
    TRANSITIONS,
    Accept,
    Change,
    CheckState,
    Event,
    Institution,
    PayeeCheck,
    Quote,
    Remittance,
    State,
    remittance_id,
)
from qantara.remittance.quoting import decide


@dataclass(frozen=True, slots=True)
class _Wish:
    """One accept that the rules let through to the book, with the message already written."""

    accept: Accept
    remittance: Remittance
    payee_name: str
    hold: Transfer
    decision: NewDecision
    outgoing: Outgoing

    @property
    def words(self) -> tuple[str | None, ...]:
        """What was said, as it is kept: by it a repeat is known from a contradiction."""
        return _words(self.accept, self.payee_name)


def _words(said: Accept, payee_name: str | None) -> tuple[str | None, ...]:
    return (said.payee_check_id, payee_name, said.purpose, said.note, said.reference)


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
    if not all(await store.advance(tx, moves, now, FINAL)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a remittance moved meanwhile")
    told = [(c.remittance.id, state.value) for c, state in moves if state != c.remittance.state]
    await store.add_events(tx, told, now)
    await store.clear_deadlines(tx, [c.remittance.id for c, state in moves if state in FINAL])


async def accept(
    tx: Tx, node: Institution, accepts: Sequence[Accept], now: datetime
) -> list[Accepted]:
    """Hold the money and leave pacs.008 for delivery, or say exactly why not.

    A quote is accepted once: the same words again give the same remittance, other words a
    `Conflict`. A refusal by policy or by the book is final and kept.
    """
    wanted = [remittance_id(each.quote_id) for each in accepts]
    found = await store.lock(tx, wanted)
    checks = await payee_store.by_ids(tx, [each.payee_check_id for each in accepts])
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
    if check is None or check.customer_id != each.customer_id or not _usable(check):
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    if check.country != remittance.quote.request.destination_country:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.country")
    holding = holdings[remittance.quote.request.account_id]
    if isinstance(holding, QantaraError):
        return holding
    facts, decision = decide(node, remittance.quote, holding, each.purpose, now)
    if decision.refusal is not None and decision.refusal.reason is Reason.PURPOSE_REQUIRED:
        return decision.refusal
    kept = NewDecision(ids.new("dec"), remittance.id, facts, decision)
    outgoing = _write(node, each, remittance.quote, check, holding, now)
    if isinstance(outgoing, Refused):
        return outgoing
    name = messages.payee_name(check, each) or ""
    return _Wish(each, remittance, name, _hold(remittance, holding, now), kept, outgoing)


def _write(
    node: Institution,
    each: Accept,
    quote: Quote,
    check: PayeeCheck,
    holding: Holding,
    now: datetime,
) -> Outgoing | Refused:
    """The pacs.008 as it would leave; what cannot be written is refused before money is held."""
    if not messages.payee_name(check, each):
        return Refused(Reason.FIELD_MISSING, facts={"param": "payee_name"})
    uetr = ids.new_uetr()
    record = messages.credit_transfer(node, quote, holding, check, each, uetr, now)
    try:
        raw = rails.build(record, node.profile)
    except UnwritableMessage as error:
        defect = error.defects[0]
        return Refused(Reason.FIELD_INVALID, facts={"param": defect.xpath, "value": defect.message})
    return Outgoing(node.ips, record.message_id, MessageName.CREDIT_TRANSFER, uetr, raw)


def _usable(check: PayeeCheck) -> bool:
    return check.state is CheckState.CONFIRMED and check.account_agent_bic is not None


def _repeat(each: Accept, remittance: Remittance, check: PayeeCheck | None) -> Accepted:
    if remittance.state is State.EXPIRED:
        return Refused(Reason.QUOTE_EXPIRED, rule="quote.validity")
    kept = (
        *(remittance.payee_check_id, remittance.payee_name),
        *(remittance.purpose, remittance.note, remittance.reference),
    )
    if check is None or _words(each, messages.payee_name(check, each)) != kept:
        return Conflict(Reason.QUOTE_USED, quote=each.quote_id)
    if remittance.state is State.REFUSED and remittance.reason is not None:
        return Refused(remittance.reason, remittance.rule or "", remittance.citation or "")
    return remittance


def _hold(remittance: Remittance, holding: Holding, now: datetime) -> Transfer:
    return Transfer(
        id=str(ids.uuid_derived(remittance.id, "hold")),
        kind=TransferKind.HOLD,
        debit=holding.account.ledger_code,
        credit=OUTGOING,
        amount=remittance.quote.total_debit.minor,
        asset=remittance.quote.total_debit.asset.code,
        code="remittance.accept",
        reference=remittance.id,
        occurred_at=now,
    )


async def _reserve(
    tx: Tx, node: Institution, wishes: Sequence[_Wish], now: datetime
) -> dict[str, Refused]:
    """Hold where policy allows; the refusals, by remittance id."""
    if not wishes:
        return {}
    await policy.record_decisions(tx, [wish.decision for wish in wishes], now)
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
    await send(tx, [wish.outgoing for wish in held], now)
    said = [
        (wish.remittance.id, wish.accept, wish.payee_name, wish.outgoing.key) for wish in wishes
    ]
    await store.add_instructions(tx, said, now)
    changes = [
        Change(wish.remittance, Event.REFUSE, refused[wish.remittance.id])
        if wish.remittance.id in refused
        else Change(wish.remittance, Event.ACCEPT, uetr=wish.outgoing.uetr, hold_id=wish.hold.id)
        for wish in wishes
    ]
    await advance(tx, changes, now)
    due_at = now + timedelta(seconds=node.overdue_seconds)
    await store.set_deadlines(tx, [(wish.remittance.id, due_at) for wish in held])
    return refused


async def acknowledge(
    tx: Tx, _node: Institution, message_ids: Sequence[str], now: datetime
) -> list[None]:
    """The payment system has taken our pacs.008: accepted becomes submitted."""
    named = await store.carried(tx, message_ids)
    found = await store.lock(tx, sorted(set(named.values())))
    moving = [r for r in found.values() if r.state is State.ACCEPTED]
    await advance(tx, [Change(remittance, Event.ACKNOWLEDGE) for remittance in moving], now)
    return [None] * len(message_ids)


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
    transfers = [transfer for remittance in waiting for transfer in _release(remittance, now)]
    await _must_post(tx, transfers, now)
    reasons = {each.id: rules.reason_said(said[each.id]) for each in waiting}
    changes = [
        Change(each, Event.REJECT, Refused(reasons[each.id]), rules.status_code(reasons[each.id]))
        for each in waiting
    ]
    await advance(tx, changes, now)
    return [None] * len(bounced)


async def _must_post(tx: Tx, transfers: Sequence[Transfer], now: datetime) -> None:
    """Post what was promised. A refusal here undoes the batch and is no answer to whoever told
    us: they keep their message and send it again until the book can follow.
    """
    for outcome in await ledger.post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Unavailable(Reason.INTERNAL, id=outcome.id, detail=str(outcome.code))


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
        rejected = event is Event.REJECT
        transfers += _release(remittance, now) if rejected else _pay(node, remittance, event, now)
    await _must_post(tx, transfers, now)
    await advance(tx, list(changes.values()), now)
    return outcomes


def _contradiction(answer: PaymentStatus, stands: State, event: Event | None) -> Conflict | None:
    if event is None or stands not in FINAL or stands is _END[event]:
        return None
    return Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, state=stands, status=answer.status)


def _pay(node: Institution, remittance: Remittance, event: Event, now: datetime) -> list[Transfer]:
    """Post the hold, pay the scheme, earn the fee, and take the fee out of customers' funds.

    A blocked payment is booked as a settled one. Its money has left through the scheme and is
    kept where it was blocked, neither credited nor returned, so it is no longer e-money here
    and no longer a claim of ours; what a court gives back arrives as a payment of its own.
    """
    quote = remittance.quote
    legs = [(OUTGOING, node.claim, quote.offer.interbank_source.minor, "principal")]
    if quote.sender_fee.minor:
        legs.append((OUTGOING, FEES, quote.sender_fee.minor, "fee"))
        legs.append((node.own, node.claim, quote.sender_fee.minor, "own_funds"))
    reference = remittance.uetr or remittance.id
    posted = Transfer(
        id=str(ids.uuid_derived(remittance.id, "post")),
        kind=TransferKind.POST,
        hold_id=remittance.hold_id,
        amount=0,
        code=f"remittance.{event}",
        reference=reference,
        occurred_at=now,
        linked=True,
    )
    return [posted] + [
        Transfer(
            id=str(ids.uuid_derived(remittance.id, name)),
            debit=debit,
            credit=credit,
            amount=amount,
            asset=quote.total_debit.asset.code,
            code=f"remittance.{name}",
            reference=reference,
            occurred_at=now,
            linked=place < len(legs) - 1,
        )
        for place, (debit, credit, amount, name) in enumerate(legs)
    ]


def _release(remittance: Remittance, now: datetime) -> list[Transfer]:
    return [
        Transfer(
            id=str(ids.uuid_derived(remittance.id, "void")),
            kind=TransferKind.VOID,
            hold_id=remittance.hold_id,
            amount=0,
            code="remittance.reject",
            reference=remittance.uetr or remittance.id,
            occurred_at=now,
        )
    ]


async def time_out(tx: Tx, node: Institution, subjects: Sequence[str], now: datetime) -> None:
    """Quotes whose time is over expire; payments without an answer are told as overdue."""
    found = await store.lock(tx, subjects)
    waiting = [remittance for remittance in found.values() if remittance.state not in FINAL]
    await advance(tx, [Change(remittance, Event.TIME_OUT) for remittance in waiting], now)
    again = now + timedelta(seconds=node.overdue_seconds)
    overdue = [remittance.id for remittance in waiting if remittance.state is not State.QUOTED]
    await store.set_deadlines(tx, [(subject, again) for subject in overdue])
