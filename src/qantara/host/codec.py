"""Commands and outcomes of verbs as bytes, between processes of one version.

A frame is its length in four bytes and a MessagePack value. What MessagePack has no word for is a
list that begins with one of ours; records, enumerations and errors go under their own names and
are read again only as what they are: nothing but the package's own value types is ever built.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from inspect import get_annotations, iscoroutinefunction, signature
from typing import Any

import msgspec

from qantara.db import Tx
from qantara.db.batcher import Verb
from qantara.errors import Malformed, QantaraError, Reason

LONGEST_BYTES = 64 * 1024 * 1024
_PACKAGE = "qantara"
_LENGTH = 4
_INT64 = range(-(2**63), 2**63)
_VERB_TAKES = 4
_PLAIN = (type(None), bool, float, str, bytes)
_TEXTS: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    time: (time.isoformat, time.fromisoformat),
    Decimal: (str, Decimal),
    Fraction: (str, Fraction),
    int: (str, int),
}
_SERIES: dict[type, Any] = {list: list, tuple: tuple, set: set, frozenset: frozenset}
_READ_TEXT = {kind.__name__: read for kind, (_, read) in _TEXTS.items()}
_READ_SERIES = {kind.__name__: read for kind, read in _SERIES.items()}


def encode(value: object) -> bytes:
    """The bytes of a value; `TypeError` for what is none of ours."""
    return msgspec.msgpack.encode(_write(value))


def decode(raw: bytes) -> Any:
    """The value of bytes; `Malformed` if they are not from `encode`."""
    try:
        return _read(msgspec.msgpack.decode(raw))
    except (msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=repr(error)) from error


def _write(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _PLAIN or (kind is int and value in _INT64):
        return value
    if kind in _TEXTS:
        return [kind.__name__, _TEXTS[kind][0](value)]
    if kind is timedelta:
        return ["span", value.days, value.seconds, value.microseconds]
    if kind in _SERIES:
        return [kind.__name__, *(_write(each) for each in value)]
    if isinstance(value, Enum):
        return ["enum", _name(kind), _write(value.value)]
    if isinstance(value, QantaraError):
        return ["error", _name(kind), _write(vars(value))]
    if isinstance(value, Mapping):
        return ["map", *([_write(key), _write(each)] for key, each in value.items())]
    return ["record", _name(kind), *(_write(getattr(value, name)) for name in _fields(kind))]


def _read(said: Any) -> Any:
    if not isinstance(said, list):
        return said
    word, *rest = said
    if word in _READ_TEXT:
        return _READ_TEXT[word](rest[0])
    if word in _READ_SERIES:
        return _READ_SERIES[word](_read(each) for each in rest)
    match word, rest:
        case "span", [days, seconds, microseconds]:
            return timedelta(days, seconds, microseconds)
        case "map", pairs:
            return {_read(key): _read(each) for key, each in pairs}
        case "enum", [name, value]:
            return _kind(name, Enum)(_read(value))
        case "error", [name, known]:
            return _error(_kind(name, QantaraError), _read(known))
        case "record", [name, *values]:
            kind = _kind(name, object)
            return kind(**dict(zip(_fields(kind), map(_read, values), strict=True)))
    raise Malformed(Reason.BODY_MALFORMED, detail=f"{word!r} is no word of ours")


def _error(kind: type[QantaraError], known: dict[str, Any]) -> QantaraError:
    error = kind.__new__(kind)
    QantaraError.__init__(error, known.pop("reason"), **known.pop("facts"))
    for name, value in known.items():
        setattr(error, name, value)
    return error


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """What a record is made from; `TypeError` if it is no record of ours."""
    if kind.__module__.partition(".")[0] == _PACKAGE:
        if issubclass(kind, msgspec.Struct):
            return tuple(kind.__struct_fields__)
        if is_dataclass(kind):
            return tuple(each.name for each in fields(kind) if each.init)
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return tuple(kind._fields)
    raise TypeError(f"{kind.__module__}.{kind.__qualname__} does not go between processes")


def _name(kind: Any) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _found(name: str) -> Any:
    """What a name stands for in a module of ours that is loaded: nothing is loaded for it."""
    module, _, path = name.partition(":")
    if module.partition(".")[0] != _PACKAGE:
        raise TypeError(f"{name} is not ours")
    found: Any = sys.modules[module]
    for part in path.split("."):
        found = vars(found)[part]
    return found


@cache
def _kind(name: str, least: type) -> Any:
    found = _found(name)
    if not (isinstance(found, type) and issubclass(found, least)):
        raise TypeError(f"{name} is no {least.__name__}")
    return found


def name_of(verb: Verb) -> str:
    """How another process calls the verb; `TypeError` if it only exists in this one."""
    name = _name(verb)
    if verb_of(name) is not verb:
        raise TypeError(f"{name} cannot be named")
    return name


@cache
def verb_of(name: str) -> Verb:
    """The verb of a name: a coroutine function of ours whose first argument is a transaction."""
    try:
        found = _found(name)
    except KeyError as error:
        raise TypeError(f"there is no {name}") from error
    if iscoroutinefunction(found):
        takes = list(signature(found).parameters)
        if len(takes) == _VERB_TAKES and get_annotations(found).get(takes[0]) == Tx:
            verb: Verb = found
            return verb
    raise TypeError(f"{name} is no verb")


async def read(source: asyncio.StreamReader) -> Any:
    """The next frame; `EOFError` at the end."""
    length = int.from_bytes(await source.readexactly(_LENGTH))
    if length > LONGEST_BYTES:
        raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{LONGEST_BYTES} bytes")
    return decode(await source.readexactly(length))


def framed(value: object) -> bytes:
    raw = encode(value)
    return len(raw).to_bytes(_LENGTH) + raw
