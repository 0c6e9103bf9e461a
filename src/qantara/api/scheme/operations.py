"""Payments of a scheme role, as its operator sees them: a page, and one with all that happened."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import documented, json
from qantara.api.forms import MOMENT
from qantara.api.shapes import Moment
from qantara.clock import from_text, to_text
from qantara.db import Tx
from qantara.edge import flow as edge
from qantara.edge.calls import Call, CurrentCall, needs
from qantara.edge.model import Carried
from qantara.edge.routes import ReadRoute
from qantara.errors import Malformed, NotFound, Reason
from qantara.rails import flow as rails
from qantara.rails.model import DOMESTIC, MessageName, Profile
from qantara.scheme import office
from qantara.scheme.gateway.model import GatewayNode
from qantara.scheme.ips.model import IpsNode
from qantara.scheme.office import Happened, Seen, Wanted
from qantara.scheme.psp.model import PspNode
from qantara.scheme.sap.model import SapNode

reads = APIRouter(
    prefix="/v1/scheme/payments",
    tags=["scheme"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.SCHEME_READ))],
)
PAGE = 100
_KINDS: dict[type, str] = {GatewayNode: "gateway", IpsNode: "ips", SapNode: "sap", PspNode: "psp"}
_NAMES = {name.value for name in MessageName}


@dataclass(frozen=True, slots=True)
class SchemeEvent:
    event: str
    state: str
    reason: str | None
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class SchemeLetter:
    """A message about the payment; `valid` is judged anew, None for what is not ISO 20022."""

    name: str
    direction: Literal["in", "out"]
    peer: str
    recorded_at: Moment
    valid: bool | None


@dataclass(frozen=True, slots=True)
class SchemePayment:
    """`payer` and `payee` as this role knows them: roles at a payment system, BICs at the
    gateway, accounts at a bank.
    """

    uetr: str
    message_id: str
    state: str
    reason: str | None
    text: str | None
    amount: shapes.Money
    payer: str | None
    payee: str | None
    recorded_at: Moment
    events: list[SchemeEvent] | None = None
    messages: list[SchemeLetter] | None = None


@dataclass(frozen=True, slots=True)
class SchemePaymentPage:
    data: list[SchemePayment]
    has_more: bool


def _kind(call: Call) -> str:
    return _KINDS[type(call.door.node)]


@reads.get("", responses=documented(SchemePaymentPage))
async def payments(
    call: CurrentCall,
    state: Annotated[str | None, Query(max_length=40)] = None,
    party: Annotated[str | None, Query(max_length=64, description="Payer or payee.")] = None,
    since: Annotated[
        str | None, Query(description="ISO 8601 with offset.", json_schema_extra=MOMENT)
    ] = None,
    starting_after: Annotated[str | None, Query(description="The last UETR already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Payments, the newest first."""
    async with call.door.database.read() as tx:
        before = None if starting_after is None else await _place(tx, call, starting_after)
        moment = None if since is None else from_text(since)
        wanted = Wanted(state, party, moment, before, limit + 1)
        found = await office.payments(tx, _kind(call), wanted)
    shown = [_shape(each) for each in found[:limit]]
    return json(SchemePaymentPage(shown, has_more=len(found) > limit))


async def _place(tx: Tx, call: Call, uetr: str) -> tuple[Any, str]:
    found, _ = await office.payment(tx, _kind(call), uetr)
    if not found:
        raise Malformed(Reason.CURSOR_MALFORMED, param="starting_after", value=uetr)
    return found[0].recorded_at, found[0].message_id


@reads.get("/{uetr}", responses=documented(SchemePayment))
async def one_payment(call: CurrentCall, uetr: str) -> Response:
    """A payment with its events and the messages this role exchanged for it."""
    async with call.door.database.read() as tx:
        found, events = await office.payment(tx, _kind(call), uetr)
        carried = await edge.carried(tx, uetr)
    if not found:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=uetr)
    # What came and what it made leave in one transaction have one time: first it came.
    carried.sort(key=lambda each: (each.recorded_at, not each.inward))
    letters = [_letter(call.door.node, each) for each in carried]
    return json(_shape(found[0], events, letters))


def _letter(node: Any, carried: Carried) -> SchemeLetter:
    name, _, inside = carried.name.partition("/")
    profile = Profile(inside) if inside in DOMESTIC else _profile(node, carried.peer)
    return SchemeLetter(
        name=carried.name,
        direction="in" if carried.inward else "out",
        peer=carried.peer,
        recorded_at=to_text(carried.recorded_at),
        valid=not rails.validate(carried.raw, profile) if name in _NAMES else None,
    )


def _profile(node: Any, peer: str) -> Profile:
    """The guideline between this role and a peer, of what crosses borders."""
    if isinstance(node, GatewayNode) or (isinstance(node, IpsNode) and peer == node.gateway):
        return Profile.NEXUS
    profile: Profile = node.profile
    return profile


def _shape(
    seen: Seen,
    events: list[Happened] | None = None,
    letters: list[SchemeLetter] | None = None,
) -> SchemePayment:
    told = [SchemeEvent(e.event, e.state, e.reason, to_text(e.recorded_at)) for e in events or []]
    return SchemePayment(
        uetr=seen.uetr,
        message_id=seen.message_id,
        state=seen.state,
        reason=seen.reason,
        text=seen.text,
        amount=shapes.money(seen.amount),
        payer=seen.payer,
        payee=seen.payee,
        recorded_at=to_text(seen.recorded_at),
        events=None if events is None else told,
        messages=letters,
    )
