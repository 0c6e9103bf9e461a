"""Order a transfer: judge it, hold the money, leave pacs.008 for delivery."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing
from qantara.db.mail import send as leave
from qantara.domestic import arrival_store, messages, requesting, rules, store
from qantara.domestic.model import (
    ARRIVAL_TRANSITIONS,
    KIND,
    TRANSITIONS,
    ArrivalEvent,
    ArrivalState,
    Event,
    Member,
    State,
)
from qantara.domestic.records import Arrival, ArrivalKind, Counterpart, Send, Transfer
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer as Booking
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision

Sent = Transfer | Refused | Conflict | NotFound


class Order(Struct, frozen=True):
    """A transfer that the rules let through to the book, with its message already written."""

    transfer: Transfer
    decision: NewDecision
    outgoing: Outgoing


def words(transfer: Transfer) -> tuple[object, ...]:
    """What was ordered: by it a repeat is known from a contradiction."""
    return (
        *(transfer.customer_id, transfer.account_id, transfer.payee_check_id, transfer.demand_id),
        *(transfer.amount, transfer.purpose, transfer.note, transfer.reference),
        transfer.payee.name,
    )


async def send(tx: Tx, node: Member, orders: Sequence[Send], now: datetime) -> list[Sent]:
    """Hold the money and leave pacs.008 for delivery, or say exactly why not.

    The same order again gives the same transfer, another one under its id a `Conflict`. A
    refusal by policy or by the book is final and kept.
    """
    found = await store.lock(tx, [each.id for each in orders])
    checks = await payees.checks(tx, [each.payee_check_id for each in orders])
    account_ids = list(dict.fromkeys(each.account_id for each in orders))
    holdings = dict(zip(account_ids, await parties.accounts(tx, account_ids), strict=True))
    outcomes: dict[int, Sent] = {}
    begun: dict[str, Order] = {}
    granted: list[int] = []
    for place, (each, check) in enumerate(zip(orders, checks, strict=True)):
        before = found.get(each.id)
        if before is not None:
            outcomes[place] = _repeat(each, before, check)
            continue
        judged = _judge(node, each, check, holdings, now)
        if not isinstance(judged, Order):
            outcomes[place] = judged
        elif words(begun.setdefault(each.id, judged).transfer) == words(judged.transfer):
            granted.append(place)
        else:
            outcomes[place] = Conflict(Reason.ID_REUSED, id=each.id)
    done = await place_orders(tx, node, list(begun.values()), now)
    for place in granted:
        outcomes[place] = done[orders[place].id]
    return [outcomes[place] for place in range(len(orders))]


def _repeat(each: Send, before: Transfer, check: PayeeCheck | NotFound) -> Sent:
    name = None if isinstance(check, NotFound) else payees.payee_name(check, each.payee_name)
    said = (
        *(each.customer_id, each.account_id, each.payee_check_id, None),
        *(each.amount, each.purpose, each.note, each.reference),
        name,
    )
    if said != words(before):
        return Conflict(Reason.ID_REUSED, id=each.id)
    return outcome_of(before)


def outcome_of(transfer: Transfer) -> Transfer | Refused:
    if transfer.state is State.REFUSED and transfer.reason is not None:
        return Refused(transfer.reason, transfer.rule or "", transfer.citation or "")
    return transfer


def _judge(
    node: Member,
    each: Send,
    check: PayeeCheck | NotFound,
    holdings: Mapping[AccountId, Holding | NotFound],
    now: datetime,
) -> Order | Sent:
    """Everything that can be said before the book is asked."""
    holding = holdings[each.account_id]
    if isinstance(holding, QantaraError) or holding.customer.id != each.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=each.account_id)
    if isinstance(check, QantaraError) or check.customer_id != each.customer_id:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    if check.country != node.country:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.country")
    objection = payees.objection(check, now)
    if objection is not None:
        return objection
    name = payees.payee_name(check, each.payee_name)
    if not name:
        return Refused(Reason.FIELD_MISSING, facts={"param": "payee_name"})
    payee = Counterpart(
        name,
        check.display_name or each.payee_name,
        payees.creditor_account(check),
        check.account_agent_bic or "",
    )
    uetr = ids.new_uetr()
    transfer = Transfer(
        id=each.id,
        customer_id=each.customer_id,
        account_id=each.account_id,
        account_code=holding.account.ledger_code,
        state=State.ACCEPTED,
        amount=each.amount,
        fee=rules.payer_fee(node.domestic_fee, each.amount),
        payee=payee,
        uetr=uetr,
        end_to_end_id=uetr.replace("-", ""),
        message_id=ids.new_message_id(),
        ordered_at=now,
        payee_check_id=each.payee_check_id,
        purpose=each.purpose,
        note=each.note,
        reference=each.reference,
    )
    return write(node, transfer, holding, now)


def write(node: Member, transfer: Transfer, holding: Holding, now: datetime) -> Order | Refused:
    """The order as it would leave; what cannot be written is refused before money is held."""
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    if holding.account.stopped:
        return Refused(Reason.ACCOUNT_STOPPED, rule="account.stopped")
    if transfer.amount.asset != node.asset:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": node.asset.code})
    if transfer.amount.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    if transfer.payee.account.number == holding.account.number:
        return Refused(Reason.SAME_ACCOUNT)
    record = messages.credit_transfer(node, transfer, holding, now)
    outgoing = messages.writable(node, record, transfer.uetr)
    if isinstance(outgoing, Refused):
        return outgoing
    facts = policy.payment_facts(
        source_country=node.country,
        destination_country=node.country,
        source=transfer.amount,
        destination=transfer.amount,
        sender_kind=holding.customer.kind.value,
        rails=(node.ips,),
        purpose=transfer.purpose,
    )
    decision = policy.decide(node.rulebook, facts, now.date())
    return Order(transfer, NewDecision(ids.new("dec"), transfer.id, facts, decision), outgoing)


def _forbidden(order: Order) -> Refused | None:
    """What policy refuses; what it wants a person to see is not sent, either: a payment inside
    the country is made at once or not at all.
    """
    decision = order.decision.decision
    if decision.refusal is None and decision.review:
        first = decision.review[0]
        return Refused(Reason.REVIEW_REQUIRED, rule=first.rule, citation=first.provision)
    return decision.refusal


async def place_orders(
    tx: Tx, node: Member, orders: Sequence[Order], now: datetime
) -> dict[str, Transfer | Refused]:
    """Hold where policy allows, keep every order as it stands then, and let the messages go.

    Between two customers of ours nothing is sent: it is paid at once.
    """
    if not orders:
        return {}
    await policy.record_decisions(tx, [order.decision for order in orders], now)
    here = await _payees_here(tx, node, orders)
    refused: dict[str, Refused] = {}
    for order in orders:
        refusal = _forbidden(order) or _unpayable(here.get(order.transfer.id))
        if refusal is not None:
            refused[order.transfer.id] = refusal
    allowed = [order.transfer for order in orders if order.transfer.id not in refused]
    chains = [_bookings(node, each, here.get(each.id), now) for each in allowed]
    posted = iter(await ledger.post(tx, [each for chain in chains for each in chain], now))
    for transfer, chain in zip(allowed, chains, strict=True):
        outcomes = [next(posted).refusal for _ in chain]
        causes = [refusal for refusal in outcomes if refusal is not None]
        if causes:
            refused[transfer.id] = first_cause(causes)
    kept = {
        order.transfer.id: _begun(
            order.transfer,
            refused.get(order.transfer.id),
            now,
            is_paid=order.transfer.id in here,
        )
        for order in orders
    }
    await store.add(tx, list(kept.values()))
    leaving = [o for o in orders if o.transfer.id not in refused and o.transfer.id not in here]
    await leave(tx, [order.outgoing for order in leaving], now)
    due_at = rules.answer_due_at(node, now)
    await deadlines.set(tx, KIND, [(order.transfer.id, due_at) for order in leaving])
    await events.add(
        tx, [(each.id, state) for each in kept.values() for state in _story(each)], now
    )
    paid = [each for each in kept.values() if each.state is State.COMPLETED]
    await _arrive_here(tx, node, paid, here, now)
    return {key: refused.get(key) or transfer for key, transfer in kept.items()}


async def _payees_here(
    tx: Tx, node: Member, orders: Sequence[Order]
) -> dict[str, Holding | NotFound]:
    """The payee's account of each order that stays in this institution's own book."""
    own = [order.transfer for order in orders if order.transfer.payee.bic == node.bic]
    numbers = [each.payee.account.number or "" for each in own]
    holdings = await parties.account_by_number(tx, numbers)
    return {each.id: holding for each, holding in zip(own, holdings, strict=True)}


def _unpayable(payee: Holding | NotFound | None) -> Refused | None:
    if payee is None:
        return None
    if isinstance(payee, QantaraError):
        return Refused(Reason.PAYEE_UNKNOWN)
    return None if payee.account.state is AccountState.OPEN else Refused(Reason.PAYEE_CLOSED)


def _bookings(
    node: Member, transfer: Transfer, payee: Holding | NotFound | None, now: datetime
) -> list[Booking]:
    if isinstance(payee, Holding):
        return rules.pay_here(node, transfer, payee.account.ledger_code, now)
    return rules.hold(node, transfer, now)


def _story(transfer: Transfer) -> list[str]:
    """Every state that an order passed in the transaction that placed it."""
    if transfer.state is State.COMPLETED:
        return [State.ACCEPTED.value, State.COMPLETED.value]
    return [transfer.state.value]


async def _arrive_here(
    tx: Tx,
    node: Member,
    paid: Sequence[Transfer],
    here: Mapping[str, Holding | NotFound],
    now: datetime,
) -> None:
    """Keep what the payees got, as if it had come from outside, and what it fulfils."""
    senders = dict(
        zip(
            [each.account_id for each in paid],
            await parties.accounts(tx, [each.account_id for each in paid]),
            strict=True,
        )
    )
    arrivals = [
        _arrival(node, each, sender, payee)
        for each in paid
        if isinstance(payee := here[each.id], Holding)
        and isinstance(sender := senders[each.account_id], Holding)
    ]
    if arrivals:
        await arrival_store.add(tx, arrivals, now)
        await events.add(tx, [(each.id, each.state.value) for each in arrivals], now)
        await requesting.paid(tx, arrivals, now)


def _arrival(node: Member, transfer: Transfer, sender: Holding, payee: Holding) -> Arrival:
    key = rules.arrival_id(ArrivalKind.PAYMENT, transfer.uetr)
    event = ArrivalEvent.CREDIT
    return Arrival(
        id=key,
        kind=ArrivalKind.PAYMENT,
        uetr=transfer.uetr,
        state=rules.moved(ARRIVAL_TRANSITIONS, ArrivalState.RECEIVED, event, key),
        account_id=payee.account.id,
        account_code=payee.account.ledger_code,
        amount=transfer.amount,
        sender_name=sender.customer.rails_name,
        sender_account=sender.account.number,
        sender_bic=node.bic,
        end_to_end_id=transfer.end_to_end_id,
        transaction_id=transfer.uetr.replace("-", ""),
        message_id=transfer.message_id,
        note=transfer.note,
    )


def first_cause(refusals: Sequence[Refused]) -> Refused:
    """Why a chain was refused: the link at fault, not those that fell with it."""
    told = [refusal for refusal in refusals if refusal.reason is not Reason.CHAIN_BROKEN]
    return (told or list(refusals))[0]


def _begun(
    transfer: Transfer, refusal: Refused | None, now: datetime, *, is_paid: bool
) -> Transfer:
    """The transfer as its order leaves it: on its way, paid already, or refused."""
    if refusal is None:
        if not is_paid:
            return transfer
        state = rules.moved(TRANSITIONS, transfer.state, Event.SETTLE, transfer.id)
        return replace(transfer, state=state, finished_at=now)
    return replace(
        transfer,
        state=rules.moved(TRANSITIONS, State.ORDERED, Event.REFUSE, transfer.id),
        reason=refusal.reason,
        rule=refusal.rule or None,
        citation=refusal.citation or None,
        finished_at=now,
    )
