"""Payments that arrived and are held until two people have decided."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge.proposing import HELD, of_held, received
from qantara.errors import REASONS
from qantara.remittance import flow
from qantara.web.console.deciding import keep, names_of, pending, why_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50


async def show(visit: Visit) -> Response:
    """What waits for staff, the longest first."""
    async with visit.door.database.read() as tx:
        found = await flow.held(tx, None, PAGE + 1)
        proposals = await pending(tx, visit, HELD.values(), "uetr")
    payments = [payment for _, payment in found[:PAGE]]
    more = len(found) > PAGE
    return visit.shown("held.html", payments=payments, more=more, proposals=proposals)


async def ask(visit: Visit) -> Response:
    wanted = visit.request.path_params["id"]
    async with visit.door.database.read() as tx:
        payment = await received(tx, visit.caller, wanted)
        proposals = await pending(tx, visit, HELD.values(), "uetr")
        proposal = proposals.get(payment.uetr)
        names = await names_of(tx, [proposal.proposed_by] if proposal else [])
    reasons = sorted((visit.words.reason(reason), reason.value) for reason in REASONS)
    return visit.shown(
        "held_one.html", payment=payment, proposal=proposal, reasons=reasons, names=names
    )


async def propose(visit: Visit) -> Response:
    wanted, verdict = visit.request.path_params["id"], visit.form.get("verdict", "")
    async with visit.door.database.read() as tx:
        wish = await of_held(tx, visit.caller, wanted, verdict, why_of(visit.form))
    return await keep(visit, wish)


_STAFF = frozenset({Scope.ACCOUNTS_FREEZE})
PAGES = (
    Page("held", "/held", show, _STAFF, section="work"),
    Page("held", "/held/{id}", ask, _STAFF, act=propose),
)
