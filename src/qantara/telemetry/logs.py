"""Log lines: JSON for machines or text for people, with ids and never with anybody's data.

A line has what its call names in `extra`, and only the fields of `FIELDS`: whatever else was put
there is left out. An exception is told by its kind, its reason and where it was raised; its words
may quote a caller or a row, so they are not.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from qantara.clock import to_text
from qantara.errors import QantaraError

FIELDS = (
    "role",
    "peer",
    "uetr",
    "remittance",
    "quote",
    "message_name",
    "key",
    "batch",
    "job",
    "endpoint",
    "principal",
    "request_id",
    "count",
    "reason",
    "failure",
    "address",
)
FORMATS = ("text", "json")
_FRAMES = 12
_CONSTRAINED = ("sqlstate", "constraint_name", "table_name")

_role: ContextVar[str] = ContextVar("role", default="")


@contextmanager
def acting(role: str) -> Iterator[None]:
    """Lines written here, and in tasks begun here, are this role's."""
    before = _role.set(role)
    try:
        yield
    finally:
        _role.reset(before)


def failure(error: BaseException) -> str:
    """What kind of failure it was, in words that are ours."""
    kind = type(error).__name__
    if isinstance(error, QantaraError):
        return f"{kind} {error.reason.value}"
    told = [str(found) for name in _CONSTRAINED if (found := getattr(error, name, None))]
    if isinstance(error, OSError) and error.errno is not None:
        told.append(str(error.errno))
    return " ".join((kind, *told))


def _stack(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def said(record: logging.LogRecord) -> dict[str, Any]:
    """A record as fields, in the order of `FIELDS`."""
    at = datetime.fromtimestamp(record.created, UTC)
    line: dict[str, Any] = {
        "at": to_text(at),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    role = _role.get()
    given = {"role": role} if role else {}
    for name in FIELDS:
        found = record.__dict__.get(name, given.get(name))
        if found is not None:
            line[name] = found
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        line["failure"] = failure(error)
        line["stack"] = _stack(error)
    return line


class JsonLines(logging.Formatter):
    """One JSON object to a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(said(record), ensure_ascii=False, default=str)


class Words(logging.Formatter):
    """The same for people: time, level, sentence, fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = said(record)
        stack = line.pop("stack", [])
        head = f"{line.pop('at')} {line.pop('level')} {line.pop('message')}"
        line.pop("logger")
        fields = " ".join(f"{name}={value}" for name, value in line.items())
        return "\n".join([f"{head} {fields}".rstrip(), *(f"    {frame}" for frame in stack)])


def configure(form: str) -> None:
    """Write lines to standard error in this form; what is only worth knowing is told in JSON."""
    told = logging.StreamHandler()
    told.setFormatter(JsonLines() if form == "json" else Words())
    root = logging.getLogger()
    for before in list(root.handlers):
        root.removeHandler(before)
    root.addHandler(told)
    root.setLevel(logging.WARNING)
    logging.getLogger("qantara").setLevel(logging.INFO if form == "json" else logging.WARNING)
