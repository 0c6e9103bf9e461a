"""One line of a check-up."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """`warn` works today and may not tomorrow; `bad` does not work, or money is not right."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """`found` is what was seen, `todo` what to do about it; nothing where all is well."""

    name: str
    state: State
    found: str
    todo: str = ""

    @property
    def ok(self) -> bool:
        return self.state is not State.BAD

    def to_json(self) -> dict[str, Any]:
        return {
            "check": self.name,
            "ok": self.ok,
            "state": self.state.value,
            "found": self.found,
            "do": self.todo,
        }


def well(name: str, found: str) -> Check:
    return Check(name, State.OK, found)


def graded(
    name: str, found: str, todo: str, value: float, warn: float, bad: float | None = None
) -> Check:
    """A value that should stay below its limits."""
    if bad is not None and value >= bad:
        return Check(name, State.BAD, found, todo)
    return Check(name, State.WARN, found, todo) if value >= warn else well(name, found)
