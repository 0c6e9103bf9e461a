"""The first page: what there is, what is held and why, what is on its way, what happened last."""

from collections.abc import Sequence
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge.notices import unread
from qantara.errors import NotFound
from qantara.wallet import flow as wallet
from qantara.wallet.model import Overview, Standing
from qantara.web.app import crossing
from qantara.web.app.moves import movements
from qantara.web.sites import Page
from qantara.web.visits import Visit

_NEWEST = 5
_DEEDS = 4


class Deed(NamedTuple):
    """Something to do from here: its sign, and where."""

    name: str
    path: str


async def show(visit: Visit) -> Response:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        found = (await wallet.overviews(tx, visit.door.node, [owner], visit.caller.now))[0]
        if isinstance(found, NotFound):
            raise found
        chosen = chosen_of(found, visit.asked("account"))
        under_way = await crossing.on_the_way(tx, visit, owner)
        lines = await wallet.movements(tx, chosen.account, None, _NEWEST) if chosen else []
        news = await unread(tx, owner) if visit.holds(Scope.REMITTANCES_READ) else 0
    return visit.shown(
        "home.html",
        unread=news,
        chosen=chosen,
        accounts=found.accounts,
        under_way=under_way,
        lines=movements(visit, chosen.account.id, lines) if chosen else [],
        deeds=_deeds(visit),
    )


def chosen_of(found: Overview, wanted: str) -> Standing | None:
    """The account that was asked for, else the oldest; None for whoever has none."""
    mine: Sequence[Standing] = found.accounts
    return next((each for each in mine if each.account.id == wanted), mine[0] if mine else None)


def _deeds(visit: Visit) -> list[Deed]:
    """The first four of what this site can do."""
    places = {page.path for page in visit.site.kind.pages}
    known = ("send", "scan", "request", "receive", "payees", "pots", "schedules")
    return [Deed(each, f"{visit.site.path}/{each}") for each in known if f"/{each}" in places][
        :_DEEDS
    ]


PAGES = (Page("home", "", show, frozenset({Scope.ACCOUNTS_READ})),)
