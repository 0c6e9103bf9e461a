"""Why something was not done, where it is written, and what would make it go."""

from collections.abc import Sequence
from typing import NamedTuple

from qantara.db import Tx
from qantara.errors import Conflict, QantaraError, Reason, Refused
from qantara.policy import flow as policy
from qantara.policy.model import Finding
from qantara.reasons import REASONS
from qantara.web.visits import Visit


class Ground(NamedTuple):
    """One rule that stands against it."""

    title: str
    text: str
    change: str
    provision: str


class Objection(NamedTuple):
    """What a page says instead of doing it; nothing has moved."""

    title: str
    text: str
    citation: str = ""
    grounds: tuple[Ground, ...] = ()
    tone: str = "clay"
    status: int = 422


_LABELS = {
    **dict.fromkeys(("account", "account_id"), "pay.from"),
    **{name: f"pay.{name}" for name in ("address", "note", "payee_name", "purpose")},
    **{name: f"join.{name}" for name in ("born_on", "legal_name", "street", "town", "type")},
    **{name: f"join.{name}" for name in ("rails_name", "rails_street", "rails_town")},
    **{name: f"plan.{name}" for name in ("ceiling", "ends_on", "first_on")},
    **{name: f"pot.{name}" for name in ("goal", "goal_on")},
    "agent_bic": "pay.bank",
    "amount": "request.amount",
    "identity_number": "cash.number",
    "identity_type": "cash.document",
    "kind": "dispute.kind",
    "label": "topup.label",
    "name": "cash.name",
    "nickname": "payee.nickname",
    "number": "join.number",
    "own": "split.own",
    "phone": "enter.phone",
    "reference": "scan.reference",
    "sure": "profile.sure",
    "total": "split.total",
    "until": "request.until",
    "words": "dispute.words",
}
"""What pages call a field, by its name in forms."""
_TWICE = "pin_again"


def objection(
    visit: Visit, error: QantaraError | Refused, grounds: Sequence[Ground] = ()
) -> Objection:
    facts = {name: str(value) for name, value in error.facts.items()}
    param = facts.get("param", "")
    if param in _LABELS:
        facts["param"] = visit.words(_LABELS[param])
    told = visit.words.sentence(error.reason, facts)
    return Objection(
        visit.words.reason(error.reason),
        visit.words("join.pin_differs") if param == _TWICE else told,
        error.citation if isinstance(error, Refused) and not grounds else "",
        tuple(grounds),
        status=REASONS[error.reason].http,
    )


def wrong_pin(visit: Visit, error: QantaraError | Refused) -> Objection:
    """The same to somebody who is signed in already, and was asked for the PIN again."""
    told = objection(visit, error)
    if error.reason is not Reason.SIGN_IN_FAILED:
        return told
    title, text = visit.words("confirm.wrong"), visit.words("confirm.wrong_why")
    return told._replace(title=title, text=text)


async def refused(visit: Visit, refusal: Refused, *subjects: str) -> Objection:
    """A refusal, with the rules behind it as far as a decision about these subjects was kept; what
    else the decision found wanting, a purpose not yet said for one, is not what refused.
    """
    async with visit.door.database.read() as tx:
        found = await _grounds(tx, visit, subjects)
    title = visit.words.reason(refusal.reason)
    return objection(visit, refusal, [each for each in found if each.title == title])


async def _grounds(tx: Tx, visit: Visit, subjects: Sequence[str]) -> list[Ground]:
    law = visit.door.node.rulebook
    found = await policy.decisions_about(tx, *subjects)
    now = [each for each in found if each.rulebook_version == law.version]
    again = policy.replay(law, now[-1]) if now else None
    if again is None or isinstance(again, Conflict):
        return []
    told = policy.explain(again, visit.language)
    return [
        Ground(each.title, each.text, each.change or each.remedy, each.provision)
        for each in told.lines
        if each.finding is Finding.FAILED
    ]
