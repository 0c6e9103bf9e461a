"""From what somebody says about an act to typed facts, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from qantara.errors import Malformed, Reason
from qantara.money import Asset, Money
from qantara.policy.books import datum
from qantara.policy.books.entries import ValueType
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding.decision import MILLION, shown
from qantara.policy.language.expression import Type
from qantara.policy.language.vocabulary import (
    COMMON_FACTS,
    PARTY_FACTS,
    Act,
    Fact,
    Facts,
    FactType,
    Party,
)

LONGEST = 80
"""Characters of a code."""


def payment_facts(
    *,
    source_country: str,
    destination_country: str,
    source: Money,
    destination: Money,
    sender_kind: str,
    rails: Sequence[str],
    purpose: str | None = None,
    category_purpose: str | None = None,
) -> Facts:
    """The facts of a payment. `rails` are the systems in the order it travels them, the source's
    own first (`("duitnow", "nexus", "raast")`); there is at least one.
    """
    if not rails:
        raise Malformed(Reason.FIELD_MISSING, param="rails")
    filled = {"purposeCode": purpose, "categoryPurposeCode": category_purpose}
    between = rails[1:-1]
    return Facts(
        act=Act.PAYMENT,
        sender=Party(
            country=source_country,
            currency=source.asset.code,
            rail=rails[0],
            customer_kind=sender_kind,
            amount=source.minor,
        ),
        recipient=Party(
            country=destination_country,
            currency=destination.asset.code,
            rail=rails[-1],
            amount=destination.minor,
        ),
        via=between[0] if between else "",
        purpose=purpose,
        elements=frozenset(name for name, code in filled.items() if code),
    )


def read_facts(rulebook: Rulebook, told: Mapping[str, Any]) -> Facts:
    """Facts from JSON: amounts in major units, shares as decimals. Every unknown or ill-typed
    field is `Malformed` with its name.
    """
    if not isinstance(told, Mapping):
        raise _invalid("facts", told)
    rest = dict(told)
    act = _act(rest.pop("act", None))
    sender = _party(rulebook, "sender", rest.pop("sender", None))
    recipient_told = rest.pop("recipient", None)
    recipient = None if recipient_told is None else _party(rulebook, "recipient", recipient_told)
    if act is Act.PAYMENT and recipient is None:
        raise Malformed(Reason.FIELD_MISSING, param="recipient")
    if act is not Act.PAYMENT and recipient is not None:
        raise _invalid("recipient", f"an act of kind {act} has one side")
    common = {name: _fact(name, COMMON_FACTS, value, "") for name, value in rest.items()}
    return Facts(act=act, sender=sender, recipient=recipient, **common)


def _act(told: object) -> Act:
    try:
        return Act(str(told))
    except ValueError:
        raise _invalid("act", told) from None


def _party(rulebook: Rulebook, param: str, told: object) -> Party:
    if not isinstance(told, Mapping):
        raise Malformed(Reason.FIELD_MISSING, param=param)
    country = told.get("country")
    if not isinstance(country, str):
        raise Malformed(Reason.FIELD_MISSING, param=f"{param}.country")
    known = rulebook.jurisdictions.get(country)
    if known is None or known.currency is None or known.kind != "country":
        raise _invalid(f"{param}.country", country)
    return party(country, known.currency, told, param)


def party(country: str, currency: str, told: Mapping[str, Any], param: str = "") -> Party:
    """One side from JSON or a case."""
    given = told.get("currency", currency)
    if given != currency:
        raise Malformed(Reason.CURRENCY_MISMATCH, param=f"{param}.currency", currency=currency)
    rest = {name: value for name, value in told.items() if name not in {"country", "currency"}}
    facts = {name: _fact(name, PARTY_FACTS, value, currency, param) for name, value in rest.items()}
    return Party(country=country, currency=currency, **facts)


def common_facts(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _fact(name, COMMON_FACTS, value, "") for name, value in told.items()}


def _fact(
    name: str, facts: Mapping[str, Fact], told: object, currency: str, param: str = ""
) -> Any:
    where = f"{param}.{name}" if param else name
    fact = facts.get(name)
    if fact is None:
        raise _invalid(where, "no such fact")

    def complain(_problem: str) -> Malformed:
        return _invalid(where, told)

    match fact.type:
        case FactType.MONEY:
            return _amount(told, currency, complain)
        case FactType.RATIO:
            return datum.raw_of(datum.ratio(told, complain))
        case FactType.FLAG:
            return datum.convert(told, bool, complain)
        case FactType.COUNT | FactType.DURATION:
            return _whole(told, complain)
        case FactType.CODES:
            return frozenset(
                _text(code, fact, complain) for code in datum.convert(told, list[str], complain)
            )
        case _:
            return _text(datum.convert(told, str, complain), fact, complain)


def _amount(told: object, currency: str, complain: datum.Complaint) -> int:
    money = datum.read(ValueType.MONEY, currency, told, complain)
    if not isinstance(money, Money) or money.minor < 0:
        raise complain("an amount is not below zero")
    return money.minor


def _whole(told: object, complain: datum.Complaint) -> int:
    number = datum.convert(told, int, complain)
    if not 0 <= number < MILLION**3:
        raise complain("out of range")
    return number


def _text(text: str, fact: Fact, complain: datum.Complaint) -> str:
    unfit = len(text) > LONGEST or not text.isprintable()
    if unfit or (fact.choices and text not in fact.choices):
        raise complain("not among the choices")
    return text


def _invalid(param: str, value: object) -> Malformed:
    told = (
        text[:LONGEST].encode(errors="backslashreplace").decode() for text in (param, str(value))
    )
    return Malformed(Reason.FIELD_INVALID, param=next(told), value=next(told))


def facts_json(facts: Facts) -> dict[str, Any]:
    """As they are stored: whole minor units and millionths, what is not known left out."""
    told = msgspec.to_builtins(facts)
    told["sender"] = _without_none(told["sender"])
    if told["recipient"] is not None:
        told["recipient"] = _without_none(told["recipient"])
    return _without_none(told)


def _without_none(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in told.items()
        if value is not None
    }


def facts_of_json(stored: Mapping[str, Any]) -> Facts:
    """The inverse of `facts_json`."""
    return msgspec.convert(stored, Facts)


def facts_shown(facts: Facts) -> dict[str, Any]:
    """As a person reads them, amounts in major units: the inverse of `read_facts`."""
    told = facts_json(facts)
    told["sender"] = _shown(told["sender"])
    if "recipient" in told:
        told["recipient"] = _shown(told["recipient"])
    return told


def _shown(side: Mapping[str, Any]) -> dict[str, Any]:
    currency = datum.CURRENCIES[side["currency"]]
    return {name: _as_told(PARTY_FACTS[name], value, currency) for name, value in side.items()}


def _as_told(fact: Fact, value: Any, currency: Asset) -> Any:
    if fact.type is FactType.MONEY:
        return str(Money(value, currency))
    return shown(value, Type(fact.type)) if fact.type is FactType.RATIO else value
