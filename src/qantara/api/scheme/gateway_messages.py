"""ISO 20022 over REST: a message comes in, 202; its answer is posted to the sender's address.

Only an address that is registered for the sending system is ever posted to.
"""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from qantara.api.answers import json
from qantara.api.scheme.gateway_routes import posts as router
from qantara.api.scheme.gateway_routes import role_of
from qantara.db.batcher import Verb
from qantara.db.mail import Incoming, Received
from qantara.edge.calls import Call, CurrentCall
from qantara.edge.problems import problem
from qantara.errors import Reason, Refused
from qantara.rails import flow as rails
from qantara.rails.model import (
    CreditTransfer,
    InvalidMessage,
    Message,
    Profile,
    ResolutionRequest,
)
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.flow import Posted, Unreadable
from qantara.scheme.gateway.model import GatewayNode

posts = router()
_XML: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/xml": {"schema": {"type": "string"}}},
    }
}
Endpoint = Annotated[str, Query(max_length=2000)]


@posts.post("/iso20022/pacs008", status_code=202, openapi_extra=_XML)
async def pacs008(
    request: Request,
    call: CurrentCall,
    pacs002Endpoint: Endpoint,  # noqa: N803 - the scheme's own name
) -> Response:
    """A payment of a source system; its pacs.002 is posted to `pacs002Endpoint`.

    What cannot be read is answered there too (FF01), as long as its ids can be.
    """
    refused = _unregistered(call, pacs002Endpoint)
    if refused is not None:
        return problem(request, refused)
    raw = await request.body()
    name = rails.name_of(CreditTransfer, Profile.NEXUS)
    try:
        record = rails.read(raw, Profile.NEXUS, name)
    except InvalidMessage as error:
        incoming = Incoming(role_of(call), "", name.value, None, raw)
        broken = Unreadable(incoming, error, pacs002Endpoint)
        await call.door.batcher.run(flow.reject_unreadable, broken)
        return json({}, 202)
    return await _take(call, flow.forward_posted, _received(call, record, raw), pacs002Endpoint)


@posts.post("/iso20022/acmt023", status_code=202, openapi_extra=_XML)
async def acmt023(
    request: Request,
    call: CurrentCall,
    acmt024Endpoint: Endpoint,  # noqa: N803 - the scheme's own name
) -> Response:
    """A question whose account an address is; its acmt.024 is posted to `acmt024Endpoint`."""
    refused = _unregistered(call, acmt024Endpoint)
    if refused is not None:
        return problem(request, refused)
    raw = await request.body()
    name = rails.name_of(ResolutionRequest, Profile.NEXUS)
    record = rails.read(raw, Profile.NEXUS, name)
    return await _take(call, flow.relay_posted, _received(call, record, raw), acmt024Endpoint)


def _unregistered(call: Call, endpoint: str) -> Refused | None:
    """Why nothing may be posted there: who asks is no system, or it is not that one's address."""
    node: GatewayNode = call.door.node
    country = node.country_of(role_of(call))
    if country is None:
        return Refused(Reason.MESSAGE_WRONG_PARTY, facts={"sender": role_of(call)})
    if endpoint not in country.endpoints:
        return Refused(Reason.ENDPOINT_FOREIGN, facts={"param": endpoint[:80]})
    return None


def _received(call: Call, record: Message, raw: bytes) -> Received[Any]:
    name = rails.name_of(record, Profile.NEXUS).value
    uetr: str | None = getattr(record, "uetr", None)
    return Received(Incoming(role_of(call), record.message_id, name, uetr, raw), record)


async def _take(call: Call, verb: Verb, received: Received[Any], endpoint: str) -> Response:
    await call.door.batcher.run(verb, Posted(received, endpoint))
    return json({"messageId": received.message.key}, 202)
