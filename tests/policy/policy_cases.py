"""Small books, made by hand: a value, a rule, a payment with nothing wrong except what is said."""

from datetime import date, timedelta

from qantara.errors import Reason
from qantara.money import MYR, PKR, Money
from qantara.policy import flow
from qantara.policy.model import (
    Act,
    Citation,
    Confidence,
    Effect,
    Facts,
    Party,
    Remedy,
    Rule,
    Rulebook,
    RuleCase,
    Side,
    Status,
    Stricter,
    Value,
    ValueCase,
    ValueType,
)

ON = date(2026, 3, 2)
DAY = timedelta(days=1)
LAW = flow.load()
EXAMPLE = flow.load(flow.EXAMPLE)
JURISDICTIONS = tuple(LAW.jurisdictions.values())
CITED = Citation("Invented instrument", "article 1", "Invented title")


def days_around(fields) -> tuple[date, ...]:
    """The first and the last day, and those outside them."""
    first, last = fields["valid_from"], fields["valid_to"]
    begin = () if first is None else (first - DAY, first)
    return begin + (() if last is None else (last, last + DAY)) or (ON,)


def value(**fields) -> Value:
    """A limit of MYR 100.00 that says what it is for and has its cases."""
    given = {
        "id": "my.limit",
        "jurisdiction": "MY",
        "authority": "Invented authority",
        "type": ValueType.MONEY,
        "value": Money(10_000, MYR),
        "unit": "MYR",
        "valid_from": None,
        "valid_to": None,
        "known_from": None,
        "status": Status.IN_FORCE,
        "citation": CITED,
        "confidence": Confidence.HIGH,
        "verified_on": ON,
        "stricter": Stricter.LOWER,
        "stated": "invented",
        "place": "my/invented.yaml:7",
    } | fields
    cases = tuple(ValueCase(on, given["value"]) for on in days_around(given))
    return Value(**({"cases": cases} | given))


def flag(id_: str, told: bool | None, **fields) -> Value:  # noqa: FBT001 -- the value itself
    return value(id=id_, type=ValueType.FLAG, value=told, unit="flag", **fields)


CASES = tuple(
    RuleCase(kind, ON, {"sent_today": told}, finding)
    for kind, told, finding in (
        ("at_limit", "100.00", "passed"),
        ("beyond_limit", "100.01", "failed"),
    )
)


def rule(**fields) -> Rule:
    """No more than `my.limit` leaves an account in a day."""
    given = {
        "id": "my.daily",
        "jurisdiction": "MY",
        "authority": "Invented authority",
        "act": Act.ACCOUNT,
        "side": Side.HOME,
        "effect": Effect.REFUSE,
        "reason": Reason.AMOUNT_ABOVE_LIMIT,
        "remedy": Remedy.SMALLER_AMOUNT,
        "when": "true",
        "requires": "sent_today <= my.limit",
        "valid_from": None,
        "valid_to": None,
        "known_from": None,
        "status": Status.IN_FORCE,
        "citation": CITED,
        "confidence": Confidence.HIGH,
        "verified_on": ON,
        "place": "my/invented.yaml:70",
    } | fields
    cases = CASES + tuple(
        RuleCase("day", on, {"sent_today": "0.00"}, "passed") for on in days_around(given)
    )
    return Rule(**({"cases": cases} | given))


def duty(duty_, **fields) -> Rule:
    """A duty that arises whenever its `when` holds."""
    given = {"reason": None, "remedy": None, "requires": None, "duty": duty_}
    return rule(**({"effect": Effect.COLLECT} | given | fields))


def book(values=(), rules=()) -> Rulebook:
    """A rulebook with the jurisdictions there are."""
    return Rulebook(values, rules, JURISDICTIONS)


def account(country: str = "MY", **facts) -> Facts:
    """An act on an account; money in minor units, shares in millionths."""
    currency = LAW.jurisdictions[country].currency
    return Facts(act=Act.ACCOUNT, sender=Party(country=country, currency=currency, **facts))


def payment(**fields) -> Facts:
    """MYR 500.00 from a person in Malaysia to Pakistan, purpose given."""
    given = {
        "source_country": "MY",
        "destination_country": "PK",
        "source": Money(50_000, MYR),
        "destination": Money(3_250_000, PKR),
        "sender_kind": "person",
        "rails": ("duitnow", "nexus", "raast"),
        "purpose": "FAMI",
    }
    return flow.payment_facts(**(given | fields))
