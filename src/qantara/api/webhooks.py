"""Webhook endpoints: where callers want to be told what became of what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from qantara import webhook
from qantara.access.model import Scope
from qantara.access.webhooks import flow
from qantara.access.webhooks.model import (
    Change,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointEvent,
    EndpointState,
    NewDelivery,
    NewEndpoint,
    Rotate,
)
from qantara.api.answers import PROBLEMS, created, documented, encoded, json
from qantara.api.shapes import Moment, Request
from qantara.clock import to_text
from qantara.edge.calls import Call, CurrentCall, ShownOnce, keyed, needs
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.edge.subjects import PING, event_types
from qantara.errors import Malformed, Reason

PATH = "/v1/webhook-endpoints"
PAGE = 100
TYPES_MOST = 50
_NEEDED = [Depends(needs(Scope.WEBHOOKS_MANAGE)), Depends(needs(Scope.REMITTANCES_READ))]
acts = APIRouter(
    prefix=PATH, tags=["webhooks"], route_class=ActRoute, dependencies=[Depends(keyed), *_NEEDED]
)
reads = APIRouter(prefix=PATH, tags=["webhooks"], route_class=ReadRoute, dependencies=_NEEDED)
sets = APIRouter(prefix=PATH, tags=["webhooks"], route_class=SetRoute, dependencies=_NEEDED)

Url = Annotated[
    str,
    Field(
        max_length=1024,
        examples=["https://app.example/qantara"],
        json_schema_extra={"pattern": r"^https?://[0-9A-Za-z.-]+(:[1-9][0-9]{0,3})?(/[!-~]*)?$"},
    ),
]
Types = Annotated[
    list[Annotated[str, Field(json_schema_extra={"enum": sorted(event_types())})]],
    Field(min_length=1, max_length=TYPES_MOST, examples=[["remittance.*"]]),
]
Description = Annotated[str, Field(max_length=200)]


class NewWebhookEndpoint(Request):
    """`event_types` are names (`remittance.completed`), all of one noun (`remittance.*`) or all
    (`*`). The address must be `https` and lead to the open internet.
    """

    url: Url
    event_types: Types
    description: Description = ""


class WebhookEndpointChange(Request):
    """What shall be different. Enabled again, an endpoint hears what happens from then on."""

    url: Url | None = None
    event_types: Types | None = None
    description: Description | None = None
    enabled: bool | None = None


class NewSecret(Request):
    """For how long the old secret signs beside the new one; the role's own time if left out."""

    overlap_seconds: int | None = Field(None, ge=0, le=7 * 86_400)


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """`state` is `failed` where we gave up: it did not answer for days, or said it is gone.

    `secret` is told in the first answer and never again: rotate to have another.
    """

    id: str
    url: str
    event_types: list[str]
    description: str
    state: EndpointState
    failures: int
    failing_since: Moment | None
    previous_secret_until: Moment | None
    created_at: Moment
    changed_at: Moment
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event for one endpoint. `webhook_id` is the same at every attempt and redelivery.

    `status` is what the endpoint answered last and `answer` how that began; `error` says why
    there was no answer.
    """

    id: str
    webhook_id: str
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    status: int | None
    error: str | None
    answer: str | None
    next_attempt_at: Moment | None
    tried_at: Moment | None
    recorded_at: Moment
    finished_at: Moment | None


@dataclass(frozen=True, slots=True)
class WebhookEndpointPage:
    data: list[WebhookEndpoint]
    has_more: bool


@dataclass(frozen=True, slots=True)
class WebhookDeliveryPage:
    data: list[WebhookDelivery]
    has_more: bool


@acts.post("", status_code=201, responses=documented(WebhookEndpoint, status=201))
async def add_webhook_endpoint(
    call: CurrentCall, said: Annotated[NewWebhookEndpoint, Body()]
) -> Response:
    """Be told from now on. A customer's app hears of its customer's own, staff of everybody's."""
    outward = call.door.webhooks
    types = _types(said.event_types)
    await outward.place(said.url)
    command = NewEndpoint(
        id=call.new_id("whe"),
        principal_id=call.principal.id,
        customer_id=call.customer_id,
        url=said.url,
        event_types=types,
        description=said.description,
        secret=webhook.new_secret(),
        most=outward.terms.endpoints_most,
    )
    made: Endpoint = await call.door.batcher.run(flow.add, command)
    return _with_secret(made, 201, {"Location": f"{PATH}/{made.id}"})


