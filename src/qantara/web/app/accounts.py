"""Accounts: what is in them, how much may go where, and the switch that stops sending."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import Malformed, NotFound, Reason
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.wallet import flow as wallet
from qantara.wallet.model import Overview, Switch
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on


async def show_all(visit: Visit) -> Response:
    found = await _overview(visit)
    return visit.shown("accounts.html", accounts=found.accounts)


async def show(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["account"])
    found = await _overview(visit)
    chosen = next((each for each in found.accounts if each.account.id == wanted), None)
    if chosen is None:
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=wanted)
    return visit.shown("account.html", chosen=chosen, ways=found.ways)


async def switch(visit: Visit) -> Response:
    """Stop all sending from the account, or let it send again; said twice it changes nothing."""
    wanted, word = str(visit.request.path_params["account"]), visit.form.get("act", "")
    if word not in {"stop", "resume"}:
        raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    call = visit.caller
    wish = Switch(AccountId(wanted), call.acting_for, call.principal.id, word == "stop")
    await visit.door.batcher.run(wallet.switch, wish)
    return gone_on(visit.site, f"{visit.site.path}/accounts/{wanted}")


async def receive(visit: Visit) -> Response:
    """What to tell somebody who wants to pay."""
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        mine = (await parties.accounts_of(tx, [owner]))[0]
        customer = (await parties.customers(tx, [owner]))[0]
    if isinstance(customer, NotFound):
        raise customer
    return visit.shown("receive.html", accounts=mine, customer=customer)


async def _overview(visit: Visit) -> Overview:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        found = (await wallet.overviews(tx, visit.door.node, [owner], visit.caller.now))[0]
    if isinstance(found, NotFound):
        raise found
    return found


_READ = frozenset({Scope.ACCOUNTS_READ})
PAGES = (
    Page("more", "/accounts", show_all, _READ),
    Page("more", "/accounts/{account}", show, _READ, act=switch),
    Page("home", "/receive", receive, _READ),
)
