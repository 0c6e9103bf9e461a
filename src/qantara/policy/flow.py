"""The verbs of policy.

Load a rulebook once, keep it in the database once, then decide: `load` and `decide` need no
transaction, `keep_rulebook` and `record_decisions` do.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.policy import lint as linting
from qantara.policy import pack, rules, store
from qantara.policy.model import (
    Decision,
    DecisionRecord,
    Defect,
    NewDecision,
    PaymentFacts,
    Rulebook,
    canonical,
)

_HERE = Path(__file__).parent
EXAMPLE = _HERE / "overlays" / "example.yaml"
"""The overlay of the example world: a corridor that does not exist, with invented figures."""


def load(extra: Path | None = None) -> Rulebook:
    """The packs of all jurisdictions, and an overlay file over them.

    `Malformed` (`rulebook_invalid`) names file, entry and problem; a defect that `lint` finds
    is one, too. An overlay may only say something about values that exist.
    """
    rulebook = Rulebook(pack.read_folder(_HERE / "rulebooks"))
    if extra is not None:
        label, values = pack.read_overlay(extra)
        known = {entry.id for entry in rulebook.entries}
        for value in values:
            if value.id not in known:
                raise _invalid(extra.name, value.id, "no rulebook has a value of this id")
        rulebook = rulebook.overlay(values, label)
    for defect in lint(rulebook):
        raise _invalid("rulebooks", defect.value_id, f"{defect.kind}: {defect.detail}")
    return rulebook


def _invalid(file: str, entry: str, problem: str) -> Malformed:
    return Malformed(Reason.RULEBOOK_INVALID, file=file, entry=entry, problem=problem)


def lint(rulebook: Rulebook) -> list[Defect]:
    """Every defect of a rulebook whose entries parse."""
    return linting.lint(rulebook)


def decide(rulebook: Rulebook, payment: PaymentFacts, on: date) -> Decision:
    """Whether a payment may go, by every rule, with the trace of how that was found.

    `decision.refusal` is the `Refused` to return; `decision.labels` is not empty if a figure
    was taken from an overlay, and the person must then be told.
    """
    return rules.decide(rulebook, payment, on)


async def keep_rulebook(tx: Tx, rulebook: Rulebook, now: datetime) -> None:
    """Store the rulebook under its version, once: decisions refer to it and replay from it."""
    await store.insert_rulebook(tx, rulebook.version, canonical(rulebook.content), now)


async def kept_rulebook(tx: Tx, version: str) -> Rulebook:
    """The rulebook of a version, as it stood; `NotFound` if this database never kept it."""
    content = await store.rulebook_content(tx, version)
    if content is None:
        raise NotFound(Reason.RULEBOOK_UNKNOWN, version=version)
    return Rulebook(pack.read_json(json.loads(content)))


async def record_decisions(tx: Tx, new: Sequence[NewDecision], now: datetime) -> None:
    """Append decisions, in the transaction that acts on them. Their rulebook is kept before."""
    await store.insert_decisions(tx, new, now)


async def decisions(tx: Tx, ids: Sequence[str]) -> list[DecisionRecord | NotFound]:
    found = await store.decisions(tx, ids)
    return [found.get(each) or NotFound(Reason.DECISION_NOT_FOUND, id=each) for each in ids]


async def decisions_about(tx: Tx, subject: str) -> list[DecisionRecord]:
    """What was decided about one thing (a quote, a remittance), oldest first."""
    return await store.decisions_about(tx, subject)


def replay(rulebook: Rulebook, record: DecisionRecord) -> Decision | Conflict:
    """Decide again from the stored facts; `Conflict` if the outcome is not the stored one to the
    last bit, or if the rulebook is of another version.
    """
    if rulebook.version != record.rulebook_version:
        return Conflict(Reason.STATE_CONFLICT, id=record.id, version=rulebook.version)
    decision = rules.decide(rulebook, record.facts, record.decided_on)
    if decision.digest != record.digest or decision.to_json() != record.outcome:
        return Conflict(Reason.STATE_CONFLICT, id=record.id, digest=decision.digest)
    return decision
