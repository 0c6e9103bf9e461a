"""Applications that wait for a person, and a customer's way to the next tier."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Role, Scope
from qantara.api import onboarding_shapes as shapes
from qantara.api.answers import documented, encoded, json
from qantara.clock import to_text
from qantara.edge.calls import CurrentCall, ShownOnce, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Reason, Refused, Unauthorised
from qantara.onboarding import flow
from qantara.onboarding.model import Application, Raise, Review, Verdict

PATH = "/v1/applications"
PAGE = 100
_SECRET_BYTES = 32
acts = APIRouter(tags=["onboarding"], route_class=ActRoute, dependencies=[Depends(keyed)])
reads = APIRouter(tags=["onboarding"], route_class=ReadRoute)


@acts.post(
    "/v1/onboarding/raises",
    status_code=201,
    responses=documented(shapes.ProvedShown, status=201),
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)
async def raise_tier(request: Request, call: CurrentCall) -> Response:
    """Begin the caller's way to the next tier, with all that was told before."""
    if Role.CUSTOMER not in call.principal.roles:
        raise Unauthorised(Reason.KEY_SCOPE, scope="a customer")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    digest = flow.secret_digest(secret)
    command = Raise(call.principal, call.new_id("app"), call.door.onboarding, digest)
    found: Application | Refused = await call.door.batcher.run(flow.raise_tiers, command)
    if isinstance(found, Refused):
        return problem(request, found)
    ways = flow.progress(call.door.node, call.door.onboarding, found, call.now.date())
    shown = shapes.application_shown(found, ways)
    body, kept = shapes.ProvedShown(shown, secret), shapes.ProvedShown(shown, "")
    location = f"/v1/onboarding/applications/{found.id}"
    return ShownOnce(encoded(body), encoded(kept), 201, {"Location": location})


@reads.get(
    PATH,
    responses=documented(shapes.WaitingPage),
    dependencies=[Depends(needs(Scope.PARTIES_READ))],
)
async def waiting(
    call: CurrentCall, limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE
) -> Response:
    """Applications that wait for a person, the oldest first."""
    async with call.door.database.read() as tx:
        found = await flow.waiting(tx, limit + 1)
    shown = [shapes.waiting_shown(each) for each in found[:limit]]
    return json(shapes.WaitingPage(shown, has_more=len(found) > limit))


@acts.post(
    PATH + "/{application_id}/review",
    responses=documented(shapes.WaitingShown),
    dependencies=[Depends(needs(Scope.PARTIES_WRITE))],
)
async def review(
    call: CurrentCall, application_id: str, said: Annotated[shapes.Word, Body()]
) -> Response:
    """Open or refuse an application that waits, and say why."""
    command = Review(
        call.principal, application_id, Verdict(said.verdict), said.why, call.door.onboarding
    )
    return json(shapes.waiting_shown(await call.door.batcher.run(flow.review, command)))


@reads.get(
    "/v1/simulated-messages",
    responses=documented(shapes.SmsPage),
    dependencies=[Depends(needs(Scope.PARTIES_WRITE))],
)
async def simulated_messages(
    call: CurrentCall,
    phone: Annotated[
        str,
        Query(max_length=16, json_schema_extra={"pattern": r"^\+[0-9]{8,15}$"}),
    ],
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """What the simulated gateway would have sent to a phone, the newest first."""
    async with call.door.database.read() as tx:
        found = await flow.simulated_messages(tx, phone, limit + 1)
    shown = [shapes.SmsShown(each.text, to_text(each.sent_at)) for each in found[:limit]]
    return json(shapes.SmsPage(shown, has_more=len(found) > limit))
