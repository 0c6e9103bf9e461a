"""Reading rulebook files: strict YAML into typed values, errors that name file and entry."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from qantara.errors import Malformed, QantaraError, Reason
from qantara.money import Money, asset
from qantara.policy.model import (
    Citation,
    Confidence,
    Datum,
    Fee,
    Status,
    Value,
    ValueType,
)

Complaint = Callable[[str], Malformed]
Shape = TypeVar("Shape")


class _Strict(yaml.SafeLoader):
    """The safe loader, without the habit of letting the last of two equal keys win."""

    # The signature is the library's.
    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002
    ) -> dict[Hashable, Any]:
        keys = [(key.tag, str(key.value)) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(
                None, None, "a key stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


class _Citation(msgspec.Struct, forbid_unknown_fields=True):
    instrument: str
    provision: str
    title: str
    url: str | None


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    jurisdiction: str
    authority: str
    type: ValueType
    value: Any
    unit: str
    valid_from: date | None
    valid_to: date | None
    known_from: date | None
    status: Status
    citation: _Citation
    confidence: Confidence
    verified_on: date | None
    replaces: str | None
    note: str
    label: str = ""


class _OverlayEntry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    type: ValueType
    unit: str
    value: Any
    note: str
    valid_from: date | None = None
    valid_to: date | None = None


class _Overlay(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    values: list[Any]


def read_folder(folder: Path) -> list[Value]:
    """All values of all files below a folder, ordered by id and first day."""
    values = [value for path in sorted(folder.rglob("*.yaml")) for value in read_file(path)]
    return sorted(values, key=lambda value: (value.id, value.valid_from or date.min, value.status))


def read_file(path: Path) -> list[Value]:
    content = _yaml(path)
    if not isinstance(content, list):
        raise _complain(path.name, "-")("a list of values is expected")
    return [_law(raw, path.name) for raw in content]


def read_json(content: Iterable[Mapping[str, Any]]) -> list[Value]:
    """Values in the shape `model.value_json` writes."""
    return [value_of(raw, _complain("stored rulebook", str(raw.get("id")))) for raw in content]


def read_overlay(path: Path) -> tuple[str, list[Value]]:
    """The label and the values of an overlay file. They are no law, so they cite the file."""
    overlay = _convert(_yaml(path), _Overlay, _complain(path.name, "-"))
    if not overlay.label.strip():
        raise _complain(path.name, "label")("an overlay needs a label")
    return overlay.label, [_overlaid(raw, path.name, overlay.label) for raw in overlay.values]


def value_of(raw: Any, complain: Complaint) -> Value:
    """One entry, every field checked."""
    entry = _convert(raw, _Entry, complain)
    _check_days(entry.valid_from, entry.valid_to, complain)
    return Value(
        entry.id,
        entry.jurisdiction,
        entry.authority,
        entry.type,
        _datum(entry.type, entry.unit, entry.value, complain),
        entry.unit,
        entry.valid_from,
        entry.valid_to,
        entry.known_from,
        entry.status,
        Citation(
            entry.citation.instrument,
            entry.citation.provision,
            entry.citation.title,
            entry.citation.url,
        ),
        entry.confidence,
        entry.verified_on,
        entry.replaces,
        entry.note,
        entry.label,
    )


def _law(raw: Any, file: str) -> Value:
    """An entry of the packs: it has been verified on a day, and carries no label."""
    complain = _complain(file, _name(raw))
    value = value_of(raw, complain)
    if value.label:
        raise complain("only an overlay carries a label")
    if value.verified_on is None:
        raise complain("verified_on is missing")
    return value


def _overlaid(raw: Any, file: str, label: str) -> Value:
    complain = _complain(file, _name(raw))
    entry = _convert(raw, _OverlayEntry, complain)
    _check_days(entry.valid_from, entry.valid_to, complain)
    return Value(
        id=entry.id,
        jurisdiction=label.upper(),
        authority=label,
        type=entry.type,
        value=_datum(entry.type, entry.unit, entry.value, complain),
        unit=entry.unit,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        known_from=None,
        status=Status.IN_FORCE,
        citation=Citation(f"overlay {label!r}, no law", entry.id, file),
        confidence=Confidence.HIGH,
        verified_on=None,
        note=entry.note,
        label=label,
    )


def _yaml(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_Strict)  # noqa: S506 -- _Strict is a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise _complain(path.name, "-")(" ".join(str(error).split())) from None


def _convert(raw: Any, shape: type[Shape], complain: Complaint) -> Shape:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise complain(str(error)) from None


def _name(raw: Any) -> str:
    return str(raw.get("id", "-")) if isinstance(raw, Mapping) else "-"


def _complain(file: str, entry: str) -> Complaint:
    def complaint(problem: str) -> Malformed:
        return Malformed(Reason.RULEBOOK_INVALID, file=file, entry=entry, problem=problem)

    return complaint


def _check_days(first: date | None, last: date | None, complain: Complaint) -> None:
    if first is not None and last is not None and last < first:
        raise complain("valid_to lies before valid_from")


def _datum(kind: ValueType, unit: str, raw: Any, complain: Complaint) -> Datum | None:
    """The typed value; None stays None, whatever the type."""
    _check_unit(kind, unit, complain)
    if raw is None:
        return None
    match kind:
        case ValueType.MONEY:
            return _money(raw, unit, complain)
        case ValueType.FEE:
            return _fee(raw, unit, complain)
        case ValueType.DURATION:
            seconds = _convert(raw, int, complain)
            if seconds <= 0:
                raise complain("a duration is positive")
            return seconds
        case ValueType.FLAG:
            return _convert(raw, bool, complain)
        case ValueType.CODES:
            return tuple(_convert(raw, list[str], complain))


FIXED_UNITS = {
    ValueType.DURATION: "seconds",
    ValueType.FLAG: "flag",
    ValueType.CODES: "element",
}


def _check_unit(kind: ValueType, unit: str, complain: Complaint) -> None:
    fixed = FIXED_UNITS.get(kind)
    if fixed is not None and unit != fixed:
        raise complain(f"the unit of a {kind} is {fixed}, not {unit}")
    if fixed is None:
        try:
            asset(unit)
        except QantaraError:
            raise complain(f"the unit of a {kind} is a currency, not {unit}") from None


def _money(raw: Any, unit: str, complain: Complaint) -> Money:
    text = _convert(raw, str, complain)
    try:
        return Money.parse(text, asset(unit))
    except QantaraError:
        raise complain(f"{text!r} is no amount of {unit}") from None


def _fee(raw: Any, unit: str, complain: Complaint) -> Fee:
    parts = _convert(raw, dict[str, str], complain)
    if parts.keys() != {"nominal", "ratio"}:
        raise complain("a fee has nominal and ratio")
    try:
        ratio = Decimal(parts["ratio"])
    except InvalidOperation:
        raise complain(f"{parts['ratio']!r} is no ratio") from None
    if not (ratio.is_finite() and 0 <= ratio < 1):
        raise complain("a ratio lies between 0 and 1")
    return Fee(_money(parts["nominal"], unit, complain), ratio)
