"""What can go wrong, and what a schedule says of itself afterwards."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from qantara.world.audit import Audit, Wrong
from qantara.world.kills.model import Kills


class Fault(StrEnum):
    """`delay`: a message comes after its sender has given up waiting. `vanish`: acknowledged and
    gone, where somebody asks again. `contradict`: a role says the opposite of what it said.
    A `crash` ends a process: before a statement, right before or after a COMMIT, or at rest.
    """

    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    LOSE_REQUEST = "lose_request"
    LOSE_ANSWER = "lose_answer"
    VANISH = "vanish"
    CONTRADICT = "contradict"
    CRASH_STATEMENT = "crash_statement"
    CRASH_BEFORE_COMMIT = "crash_before_commit"
    CRASH_AFTER_COMMIT = "crash_after_commit"
    CRASH_AT_REST = "crash_at_rest"


@dataclass(slots=True)
class Record:
    """What happens in one schedule, line by line, and what of it is counted."""

    lines: list[str] = field(default_factory=list)
    faults: "Counter[tuple[Fault, str]]" = field(default_factory=Counter)
    acts: "Counter[str]" = field(default_factory=Counter)

    def line(self, *words: object) -> None:
        self.lines.append(" ".join(str(word) for word in words))

    def fault(self, fault: Fault, where: str) -> None:
        self.faults[fault, where] += 1
        self.line("  !", fault.value, where)


@dataclass(frozen=True, slots=True)
class Found:
    """A row that was corrupted on purpose; `named` if the auditor told role and row."""

    role: str
    row: str
    change: str
    named: bool
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """One schedule: `digest` is over everything that happened and where all books ended."""

    seed: int
    number: int
    digest: str
    payments: int
    ended: Mapping[str, int]
    faults: "Counter[tuple[Fault, str]]"
    acts: "Counter[str]"
    audit: Audit
    lines: tuple[str, ...]
    found: Found | None = None

    @property
    def replay(self) -> str:
        return f"qantara chaos --seed {self.seed} --only {self.number}"


@dataclass(frozen=True, slots=True)
class Chaos:
    """A whole run; `kills` is its other half, on real processes, where that was asked for."""

    seed: int
    ran: tuple[Ran, ...]
    kills: Kills | None = None

    @property
    def faults(self) -> dict[Fault, int]:
        """How many of each kind; a kind that never happened has 0."""
        counts: Counter[Fault] = Counter()
        for each in self.ran:
            for (fault, _), count in each.faults.items():
                counts[fault] += count
        return {fault: counts[fault] for fault in Fault}

    @property
    def places(self) -> dict[Fault, int]:
        """On how many links, or at how many roles, each kind happened."""
        met: dict[Fault, set[str]] = {fault: set() for fault in Fault}
        for each in self.ran:
            for fault, where in each.faults:
                met[fault].add(where)
        return {fault: len(where) for fault, where in met.items()}

    @property
    def failing(self) -> list[Ran]:
        return [each for each in self.ran if not each.audit.clean]

    @property
    def found(self) -> Found | None:
        return next((each.found for each in self.ran if each.found is not None), None)

    @property
    def payments(self) -> int:
        return sum(each.payments for each in self.ran)

    def wrong(self) -> dict[Wrong, int]:
        """What both halves found, by kind."""
        audits = [each.audit for each in self.ran]
        if self.kills is not None:
            audits.append(self.kills.audit)
        return {wrong: sum(len(each.of(wrong)) for each in audits) for wrong in Wrong}

    @property
    def good(self) -> bool:
        """Nothing wrong, every kind of fault met, payments made, and the corrupted row named.

        One schedule alone is a replay: it is too short to meet every kind.
        """
        enough = len(self.ran) == 1 or all(self.faults.values())
        named = self.found is not None and self.found.named
        halves = self.kills is None or self.kills.good
        return not any(self.wrong().values()) and enough and named and halves and self.payments > 0

    def to_json(self) -> dict[str, Any]:
        return {
            "good": self.good,
            "seed": self.seed,
            "schedules": len(self.ran),
            "payments": self.payments,
            "ended": dict(sum((Counter(each.ended) for each in self.ran), Counter())),
            "faults": {fault.value: count for fault, count in self.faults.items()},
            "places": {fault.value: count for fault, count in self.places.items()},
            **{wrong.value: count for wrong, count in self.wrong().items()},
            "failing": [_failing(each) for each in self.failing],
            "corrupted": None if self.found is None else asdict(self.found),
            "digest": hashlib.sha256(
                "".join(each.digest for each in self.ran).encode()
            ).hexdigest(),
            "real_kills": None if self.kills is None else self.kills.to_json(),
        }


def _failing(each: Ran) -> dict[str, Any]:
    return {
        "schedule": each.number,
        "replay": each.replay,
        "findings": each.audit.to_json()["findings"],
    }
