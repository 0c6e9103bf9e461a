"""The float, filled out of the agent's own account and drawn back; its commission, collected."""

from fastapi.responses import Response

from qantara.agents import flow as agents
from qantara.agents.commands import Move, MoveFloat
from qantara.agents.model import Till
from qantara.edge import amounts, counter
from qantara.errors import Malformed, QantaraError, Reason, Refused
from qantara.web.counter.home import SERVES
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_MOVES = {each.value: each for each in Move}


async def show(visit: Visit, why: Objection | None = None) -> Response:
    async with visit.door.database.read() as tx:
        till = await counter.till(tx, visit.caller)
    return visit.shown(
        "till.html",
        200 if why is None else why.status,
        till=till,
        moves=[(each, visit.words(f"counter.move_{each}")) for each in _MOVES],
        currency=visit.door.node.asset.code,
        form=visit.said,
        why=why,
    )


async def act(visit: Visit) -> Response:
    form = visit.form
    try:
        move = _MOVES.get(form.get("move", ""))
        if move is None:
            raise Malformed(Reason.FIELD_INVALID, param="move", value=form.get("move", ""))
        if not form.get("amount"):
            raise Malformed(Reason.FIELD_MISSING, param="amount")
        amount = amounts.typed(form["amount"], visit.door.node.asset)
        wish = MoveFloat(visit.caller.new_id("flt"), visit.caller.serving, move, amount)
        outcome: Till | Refused = await visit.door.batcher.run(agents.move_float, wish)
    except QantaraError as error:
        return await show(visit, objection(visit, error))
    if isinstance(outcome, Refused):
        return await show(visit, objection(visit, outcome))
    return gone_on(visit.site, visit.site.path)


PAGES = (Page("till", "/till", show, SERVES, section="work", act=act),)
