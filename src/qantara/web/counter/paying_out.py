"""Cash paid out: the reference finds the order, its code and a document open it."""

from urllib.parse import quote

from fastapi.responses import Response

from qantara.agents.model import Order, OrderState
from qantara.edge import counter
from qantara.errors import Malformed, NotFound, QantaraError, Reason, Refused
from qantara.parties import flow as parties
from qantara.web.counter.home import SERVES
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

REFERENCE_DIGITS, CODE_DIGITS, IDENTITY_LONGEST = 12, 6, 30
_OPEN = frozenset({OrderState.WAITING, OrderState.LOCKED})


async def ask(visit: Visit) -> Response:
    return _find(visit)


def _find(visit: Visit, why: Objection | None = None) -> Response:
    return visit.shown(
        "find_order.html",
        200 if why is None else why.status,
        form=visit.form,
        why=why,
    )


async def find(visit: Visit) -> Response:
    """To the order of a reference; what is no reference, or nobody's, is told where it stands."""
    try:
        reference = _digits(visit, "reference", REFERENCE_DIGITS)
        async with visit.door.database.read() as tx:
            found = await counter.order_at(tx, visit.caller, reference)
    except (Malformed, NotFound) as error:
        return _find(visit, objection(visit, error))
    return gone_on(visit.site, f"{visit.site.path}/payout/{quote(found.reference)}")


def _digits(visit: Visit, name: str, count: int) -> str:
    """So many digits, however they were put apart."""
    text = "".join(visit.form.get(name, "").split())
    if not text:
        raise Malformed(Reason.FIELD_MISSING, param=name)
    if len(text) != count or not (text.isascii() and text.isdigit()):
        raise Malformed(Reason.FIELD_INVALID, param=name, value=visit.form[name])
    return text


async def show(visit: Visit) -> Response:
    return _order(visit, await _wanted(visit))


async def _wanted(visit: Visit) -> Order:
    async with visit.door.database.read() as tx:
        return await counter.order_at(tx, visit.caller, _reference(visit))


def _reference(visit: Visit) -> str:
    return str(visit.request.path_params["reference"])


def _order(visit: Visit, order: Order, why: Objection | None = None) -> Response:
    whom = order.recipient
    return visit.shown(
        "order.html",
        200 if why is None else why.status,
        order=order,
        recipient=None if whom is None else parties.mask(whom.name),
        is_open=order.state in _OPEN,
        form={name: said for name, said in visit.form.items() if name != "code"},
        identity_longest=IDENTITY_LONGEST,
        why=why,
    )


async def pay(visit: Visit) -> Response:
    """Pay it, once, to whoever tells the code and shows the document."""
    try:
        code = _digits(visit, "code", CODE_DIGITS)
        identity = visit.form.get("identity", "")
        if not identity:
            raise Malformed(Reason.FIELD_MISSING, param="identity")
        if len(identity) > IDENTITY_LONGEST:
            raise Malformed(Reason.FIELD_INVALID, param="identity", value=identity)
        outcome = await counter.pay_out(visit.caller, _reference(visit), code, identity)
    except QantaraError as error:
        return _order(visit, await _wanted(visit), objection(visit, error))
    if isinstance(outcome, Refused):
        return _order(visit, await _wanted(visit), objection(visit, outcome))
    return gone_on(visit.site, f"{visit.site.path}/receipts/{outcome.id}")


PAGES = (
    Page("payout", "/payout", ask, SERVES, section="work", act=find),
    Page("payout", "/payout/{reference}", show, SERVES, act=pay),
)
