"""One decision, made again from its facts and its rulebook."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import NotFound
from qantara.policy import flow as policy
from qantara.web.console.evidence import explained
from qantara.web.sites import Page
from qantara.web.visits import Visit


async def show(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["id"])
    async with visit.door.database.read() as tx:
        record = (await policy.decisions(tx, [wanted]))[0]
        if isinstance(record, NotFound):
            raise record
        found = await explained(tx, visit, record)
    facts = policy.facts_shown(record.facts)
    return visit.shown("decision.html", found=found, record=record, facts=facts)


PAGES = (Page("policies", "/decisions/{id}", show, frozenset({Scope.POLICY_READ})),)
