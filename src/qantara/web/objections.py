"""Why something was not done, where it is written, and what would make it go."""

from collections.abc import Sequence
from typing import NamedTuple

from qantara.errors import QantaraError, Refused
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
    "code": "counter.code",
    "first_on": "plan.first_on",
    "goal": "pot.goal",
    "identity": "counter.identity",
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
    "reference": "counter.reference",
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
