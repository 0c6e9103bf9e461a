"""What was killed, what customers were told meanwhile, and what the auditor found afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qantara.world.audit import Audit


class Victim(StrEnum):
    """`role`: one process, with all roles it runs. `database`: the whole server, for everybody."""

    ROLE = "role"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Kill:
    """`in_flight` payments were under way; after `recovered_ms` from the kill payments that began
    after it had gone through from every institution.
    """

    victim: Victim
    name: str
    in_flight: int
    recovered_ms: int


@dataclass(frozen=True, slots=True)
class Kills:
    """`in_doubt` requests got no answer, `settled` of them one by asking again with the same key.
    `missing` are payments whose acceptance a customer was told and that are not there, or not as
    told; `fallen` are processes that did not end in good order when asked to.
    """

    seed: int
    kills: tuple[Kill, ...]
    accepted: int
    ended: Mapping[str, int]
    refused: Mapping[str, int]
    in_doubt: int
    settled: int
    missing: tuple[str, ...]
    fallen: tuple[str, ...]
    audit: Audit

    @property
    def by_kind(self) -> dict[str, int]:
        counts = Counter(kill.victim.value for kill in self.kills)
        return {victim.value: counts[victim.value] for victim in Victim}

    @property
    def good(self) -> bool:
        """Nothing wrong; and with two kills or more there was one of each kind."""
        all_kinds = len(self.kills) < len(Victim) or all(self.by_kind.values())
        told = self.missing or self.fallen or self.in_doubt != self.settled
        return self.audit.clean and all_kinds and self.accepted > 0 and not told

    def to_json(self) -> dict[str, Any]:
        return {
            "good": self.good,
            "seed": self.seed,
            "kills": self.by_kind,
            "each": [
                {
                    "victim": kill.victim.value,
                    "name": kill.name,
                    "in_flight": kill.in_flight,
                    "recovered_ms": kill.recovered_ms,
                }
                for kill in self.kills
            ],
            "payments": {
                "accepted": self.accepted,
                "ended": dict(self.ended),
                "refused": dict(self.refused),
            },
            "in_doubt": self.in_doubt,
            "settled_by_repeat": self.settled,
            "missing": list(self.missing),
            "fallen": list(self.fallen),
            "audit": self.audit.to_json(),
        }
