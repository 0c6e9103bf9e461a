"""What a decision says about limits, and what makes up a pot's bookings: pure functions."""

from datetime import date, datetime

from qantara import ids
from qantara.errors import Reason, Refused
from qantara.ledger.model import Transfer
from qantara.money import Asset, Money
from qantara.payees.model import PayeeCheck
from qantara.policy.model import Decision, Finding, Side, Step
from qantara.wallet.model import Beneficiary, Consequence, Direction, Filled, Limit, MovePot, Pot

_AMOUNT = "amount"
_BELOW = frozenset({"<", "<="})


def limits(decision: Decision, sending: Asset, receiving: Asset) -> tuple[Limit, ...]:
    """Every bound on the amount of one payment in a decision's trace; the figure, its place and
    its mark are the trace's own. Those in the sender's money first, the strictest first.
    """
    found = [
        _limit(step, most, sending if step.frame.side == Side.SENDING else receiving)
        for step in decision.trace
        if step.frame.fact == _AMOUNT and step.frame.operator in _BELOW
        if isinstance(most := step.change, int)
    ]
    return tuple(sorted(found, key=lambda each: (each.side != Side.SENDING, each.most.minor)))


def _limit(step: Step, most: int, asset: Asset) -> Limit:
    frame = step.frame
    refuses = frame.failing is Finding.FAILED
    return Limit(
        most=Money(most, asset),
        consequence=Consequence.REFUSED if refuses else Consequence.REVIEW,
        side=frame.side,
        rule=frame.rule,
        provision=frame.provision,
        confidence=frame.confidence,
        label=frame.label,
    )


def elements_wanted(decision: Decision) -> frozenset[str]:
    """The elements of a payment that the rules asked for and did not see."""
    names: set[str] = set()
    for step in decision.trace:
        wanted = step.change
        if step.finding is Finding.FAILED and isinstance(wanted, frozenset):
            names |= wanted
    return frozenset(names)


def goal_objection(
    goal: Money | None, goal_on: date | None, currency: Asset, now: datetime
) -> Refused | None:
    """What is wrong with a pot's goal, if anything."""
    if goal is not None and goal.asset != currency:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": currency.code})
    if goal is not None and goal.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    if goal_on is not None and goal_on < now.date():
        return Refused(Reason.FIELD_INVALID, facts={"param": "goal_on", "value": "past"})
    return None


def pot_code(pot_id: str) -> str:
    """The ledger account of a pot."""
    return f"pot/{pot_id}"


def pot_booking(move: MovePot, pot: Pot, now: datetime) -> Transfer:
    """Both accounts are the customer's, so customers' funds and what is safeguarded stay equal."""
    inward = move.direction is Direction.IN
    debit, credit = (
        (pot.account_code, pot.ledger_code) if inward else (pot.ledger_code, pot.account_code)
    )
    return Transfer(
        id=ids.uuid_text("wallet", move.id),
        debit=debit,
        credit=credit,
        amount=move.amount.minor,
        asset=pot.currency,
        code=f"wallet.pot_{move.direction}",
        reference=pot.id,
        occurred_at=now,
    )


def pot_returned(filled: Filled, now: datetime) -> Transfer:
    """All that is in a pot, back to its account."""
    pot = filled.pot
    return Transfer(
        id=ids.uuid_text("wallet", pot.id, "close"),
        debit=pot.ledger_code,
        credit=pot.account_code,
        amount=filled.balance.minor,
        asset=pot.currency,
        code="wallet.pot_out",
        reference=pot.id,
        occurred_at=now,
    )


def name_changed(saved: Beneficiary, check: PayeeCheck) -> bool | None:
    """Whether the account is told under another name than when it was saved; None where either
    name is not known.
    """
    if saved.name is None or check.display_name is None:
        return None
    return saved.name != check.display_name
