"""Regimes side by side, and one regime on two days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct

from qantara.errors import Malformed, NotFound, Reason
from qantara.money import Money
from qantara.policy.books.entries import Entry, Rule, Stricter, Value
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.books.writing import citation_json, datum_json
from qantara.policy.deciding.resolving import trees
from qantara.policy.language.expression import values_in
from qantara.policy.language.topics import Topic

Rates = Mapping[tuple[str, str], Decimal]
"""How much of the second currency one unit of the first is worth; given by whoever compares."""


class Reading(Struct, frozen=True):
    """How one regime reads on the day: `entry` is None where it has no equivalent."""

    country: str
    entry: Value | None

    def to_json(self) -> dict[str, Any]:
        value = self.entry
        if value is None:
            return {"country": self.country, "equivalent": False}
        return {
            "country": self.country,
            "equivalent": True,
            "book": value.jurisdiction,
            "id": value.id,
            "value": datum_json(value.value),
            "unit": value.unit,
            "status": value.status.value,
            "binding": value.binding,
            "confidence": value.confidence.value,
            "valid_from": _day(value.valid_from),
            "valid_to": _day(value.valid_to),
            "citation": citation_json(value.citation),
            "note": value.note,
        }


class Row(Struct, frozen=True):
    """One aspect in every regime. `strictest` names the country whose figure binds most, if one
    can be told; `why_not` says why none can.
    """

    aspect: str
    means: str
    readings: tuple[Reading, ...]
    strictest: str | None
    why_not: str

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(each.country for each in self.readings if each.entry is None)

    def to_json(self) -> dict[str, Any]:
        return {
            "aspect": self.aspect,
            "means": self.means,
            "readings": [each.to_json() for each in self.readings],
            "strictest": self.strictest,
            "why_not": self.why_not,
            "no_equivalent": list(self.missing),
        }


class RuleLine(Struct, frozen=True):
    """A rule as a table shows it."""

    country: str
    rule: Rule

    def to_json(self) -> dict[str, Any]:
        return {"country": self.country, **rule_line(self.rule)}


class Comparison(Struct, frozen=True):
    """The regimes of some countries on one topic and day."""

    topic: Topic
    on: date
    countries: tuple[str, ...]
    rows: tuple[Row, ...]
    rules: tuple[RuleLine, ...]

    @property
    def gaps(self) -> tuple[str, ...]:
        """Countries without any text in force on the topic."""
        told = {each.country for row in self.rows for each in row.readings if _binds(each.entry)}
        told |= {line.country for line in self.rules}
        return tuple(country for country in self.countries if country not in told)

    def to_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic.value,
            "on": self.on.isoformat(),
            "countries": list(self.countries),
            "rows": [row.to_json() for row in self.rows],
            "rules": [line.to_json() for line in self.rules],
            "gaps": list(self.gaps),
        }


def rule_line(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "means": rule.means,
        "act": rule.act.value,
        "side": rule.side.value,
        "effect": rule.effect.value,
        "when": rule.when,
        "requires": rule.requires,
        "status": rule.status.value,
        "confidence": rule.confidence.value,
        "citation": citation_json(rule.citation),
    }


def compare(
    rulebook: Rulebook, topic: Topic, countries: Sequence[str], on: date, rates: Rates
) -> Comparison:
    """Lay the regimes of some countries side by side; a member of a union has its law, too."""
    for country in countries:
        if not rulebook.touched(country):
            raise Malformed(Reason.FIELD_INVALID, param="country", value=country)
    found: dict[str, dict[str, Value]] = {}
    for country in countries:
        for book in rulebook.touched(country):
            for value in _of_topic(rulebook, topic, book, on):
                found.setdefault(value.aspect, {})[country] = value
    rows = [
        _row(aspect, by_country, countries, rates) for aspect, by_country in sorted(found.items())
    ]
    rules = [
        RuleLine(country, rule)
        for country in countries
        for rule in rulebook.rules_on(on)
        if rule.topic is topic and rule.jurisdiction in rulebook.touched(country)
    ]
    return Comparison(topic, on, tuple(countries), tuple(rows), tuple(rules))


def _of_topic(rulebook: Rulebook, topic: Topic, book: str, on: date) -> Iterator[Value]:
    for value_id in rulebook.value_ids:
        first = rulebook.editions(value_id)[0]
        if first.topic is topic and first.jurisdiction == book:
            found = rulebook.find(value_id, on)
            if found is not None:
                yield found


def _row(
    aspect: str, by_country: Mapping[str, Value], countries: Sequence[str], rates: Rates
) -> Row:
    readings = tuple(Reading(country, by_country.get(country)) for country in countries)
    means = next(iter(by_country.values())).means
    figures = {c: v for c, v in by_country.items() if _binds(v) and v.value is not None}
    strictest, why_not = _strictest(figures, rates)
    return Row(aspect, means, readings, strictest, why_not)


def _binds(value: Value | None) -> bool:
    return value is not None and value.binding


def _strictest(figures: Mapping[str, Value], rates: Rates) -> tuple[str | None, str]:
    """The country whose figure binds most; None, and why, where it cannot be told."""
    if len(figures) < 2:  # noqa: PLR2004 -- one figure is compared with nothing
        return None, "fewer than two regimes have a figure in force"
    directions = {value.stricter for value in figures.values()}
    if len(directions) != 1 or Stricter.NONE in directions:
        return None, "the books do not agree which direction is stricter"
    direction = directions.pop()
    try:
        weights = {c: _weight(v, figures, rates) for c, v in figures.items()}
    except _IncomparableError as error:
        return None, str(error)
    higher = direction in {Stricter.HIGHER, Stricter.TRUE, Stricter.MORE}
    best = (max if higher else min)(weights.values())
    binding = [country for country, weight in weights.items() if weight == best]
    return (binding[0], "") if len(binding) == 1 else (None, "equally strict")


class _IncomparableError(Exception):
    pass


def _weight(value: Value, figures: Mapping[str, Value], rates: Rates) -> Fraction:
    """A number by which figures of one aspect can be ordered."""
    kinds = {each.type for each in figures.values()}
    units = {each.unit for each in figures.values()}
    if len(kinds) > 1:
        raise _IncomparableError("figures of different kinds")
    match value.value:
        case bool():
            return Fraction(value.value)
        case Money():
            return _in_one_currency(value.value, min(units), rates)
        case int() | Decimal():
            if len(units) > 1:
                raise _IncomparableError("figures in different units")
            return Fraction(value.value)
        case tuple():
            return Fraction(len(value.value))
        case _:
            raise _IncomparableError("figures without an order")


def _in_one_currency(money: Money, currency: str, rates: Rates) -> Fraction:
    code = money.asset.code
    if code == currency:
        return Fraction(money.major)
    if (code, currency) in rates:
        return Fraction(money.major) * Fraction(rates[code, currency])
    if (currency, code) in rates:
        return Fraction(money.major) / Fraction(rates[currency, code])
    raise _IncomparableError(f"no rate between {code} and {currency} was given")


class Change(Struct, frozen=True):
    """What reads otherwise on the later day, and whom that touches."""

    entry: str
    kind: str
    book: str
    topic: str
    means: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    affects: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


def diff(rulebook: Rulebook, first: date, second: date, books: Iterable[str] = ()) -> list[Change]:
    """Values and rules that read otherwise on the second day than on the first."""
    only = set(books)
    for book in sorted(only - rulebook.jurisdictions.keys()):
        raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=book[:80], on="any day")
    changes = [*_values(rulebook, first, second), *_rules(rulebook, first, second)]
    return [change for change in changes if not only or change.book in only]


def _values(rulebook: Rulebook, first: date, second: date) -> Iterator[Change]:
    readers = _readers(rulebook, (first, second))
    for value_id in rulebook.value_ids:
        before, after = rulebook.find(value_id, first), rulebook.find(value_id, second)
        if _figure(before) != _figure(after):
            known = after or before or rulebook.editions(value_id)[0]
            touched = tuple(_affected(rule) for rule in readers.get(value_id, ()))
            yield _change(known, "value", _value_line(before), _value_line(after), touched)


def _figure(value: Value | None) -> object:
    return None if value is None else (value.value, value.binding)


def _rules(rulebook: Rulebook, first: date, second: date) -> Iterator[Change]:
    before = {rule.id: rule for rule in rulebook.rules_on(first)}
    after = {rule.id: rule for rule in rulebook.rules_on(second)}
    for rule_id in sorted({*before, *after}):
        old, new = before.get(rule_id), after.get(rule_id)
        known = new or old
        if known is not None and _line(old) != _line(new):
            yield _change(known, "rule", _line(old), _line(new), (_affected(known),))


def _line(rule: Rule | None) -> dict[str, Any] | None:
    return None if rule is None else rule_line(rule)


def _value_line(value: Value | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "value": datum_json(value.value),
        "unit": value.unit,
        "status": value.status.value,
        "confidence": value.confidence.value,
        "valid_from": _day(value.valid_from),
        "valid_to": _day(value.valid_to),
        "citation": citation_json(value.citation),
    }


def _change(
    entry: Entry,
    kind: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    affects: tuple[dict[str, Any], ...],
) -> Change:
    topic = entry.topic.value
    return Change(entry.id, kind, entry.jurisdiction, topic, entry.means, before, after, affects)


def _affected(rule: Rule) -> dict[str, Any]:
    """Whom a rule concerns: the act, the side, and where it applies."""
    return {
        "rule": rule.id,
        "act": rule.act.value,
        "side": rule.side.value,
        "when": rule.when,
        "means": rule.means,
        "effect": rule.effect.value,
    }


def _readers(rulebook: Rulebook, days: Iterable[date]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    rules = {rule.id: rule for on in days for rule in rulebook.rules_on(on)}
    for rule in rules.values():
        read = [ref.id for tree in trees(rulebook, rule) if tree for ref in values_in(tree)]
        for id_ in dict.fromkeys([*read, *(i for i in (rule.fields, rule.within) if i)]):
            found.setdefault(id_, []).append(rule)
    return found


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
