"""Many acts decided at once, column by column: the same outcomes as `Pack.decide`, without traces.

Needs NumPy and is imported only by what decides in bulk.

| fact                           | column | not known      |
|--------------------------------|--------|----------------|
| money, count, duration, ratio  | int64  | `UNKNOWN`      |
| flag                           | int8   | -1             |
| choice                         | int16  | -1             |
| code                           | int32  | -1             |
| codes                          | int64, a bit for each | -1 |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qantara.errors import Malformed, Reason
from qantara.policy.deciding import masking
from qantara.policy.deciding.decision import Outcome
from qantara.policy.deciding.emitting import ALWAYS_KNOWN, OUTCOMES
from qantara.policy.deciding.masking import INT64, Bounds
from qantara.policy.deciding.pack import Pack
from qantara.policy.language.vocabulary import COMMON_FACTS, FACTS, PARTY_FACTS, Facts, FactType

UNKNOWN = INT64[0] - 1
CHUNK = 1 << 15
"""Rows decided at a time: what they need of a few columns stays in the processor's cache."""
_ABSENT_TEXT = -2
_ABSENT_BIT = 62
"""The code, and the bit, of what no row has."""
_DTYPES = {FactType.FLAG: np.int8, FactType.CHOICE: np.int16, FactType.CODE: np.int32}

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Coded:
    """Texts as places in a list, -1 where not known; of sets, bit n stands for the nth text."""

    codes: Array
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    values: Array
    complete: bool


