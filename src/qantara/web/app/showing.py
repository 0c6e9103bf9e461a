"""Show the code by which one's account is paid: always the same, or made for one amount."""

from collections.abc import Sequence

from fastapi.responses import Response
from markupsafe import Markup

from qantara.access.model import Scope
from qantara.db import Tx
from qantara.edge import codes
from qantara.edge.own_payments import carriable
from qantara.errors import Malformed, Refused
from qantara.parties import flow as parties
from qantara.parties.model import Account
from qantara.rails.qr import flow as qr
from qantara.rails.qr.model import Code
from qantara.reasons import REASONS
from qantara.web.app import typed
from qantara.web.objections import objection
from qantara.web.sites import Page
from qantara.web.visits import Visit

_REFERENCE = 25
"""EMV QRCPS-MPM v1.1: so many characters of a reference."""


async def show(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        accounts = (await parties.accounts_of(tx, [visit.caller.acting_for]))[0]
        account = _chosen(visit, accounts)
        try:
            found = await _code(tx, visit, account)
        except Malformed as error:
            return _page(visit, accounts, account, None, error)
    if isinstance(found, Refused):
        return _page(visit, accounts, account, None, found)
    return _page(visit, accounts, account, found, None)


def _chosen(visit: Visit, accounts: Sequence[Account]) -> Account | None:
    wanted = visit.asked("account")
    first = accounts[0] if accounts else None
    return next((each for each in accounts if each.id == wanted), first)


async def _code(tx: Tx, visit: Visit, account: Account | None) -> Code | Refused | None:
    if account is None:
        return None
    asked = dict(visit.request.query_params)
    reference = typed.words(asked, "reference", _REFERENCE)
    carriable({}, reference)
    text = visit.asked("amount")
    amount = typed.amount(text, account.currency) if text else None
    return await codes.shown(tx, visit.caller, account.id, amount, reference)


def _page(
    visit: Visit,
    accounts: Sequence[Account],
    account: Account | None,
    code: Code | None,
    error: Malformed | Refused | None,
) -> Response:
    return visit.shown(
        "code.html",
        200 if error is None else REASONS[error.reason].http,
        accounts=accounts,
        account=account,
        code=code,
        picture=Markup(qr.svg(code)) if code is not None else "",  # noqa: S704 - drawn here, of black and white squares
        text=qr.encode(code) if code is not None else "",
        takes_reference=visit.door.node.country in _WITH_REFERENCE,
        why=None if error is None else objection(visit, error),
    )


_WITH_REFERENCE = frozenset({"MY", "FR"})
"""Codes of Raast have no room for one."""

PAGES = (Page("scan", "/code", show, frozenset({Scope.REMITTANCES_READ})),)
