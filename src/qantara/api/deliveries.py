"""Messages between roles of different processes: one POST, a list, answered after the commit."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api.answers import PROBLEMS
from qantara.api.messages import Intake
from qantara.edge import envelope
from qantara.edge.calls import CurrentCall, needs
from qantara.edge.limits import limits_of
from qantara.edge.peers import from_peer
from qantara.edge.routes import CappedRequest, ReadRoute
from qantara.errors import Reason, Unauthorised


class _Delivery(CappedRequest):
    cap_bytes = envelope.CAP_BYTES


class _DeliveryRoute(ReadRoute):
    """Messages carry their own keys, so a repeat needs no other."""

    request_type = _Delivery


posts = APIRouter(tags=["messages"], route_class=_DeliveryRoute)
_PACKED = {"content": {envelope.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


@posts.post(
    "/v1/messages",
    response_class=Response,
    responses={200: {"description": "An answer for each message.", **_PACKED}, **PROBLEMS},
    openapi_extra={"requestBody": {"required": True, **_PACKED}},
    dependencies=[Depends(needs(Scope.MESSAGES_DELIVER)), Depends(from_peer)],
)
async def deliver(request: Request, call: CurrentCall) -> Response:
    """Hand over up to 256 messages as a MessagePack list of `[key, name, uetr, raw]`.

    The answer, `[key, accepted, reason, detail]` for each in order, comes when everything
    accepted is durable.
    """
    sender = call.principal.subject
    if sender is None:
        raise Unauthorised(Reason.KEY_SCOPE, scope=Scope.MESSAGES_DELIVER.value)
    envelopes = envelope.decode_envelopes(await request.body())
    limits_of(request).messages(request, call.principal, len(envelopes))
    intake: Intake = request.app.state.intake
    acks = await intake.take(sender, envelopes)
    return Response(envelope.encode(acks), media_type=envelope.MEDIA_TYPE)
