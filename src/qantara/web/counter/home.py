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
        agent = await counter.serving(tx, visit.caller.serving)
        till = (await agents.tills_of(tx, visit.door.node, [agent]))[0]
        receipts = await agents.receipts_of_agent(tx, agent.id, None, _SHOWN)
    return visit.shown(
        "home.html", till=till, receipts=receipts, is_active=agent.state is AgentState.ACTIVE
    )


PAGES = (Page("home", "", show, SERVES, section="work"),)
