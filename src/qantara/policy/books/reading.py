"""Reading rulebook files: strict YAML into typed entries, errors that name file, line and entry."""

import re
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import asdict

from qantara.errors import Malformed, Reason
from qantara.policy.books import datum
from qantara.policy.books.datum import Complaint, convert
from qantara.policy.books.entries import (
    Citation,
    Confidence,
    Entry,
    Equivalence,
    Rule,
    RuleCase,
    Status,
    Stricter,
    Value,
    ValueCase,
    ValueType,
)
from qantara.policy.books.rulebook import Jurisdiction
from qantara.policy.books.shapes import (
    BookShape,
    EditionShape,
    EquivalenceShape,
    JurisdictionShape,
    OverlayShape,
    OverlayValueShape,
    RuleShape,
    RuleWords,
    SourceShape,
    ValueShape,
)

LARGEST = 2_000_000
"""Bytes of one file."""
DEEPEST = 100
"""Levels of a file: the library goes down on the stack, and at some depth the process ends."""
OVERLAYS = {"example": Path(__file__).parent.parent / "overlays" / "example.yaml"}
"""What may be laid over the books, by the name that worlds and cases call it."""
JURISDICTIONS, EQUIVALENCES = "jurisdictions.yaml", "equivalences.yaml"


class _Strict(yaml.CSafeLoader):
    """The safe loader, without the habit of letting the last of two equal keys win."""

    # The signature is the library's.
    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002
    ) -> dict[Hashable, Any]:
        keys = [(key.tag, str(key.value)) for key, _ in node.value]
        if any(tag == "tag:yaml.org,2002:merge" for tag, _ in keys):
            raise yaml.constructor.ConstructorError(
                None, None, "an entry is written out, not merged", node.start_mark
            )
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(
                None, None, "a key stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


# As YAML 1.2 has it: only true and false are flags, so that `on` is a key and `NO` a country.
# A day stays text until its field reads it, so that a wrong one is told with its entry.
_Strict.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
        and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")
    ]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


# A tag that does not fit what it stands before lets the library fail as it likes.
_UNREADABLE = (
    yaml.YAMLError,
    ValueError,
    LookupError,
    AttributeError,
    OSError,
    RecursionError,
)


