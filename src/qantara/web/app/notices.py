"""What happened to the customer, the newest first, and how far it was read."""

from fastapi.responses import Response

from qantara import texts
from qantara.access.model import Scope
from qantara.edge.notices import notices_of, unread
from qantara.errors import Malformed, Reason
from qantara.wallet import flow as wallet
from qantara.wallet.model import MarkRead
from qantara.web.app.pointing import pages_of
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN, _DIGITS = 30, 18


async def show(visit: Visit) -> Response:
    owner, before = visit.caller.acting_for, visit.place("before")
    async with visit.door.database.read() as tx:
        found = await notices_of(tx, owner, before, _SHOWN + 1)
        left = await unread(tx, owner)
        pages = await pages_of(tx, visit, {each.about for each in found})
    shown = found[:_SHOWN]
    lines = [
        (each, texts.phrase("notices", "text", each.type, visit.language), pages.get(each.about))
        for each in shown
    ]
    older = shown[-1].sequence if len(found) > _SHOWN else None
    return visit.shown("notices.html", lines=lines, unread=left, older=older)


async def read(visit: Visit) -> Response:
    """Mark everything up to the newest that was shown as read."""
    told = visit.form.get("up_to", "")
    if not (told.isascii() and told.isdigit() and len(told) <= _DIGITS):
        raise Malformed(Reason.FIELD_INVALID, param="up_to", value=told)
    wish = MarkRead(visit.caller.acting_for, int(told))
    await visit.door.batcher.run(wallet.mark_read, wish)
    return gone_on(visit.site, f"{visit.site.path}/notices")


PAGES = (Page("home", "/notices", show, frozenset({Scope.REMITTANCES_READ}), act=read),)
