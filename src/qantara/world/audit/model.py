"""What an audit finds: sums that do not add up, and payments that did not end as they should."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Wrong(StrEnum):
    """`lost`: accepted or acknowledged, and then nowhere; or money that arrived nowhere and did
    not come back. `doubled`: booked, credited or answered twice. `stuck`: not at an end, and
    nothing to wait for. `unbalanced`: figures that do not add up, or records that contradict
    each other.
    """

    LOST = "lost"
    DOUBLED = "doubled"
    STUCK = "stuck"
    UNBALANCED = "unbalanced"


class Finding(NamedTuple):
    """`role` is whose database it stands in, `subject` the row: a UETR, an account's code, a
    transfer's sequence.
    """

    role: str
    subject: str
    sentence: str


class Told(NamedTuple):
    wrong: Wrong
    finding: Finding


@dataclass(frozen=True, slots=True)
class Audit:
    """`looked` counts what was looked at: books, accounts, transfers, payments, messages."""

    lost: tuple[Finding, ...]
    doubled: tuple[Finding, ...]
    stuck: tuple[Finding, ...]
    unbalanced: tuple[Finding, ...]
    looked: Mapping[str, int]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.unbalanced)

    def to_json(self) -> dict[str, Any]:
        """The counts, each with its findings beside them."""
        return {
            "clean": self.clean,
            **{wrong.value: len(self.of(wrong)) for wrong in Wrong},
            "looked": dict(self.looked),
            "findings": [
                {"wrong": wrong.value, **finding._asdict()}
                for wrong in Wrong
                for finding in self.of(wrong)
            ],
        }

    def of(self, wrong: Wrong) -> tuple[Finding, ...]:
        found: tuple[Finding, ...] = getattr(self, wrong.value)
        return found


def gathered(told: Iterable[Told], looked: Mapping[str, int]) -> Audit:
    """Everything told, once each, in the order of roles and subjects."""
    found = sorted(set(told))
    sides = {
        wrong.value: tuple(each.finding for each in found if each.wrong is wrong) for wrong in Wrong
    }
    return Audit(**sides, looked=looked)
