"""The app of a role: its doors, and one way of saying that something cannot be done."""

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from qantara import __version__
from qantara.api import (
    accounts,
    agents,
    applications,
    beneficiaries,
    cases,
    cash_counter,
    cash_orders,
    confirmations,
    deliveries,
    disputes,
    health,
    keys,
    money_requests,
    notices,
    onboarding,
    own_accounts,
    passkeys,
    payee_checks,
    payment_codes,
    payment_requests,
    policy,
    pots,
    proposals,
    quotes,
    received,
    remittances,
    returns,
    reviews,
    schedules,
    splits,
    supervision,
    transfers,
    ussd,
    wallet,
    webhooks,
)
from qantara.api.messages import intake
from qantara.api.scheme import banks, gateway, operations, participants, triggers
from qantara.api.scheme import cases as scheme_cases
from qantara.edge import Door
from qantara.edge.boundary import Boundary
from qantara.edge.calls import keys_at
from qantara.edge.limits import Limits
from qantara.edge.problems import Problem, of_http, of_validation, problem
from qantara.edge.readiness import Readiness
from qantara.edge.scraping import Scrapers
from qantara.edge.tally import Figures
from qantara.edge.turns import Turns
from qantara.edge.uses import Uses
from qantara.errors import QantaraError

_SHARED = (health.gets, health.scrapes)
_OPERATED = (triggers.acts, triggers.reads, *_SHARED)
_DOORS: Mapping[str, tuple[APIRouter, ...]] = {
    "institution": (
        quotes.acts,
        quotes.reads,
        payee_checks.acts,
        payee_checks.reads,
        payment_codes.reads,
        remittances.acts,
        remittances.reads,
        received.acts,
        received.reads,
        reviews.acts,
        reviews.reads,
        transfers.acts,
        transfers.reads,
        payment_requests.acts,
        payment_requests.reads,
        returns.acts,
        returns.reads,
        cases.acts,
        cases.reads,
        cases.complaints,
        accounts.reads,
        wallet.acts,
        wallet.reads,
        beneficiaries.acts,
        beneficiaries.sets,
        beneficiaries.reads,
        pots.acts,
        pots.sets,
        pots.reads,
        schedules.acts,
        schedules.sets,
        schedules.reads,
        money_requests.acts,
        money_requests.reads,
        splits.acts,
        splits.reads,
        disputes.acts,
        disputes.rulings,
        disputes.reads,
        disputes.figures,
        notices.acts,
        notices.reads,
        own_accounts.acts,
        own_accounts.reads,
        own_accounts.sets,
        agents.acts,
        agents.reads,
        agents.places,
        cash_counter.acts,
        cash_counter.asks,
        cash_counter.receipts,
        cash_orders.acts,
        cash_orders.reads,
        proposals.acts,
        proposals.decisions,
        proposals.reads,
        keys.acts,
        keys.reads,
        keys.sets,
        policy.reads,
        onboarding.begins,
        onboarding.steps,
        applications.acts,
        applications.reads,
        confirmations.acts,
        passkeys.acts,
        passkeys.reads,
        passkeys.sets,
        supervision.acts,
        supervision.reads,
        ussd.relays,
        webhooks.acts,
        webhooks.reads,
        webhooks.sets,
        *_SHARED,
    ),
    "gateway": (*gateway.doors, *scheme_cases.doors, operations.reads, *_OPERATED),
    "ips": (*participants.doors, operations.reads, *_OPERATED),
    "sap": (operations.reads, *_OPERATED),
    "fxp": _OPERATED,
    "psp": (banks.acts, banks.reads, operations.reads, *_OPERATED),
}


# Its own would put paths, queries and errors' words into spans: they may name people.
_OWN_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


class _App(FastAPI):
    """Documents the shape of problems beside what the routes say of themselves."""

    def openapi(self) -> dict[str, Any]:
        described = super().openapi()
        parts = described.setdefault("components", {})
        _, shapes = msgspec.json.schema_components(
            [Problem], ref_template="#/components/schemas/{name}"
        )
        parts.setdefault("schemas", {}).update(shapes)
        return described


def _operation_id(route: APIRoute) -> str:
    """Unlike in the code, what a route does is told apart from its namesakes by its noun."""
    return "_".join([*(str(tag).replace("-", "_") for tag in route.tags[:1]), route.name])


@cache
def _routes(kind: str) -> Sequence[BaseRoute]:
    """The routes of a kind of role, one and the same for all its apps: what each takes and answers
    is worked out when it is first asked for, and that is half a second of an institution's.
    """
    doors = APIRouter(generate_unique_id_function=_operation_id, redirect_slashes=False)
    # Routes are tried in turn, and most requests are messages.
    for router in (deliveries.posts, *_DOORS[kind]):
        doors.include_router(router)
    return tuple(doors.routes)


def app(kind: str, door: Door) -> FastAPI:
    """The app of a role of this kind (institution, gateway, ips, sap, fxp)."""
    made = _App(
        title=f"Qantara {kind}",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_OWN_TELEMETRY,
        generate_unique_id_function=_operation_id,
    )
    made.state.door = door
    made.state.intake = intake(kind, door)
    made.state.turns = Turns(door.database, door.clock)
    made.state.limits = Limits(door.rates)
    made.state.uses = Uses(door.batcher)
    made.state.keys = keys_at(door)
    made.state.readiness = Readiness(door)
    made.state.figures = Figures(door.database, door.packages, door.clock)
    made.state.scrapers = Scrapers()
    made.router.routes.extend(_routes(kind))
    made.add_exception_handler(QantaraError, _expected)
    made.add_exception_handler(RequestValidationError, _unreadable)
    made.add_exception_handler(HTTPException, _unrouted)
    made.add_middleware(Boundary, witness=door.witness)
    return made


async def _expected(request: Request, error: Exception) -> Response:
    return problem(request, error) if isinstance(error, QantaraError) else _raise(error)


async def _unreadable(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        return problem(request, of_validation(error))
    return _raise(error)


async def _unrouted(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _raise(error)
    answer = problem(request, of_http(error))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """What an address takes, by all its routes; the router tells those of the first only."""
    asked = {"type": "http", "path": request.scope["path"], "headers": []}
    return sorted(
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(
            route.matches({**asked, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


def _raise(error: Exception) -> Response:
    raise error
