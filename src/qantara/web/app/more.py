"""You: language and looks, this browser, where the rest stands, help."""

from fastapi.responses import Response

from qantara.errors import NotFound
from qantara.parties import flow as parties
from qantara.web.sites import Page
from qantara.web.visits import Visit

_PLACES = (
    *("profile", "accounts", "payees", "schedules", "pots", "cash", "topup", "receive"),
    *("request", "split", "disputes", "notices", "ussd", "help"),
)


async def show(visit: Visit) -> Response:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        found = (await parties.customers(tx, [owner]))[0]
    if isinstance(found, NotFound):
        raise found
    known = {page.path for page in visit.site.kind.pages}
    places = [each for each in _PLACES if f"/{each}" in known]
    return visit.shown("more.html", customer=found, places=places)


async def show_help(visit: Visit) -> Response:
    return visit.shown("help.html", about=visit.asked("about"))


PAGES = (Page("more", "/more", show), Page("more", "/help", show_help))
