"""What can be wrong with a rulebook whose every entry parses."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from itertools import groupby, pairwise

from qantara.errors import Malformed
from qantara.money import Money
from qantara.policy.books.entries import Defect, DefectKind, Entry, Fee, Status, Value, ValueType
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.checking import case_linting, rule_linting
from qantara.policy.deciding.resolving import trees
from qantara.policy.language.expression import values_in

_DAY = timedelta(days=1)
YEAR_DAYS = 365


def lint(rulebook: Rulebook, today: date | None = None) -> list[Defect]:
    """Every defect, ordered by id. On any day at most one text of an id may bind, and once one
    has begun to bind there is no day without one until the last has ended.
    """
    defects: list[Defect] = []
    for entries in (rulebook.entries, rulebook.rules):
        defects += _of_times(entries)
        defects += (defect for entry in entries for defect in _of_entry(entry, today))
    defects += (defect for entry in rulebook.entries for defect in _of_value(entry))
    broken = list(_unreadable(rulebook))
    defects += broken
    defects += _of_ids(rulebook)
    if not broken:
        defects += _unused(rulebook)
        defects += _of_families(rulebook)
        defects += rule_linting.lint(rulebook)
        defects += case_linting.lint(rulebook)
    return sorted(defects, key=lambda defect: (defect.entry, defect.kind, defect.detail))


def defect(kind: DefectKind, entry: Entry, detail: str, *, warning: bool = False) -> Defect:
    return Defect(kind, entry.id, detail, entry.place, warning)


def _track(entry: Entry) -> tuple[str, str, bool]:
    """Texts that may not overlap: of one id, of one overlay, all binding or all not."""
    return entry.id, entry.label, entry.binding


def _first_day(entry: Entry) -> date:
    return entry.valid_from or date.min


def _of_times(entries: Sequence[Entry]) -> Iterator[Defect]:
    for _, group in groupby(sorted(entries, key=_track), key=_track):
        for before, after in pairwise(sorted(group, key=_first_day)):
            last, first = before.valid_to, after.valid_from
            if last is None or first is None or first <= last:
                yield defect(DefectKind.OVERLAP, after, f"{last} reaches into {first}")
            elif first - last > _DAY and before.binding:
                yield defect(DefectKind.HOLE, after, f"nothing between {last} and {first}")


def _of_entry(entry: Entry, today: date | None) -> Iterator[Defect]:
    cited = entry.citation
    if not all(part.strip() for part in (cited.instrument, cited.provision, cited.title)):
        yield defect(DefectKind.CITATION_MISSING, entry, f"valid from {entry.valid_from}")
    if entry.status in {Status.SUPERSEDED, Status.LAPSED} and entry.valid_to is None:
        yield defect(DefectKind.END_MISSING, entry, f"{entry.status} without valid_to")
    read = entry.verified_on
    if read is not None and entry.status is Status.IN_FORCE:
        known = entry.known_from
        if known is not None and known > read:
            told = f"known from {known}, and verified on {read}"
            yield defect(DefectKind.PROPOSAL_ENFORCED, entry, told)
        if today is not None and (today - read).days > YEAR_DAYS:
            yield defect(DefectKind.STALE, entry, f"verified on {read}", warning=True)
        if entry.valid_from is not None and entry.valid_from > read:
            told = f"in force, but only from {entry.valid_from}: adopted, not yet applicable"
            yield defect(DefectKind.PROPOSAL_ENFORCED, entry, told)


def _of_value(entry: Value) -> Iterator[Defect]:
    if entry.value is None and not entry.note.strip():
        yield defect(DefectKind.REASON_MISSING, entry, "no value, and no note says why")
    amount = entry.value.nominal if isinstance(entry.value, Fee) else entry.value
    if isinstance(amount, Money) and amount.asset.code != entry.unit:
        told = f"{amount.asset} in a value of unit {entry.unit}"
        yield defect(DefectKind.UNIT, entry, told)


def _of_ids(rulebook: Rulebook) -> Iterator[Defect]:
    for value_id in rulebook.value_ids:
        editions = rulebook.editions(value_id)
        if len({(each.type, each.unit) for each in editions}) > 1:
            told = "entries of one id differ in type or unit"
            yield defect(DefectKind.UNIT, editions[0], told)
        if len({each.jurisdiction for each in editions if not each.label}) > 1:
            yield defect(DefectKind.REPEATED, editions[-1], "stands in two books")
    both = set(rulebook.value_ids) & {rule.id for rule in rulebook.rules}
    for rule in rulebook.rules:
        if rule.id in both:
            yield defect(DefectKind.REPEATED, rule, "a value has the same id")


def _unreadable(rulebook: Rulebook) -> Iterator[Defect]:
    for rule in rulebook.rules:
        try:
            trees(rulebook, rule)
        except Malformed as error:
            yield defect(DefectKind.EXPRESSION, rule, error.facts["problem"])


def _unused(rulebook: Rulebook) -> Iterator[Defect]:
    """Values that no rule reads and that say no other use."""
    read = set(_read(rulebook))
    for value_id in rulebook.value_ids:
        first = rulebook.editions(value_id)[0]
        if not first.stated and not any(fnmatchcase(value_id, pattern) for pattern in read):
            yield defect(DefectKind.UNUSED, first, "nobody reads it")


def _of_families(rulebook: Rulebook) -> Iterator[Defect]:
    """Values that a rule reads by an index are of one type, and money by a currency or a country
    is in that currency: figures are compared without their units.
    """
    families = {
        (ref.id, ref.index)
        for rule in rulebook.rules
        for tree in trees(rulebook, rule)
        for ref in (() if tree is None else values_in(tree))
        if ref.index is not None
    }
    for prefix, index in sorted(families, key=str):
        family = [e for e in rulebook.entries if fnmatchcase(e.id, f"{prefix}.*")]
        for entry in family:
            key = entry.id.removeprefix(f"{prefix}.")
            known = rulebook.jurisdictions.get(key)
            currency = key if index == "currency" else None if known is None else known.currency
            money = entry.type is ValueType.MONEY
            if entry.type is not family[0].type:
                yield defect(DefectKind.UNIT, entry, f"the values of {prefix} differ in type")
            elif money and currency is not None and entry.unit != currency:
                yield defect(DefectKind.UNIT, entry, f"{entry.unit} where {currency} is compared")


def _read(rulebook: Rulebook) -> Iterable[str]:
    for rule in rulebook.rules:
        yield from (id_ for id_ in (rule.fields, rule.within) if id_ is not None)
        for tree in trees(rulebook, rule):
            if tree is not None:
                for ref in values_in(tree):
                    yield ref.id if ref.index is None else f"{ref.id}.*"