class Tables:
    """Which number stands for which text, and which bit for which code of a set."""

    __slots__ = ("bits", "texts")

    def __init__(self) -> None:
        choices = (choice for fact in FACTS.values() for choice in fact.choices)
        self.texts: dict[str, int] = {
            text: code for code, text in enumerate(dict.fromkeys(choices))
        }
        self.bits: dict[str, int] = {}

    def code(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def bit(self, text: str) -> int:
        found = self.bits.setdefault(text, len(self.bits))
        if found >= _ABSENT_BIT:
            raise _malformed("codes", f"more than {_ABSENT_BIT} different codes in sets")
        return found

    def set_of(self, codes: frozenset[str]) -> int:
        return sum(1 << self.bit(code) for code in codes)

    def bound(self, constant: str | frozenset[str]) -> int:
        """A constant of a rule as a number; what no row has gets one that no row has."""
        if isinstance(constant, str):
            return self.texts.get(constant, _ABSENT_TEXT)
        places = {self.bits.get(code, _ABSENT_BIT) for code in constant}
        return sum(1 << place for place in places)

    def bits_by_code(self) -> NDArray[np.int64]:
        """For every text the bit it has in sets."""
        found = np.zeros(len(self.texts) + 1, np.int64)
        for text, code in self.texts.items():
            if text in self.bits:
                found[code] = 1 << self.bits[text]
        return found


class Columns:
    """The facts of many acts of one kind between the same two places. A fact without a column
    is unknown in every row; a column of facts is made when a rule first asks for it.
    """

    __slots__ = ("_bounds", "_made", "_make", "size", "tables")

    def __init__(self, size: int, tables: Tables, make: Callable[[str], Column | None]) -> None:
        self.size = size
        self.tables = tables
        self._make = make
        self._made: dict[str, Column | None] = {}
        self._bounds: dict[str, Bounds] = {}

    @classmethod
    def of(cls, facts: Sequence[Facts]) -> "Columns":
        tables = Tables()
        return cls(len(facts), tables, lambda path: _read(facts, path, tables))

    @classmethod
    def of_arrays(cls, size: int, arrays: Mapping[str, Array | Coded]) -> "Columns":
        """Columns by path (`sender.amount`, `purpose`), numbers as they are, texts `Coded`."""
        tables = Tables()
        made = {path: _taken(size, path, given, tables) for path, given in arrays.items()}
        return cls(size, tables, made.get)

    def rows(self, places: NDArray[np.intp]) -> "Columns":
        """Some of the rows, in that order."""

        def make(path: str) -> Column | None:
            whole = self.column(path)
            if whole is None:
                return None
            values = whole.values[places]
            return Column(values, whole.complete or not _unknown(path, values).any())

        return Columns(len(places), self.tables, make)

    def column(self, path: str) -> Column | None:
        if path not in self._made:
            self._made[path] = self._make(path)
        return self._made[path]

    def bounds(self, path: str) -> Bounds | None:
        """The least and the greatest that is known of a column of numbers."""
        column = self.column(path)
        if column is None or not self.size:
            return None
        if path not in self._bounds:
            values = column.values
            known = values if column.complete else values[~_unknown(path, values)]
            self._bounds[path] = (int(known.min()), int(known.max())) if known.size else (0, 0)
        return self._bounds[path]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Row by row: `outcome` is a place in `OUTCOMES`, `refusing` the place of the first rule that
    refuses (-1: none) in the pack's `bound`. `marks` has a line of weights for each rule.
    """

    outcome: NDArray[np.int8]
    refusing: NDArray[np.int16]
    marks: NDArray[np.int8] | None

    def outcome_of(self, row: int) -> Outcome:
        return OUTCOMES[int(self.outcome[row])]


def judged(pack: Pack, columns: Columns, *, marked: bool = False) -> Verdicts:
    """Every row decided by one pack; `marked` tells what each rule found, too.

    The rows are acts of the pack's kind between its two places. `Malformed` names the facts if
    a rule's arithmetic over them could pass 64 bits.
    """
    found = {name: _of_name(columns, name) for name in masking.names_of(pack.bound)}
    there = {name: column for name, column in found.items() if column is not None}
    complete = tuple((name, column.complete) for name, column in there.items())
    masking.check_range(pack.bound, lambda name: columns.bounds(masking.path_of(name)))
    program = _program(pack, complete, marked=marked)
    values = {masking.path_of(name): column.values for name, column in there.items()}
    return program.run(columns.size, values, columns.tables)


def _of_name(columns: Columns, name: str) -> Column | None:
    path = masking.path_of(name)
    column = columns.column(path)
    if column is None and columns.size and path.rpartition(".")[2] in ALWAYS_KNOWN:
        raise Malformed(Reason.FIELD_MISSING, param=path)
    return column


@dataclass(frozen=True, slots=True)
class _Program:
    """Compiled rules for columns of one layout."""

    judge: Callable[..., None]
    constants: tuple[str | frozenset[str], ...]
    paths: tuple[str, ...]
    rules: int
    marked: bool

    def run(self, size: int, values: Mapping[str, Array], tables: Tables) -> Verdicts:
        constants = [tables.bound(each) for each in self.constants]
        bits = tables.bits_by_code()
        outcome = np.zeros(size, np.int8)
        first = np.full(size, -1, np.int16)
        marks = np.zeros((self.rules, size), np.int8) if self.marked else None
        for start in range(0, size, CHUNK):
            part = slice(start, min(start + CHUNK, size))
            rows = part.stop - part.start
            refused, noted, due = np.zeros((3, rows), np.bool_)
            columns = {path: values[path][part] for path in self.paths}
            told = None if marks is None else marks[:, part]
            everywhere = np.ones(rows, np.bool_)
            self.judge(columns, constants, bits, everywhere, refused, noted, due, first[part], told)
            outcome[part] = due
            np.copyto(outcome[part], masking.NOTED, where=noted)
            np.copyto(outcome[part], masking.FAILED, where=refused)
        return Verdicts(outcome, first, marks)


@lru_cache(maxsize=64)
def _program(pack: Pack, complete: tuple[tuple[str, bool], ...], *, marked: bool) -> _Program:
    text, made = masking.write(pack.bound, dict(complete), marked=marked)
    names: dict[str, Any] = {"__builtins__": {}, "UNKNOWN": UNKNOWN}
    names |= {"copyto": np.copyto, "some": np.count_nonzero}
    exec(compile(text, "<masks>", "exec"), names)  # noqa: S102 -- made from checked trees
    paths = tuple(masking.path_of(name) for name in made.used)
    return _Program(names["judge"], tuple(made.constants), paths, len(pack.bound), marked)


def _fact_type(path: str) -> FactType:
    owner, _, name = path.rpartition(".")
    facts = {"sender": PARTY_FACTS, "recipient": PARTY_FACTS, "": COMMON_FACTS}.get(owner, {})
    if name not in facts:
        raise _malformed(path, "no such fact")
    return facts[name].type


def _dtype(kind: FactType) -> type[Any]:
    return _DTYPES.get(kind, np.int64)


def _unknown(path: str, values: Array) -> NDArray[np.bool_]:
    """Where a column is not known."""
    marked = masking.known_above(path)
    return np.asarray(values < 0 if marked else values == UNKNOWN)


def _read(facts: Sequence[Facts], path: str, tables: Tables) -> Column | None:
    """One fact of all acts; None where no act has it."""
    kind = _fact_type(path)
    raw = _raw(facts, path)
    known = [each for each in raw if each is not None]
    if not known:
        return None
    coding = _coding(kind, tables)
    missing = UNKNOWN if coding is int else -1
    coded = (missing if each is None else coding(each) for each in raw)
    try:
        values = np.fromiter(coded, _dtype(kind), len(raw))
    except OverflowError:
        raise _malformed(path, f"passes the {_dtype(kind).__name__} of a column") from None
    if coding is int and UNKNOWN in known:
        raise _malformed(path, str(UNKNOWN))
    return Column(values, len(known) == len(raw))


def _raw(facts: Sequence[Facts], path: str) -> list[Any]:
    owner, _, name = path.rpartition(".")
    if owner != "recipient":
        return list(map(attrgetter(path), facts))
    of = attrgetter(name)
    return [None if each.recipient is None else of(each.recipient) for each in facts]


def _coding(kind: FactType, tables: Tables) -> Callable[[Any], int]:
    if kind in {FactType.CHOICE, FactType.CODE}:
        return tables.code
    if kind is FactType.CODES:
        return tables.set_of
    return bool if kind is FactType.FLAG else int


def _taken(size: int, path: str, given: Array | Coded, tables: Tables) -> Column:
    """A column from an array somebody made; `Malformed` if it cannot be one."""
    kind = _fact_type(path)
    texts = kind in {FactType.CHOICE, FactType.CODE, FactType.CODES}
    array = given.codes if isinstance(given, Coded) else given
    if array.shape != (size,) or array.dtype.kind not in "bi":
        raise _malformed(path, f"{array.dtype} of shape {array.shape}, not {size} whole numbers")
    if texts != isinstance(given, Coded):
        raise _malformed(path, "texts are given coded, numbers as they are")
    values = array.astype(_dtype(kind), copy=False)
    if isinstance(given, Coded):
        values = _recoded(path, given, kind, tables)
    elif kind is FactType.FLAG and size and not (array.min() >= -1 and array.max() <= 1):
        raise _malformed(path, "a flag is 1, 0 or -1")
    return Column(values, not _unknown(path, values).any())


def _recoded(path: str, given: Coded, kind: FactType, tables: Tables) -> Array:
    codes = given.codes
    most = int(codes.max()) if codes.size else -1
    if kind is FactType.CODES:
        if most >= 1 << len(given.texts):
            raise _malformed(path, "a bit for which there is no text")
        found = np.zeros(codes.shape, np.int64)
        for place, text in enumerate(given.texts):
            found |= ((codes.astype(np.int64) >> place) & 1) << tables.bit(text)
        return np.where(codes < 0, -1, found)
    if most >= len(given.texts):
        raise _malformed(path, "a code for which there is no text")
    # A code of -1 takes the last of the list, which is what stands for the unknown.
    table = np.array([*(tables.code(text) for text in given.texts), -1], _dtype(kind))
    return np.asarray(table[np.maximum(codes, -1)])


def _malformed(path: str, told: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=path, value=told)
