"""One field for any id: it leads to the page of the thing, or says that there is none."""

import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access import keys
from qantara.access.model import ACTIONS, Scope
from qantara.access.webhooks import flow as webhooks
from qantara.db import Tx
from qantara.disputes import flow as disputes
from qantara.domestic import flow as domestic
from qantara.errors import NotFound
from qantara.ids import AccountId, CustomerId, QuoteId
from qantara.ledger import flow as ledger
from qantara.ledger.chart_model import Booked
from qantara.parties import flow as parties
from qantara.policy import flow as policy
from qantara.remittance import flow as remittance
from qantara.remittance.model import remittance_id
from qantara.web.console import customers
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_LEDGER_CODE = re.compile(r"[a-z_]+(/[\w.-]+)+")
_UETR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CASE = re.compile(r"qd-[0-9]{4}-[0-9]{6}")
"""What people say of a dispute."""
_Found = Callable[[Tx, Visit, str], Awaitable[str | None]]


async def show(visit: Visit) -> Response:
    wanted = visit.asked("q")
    place = await _place(visit, wanted) if wanted else None
    if place is not None:
        return gone_on(visit.site, place)
    return visit.shown("search.html", 404 if wanted else 200, wanted=wanted)


async def _place(visit: Visit, wanted: str) -> str | None:
    text = wanted.lower()
    if _LEDGER_CODE.fullmatch(wanted) and visit.holds(Scope.ACCOUNTS_READ):
        async with visit.door.database.look() as tx:
            found = (await ledger.accounts(tx, [wanted]))[0]
        if not isinstance(found, NotFound):
            return f"/console/ledger/account?{urlencode({'code': wanted})}"
    named = next((name for name, form in _FORMS.items() if form.fullmatch(text)), None)
    prefix = named or text.partition("_")[0]
    known = _KINDS.get(prefix)
    async with visit.door.database.read() as tx:
        if known is not None and visit.holds(known[0]):
            return await known[1](tx, visit, text)
        if known is None and visit.holds(Scope.PARTIES_READ):
            return await _people(tx, wanted)
    return None


async def _people(tx: Tx, wanted: str) -> str | None:
    """Customers of that name, number or alias."""
    found = await customers.exact(tx, wanted) or await parties.customers_named(tx, wanted, None, 1)
    return f"/console/customers?{urlencode({'q': wanted})}" if found else None


async def _customer(tx: Tx, _visit: Visit, text: str) -> str | None:
    found = (await parties.customers(tx, [CustomerId(text)]))[0]
    return None if isinstance(found, NotFound) else f"/console/customers/{found.id}"


async def _account(tx: Tx, _visit: Visit, text: str) -> str | None:
    found = (await parties.accounts(tx, [AccountId(text)]))[0]
    return None if isinstance(found, NotFound) else f"/console/customers/{found.customer.id}"


async def _key(tx: Tx, visit: Visit, text: str) -> str | None:
    found = await keys.seen(tx, visit.caller.principal, text)
    return None if isinstance(found, NotFound) else f"/console/keys/{found.id}"


async def _endpoint(tx: Tx, _visit: Visit, text: str) -> str | None:
    return f"/console/webhooks/{text}" if text in await webhooks.endpoints(tx, [text]) else None


async def _remittance(tx: Tx, _visit: Visit, text: str) -> str | None:
    """By its own id, or by that of the quote it came from."""
    wanted = remittance_id(QuoteId(text)) if text.startswith("quo_") else text
    found = (await remittance.remittances(tx, [wanted]))[0]
    return None if isinstance(found, NotFound) else f"/console/payments/{found.id}"


async def _uetr(tx: Tx, visit: Visit, text: str) -> str | None:
    """Ours to send, ours inside the country, or one that arrived; or a transfer in the book."""
    sent = (await remittance.sent_payments(tx, [text]))[0]
    if not isinstance(sent, NotFound):
        return f"/console/payments/{sent.id}"
    inside = (await domestic.transfers_by_uetr(tx, [text]))[0]
    if not isinstance(inside, NotFound):
        return f"/console/transfers/{inside.id}"
    received = (await remittance.received_payments(tx, [text]))[0]
    if not isinstance(received, NotFound):
        return f"/console/received/{received.uetr}"
    booked = (await ledger.booked(tx, [text]))[0] if visit.holds(Scope.ACCOUNTS_READ) else None
    return f"/console/ledger/transfers/{booked.id}" if isinstance(booked, Booked) else None


async def _transfer(tx: Tx, _visit: Visit, text: str) -> str | None:
    found = (await domestic.transfers(tx, [text]))[0]
    return None if isinstance(found, NotFound) else f"/console/transfers/{found.id}"


async def _decision(tx: Tx, _visit: Visit, text: str) -> str | None:
    found = (await policy.decisions(tx, [text]))[0]
    return None if isinstance(found, NotFound) else f"/console/decisions/{found.id}"


async def _dispute(tx: Tx, _visit: Visit, text: str) -> str | None:
    """By its id, or by the number that its customer was given."""
    by_id = text.startswith("dis_")
    ask = disputes.disputes if by_id else disputes.disputes_numbered
    found = (await ask(tx, [text if by_id else text.upper()]))[0]
    return None if isinstance(found, NotFound) else f"/console/disputes/{found.id}"


async def _proposal(tx: Tx, visit: Visit, text: str) -> str | None:
    found = await access.proposal(tx, text)
    if isinstance(found, NotFound) or not visit.holds(ACTIONS[found.action].scope):
        return None
    return f"/console/proposals/{found.id}"


_FORMS = {"uetr": _UETR, "dis": _CASE}
_KINDS: Mapping[str, tuple[Scope, _Found]] = {
    "rem": (Scope.REMITTANCES_READ, _remittance),
    "quo": (Scope.REMITTANCES_READ, _remittance),
    "uetr": (Scope.REMITTANCES_READ, _uetr),
    "trf": (Scope.REMITTANCES_READ, _transfer),
    "cus": (Scope.PARTIES_READ, _customer),
    "acc": (Scope.PARTIES_READ, _account),
    "key": (Scope.KEYS_MANAGE, _key),
    "whe": (Scope.WEBHOOKS_MANAGE, _endpoint),
    "dis": (Scope.REMITTANCES_READ, _dispute),
    "dec": (Scope.POLICY_READ, _decision),
    "prp": (Scope.ACCOUNTS_READ, _proposal),
}
PAGES = (Page("search", "/search", show),)
