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
    "address": "pay.address",
    "agent_bic": "pay.bank",
    "amount": "pot.amount",
    "born_on": "join.born_on",
    "first_on": "plan.first_on",
    "goal": "pot.goal",
    "identity_number": "cash.number",
    "identity_type": "cash.document",
    "kind": "dispute.kind",
    "label": "topup.label",
    "legal_name": "join.legal_name",
    "name": "pay.name",
    "nickname": "payee.nickname",
    "note": "pay.note",
    "number": "join.number",
    "payee_name": "pay.payee_name",
    "phone": "enter.phone",
    "pin": "enter.pin",
    "pin_again": "join.pin_again",
    "pin_old": "profile.pin_old",
    "purpose": "pay.purpose",
    "rails_name": "join.rails_name",
    "rails_street": "join.rails_street",
    "rails_town": "join.rails_town",
    "street": "join.street",
    "total": "split.total",
    "town": "join.town",
    "type": "join.type",
    "until": "request.until",
    "words": "dispute.words",
}
"""What the fields are called on the pages; one that has no label there is not named."""


def objection(
    visit: Visit, error: QantaraError | Refused, grounds: Sequence[Ground] = ()
) -> Objection:
    facts = {name: str(value) for name, value in error.facts.items() if name != "param"}
    label = _LABELS.get(str(error.facts.get("param", "")))
    if label is not None:
        facts["param"] = visit.words(label)
    return Objection(
        visit.words.reason(error.reason),
        visit.words.sentence(error.reason, facts),
        error.citation if isinstance(error, Refused) and not grounds else "",
        tuple(grounds),
        status=REASONS[error.reason].http,
    )


def about_pin(visit: Visit, error: QantaraError | Refused) -> Objection:
    """The same where a PIN is asked for or chosen by somebody who is past signing in."""
    told = objection(visit, error)
    if error.reason is Reason.SIGN_IN_FAILED:
        title, text = visit.words("confirm.wrong"), visit.words("confirm.wrong_why")
        return told._replace(title=title, text=text)
    if error.facts.get("param") == "pin_again":
        return told._replace(text=visit.words("join.pin_differs"))
    return told


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
