"""What went over the counter: the newest first, and each on a page that can be printed."""

from fastapi.responses import Response

from qantara.agents import flow as agents
from qantara.edge import counter
from qantara.edge.cash import own_receipt
from qantara.web.counter.home import SERVES
from qantara.web.sites import Page
from qantara.web.visits import Visit

_SHOWN = 50


async def show_all(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        agent_id = visit.caller.serving
        found = await agents.receipts_of_agent(tx, agent_id, visit.place("before"), _SHOWN + 1)
    older = found[_SHOWN - 1].sequence if len(found) > _SHOWN else None
    return visit.shown("receipts.html", receipts=found[:_SHOWN], older=older)


async def show(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["receipt"])
    async with visit.door.database.read() as tx:
        found = await own_receipt(tx, visit.caller, wanted)
        agent = await counter.agent(tx, found.agent_id)
    is_example = found.kind.value in visit.door.node.cash_prices
    return visit.shown("receipt.html", receipt=found, agent=agent, is_example=is_example)


PAGES = (
    Page("receipts", "/receipts", show_all, SERVES, section="work"),
    Page("receipts", "/receipts/{receipt}", show, SERVES),
)
