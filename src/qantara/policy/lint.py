"""What can be wrong with a rulebook whose every entry parses."""

from collections.abc import Iterable
from datetime import date, timedelta
from fnmatch import fnmatchcase
from itertools import groupby, pairwise

from qantara.money import Money
from qantara.policy.model import Defect, DefectKind, Fee, Rulebook, Status, Value
from qantara.policy.rules import READERS

_DAY = timedelta(days=1)


def lint(rulebook: Rulebook) -> list[Defect]:
    """Every defect, ordered by id. On any day at most one text of an id may bind, and once one
    has begun to bind there is no day without one until the last has ended.
    """
    entries = sorted(rulebook.entries, key=_track)
    defects = [defect for entry in entries for defect in _of_entry(entry)]
    for _, group in groupby(entries, key=_track):
        defects += _of_track(sorted(group, key=_first_day))
    for value_id, group in groupby(entries, key=lambda entry: entry.id):
        defects += _of_id(value_id, list(group))
    return sorted(defects, key=lambda defect: (defect.value_id, defect.kind))


def _track(entry: Value) -> tuple[str, str, bool]:
    """Texts that may not overlap: of one id, of one overlay, all binding or all not."""
    return entry.id, entry.label, entry.binding


def _first_day(entry: Value) -> date:
    return entry.valid_from or date.min


def _of_entry(entry: Value) -> Iterable[Defect]:
    cited = entry.citation
    if not all(part.strip() for part in (cited.instrument, cited.provision, cited.title)):
        yield Defect(DefectKind.CITATION_MISSING, entry.id, f"valid from {entry.valid_from}")
    if entry.value is None and not entry.note.strip():
        yield Defect(DefectKind.REASON_MISSING, entry.id, "no value, and no note says why")
    if entry.status in {Status.SUPERSEDED, Status.LAPSED} and entry.valid_to is None:
        yield Defect(DefectKind.END_MISSING, entry.id, f"{entry.status} without valid_to")
    amount = entry.value.nominal if isinstance(entry.value, Fee) else entry.value
    if isinstance(amount, Money) and amount.asset.code != entry.unit:
        yield Defect(DefectKind.UNIT, entry.id, f"{amount.asset} in a value of unit {entry.unit}")


def _of_track(entries: list[Value]) -> Iterable[Defect]:
    for before, after in pairwise(entries):
        last, first = before.valid_to, after.valid_from
        if last is None or first is None or first <= last:
            yield Defect(DefectKind.OVERLAP, after.id, f"{last} reaches into {first}")
        elif first - last > _DAY and before.binding:
            yield Defect(DefectKind.HOLE, after.id, f"nothing between {last} and {first}")


def _of_id(value_id: str, entries: list[Value]) -> Iterable[Defect]:
    kinds = {(entry.type, entry.unit) for entry in entries}
    if len(kinds) > 1:
        yield Defect(DefectKind.UNIT, value_id, "entries of one id differ in type or unit")
    if not any(fnmatchcase(value_id, pattern) for pattern in READERS):
        yield Defect(DefectKind.UNUSED, value_id, "nobody reads it")
