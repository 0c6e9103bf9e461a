"""Whether a role lives, whether it can work, and how it does."""

from typing import Annotated

from fastapi import APIRouter, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qantara.api.answers import PROBLEMS, json
from qantara.edge.calls import door_of
from qantara.edge.figures import FAMILIES
from qantara.edge.readiness import READY, Readiness, Ready
from qantara.edge.scraping import ScrapeRoute
from qantara.edge.tally import Figures
from qantara.telemetry import exposition

gets = APIRouter(tags=["health"])
scrapes = APIRouter(tags=["health"], route_class=ScrapeRoute)
_KEY_SHOWN = HTTPBearer(scheme_name="key", auto_error=False)
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


@gets.get("/healthz", response_class=Response)
async def healthz(request: Request) -> Response:
    """The process answers; no database is asked."""
    return json({"role": door_of(request).role, "status": "alive"})


@gets.get(
    "/readyz",
    responses={
        200: {"model": Ready},
        503: {"model": Ready, "description": "Something that its work needs does not answer."},
    },
)
async def readyz(request: Request) -> Response:
    """The writer commits, the readers read, and the tables are those of this version."""
    readiness: Readiness = request.app.state.readiness
    told = await readiness.told()
    return json(told, 200 if told.status == READY else 503)


@scrapes.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus's text format.", **_TEXT}, **PROBLEMS},
)
async def metrics(
    request: Request,
    _shown: Annotated[HTTPAuthorizationCredentials | None, Security(_KEY_SHOWN)],
) -> Response:
    """The role's figures, to a key with the scope `metrics:read`."""
    figures: Figures = request.app.state.figures
    points = await figures.points()
    body = exposition.text(door_of(request).witness, FAMILIES, points, figures.spreads())
    return Response(body, media_type=exposition.MEDIA_TYPE)
