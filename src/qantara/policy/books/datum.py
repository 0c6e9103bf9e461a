"""Typed figures: from a file's text to a value with its unit, and to what rules compare."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from qantara.errors import Malformed, QantaraError
from qantara.money import ASSETS, Asset, Money
from qantara.policy.books.entries import Datum, Fee, ValueType
from qantara.policy.deciding.decision import MILLION, Raw
from qantara.policy.language.expression import Type
from qantara.policy.language.vocabulary import TIME_UNITS, FactType

Complaint = Callable[[str], Malformed]
Shape = TypeVar("Shape")

CURRENCIES = ASSETS | {"USD": Asset("USD", 2)}
"""What law speaks in: what the platform carries, and the dollar."""

FIXED_UNITS = {
    ValueType.FLAG: "flag",
    ValueType.RATIO: "ratio",
    ValueType.CHOICE: "choice",
    ValueType.DATE: "day",
}
RATIO_DIGITS = 6
RATIO = re.compile(rf"[0-9]{{1,9}}(\.[0-9]{{1,{RATIO_DIGITS}}})?")


def convert(raw: Any, shape: type[Shape], complain: Complaint) -> Shape:
    """`raw` as that shape; what does not fit is said in words."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise complain(str(error)) from None
    except UnicodeEncodeError:
        raise complain("no text that can be written") from None


def read(kind: ValueType, unit: str, raw: Any, complain: Complaint) -> Datum | None:
    """The typed value; None stays None, whatever the type."""
    _check_unit(kind, unit, complain)
    if raw is None:
        return None
    match kind:
        case ValueType.MONEY:
            return _money(raw, unit, complain)
        case ValueType.FEE:
            return _fee(raw, unit, complain)
        case ValueType.DURATION | ValueType.COUNT:
            return _whole(raw, f"a {kind}", complain)
        case ValueType.RATIO:
            return ratio(raw, complain)
        case ValueType.FLAG:
            return convert(raw, bool, complain)
        case ValueType.CODES:
            return tuple(convert(raw, list[str], complain))
        case ValueType.CHOICE:
            return convert(raw, str, complain)
        case ValueType.DATE:
            return convert(raw, date, complain)


def _check_unit(kind: ValueType, unit: str, complain: Complaint) -> None:
    fixed = FIXED_UNITS.get(kind)
    if fixed is not None and unit != fixed:
        raise complain(f"the unit of a {kind} is {fixed}, not {unit}")
    if kind is ValueType.DURATION and unit not in TIME_UNITS:
        raise complain(f"the unit of a duration is one of {', '.join(TIME_UNITS)}, not {unit}")
    if kind in {ValueType.MONEY, ValueType.FEE} and unit not in CURRENCIES:
        raise complain(f"the unit of a {kind} is a currency, not {unit}")
    if not unit.strip():
        raise complain(f"a {kind} names its unit")


def _whole(raw: Any, thing: str, complain: Complaint) -> int:
    number = convert(raw, int, complain)
    if number < 0:
        raise complain(f"{thing} is not below zero")
    return number


def ratio(raw: Any, complain: Complaint) -> Decimal:
    """A share as a decimal in text, at most six places."""
    text = convert(raw, str, complain)
    if not RATIO.fullmatch(text):
        raise complain(f"{text!r} is no ratio of at most {RATIO_DIGITS} places")
    return Decimal(text)


def _money(raw: Any, unit: str, complain: Complaint) -> Money:
    text = convert(raw, str, complain)
    try:
        return Money.parse(text, CURRENCIES[unit])
    except QantaraError:
        raise complain(f"{text!r} is no amount of {unit}") from None


def _fee(raw: Any, unit: str, complain: Complaint) -> Fee:
    parts = convert(raw, dict[str, str], complain)
    if parts.keys() != {"nominal", "ratio"}:
        raise complain("a fee has nominal and ratio")
    share = ratio(parts["ratio"], complain)
    if share >= 1:
        raise complain("a fee's ratio lies between 0 and 1")
    return Fee(_money(parts["nominal"], unit, complain), share)


def raw_of(datum: Datum | None) -> Raw:
    """What an expression compares: minor units, millionths, whole units, sets."""
    match datum:
        case Money():
            return datum.minor
        case Decimal():
            return int(datum * MILLION)
        case tuple():
            return frozenset(datum)
        case Fee() | date():
            raise TypeError(f"{datum} has no place in an expression")
        case _:
            return datum


_KINDS = {
    ValueType.MONEY: FactType.MONEY,
    ValueType.DURATION: FactType.DURATION,
    ValueType.RATIO: FactType.RATIO,
    ValueType.COUNT: FactType.COUNT,
    ValueType.FLAG: FactType.FLAG,
    ValueType.CODES: FactType.CODES,
    ValueType.CHOICE: FactType.CHOICE,
}


def type_of(kind: ValueType, unit: str) -> Type | None:
    """A value's type in expressions; None for fees and days, which no rule compares."""
    fact = _KINDS.get(kind)
    if fact is None:
        return None
    bare = fact in {FactType.FLAG, FactType.CODES, FactType.CHOICE, FactType.RATIO, FactType.COUNT}
    return Type(fact, "" if bare else unit)
