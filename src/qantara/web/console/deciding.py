"""What several pages do: propose an act on what waits, and show who proposed what."""

from collections.abc import Iterable, Mapping

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import Action, Proposal
from qantara.db import Tx
from qantara.edge.four_eyes import Propose, propose
from qantara.edge.proposing import Why, Wish
from qantara.errors import NotFound
from qantara.ids import PrincipalId
from qantara.web import forms
from qantara.web.visits import Visit, gone_on

_PENDING = 1_000
_REASON, _CITATION = 2_000, 500


async def pending(
    tx: Tx, visit: Visit, actions: Iterable[Action], key: str
) -> Mapping[str, Proposal]:
    """What waits for a second person, by what it is about; the oldest of several."""
    found = await access.pending(tx, visit.caller.now, _PENDING, actions)
    return {each.payload[key]: each for each in reversed(found)}


async def names_of(tx: Tx, people: Iterable[str | None]) -> dict[str, str]:
    """What people are called, by the ids that trails and proposals keep."""
    wanted = [PrincipalId(each) for each in dict.fromkeys(people) if each]
    known = await access.principals(tx, wanted) if wanted else []
    return {each.id: each.name for each in known if not isinstance(each, NotFound)}


def why_of(form: Mapping[str, str]) -> Why:
    """Why it should be done, as the form says."""
    return Why(
        forms.said(form, "legal_reason", _REASON),
        forms.said(form, "citation", _CITATION),
        form.get("reason") or None,
    )


async def keep(visit: Visit, wish: Wish) -> Response:
    """Keep the proposal, and go to its page."""
    call = visit.caller
    command = Propose(call.new_id("prp"), call.principal, wish.action, wish.payload)
    made: Proposal = await visit.door.batcher.run(propose, command)
    return gone_on(visit.site, f"/console/proposals/{made.id}")
