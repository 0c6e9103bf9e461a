"""What proves what happened to a payment: its events, its messages, the decisions about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from qantara.access.model import Scope
from qantara.db import Tx, letters
from qantara.db.events import Happening
from qantara.db.letters import Whole
from qantara.edge.model import Carried
from qantara.errors import Conflict
from qantara.policy import flow as policy
from qantara.policy.model import DecisionRecord, Explanation, Rulebook
from qantara.rails import flow as rails
from qantara.rails.model import Profile, guideline
from qantara.web.console.viewing import Opened, opened, path_of
from qantara.web.visits import Visit

_LAWS = "laws"
_LAWS_KEPT = 4
"""So many former rulebooks are kept read; each is some megabytes."""


class Letter(NamedTuple):
    """A message as a list tells of it; `valid` by the guideline of its rail, judged anew."""

    name: str
    inward: bool
    peer: str
    at: datetime
    size: int
    valid: bool
    path: str


class Explained(NamedTuple):
    """A decision made again: `told` in the reader's words, or None if it did not come out the
    same, which is a matter for an engineer.
    """

    id: str
    at: datetime
    told: Explanation | None


@dataclass(frozen=True, slots=True)
class Evidence:
    happened: Sequence[Happening]
    letters: Sequence[Letter]
    opened: Opened | None
    decisions: Sequence[Explained]


async def evidence_of(
    tx: Tx,
    visit: Visit,
    subjects: Sequence[str],
    happened: Sequence[Happening],
    carried: Sequence[Carried],
    profile: Profile,
    uetr: str | None,
) -> Evidence:
    told = [_letter(each, profile) for each in carried]
    place = visit.place("message") or 0
    chosen = carried[place] if place < len(carried) else None
    shown = None if chosen is None else opened(visit, Whole(_kept(chosen, uetr), chosen.raw))
    decisions: list[Explained] = []
    if visit.holds(Scope.POLICY_READ):
        found = await policy.decisions_about(tx, *subjects)
        decisions = [await explained(tx, visit, each) for each in found]
    return Evidence(happened, told, shown, decisions)


def _letter(carried: Carried, profile: Profile) -> Letter:
    valid = not rails.validate(carried.raw, guideline(carried.name, profile))
    name = carried.name.partition("/")[0]
    size, path = len(carried.raw), path_of(_kept(carried, None))
    return Letter(name, carried.inward, carried.peer, carried.recorded_at, size, valid, path)


def _kept(carried: Carried, uetr: str | None) -> letters.Letter:
    return letters.Letter(
        carried.peer,
        carried.place,
        carried.inward,
        "",
        carried.name,
        uetr,
        len(carried.raw),
        carried.recorded_at,
    )


async def explained(tx: Tx, visit: Visit, record: DecisionRecord) -> Explained:
    law = await _law(tx, visit, record.rulebook_version)
    again = policy.replay(law, record)
    told = None if isinstance(again, Conflict) else policy.explain(again, visit.language)
    return Explained(record.id, record.recorded_at, told)


async def _law(tx: Tx, visit: Visit, version: str) -> Rulebook:
    """The rulebook of a version: today's, or as it stood."""
    law: Rulebook = visit.door.node.rulebook
    if version == law.version:
        return law
    kept: dict[str, Rulebook] = visit.site.kept.setdefault(_LAWS, {})
    if version not in kept:
        found = await policy.kept_rulebook(tx, version)
        while len(kept) >= _LAWS_KEPT:
            kept.pop(next(iter(kept)))
        kept[version] = found
    return kept[version]