class BookFile:
    """A file's content and, for each entry of its lists, the line it begins in."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        loader: Any = None
        try:
            if path.stat().st_size > LARGEST:
                raise self.complain("-", f"larger than {LARGEST} bytes")
            text = path.read_text(encoding="utf-8")
            if _is_deep(text):
                raise self.complain("-", f"nested in more than {DEEPEST} levels")
            loader = _Strict(text)
            node = loader.get_single_node()
            self.content: Any = None if node is None else loader.construct_document(node)
            self._node = node
        except _UNREADABLE as error:
            raise self.complain("-", " ".join(str(error).split())) from None
        finally:
            if loader is not None:
                loader.dispose()

    def complain(self, entry: str, problem: str, line: int | None = None) -> Malformed:
        place = self.name if line is None else f"{self.name}:{line}"
        return Malformed(Reason.RULEBOOK_INVALID, file=place, entry=entry, problem=problem)

    def complaint(self, entry: str, line: int | None = None) -> Complaint:
        return lambda problem: self.complain(entry, problem, line)

    def lines(self, key: str) -> list[int]:
        """Where each entry of a list begins."""
        return [node.start_mark.line + 1 for node in _items(self._node, key)]

    def edition_lines(self) -> list[list[int]]:
        return [
            [node.start_mark.line + 1 for node in _items(value, "editions")]
            for value in _items(self._node, "values")
        ]


_BRACKET = re.compile(r"[\[\]{}]")
_MARKS = re.compile(rf"(?:[-?:][ \t]+){{{DEEPEST}}}")


def _is_deep(text: str) -> bool:
    """Whether brackets, or marks within a line, open more levels than any book needs."""
    steps = (1 if sign in "[{" else -1 for sign in _BRACKET.findall(text))
    return max(accumulate(steps), default=0) > DEEPEST or _MARKS.search(text) is not None


def _items(node: Any, key: str) -> list[Any]:
    if not isinstance(node, yaml.MappingNode):
        return []
    for name, inner in node.value:
        if name.value == key and isinstance(inner, yaml.SequenceNode):
            return list(inner.value)
    return []


def read_folder(folder: Path) -> tuple[list[Value], list[Rule]]:
    """All entries of all books below a folder, ordered by id and first day."""
    values: list[Value] = []
    rules: list[Rule] = []
    for path in sorted(folder.glob("*/*.yaml")):
        found = read_file(path, f"{path.parent.name}/{path.name}")
        values += found[0]
        rules += found[1]
    values.sort(key=lambda each: (each.id, each.valid_from or date.min, each.status))
    rules.sort(key=lambda each: (each.id, each.valid_from or date.min, each.status))
    return values, rules


def read_file(path: Path, name: str = "") -> tuple[list[Value], list[Rule]]:
    """The values and rules of one book file."""
    file = BookFile(path, name or path.name)
    book = convert(file.content, BookShape, file.complaint("-", 1))
    values: list[Value] = []
    for raw, line, places in zip(
        book.values, file.lines("values"), file.edition_lines(), strict=True
    ):
        values += _value(file, book, raw, line, places)
    rules = [
        _rule(file, book, raw, line)
        for raw, line in zip(book.rules, file.lines("rules"), strict=True)
    ]
    return values, rules


def name_of(raw: Any) -> str:
    return str(raw.get("id", "-")) if isinstance(raw, Mapping) else "-"


def _value(file: BookFile, book: BookShape, raw: Any, line: int, places: list[int]) -> list[Value]:
    shape = convert(raw, ValueShape, file.complaint(name_of(raw), line))
    if not shape.editions:
        raise file.complain(shape.id, "a value has at least one edition", line)
    return [
        _edition(file, book, shape, edition, place)
        for edition, place in zip(shape.editions, places, strict=True)
    ]


def _edition(file: BookFile, book: BookShape, value: ValueShape, raw: Any, line: int) -> Value:
    complain = file.complaint(value.id, line)
    edition = convert(raw, EditionShape, complain)
    check_days(edition.valid_from, edition.valid_to, complain)
    source = _source(book, edition.source, complain)
    return Value(
        id=value.id,
        jurisdiction=book.book,
        authority=source.authority,
        topic=book.topic,
        means=value.means,
        type=value.type,
        value=datum.read(value.type, value.unit, edition.value, complain),
        unit=value.unit,
        stricter=convert(condition(value.stricter), Stricter, complain),
        stated=value.stated,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
        known_from=edition.known_from,
        status=edition.status,
        citation=_citation(source, edition.provision),
        confidence=edition.confidence,
        verified_on=edition.verified_on or book.verified_on,
        replaces=edition.replaces,
        note=edition.note,
        place=f"{file.name}:{line}",
        cases=tuple(
            ValueCase(case.on, datum.read(value.type, value.unit, case.value, complain), case.unit)
            for case in edition.cases
        ),
    )


def said(shape: RuleWords) -> dict[str, Any]:
    """The words of a rule, as the rule keeps them."""
    words = {name: getattr(shape, name) for name in RuleWords.__struct_fields__}
    requires = None if shape.requires is None else condition(shape.requires)
    return words | {"when": condition(shape.when), "requires": requires}


def _rule(file: BookFile, book: BookShape, raw: Any, line: int) -> Rule:
    complain = file.complaint(name_of(raw), line)
    shape = convert(raw, RuleShape, complain)
    check_days(shape.valid_from, shape.valid_to, complain)
    source = _source(book, shape.source, complain)
    return Rule(
        **said(shape),
        jurisdiction=book.book,
        authority=source.authority,
        topic=book.topic,
        valid_from=shape.valid_from,
        valid_to=shape.valid_to,
        known_from=shape.known_from,
        status=shape.status,
        citation=_citation(source, shape.provision),
        confidence=shape.confidence,
        verified_on=shape.verified_on or book.verified_on,
        replaces=shape.replaces,
        place=f"{file.name}:{line}",
        cases=tuple(
            RuleCase(
                case.kind,
                case.on,
                {name: told for name, told in case.facts.items() if name not in {"from", "to"}},
                case.finding,
                case.source or case.facts.get("from"),
                case.destination or case.facts.get("to"),
                case.overlay,
            )
            for case in shape.cases
        ),
    )


def condition(condition: str | bool) -> str:  # noqa: FBT001 -- YAML reads a bare true as a flag
    return condition if isinstance(condition, str) else str(condition).lower()


def _source(book: BookShape, key: str, complain: Complaint) -> SourceShape:
    source = book.sources.get(key)
    if source is None:
        raise complain(f"no source {key!r} in this file")
    return source


def _citation(source: SourceShape, provision: str) -> Citation:
    return Citation(source.instrument, provision, source.title, source.url, source.dated)


def check_days(first: date | None, last: date | None, complain: Complaint) -> None:
    if first is not None and last is not None and last < first:
        raise complain("valid_to lies before valid_from")


def read_overlay(path: Path, *, bare: bool = False) -> tuple[str, list[Value]]:
    """The label and the values of an overlay file. They are no law, so they cite the file. A
    `bare` one has no rules: those are a draft's.
    """
    file = BookFile(path, path.name)
    overlay = convert(file.content, OverlayShape, file.complaint("-", 1))
    if not overlay.label.strip():
        raise file.complain("label", "an overlay needs a label")
    if bare and overlay.rules:
        raise file.complain("rules", "an overlay has values; rules are a draft's")
    lines = file.lines("values")
    values = [
        _overlaid(file, raw, line, overlay.label)
        for raw, line in zip(overlay.values, lines, strict=True)
    ]
    return overlay.label, values


def _overlaid(file: BookFile, raw: Any, line: int, label: str) -> Value:
    complain = file.complaint(name_of(raw), line)
    entry = convert(raw, OverlayValueShape, complain)
    check_days(entry.valid_from, entry.valid_to, complain)
    return Value(
        id=entry.id,
        jurisdiction=label.upper(),
        authority=label,
        type=entry.type,
        value=datum.read(entry.type, entry.unit, entry.value, complain),
        unit=entry.unit,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        known_from=None,
        status=Status.IN_FORCE,
        citation=Citation(f"overlay {label!r}, no law", entry.id, file.name),
        confidence=Confidence.HIGH,
        verified_on=None,
        note=entry.note,
        label=label,
        place=f"{file.name}:{line}",
    )


def read_jurisdictions(folder: Path) -> list[Jurisdiction]:
    file = BookFile(folder / JURISDICTIONS, JURISDICTIONS)
    shapes = convert(file.content, list[JurisdictionShape], file.complaint("-", 1))
    return [
        Jurisdiction(s.code, s.name, s.currency, tuple(s.within), s.kind, s.rail) for s in shapes
    ]


def read_equivalences(folder: Path) -> list[Equivalence]:
    """The register of findings that one authority accepts from another."""
    file = BookFile(folder / EQUIVALENCES, EQUIVALENCES)
    shapes = convert(file.content or [], list[EquivalenceShape], file.complaint("-", 1))
    return [
        Equivalence(
            s.id,
            s.finding,
            s.authority,
            s.accepted_by,
            s.scope,
            s.valid_from,
            s.until,
            s.revocable,
            s.status,
            convert(s.citation, Citation, file.complaint(s.id)),
            s.confidence,
            s.note,
        )
        for s in shapes
    ]


def read_json(
    content: Mapping[str, Iterable[Mapping[str, Any]]],
) -> tuple[list[Value], list[Rule], list[Jurisdiction]]:
    """Entries in the shape `writing` gives them, as a database kept them."""

    def complaint(raw: Mapping[str, Any]) -> Complaint:
        name = str(raw.get("id"))
        return lambda problem: Malformed(
            Reason.RULEBOOK_INVALID, file="stored rulebook", entry=name, problem=problem
        )

    values = []
    for raw in content["values"]:
        complain = complaint(raw)
        kind = ValueType(raw["type"])
        typed = datum.read(kind, str(raw["unit"]), raw["value"], complain)
        values.append(
            Value(
                **asdict(convert(raw, Entry, complain)),
                type=kind,
                value=typed,
                unit=raw["unit"],
                stricter=Stricter(raw["stricter"]),
                stated=raw["stated"],
            )
        )
    rules = [convert(raw, Rule, complaint(raw)) for raw in content["rules"]]
    places = [convert(raw, Jurisdiction, complaint(raw)) for raw in content["jurisdictions"]]
    return values, rules, places
