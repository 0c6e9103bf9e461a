"""What an agent has here, and the last it did."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.agents import flow as agents
from qantara.agents.model import AgentState
from qantara.edge import counter
from qantara.web.sites import Page
from qantara.web.visits import Visit

SERVES = frozenset({Scope.CASH_SERVE})
_SHOWN = 10


async def show(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        till = await counter.till(tx, visit.caller)
        receipts = await agents.receipts_of_agent(tx, till.agent.id, None, _SHOWN)
    return visit.shown(
        "home.html", till=till, receipts=receipts, is_active=till.agent.state is AgentState.ACTIVE
    )


PAGES = (Page("home", "", show, SERVES, section="work"),)
