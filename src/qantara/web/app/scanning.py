"""Scan a payment code: a picture or its text, what it says in words, and on to paying it."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge import codes
from qantara.edge.asking import answered
from qantara.edge.codes import Scanned
from qantara.errors import Malformed, Reason, Refused
from qantara.later import Later
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.rails.qr.model import Code
from qantara.rails.qr.tlv import LONGEST
from qantara.reasons import REASONS
from qantara.web.app import typed
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, by_itself, gone_on

if TYPE_CHECKING:
    from qantara.rails.qr import picture
else:
    picture = Later("qantara.rails.qr.picture")

CAMERA = "camera=(self), geolocation=(), microphone=(), payment=()"
_NOTHING_YET = 204
"""To a page that looks by itself: no code in this picture."""


class Read(NamedTuple):
    """A code as it is shown: `payee` where it can be paid from here, else `why` not."""

    text: str
    code: Code | None
    payee: Scanned | None
    why: Objection | None


async def show(visit: Visit) -> Response:
    return visit.shown("scan.html", form={}, why=None)


async def act(visit: Visit) -> Response:
    """Read what was sent; whoever says yes to it goes on to the payee check."""
    try:
        found = _read(visit, await _text(visit))
    except Malformed as error:
        if by_itself(visit.request) and error.reason is Reason.QR_NOT_FOUND:
            return Response(status_code=_NOTHING_YET)
        why = objection(visit, error)
        return visit.shown("scan.html", REASONS[error.reason].http, form=visit.form, why=why)
    if visit.form.get("act") == "pay" and found.payee is not None:
        return await _pay(visit, found, found.payee)
    return visit.shown("scanned.html", found=found)


async def _text(visit: Visit) -> str:
    """The text of the code: of the picture, if one was sent, or as it was typed."""
    raw = visit.form.file("picture")
    if raw:
        return (await asyncio.to_thread(_texts, raw))[0]
    text = typed.words(visit.form, "code", LONGEST)
    if text is None:
        raise Malformed(Reason.FIELD_MISSING, param="code")
    return text


def _texts(raw: bytes) -> list[str]:
    """Beside the event loop what looks at pictures is loaded, too."""
    return picture.texts(raw)


def _read(visit: Visit, text: str) -> Read:
    code, found = codes.read(visit.caller, text)
    plain = code if isinstance(code, Code) else None
    if isinstance(found, Refused):
        return Read(text, plain, None, objection(visit, found))
    return Read(text, plain, found, None)


async def _pay(visit: Visit, found: Read, payee: Scanned) -> Response:
    """Ask whose account the code leads to; amount and text go on to the price."""
    call = visit.caller
    question = CheckPayee(
        call.new_id("chk"),
        call.acting_for,
        payee.country,
        payee.address_type,
        payee.address,
        payee.agent_bic,
        None,
    )
    check = await answered(visit.request, call, payees.check_payee, question)
    if isinstance(check, Refused):
        return visit.shown("scanned.html", found=found._replace(why=objection(visit, check)))
    query = _carried(visit, payee)
    place = f"{visit.site.path}/send/{check.id}"
    return gone_on(visit.site, f"{place}?{urlencode(query)}" if query else place)


def _carried(visit: Visit, payee: Scanned) -> Mapping[str, str]:
    inside = payee.country == visit.door.node.country
    told = {} if payee.text is None else {"note": payee.text}
    if payee.amount is not None:
        told["pay" if inside else "receive"] = str(payee.amount)
    return told


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (Page("scan", "/scan", show, _WRITE, act=act, permissions=CAMERA),)
