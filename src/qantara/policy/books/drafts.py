"""Law as it might be: a draft laid over the rulebook, a proposal as if in force, another country's
rules. None of it binds: what is decided by it carries a label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from qantara.errors import Malformed, NotFound, Reason
from qantara.money import Money, Rate
from qantara.policy.books import datum, reading
from qantara.policy.books.datum import Complaint, convert
from qantara.policy.books.entries import (
    Citation,
    Confidence,
    DefectKind,
    Entry,
    Rule,
    Status,
    canonical,
    fingerprint,
)
from qantara.policy.books.reading import BookFile, check_days, name_of, said
from qantara.policy.books.rulebook import Jurisdiction, Rulebook
from qantara.policy.books.shapes import RuleWords
from qantara.policy.checking import linting
from qantara.policy.language.vocabulary import PARTY_FACTS, Facts, FactType, Party

DRAFT = "draft"
"""The label of figures that somebody asks about."""
ADOPTED = "as adopted"
"""The label of a proposal that is played as in force."""
_NOT_YET = frozenset({Status.PROPOSAL, Status.ADOPTED_NOT_APPLICABLE})
Text = TypeVar("Text", bound=Entry)
_MONEY = tuple(name for name, fact in PARTY_FACTS.items() if fact.type is FactType.MONEY)


class DraftRuleShape(RuleWords, kw_only=True):
    """A rule of a draft: one of the same id gives way to it. It is no law, so it has no source of
    its own; `provision` is where it stands in the draft.
    """

    book: str
    valid_from: date | None = None
    valid_to: date | None = None
    provision: str = ""


def drafted(rulebook: Rulebook, path: Path) -> Rulebook:
    """The rulebook with a draft over it: a file with `label`, `values` and `rules`.

    `Malformed` names file, line and entry; a draft that brings a defect which `lint` finds is
    malformed, too.
    """
    label, values = reading.read_overlay(path)
    rules = _read_rules(rulebook, path, label)
    for value in values:
        for known in rulebook.editions(value.id)[:1]:
            if (known.type, known.unit) != (value.type, value.unit):
                told = f"{value.id} is {known.type} in {known.unit}, not {value.type}, {value.unit}"
                raise _invalid(value.place, value.id, told)
    if not values and not rules:
        raise _invalid(path.name, "-", "a draft says something")
    found = rulebook.overlay(values, label, rules)
    _check(rulebook, found, path.name)
    return found


def redrawn(rulebook: Rulebook, figures: Mapping[str, Any]) -> Rulebook:
    """The rulebook with these figures in the place of its own, for all days.

    `NotFound` for an id that no book has; `Malformed` (`question_invalid`) names a figure that
    does not fit.
    """
    values = []
    for id_, told in figures.items():
        editions = rulebook.editions(id_)
        if not editions:
            raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=id_, on="any day")
        first = editions[0]

        def complain(problem: str, id_: str = id_) -> Malformed:
            return Malformed(Reason.QUESTION_INVALID, problem=f"{id_}: {problem}")

        value = datum.read(first.type, first.unit, told, complain)
        days = {"valid_from": None, "valid_to": None}
        values.append(replace(_in_force(first), value=value, **days))
    return rulebook.overlay(values, DRAFT)


def _read_rules(rulebook: Rulebook, path: Path, label: str) -> list[Rule]:
    file = BookFile(path, path.name)
    listed: Sequence[Any] = file.content.get("rules", [])
    return [
        _rule(rulebook, raw, file.complaint(name_of(raw), line), f"{file.name}:{line}", label)
        for raw, line in zip(listed, file.lines("rules"), strict=True)
    ]


def _rule(rulebook: Rulebook, raw: object, complain: Complaint, place: str, label: str) -> Rule:
    shape = convert(raw, DraftRuleShape, complain)
    check_days(shape.valid_from, shape.valid_to, complain)
    if shape.book not in rulebook.jurisdictions:
        raise complain(f"no book {shape.book}")
    before = next((rule for rule in rulebook.rules if rule.id == shape.id), None)
    if before is not None and before.jurisdiction != shape.book:
        raise complain(f"{shape.id} stands in the book {before.jurisdiction}")
    return Rule(
        **said(shape),
        jurisdiction=shape.book,
        authority=label,
        valid_from=shape.valid_from,
        valid_to=shape.valid_to,
        known_from=None,
        status=Status.IN_FORCE,
        citation=Citation(f"draft {label!r}, no law", shape.provision or shape.id, place),
        confidence=Confidence.HIGH,
        verified_on=None,
        label=label,
        place=place,
    )


def _check(before: Rulebook, after: Rulebook, file: str) -> None:
    """`Malformed` at the first defect that was not there before. That a draft is not in force
    is no defect of a draft.
    """
    known = set(linting.lint(before))
    for defect in linting.lint(after):
        if not defect.warning and defect not in known:
            if defect.kind is DefectKind.PROPOSAL_ENFORCED:
                continue
            raise _invalid(defect.place or file, defect.entry, f"{defect.kind}: {defect.detail}")


def _invalid(file: str, entry: str, problem: str) -> Malformed:
    return Malformed(Reason.RULEBOOK_INVALID, file=file, entry=entry, problem=problem)


def adopting(rulebook: Rulebook, ids: Iterable[str]) -> Rulebook:
    """The rulebook with proposals of these ids as if in force, on every day.

    `NotFound` for an id that no book has; `Malformed` where nothing of it is proposed.
    """
    wanted = tuple(dict.fromkeys(ids))
    entries: tuple[Entry, ...] = (*rulebook.entries, *rulebook.rules)
    for id_ in wanted:
        texts = [entry for entry in entries if entry.id == id_]
        if not texts:
            raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=id_, on="any day")
        if not any(_proposed(entry) for entry in texts):
            problem = f"{id_} is no proposal"
            raise Malformed(Reason.QUESTION_INVALID, problem=problem)
    values = [_in_force(each) for each in rulebook.entries if each.id in wanted and _proposed(each)]
    rules = [_in_force(each) for each in rulebook.rules if each.id in wanted and _proposed(each)]
    return rulebook.overlay(values, ADOPTED, rules)


def proposals(rulebook: Rulebook) -> list[Entry]:
    """What could be adopted, one text of each."""
    entries: tuple[Entry, ...] = (*rulebook.entries, *rulebook.rules)
    found = {entry.id: entry for entry in entries if _proposed(entry)}
    return [found[id_] for id_ in sorted(found)]


def _proposed(entry: Entry) -> bool:
    return entry.status in _NOT_YET and not entry.label


def _in_force(entry: Text) -> Text:
    return replace(entry, status=Status.IN_FORCE, valid_from=None, valid_to=None)


@dataclass(frozen=True, slots=True)
class AsIf:
    """One country under another's rules: the rulebook in which it is so, and how the facts of its
    side read there.
    """

    rulebook: Rulebook
    country: str
    currency: str
    rails: Mapping[str, str]
    rate: Rate | None

    def facts(self, facts: Facts) -> Facts:
        recipient = facts.recipient
        return replace(
            facts,
            sender=self._side(facts.sender),
            recipient=None if recipient is None else self._side(recipient),
        )

    def _side(self, party: Party) -> Party:
        if party.country != self.country:
            return party
        amounts: dict[str, int] = {}
        if self.rate is not None:
            for name in _MONEY:
                minor = getattr(party, name)
                if minor is not None:
                    amounts[name] = self.rate.convert(Money(minor, self.rate.base)).minor
        rail = None if party.rail is None else self.rails.get(party.rail, party.rail)
        return replace(party, currency=self.currency, rail=rail, **amounts)


def as_if(rulebook: Rulebook, country: str, as_country: str, rates: Sequence[Rate]) -> AsIf:
    """A country's side decided by the rules of another: its amounts are converted, its instant
    payment system stands for the other's. What a network says of the way and of the country
    itself stays. `Malformed` without a rate from its money to the other's.
    """
    own, lent = _country(rulebook, country), _country(rulebook, as_country)
    rate = None
    if own.currency != lent.currency:
        pair = (own.currency, lent.currency)
        rate = next((r for r in rates if (r.base.code, r.quote.code) == pair), None)
        if rate is None:
            raise Malformed(Reason.RATE_MISSING, base=str(own.currency), quote=str(lent.currency))
    found = Rulebook(rulebook.entries, rulebook.rules, rulebook.jurisdictions.values())
    found.jurisdictions[country] = lent
    found.version = fingerprint(canonical([rulebook.version, country, as_country]))
    rails = {own.rail: lent.rail} if own.rail is not None and lent.rail is not None else {}
    return AsIf(found, country, str(lent.currency), rails, rate)


def _country(rulebook: Rulebook, code: str) -> Jurisdiction:
    found = rulebook.jurisdictions.get(code)
    if found is None or found.kind != "country":
        raise Malformed(Reason.FIELD_INVALID, param="country", value=code)
    return found
