"""Whether the cases beside values and rules would notice a wrong figure, day or direction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from qantara.policy.books.datum import FIXED_UNITS
from qantara.policy.books.entries import Defect, DefectKind, Entry, Rule, RuleCase, Value, ValueType
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding.decision import Finding
from qantara.policy.deciding.resolving import trees
from qantara.policy.language.expression import (
    NUMBERS,
    Compared,
    Node,
    ValueRef,
    facts_in,
    values_in,
    walk,
)

DAY = timedelta(days=1)
_COMPARED = {ValueType.MONEY, ValueType.DURATION}
"""Whose units the type check of a rule that reads them holds against a fact's."""
_FALLS = {Finding.FAILED.value, Finding.NOTED.value}


def lint(rulebook: Rulebook) -> Iterator[Defect]:
    for rule in rulebook.rules:
        if not rule.label:
            yield from _of_rule(rulebook, rule)
    readers = _readers(rulebook)
    for value in rulebook.entries:
        if not value.label:
            yield from _of_value(value, readers.get(value.id, ()))
    yield from _units(rulebook, readers)


def _units(rulebook: Rulebook, readers: Mapping[str, Sequence[object]]) -> Iterator[Defect]:
    """A unit that nothing else would notice to be wrong is stated again by a case."""
    for id_ in rulebook.value_ids:
        editions = [each for each in rulebook.editions(id_) if not each.label]
        if not editions or any(case.unit for each in editions for case in each.cases):
            continue
        first = editions[0]
        book = rulebook.jurisdictions.get(first.jurisdiction)
        own = book is not None and first.unit == book.currency
        compared = first.type in _COMPARED and id_ in readers
        if first.type not in FIXED_UNITS and not own and not compared:
            yield _missing(first, f"a case that states its unit, {first.unit}")


def _missing(entry: Entry, detail: str) -> Defect:
    return Defect(DefectKind.CASE_MISSING, entry.id, detail, entry.place)


def _readers(rulebook: Rulebook) -> dict[str, list[tuple[Rule, Node]]]:
    """The rules that read a value by its whole id, with the conditions that do."""
    found: dict[str, list[tuple[Rule, Node]]] = {}
    for rule in rulebook.rules:
        for tree in trees(rulebook, rule):
            for ref in () if tree is None else values_in(tree):
                if ref.index is None and tree is not None:
                    found.setdefault(ref.id, []).append((rule, tree))
    return found


def _of_rule(rulebook: Rulebook, rule: Rule) -> Iterator[Defect]:
    found = {case.finding for case in rule.cases}
    _, requires = trees(rulebook, rule)
    if rule.effect.is_duty:
        wanted = [("a case in which the duty is due", {Finding.DUE.value})]
        if rule.when != "true":
            wanted.append(("a case in which it is not", {"not_applicable", "undetermined"}))
    elif requires is not None and facts_in(requires) and _figures(rulebook, requires):
        wanted = [("a case that passes", {Finding.PASSED.value}), ("a case that fails", _FALLS)]
    else:
        wanted = [("a case", found or {"-"})]
    for told, findings in wanted:
        if not found & findings:
            yield _missing(rule, told)
    yield from _days(rule, [case.on for case in rule.cases])


def _figures(rulebook: Rulebook, tree: Node) -> bool:
    """Whether every value the condition reads has a figure on some day."""
    return all(
        any(e.value is not None for e in rulebook.editions(ref.id))
        for ref in values_in(tree)
        if ref.index is None
    )


def _days(entry: Entry, days: Sequence[date]) -> Iterator[Defect]:
    """The first and the last day, and the days outside them."""
    first, last = entry.valid_from, entry.valid_to
    wanted = []
    if first is not None:
        wanted += [(first - DAY, "the day before"), (first, "the first day")]
    if last is not None:
        wanted += [(last, "the last day"), (last + DAY, "the day after")]
    for on, told in wanted:
        if on not in days:
            yield _missing(entry, f"a case on {on}, {told}")


def _of_value(value: Value, readers: Sequence[tuple[Rule, Node]]) -> Iterator[Defect]:
    """Each edition is asked for on its first and last days, and its figure is hit from both
    sides by a rule's cases or stated again by its own.
    """
    days = [case.on for case in value.cases]
    days += [case.on for rule, _ in readers for case in rule.cases]
    yield from _days(value, days)
    if value.value is None:
        return
    stated = any(case.value == value.value and value.covers(case.on) for case in value.cases)
    if stated:
        return
    cases = [case for rule, tree in readers if _compares(tree, value) for case in rule.cases]
    here = [case for case in cases if value.covers(case.on)]
    if not _both_sides(here):
        yield _missing(value, "a case that states its figure, or cases at and beyond it")


def _both_sides(cases: Sequence[RuleCase]) -> bool:
    kinds = {case.kind for case in cases}
    return {"at_limit", "beyond_limit"} <= kinds


def _compares(tree: Node, value: Value) -> bool:
    return any(
        isinstance(node, Compared)
        and node.left.type.kind in NUMBERS
        and any(
            isinstance(inner, ValueRef) and inner.id == value.id
            for side in (node.left, node.right)
            for inner in walk(side)
        )
        for node in walk(tree)
    )
