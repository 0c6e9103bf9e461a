"""Whether law lets cash go over a counter: decided and kept, for a whole batch."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara import ids
from qantara.agents import receipt_store, rules
from qantara.agents.model import Member
from qantara.db import Tx
from qantara.errors import Refused
from qantara.money import Money
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision


class CashAct(Struct, frozen=True):
    """`subject` is the receipt it would make, `person` who pays it in or takes it."""

    subject: str
    person: str
    amount: Money
    customer_kind: str | None = None


async def decide(
    tx: Tx, node: Member, acts: Sequence[CashAct], now: datetime
) -> list[Refused | None]:
    """What law refuses of each act, counted with the same person's cash of the day and month
    (UTC), earlier acts of this batch with it.
    """
    if not acts:
        return []
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    totals = await receipt_store.cash_since(
        tx, [each.person for each in acts], node.asset.code, day, day.replace(day=1)
    )
    decisions: list[NewDecision] = []
    outcomes: list[Refused | None] = []
    for each in acts:
        today, month = totals.get(each.person, (0, 0))
        facts = rules.cash_facts(node, each.amount, today, month, customer_kind=each.customer_kind)
        decision = policy.decide(node.rulebook, facts, now.date())
        decisions.append(NewDecision(ids.new("dec"), each.subject, facts, decision))
        refusal = rules.forbidden(decision)
        if refusal is None:
            totals[each.person] = (today + each.amount.minor, month + each.amount.minor)
        outcomes.append(refusal)
    await policy.record_decisions(tx, decisions, now)
    return outcomes
