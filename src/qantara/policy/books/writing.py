"""Rulebook entries as JSON: what is stored, hashed, shown and read back."""

from datetime import date
from decimal import Decimal
from typing import Any

from qantara.money import Money
from qantara.policy.books.entries import Citation, Datum, Entry, Fee, Rule, Value


def value_json(value: Value) -> dict[str, Any]:
    """A value without its cases, which are tests of it and no part of it."""
    return {
        **_entry_json(value),
        "type": value.type.value,
        "value": datum_json(value.value),
        "unit": value.unit,
        "stricter": value.stricter.value,
        "stated": value.stated,
    }


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule without its cases."""
    return {
        **_entry_json(rule),
        "act": rule.act.value,
        "side": rule.side.value,
        "effect": rule.effect.value,
        "when": rule.when,
        "requires": rule.requires,
        "reason": None if rule.reason is None else rule.reason.value,
        "duty": None if rule.duty is None else rule.duty.value,
        "fields": rule.fields,
        "within": rule.within,
        "remedy": None if rule.remedy is None else rule.remedy.value,
        "when_silent": rule.when_silent.value,
        "exception_of": rule.exception_of,
        "priority": rule.priority,
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "jurisdiction": entry.jurisdiction,
        "authority": entry.authority,
        "topic": entry.topic.value,
        "means": entry.means,
        "valid_from": _day(entry.valid_from),
        "valid_to": _day(entry.valid_to),
        "known_from": _day(entry.known_from),
        "status": entry.status.value,
        "citation": citation_json(entry.citation),
        "confidence": entry.confidence.value,
        "verified_on": _day(entry.verified_on),
        "replaces": entry.replaces,
        "note": entry.note,
        "label": entry.label,
    }


def citation_json(citation: Citation) -> dict[str, str | None]:
    return {
        "instrument": citation.instrument,
        "provision": citation.provision,
        "title": citation.title,
        "url": citation.url,
        "dated": _day(citation.dated),
    }


def datum_json(datum: Datum | None) -> Any:
    match datum:
        case Money():
            return str(datum)
        case Fee():
            return {"nominal": str(datum.nominal), "ratio": str(datum.ratio)}
        case Decimal():
            return str(datum)
        case date():
            return datum.isoformat()
        case tuple():
            return list(datum)
        case _:
            return datum


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
