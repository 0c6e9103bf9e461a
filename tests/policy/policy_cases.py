from datetime import date

from qantara.money import MYR, PKR, Money
from qantara.policy import flow
from qantara.policy.model import (
    Citation,
    Confidence,
    PaymentFacts,
    SenderKind,
    Status,
    Value,
    ValueType,
)

ON = date(2026, 3, 2)


LAW = flow.load()
EXAMPLE = flow.load(flow.EXAMPLE)


def value(**fields) -> Value:
    """A value with nothing wrong, except what the test says."""
    given = {
        "id": "duitnow.limit.transaction.person",
        "jurisdiction": "MY",
        "authority": "Invented authority",
        "type": ValueType.MONEY,
        "value": Money(5_000_000, MYR),
        "unit": "MYR",
        "valid_from": date(2020, 1, 1),
        "valid_to": None,
        "known_from": None,
        "status": Status.IN_FORCE,
        "citation": Citation("Invented instrument", "article 1", "Invented title"),
        "confidence": Confidence.HIGH,
        "verified_on": ON,
    }
    return Value(**(given | fields))


def payment(**fields) -> PaymentFacts:
    """MYR 500.00 from a person in Malaysia to Pakistan, purpose given."""
    given = {
        "source_country": "MY",
        "destination_country": "PK",
        "source": Money(50_000, MYR),
        "destination": Money(3_250_000, PKR),
        "sender_kind": SenderKind.PERSON,
        "rails": ("duitnow", "nexus", "raast"),
        "purpose": "FAMI",
    }
    return PaymentFacts(**(given | fields))
