"""Hand-made books with exactly the rules that a test speaks of."""

from datetime import date
from typing import Any

from qantara.errors import Reason
from qantara.money import Asset, Money
from qantara.policy import flow
from qantara.policy.books import reading
from qantara.policy.model import (
    Act,
    Citation,
    Confidence,
    Duty,
    Effect,
    Remedy,
    Rule,
    Rulebook,
    Side,
    Status,
    Topic,
    Value,
    ValueType,
)

ON = date(2026, 11, 22)
SOURCE = Citation("Invented instrument", "article 1", "Invented title")
PLACES = reading.read_jurisdictions(flow.BOOKS)
CURRENCY = {"MY": "MYR", "PK": "PKR", "EU": "EUR", "FR": "EUR"}
TEXT: dict[str, Any] = {
    "authority": "Invented authority",
    "valid_from": None,
    "valid_to": None,
    "known_from": None,
    "status": Status.IN_FORCE,
    "citation": SOURCE,
    "confidence": Confidence.HIGH,
    "verified_on": ON,
    "topic": Topic.INSTANT_PAYMENTS,
}


def limit(book: str, name: str, minor: int, **fields: Any) -> Value:
    """An amount of money in the book's currency."""
    unit = CURRENCY[book]
    given = {
        "id": f"{book.lower()}.{name}",
        "jurisdiction": book,
        "type": ValueType.MONEY,
        "unit": unit,
        "value": Money(minor, Asset(unit, 2)),
    }
    return Value(**(TEXT | given | fields))


def refusal(book: str, name: str, when: str, requires: str | None, **fields: Any) -> Rule:
    """A rule of payments: Malaysia's of those it sends, the others' of those they receive."""
    given = {
        "id": f"{book.lower()}.{name}",
        "jurisdiction": book,
        "act": Act.PAYMENT,
        "side": Side.SENDING if book == "MY" else Side.RECEIVING,
        "effect": Effect.REFUSE,
        "reason": Reason.AMOUNT_ABOVE_LIMIT,
        "remedy": Remedy.SMALLER_AMOUNT,
        "when": when,
        "requires": requires,
    }
    return Rule(**(TEXT | given | fields))


def duty(book: str, name: str, when: str, **fields: Any) -> Rule:
    told = {"effect": Effect.COLLECT, "duty": Duty.IDENTITY, "reason": None, "remedy": None}
    return refusal(book, name, when, None, **(told | fields))


def book(*texts: Value | Rule) -> Rulebook:
    values = [each for each in texts if isinstance(each, Value)]
    rules = [each for each in texts if isinstance(each, Rule)]
    return Rulebook(values, rules, PLACES)
