"""What is refused in the app: wrong PINs, and the rules behind a refusal."""

from collections.abc import Sequence

from qantara.db import Tx
from qantara.errors import Conflict, QantaraError, Reason, Refused
from qantara.policy import flow as policy
from qantara.policy.model import Finding
from qantara.web.objections import Ground, Objection, objection
from qantara.web.visits import Visit


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
