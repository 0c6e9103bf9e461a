"""What the gateway's doors share: who may come in, and the gateway as it stands."""

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api.answers import PROBLEMS
from qantara.edge.calls import Call, keyed, needs
from qantara.edge.peers import from_peer
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Reason, Unauthorised
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import GatewayNode

_DELIVERS = Depends(needs(Scope.MESSAGES_DELIVER))


def reads() -> APIRouter:
    return APIRouter(
        tags=["nexus"],
        route_class=ReadRoute,
        dependencies=[_DELIVERS],
        responses=PROBLEMS,
        default_response_class=Response,
    )


def posts() -> APIRouter:
    """For messages, which have ids of their own: from the very peer that the key names."""
    made = reads()
    made.dependencies.append(Depends(from_peer))
    return made


def acts() -> APIRouter:
    return APIRouter(
        tags=["nexus"],
        route_class=ActRoute,
        dependencies=[Depends(keyed), _DELIVERS, Depends(from_peer)],
        responses=PROBLEMS,
        default_response_class=Response,
    )


async def stands(call: Call) -> GatewayNode:
    """The gateway's reference data as it stands now."""
    async with call.door.database.read() as tx:
        return await flow.current(tx, call.door.node, call.now)


def role_of(call: Call) -> str:
    """The participant that asks."""
    if call.principal.subject is None:
        raise Unauthorised(Reason.KEY_SCOPE, scope=Scope.MESSAGES_DELIVER.value)
    return call.principal.subject
