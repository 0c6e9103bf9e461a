"""The rules a payment meets, each a pure function that names itself and its source."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from qantara.errors import Reason, Refused
from qantara.money import Money
from qantara.policy.model import (
    Confidence,
    Decision,
    Finding,
    PaymentFacts,
    Rulebook,
    Step,
    Value,
)

NOTHING_OPENS_IT = "no text opens this corridor"


def corridor_open(rulebook: Rulebook, payment: PaymentFacts, on: date) -> list[Step]:
    """`corridor.open`: what crosses a border needs a text in force that opens the way.

    Silence and proposals open nothing. A figure of low confidence may open, not close.
    """
    if payment.source_country == payment.destination_country:
        return []
    way = f"{payment.source_country}-{payment.destination_country}"
    steps = []
    for network in _networks(payment):
        value_id = f"{network}.corridor.{way}"
        value = rulebook.find(value_id, on)
        if value is None:
            steps.append(Step("corridor.open", Finding.FAILED, value_id, NOTHING_OPENS_IT, way))
            continue
        is_open = value.binding and value.value is True
        failed = Finding.FAILED if not value.binding else _failed(value)
        finding = Finding.PASSED if is_open else failed
        steps.append(_step("corridor.open", finding, value, observed=way, threshold="open"))
    return steps


def limit_transaction(rulebook: Rulebook, payment: PaymentFacts, on: date) -> list[Step]:
    """`limit.transaction`: the limit of the sender's own system for this kind of sender."""
    value_id = f"{payment.rails[0]}.limit.transaction.{payment.sender_kind}"
    return [_ceiling("limit.transaction", value_id, payment.source, rulebook, on)]


def purpose_required(rulebook: Rulebook, payment: PaymentFacts, on: date) -> list[Step]:
    """`purpose.required`: the elements the destination country demands are filled.

    Their absence is never a fault towards the gateway, but the receiving institution may
    reject, so the payment is stopped before it leaves.
    """
    filled = {"purposeCode": payment.purpose, "categoryPurposeCode": payment.category_purpose}
    given = tuple(name for name, code in filled.items() if code)
    steps = []
    for network in _networks(payment):
        value_id = f"{network}.required_elements.{payment.destination_country}"
        value = rulebook.find(value_id, on)
        if value is None or not isinstance(value.value, tuple):
            steps.append(_undetermined("purpose.required", value_id, value, " ".join(given)))
            continue
        missing = tuple(name for name in value.value if name not in given)
        steps.append(
            _step(
                "purpose.required",
                _failed(value) if missing else Finding.PASSED,
                value,
                observed=" ".join(given),
                threshold=" ".join(value.value),
                margin=" ".join(f"-{name}" for name in missing),
            )
        )
    return steps


def ips_maximum(rulebook: Rulebook, payment: PaymentFacts, on: date) -> list[Step]:
    """`ips.maximum`: neither leg exceeds what its instant payment system carries."""
    return [
        _ceiling("ips.maximum", f"{network}.maximum.{money.asset.code}", money, rulebook, on)
        for network in _networks(payment)
        for money in (payment.source, payment.destination)
    ]


class Rule(NamedTuple):
    id: str
    apply: Callable[[Rulebook, PaymentFacts, date], list[Step]]
    reason: Reason


RULES = (
    Rule("corridor.open", corridor_open, Reason.CORRIDOR_CLOSED),
    Rule("limit.transaction", limit_transaction, Reason.AMOUNT_ABOVE_LIMIT),
    Rule("ips.maximum", ips_maximum, Reason.AMOUNT_ABOVE_LIMIT),
    # Last: a quote is asked for before its purpose is known, and must meet all the others.
    Rule("purpose.required", purpose_required, Reason.PURPOSE_REQUIRED),
)

READERS = {
    "*.corridor.*-*": "corridor.open",
    "*.limit.transaction.*": "limit.transaction",
    "*.required_elements.*": "purpose.required",
    "*.maximum.[A-Z][A-Z][A-Z]": "ips.maximum",
    "*.execution.seconds": "a domestic transfer's deadline",
    "*.quote.validity": "the gateway and the quote",
    "*.fee.creditor_agent.*.*": "the gateway's price",
    "*.fee.scheme.*.*": "the gateway's price",
    "*.wire.full_data.threshold": "the data that travels with a payment",
    "pk.account.*": "ceilings of account classes",
}
"""Which values are read, and by whom; a value that nobody reads is a defect."""


def decide(rulebook: Rulebook, payment: PaymentFacts, on: date) -> Decision:
    """Apply every rule; the first failed step, in the order of the rules, is the refusal."""
    trace: list[Step] = []
    refusal: Refused | None = None
    for rule in RULES:
        steps = rule.apply(rulebook, payment, on)
        trace += steps
        failed = next((step for step in steps if step.finding is Finding.FAILED), None)
        if failed is not None and refusal is None:
            refusal = _refusal(rule, failed)
    labels = frozenset(step.label for step in trace if step.label)
    return Decision(rulebook.version, on, tuple(trace), refusal, labels)


def _refusal(rule: Rule, step: Step) -> Refused:
    told = {"observed": step.observed, "threshold": step.threshold, "unit": step.unit}
    if step.label:
        told["label"] = step.label
    return Refused(rule.reason, rule=rule.id, citation=step.provision, facts=told)


def _networks(payment: PaymentFacts) -> tuple[str, ...]:
    """The networks between the two domestic systems; a single system is its own network."""
    return payment.rails[1:-1] or payment.rails[:1]


def _ceiling(rule: str, value_id: str, money: Money, rulebook: Rulebook, on: date) -> Step:
    value = rulebook.find(value_id, on)
    threshold = None if value is None else value.value
    if value is None or not isinstance(threshold, Money) or threshold.asset != money.asset:
        return _undetermined(rule, value_id, value, str(money))
    return _step(
        rule,
        Finding.PASSED if money <= threshold else _failed(value),
        value,
        observed=str(money),
        threshold=str(threshold),
        margin=str(threshold - money),
    )


def _failed(value: Value) -> Finding:
    """Only a text that binds, of a figure we are sure of, refuses; one that binds by a figure we
    are not sure of asks for a person.
    """
    if not value.binding:
        return Finding.UNDETERMINED
    return Finding.NOTED if value.confidence is Confidence.LOW else Finding.FAILED


def _undetermined(rule: str, value_id: str, value: Value | None, observed: str) -> Step:
    if value is None:
        return Step(rule, Finding.UNDETERMINED, value_id, observed=observed)
    return _step(rule, Finding.UNDETERMINED, value, observed=observed)


def _step(
    rule: str,
    finding: Finding,
    value: Value,
    *,
    observed: str,
    threshold: str = "",
    margin: str = "",
) -> Step:
    return Step(
        rule,
        finding,
        value.id,
        str(value.citation),
        observed,
        threshold,
        margin,
        value.unit,
        value.status.value,
        value.confidence.value,
        value.label,
    )
