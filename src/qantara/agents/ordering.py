"""Order cash: held for a customer's own withdrawal, or put apart for somebody to pick up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from qantara import ids
from qantara.agents import order_store, rules
from qantara.agents.commands import NewOrder
from qantara.agents.model import DEADLINES, Kind, Member, Order, OrderState
from qantara.db import Tx, deadlines, events
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision

Ordered = Order | Refused | Conflict | NotFound


async def order(tx: Tx, node: Member, wishes: Sequence[NewOrder], now: datetime) -> list[Ordered]:
    """Take orders to pay cash, and the money for them with its fee.

    The same wish again gives the same order, which keeps its first code; another one under its
    id is a `Conflict`.
    """
    found = await order_store.lock(tx, "id", [each.id for each in wishes])
    holdings = await parties.accounts(tx, [each.account_id for each in wishes])
    begun: dict[str, tuple[Order, Holding]] = {}
    outcomes: list[Ordered | None] = []
    for each, holding in zip(wishes, holdings, strict=True):
        before = found.get(each.id) or (begun[each.id][0] if each.id in begun else None)
        if before is not None:
            same = rules.same_wish(before, each)
            now_told = before if each.id in found else None
            outcomes.append(now_told if same else Conflict(Reason.ID_REUSED, id=each.id))
            continue
        judged = _judge(node, each, holding, now)
        if isinstance(judged, Order) and isinstance(holding, Holding):
            begun[each.id] = (judged, holding)
            outcomes.append(None)
        else:
            outcomes.append(judged)
    done = await _place(tx, node, begun, now)
    return [
        done[each.id] if outcome is None else outcome
        for each, outcome in zip(wishes, outcomes, strict=True)
    ]


def _judge(
    node: Member, said: NewOrder, holding: Holding | NotFound, now: datetime
) -> Order | Refused | NotFound:
    if isinstance(holding, QantaraError) or holding.customer.id != said.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=said.account_id)
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    objection = rules.amount_objection(node, said.amount)
    if objection is not None:
        return objection
    own, whom = holding.customer.identity, said.recipient
    if whom is None and own is None:
        return Refused(Reason.IDENTITY_UNVERIFIED)
    lasts = node.cash_pickup_seconds if whom else node.cash_code_seconds
    return Order(
        id=said.id,
        kind=said.kind,
        reference=said.reference,
        customer_id=said.customer_id,
        account_id=said.account_id,
        account_code=holding.account.ledger_code,
        state=OrderState.WAITING,
        amount=said.amount,
        fee=rules.price(node.cash_prices, said.kind, said.amount),
        code_digest=said.code_digest,
        identity_last=whom.identity_last if whom else rules.last(own.value if own else ""),
        ordered_at=now,
        expires_at=now + timedelta(seconds=lasts),
        recipient=whom,
    )


async def _place(
    tx: Tx, node: Member, begun: Mapping[str, tuple[Order, Holding]], now: datetime
) -> dict[str, Order | Refused]:
    """Take the money where law and book allow; only what stands is kept."""
    refused = await _unlawful(tx, node, list(begun.values()), now)
    orders = [each for each, _ in begun.values() if each.id not in refused]
    chains = [rules.order_bookings(each, now) for each in orders]
    posted = iter(await ledger.post(tx, [link for chain in chains for link in chain], now))
    for each, chain in zip(orders, chains, strict=True):
        causes = [said for said in [next(posted).refusal for _ in chain] if said is not None]
        if causes:
            refused[each.id] = rules.first_cause(causes)
    kept = [each for each in orders if each.id not in refused]
    if kept:
        await order_store.add(tx, kept)
        await deadlines.set(tx, DEADLINES, [(each.id, each.expires_at) for each in kept])
        await events.add(tx, [(each.id, each.state.value) for each in kept], now)
    return {**refused, **{each.id: each for each in kept}}


async def _unlawful(
    tx: Tx, node: Member, begun: Sequence[tuple[Order, Holding]], now: datetime
) -> dict[str, Refused]:
    """What law refuses of paying somebody else; a customer's own cash is judged at the counter."""
    decisions: list[NewDecision] = []
    refused: dict[str, Refused] = {}
    for each, holding in begun:
        if each.kind is Kind.PICKUP:
            facts = rules.pickup_facts(node, each.amount, holding.customer.kind.value)
            decision = policy.decide(node.rulebook, facts, now.date())
            decisions.append(NewDecision(ids.new("dec"), each.id, facts, decision))
            refusal = rules.forbidden(decision)
            if refusal is not None:
                refused[each.id] = refusal
    if decisions:
        await policy.record_decisions(tx, decisions, now)
    return refused
