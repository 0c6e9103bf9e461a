"""All values and rules of all jurisdictions, and the overlays laid over them."""

from collections.abc import Iterable
from copy import copy
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from qantara.errors import NotFound, Reason
from qantara.policy.books.entries import Entry, Rule, Value, canonical, fingerprint
from qantara.policy.books.writing import rule_json, value_json

Text = TypeVar("Text", bound=Entry)


class Jurisdiction(Struct, frozen=True):
    """A book: a country, a union that countries belong to, a network, or a standard. `rail` is
    the country's instant payment system.
    """

    code: str
    name: str
    currency: str | None
    within: tuple[str, ...] = ()
    kind: str = "country"
    rail: str | None = None


class Rulebook:
    """Only `renew` changes it, all at once. Look-up order for one id and day: the newest overlay,
    then the text that binds that day, then a text that does not bind (a proposal), so that a
    reader can be told of it.
    """

    __slots__ = (
        "_by_id",
        "_rules",
        "entries",
        "jurisdictions",
        "packs",
        "rules",
        "trees",
        "version",
    )

    entries: tuple[Value, ...]
    rules: tuple[Rule, ...]
    version: str

    def __init__(
        self,
        entries: Iterable[Value],
        rules: Iterable[Rule] = (),
        jurisdictions: Iterable[Jurisdiction] = (),
    ) -> None:
        self.entries = tuple(entries)
        self.rules = tuple(rules)
        self.jurisdictions = {each.code: each for each in jurisdictions}
        self._by_id: dict[str, list[Value]] = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.id, []).append(entry)
        self._rules: dict[str, list[Rule]] = {}
        for rule in self.rules:
            self._rules.setdefault(rule.id, []).append(rule)
        self.version = fingerprint(canonical(self.content))
        self.packs: dict[Any, Any] = {}
        self.trees: dict[int, Any] = {}

    def renew(self, other: "Rulebook") -> None:
        """Read as the other from now on, for everybody who holds this one.

        Its new version must be kept in every database that will keep decisions by it.
        """
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))

    def standing(self) -> "Rulebook":
        """The same, which no `renew` changes: for what takes longer than a moment or has a
        thread of its own.
        """
        return copy(self)

    @property
    def content(self) -> dict[str, Any]:
        """Everything by id, overlays after what they lie over: what `version` is the hash of."""
        return {
            "values": [value_json(entry) for entry in sorted(self.entries, key=_id)],
            "rules": [rule_json(rule) for rule in sorted(self.rules, key=_id)],
            "jurisdictions": [
                msgspec.to_builtins(each) for each in sorted(self.jurisdictions.values(), key=_code)
            ],
        }

    def find(self, value_id: str, on: date) -> Value | None:
        """The value of that day, or None where the rulebook is silent."""
        return _current(self._by_id.get(value_id, ()), on)

    def value(self, value_id: str, on: date) -> Value:
        """The value of that day; `NotFound` where the rulebook is silent."""
        found = self.find(value_id, on)
        if found is None:
            raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=value_id, on=on.isoformat())
        return found

    def editions(self, value_id: str) -> tuple[Value, ...]:
        """Every text of one value, in order of time."""
        return tuple(self._by_id.get(value_id, ()))

    @property
    def value_ids(self) -> tuple[str, ...]:
        return tuple(self._by_id)

    def rules_on(self, on: date) -> list[Rule]:
        """The rules that bind on a day, one of each id."""
        found = (_current(texts, on) for texts in self._rules.values())
        return [rule for rule in found if rule is not None and rule.binding]

    def touched(self, country: str) -> tuple[str, ...]:
        """The books whose law a country's side meets: its union's, then its own."""
        known = self.jurisdictions.get(country)
        return () if known is None else (*known.within, known.code)

    @property
    def networks(self) -> tuple[str, ...]:
        return tuple(code for code, each in self.jurisdictions.items() if each.kind == "network")

    def overlay(
        self, values: Iterable[Value], label: str, rules: Iterable[Rule] = ()
    ) -> "Rulebook":
        """A rulebook in which these win, each carrying the label wherever it is shown.

        This is how a demo world, a what-if or a sandbox cohort differs from the law.
        """
        return Rulebook(
            self.entries + tuple(replace(value, label=label) for value in values),
            self.rules + tuple(replace(rule, label=label) for rule in rules),
            self.jurisdictions.values(),
        )

    @property
    def bare(self) -> "Rulebook":
        """The law and the schemes' texts alone, without what lies over them."""
        return Rulebook(
            (entry for entry in self.entries if not entry.label),
            (rule for rule in self.rules if not rule.label),
            self.jurisdictions.values(),
        )

    def labelled(self, on: date) -> list[Value]:
        """The values of that day that are not law: what a person has to be told about."""
        found = [self.find(value_id, on) for value_id in self._by_id]
        return [value for value in found if value is not None and value.label]


def _current(texts: Iterable[Text], on: date) -> Text | None:
    current = [text for text in texts if text.covers(on)]
    labelled = [text for text in current if text.label]
    if labelled:
        return labelled[-1]
    binding = [text for text in current if text.binding]
    return next(iter(binding or current), None)


def _id(entry: Entry) -> str:
    return entry.id


def _code(jurisdiction: Jurisdiction) -> str:
    return jurisdiction.code