def _types(wanted: Sequence[str]) -> tuple[str, ...]:
    there_are = event_types()
    for each in wanted:
        if each not in there_are:
            raise Malformed(Reason.FIELD_INVALID, param="event_types", value=each)
    return tuple(dict.fromkeys(wanted))


def _with_secret(made: Endpoint, status: int, headers: dict[str, str]) -> Response:
    shown = _shape(made)
    once = replace(shown, secret=made.secret)
    return ShownOnce(encoded(once), encoded(shown), status, headers)


@reads.get("", responses=documented(WebhookEndpointPage))
async def webhook_endpoints(
    call: CurrentCall,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """The caller's own endpoints, the newest first."""
    async with call.door.database.read() as tx:
        if starting_after is not None:
            await flow.endpoint(tx, call.principal.id, starting_after)
        found = await flow.listed(tx, call.principal.id, starting_after, limit + 1)
    shown = [_shape(each) for each in found[:limit]]
    return json(WebhookEndpointPage(shown, has_more=len(found) > limit))


@reads.get("/{endpoint_id}", responses=documented(WebhookEndpoint))
async def one_webhook_endpoint(call: CurrentCall, endpoint_id: str) -> Response:
    """An endpoint as it stands."""
    return json(_shape(await _own(call, endpoint_id)))


async def _own(call: Call, endpoint_id: str) -> Endpoint:
    async with call.door.database.look() as tx:
        return await flow.endpoint(tx, call.principal.id, endpoint_id)


@sets.patch("/{endpoint_id}", responses=documented(WebhookEndpoint))
async def change_webhook_endpoint(
    call: CurrentCall, endpoint_id: str, said: Annotated[WebhookEndpointChange, Body()]
) -> Response:
    """Change an endpoint. Disabling cancels what waits for it."""
    types = None if said.event_types is None else _types(said.event_types)
    if said.url is not None:
        await call.door.webhooks.place(said.url)
    event = None
    if said.enabled is not None:
        event = EndpointEvent.ENABLE if said.enabled else EndpointEvent.DISABLE
    command = Change(endpoint_id, call.principal.id, said.url, types, said.description, event)
    changed: Endpoint = await call.door.batcher.run(flow.change, command)
    return json(_shape(changed))


@sets.delete(
    "/{endpoint_id}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "It is told nothing more."}, **PROBLEMS},
)
async def delete_webhook_endpoint(call: CurrentCall, endpoint_id: str) -> Response:
    """End an endpoint for ever; what waits for it is cancelled."""
    command = Change(endpoint_id, call.principal.id, event=EndpointEvent.DELETE)
    await call.door.batcher.run(flow.change, command)
    return Response(status_code=204)


@acts.post("/{endpoint_id}/rotate", responses=documented(WebhookEndpoint))
async def rotate_webhook_secret(
    call: CurrentCall, endpoint_id: str, said: Annotated[NewSecret, Body()]
) -> Response:
    """Have a new secret. The old one signs beside it for a while, so that no message is lost."""
    overlap_seconds = said.overlap_seconds
    if overlap_seconds is None:
        overlap_seconds = call.door.webhooks.terms.overlap_seconds
    command = Rotate(endpoint_id, call.principal.id, webhook.new_secret(), overlap_seconds)
    rotated: Endpoint = await call.door.batcher.run(flow.rotate, command)
    return _with_secret(rotated, 200, {})


@acts.post(
    "/{endpoint_id}/test", status_code=202, responses=documented(WebhookDelivery, status=202)
)
async def send_test_webhook(call: CurrentCall, endpoint_id: str) -> Response:
    """Send an event that means nothing, `endpoint.tested`, to see whether it is heard."""
    found = await _enabled(call, endpoint_id)
    data = {"id": found.id, "state": "tested"}
    raw = webhook.message(PING, to_text(call.now), data)
    made = NewDelivery(
        call.new_id("whd"), found.id, call.new_id("evt"), PING, call.new_id("tst"), raw
    )
    return await _queued(call, made)


@reads.get("/{endpoint_id}/deliveries", responses=documented(WebhookDeliveryPage))
async def webhook_deliveries(
    call: CurrentCall,
    endpoint_id: str,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """What an endpoint was told or will be, the newest first."""
    async with call.door.database.read() as tx:
        found = await flow.endpoint(tx, call.principal.id, endpoint_id)
        if starting_after is not None:
            await flow.one_delivery(tx, found.id, starting_after)
        told = await flow.deliveries(tx, found.id, starting_after, limit + 1)
    shown = [_delivery(each) for each in told[:limit]]
    return json(WebhookDeliveryPage(shown, has_more=len(told) > limit))


@acts.post(
    "/{endpoint_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=documented(WebhookDelivery, status=202),
)
async def redeliver_webhook(call: CurrentCall, endpoint_id: str, delivery_id: str) -> Response:
    """Deliver an event once more, as a delivery of its own under the same `webhook_id`; one that
    still waits is tried at once.
    """
    found = await _enabled(call, endpoint_id)
    async with call.door.database.look() as tx:
        old = await flow.one_delivery(tx, found.id, delivery_id)
    if old.state is DeliveryState.PENDING:
        hastened: Delivery = await call.door.batcher.run(flow.hasten, old)
        return created(_delivery(hastened), f"{PATH}/{found.id}/deliveries", 202)
    made = NewDelivery(
        call.new_id("whd"), found.id, old.webhook_id, old.type, old.subject, old.body
    )
    return await _queued(call, made)


async def _enabled(call: Call, endpoint_id: str) -> Endpoint:
    found = await _own(call, endpoint_id)
    if found.state is not EndpointState.ENABLED:
        raise Malformed(Reason.STATE_CONFLICT, endpoint=found.id, state=found.state.value)
    return found


async def _queued(call: Call, made: NewDelivery) -> Response:
    queued: Delivery = await call.door.batcher.run(flow.deliver, made)
    return created(_delivery(queued), f"{PATH}/{made.endpoint_id}/deliveries", 202)


def _shape(endpoint: Endpoint) -> WebhookEndpoint:
    until, since = endpoint.previous_until, endpoint.failing_since
    return WebhookEndpoint(
        id=endpoint.id,
        url=endpoint.url,
        event_types=list(endpoint.event_types),
        description=endpoint.description,
        state=endpoint.state,
        failures=endpoint.failures,
        failing_since=to_text(since) if since else None,
        previous_secret_until=to_text(until) if until else None,
        created_at=to_text(endpoint.created_at),
        changed_at=to_text(endpoint.changed_at),
    )


def _delivery(delivery: Delivery) -> WebhookDelivery:
    waits = delivery.state is DeliveryState.PENDING
    tried, finished = delivery.tried_at, delivery.finished_at
    return WebhookDelivery(
        id=delivery.id,
        webhook_id=delivery.webhook_id,
        type=delivery.type,
        subject=delivery.subject,
        state=delivery.state,
        attempts=delivery.attempts,
        status=delivery.status,
        error=delivery.error,
        answer=delivery.answer,
        next_attempt_at=to_text(delivery.due_at) if waits else None,
        tried_at=to_text(tried) if tried else None,
        recorded_at=to_text(delivery.recorded_at),
        finished_at=to_text(finished) if finished else None,
    )
