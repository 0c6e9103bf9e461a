"""Days as institutions of other jurisdictions told them, each with what verifies it."""

from datetime import date
from decimal import Decimal

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import NotFound, Reason
from qantara.money import Money, asset
from qantara.supervision import flow
from qantara.web.regulator.spans import LENGTHS, span_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

_DAYS = 7


async def show(visit: Visit) -> Response:
    span = span_of(visit, _DAYS)
    async with visit.door.database.read() as tx:
        found = await flow.documents(tx, span.first, span.last)
    return visit.shown("reported.html", found=found, span=span, lengths=LENGTHS)


async def one(visit: Visit) -> Response:
    """A day in all its revisions, the newest first, as they were signed."""
    issuer, text = (visit.request.path_params[name] for name in ("issuer", "day"))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound(Reason.AGGREGATE_NOT_FOUND, issuer=issuer, day=text) from None
    async with visit.door.database.read() as tx:
        found = await flow.revisions(tx, issuer, day)
    if not found:
        raise NotFound(Reason.AGGREGATE_NOT_FOUND, issuer=issuer, day=text)
    return visit.shown(
        "reported_one.html", found=found, newest=found[0], amount=_amount, decimal=Decimal
    )


def _amount(told: str, currency: str) -> Money:
    """An amount as documents spell it."""
    return Money.parse(told, asset(currency))


_SEES = frozenset({Scope.SUPERVISION_READ})
PAGES = (
    Page("reported", "/reported", show, _SEES, section="work"),
    Page("reported", "/reported/{issuer}/{day}", one, _SEES),
)
