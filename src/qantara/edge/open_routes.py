"""Routes for people who have no key yet: counted per address, with a body within its cap."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from qantara.edge.limits import limits_of
from qantara.edge.routes import CappedRequest

OPEN_CAP_BYTES = 64 * 1024


class OpenRequest(CappedRequest):
    cap_bytes = OPEN_CAP_BYTES


class OpenRoute(APIRoute):
    """A route that anybody may ask, and nobody too often."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        run = super().get_route_handler()

        async def counted(request: Request) -> Response:
            capped = OpenRequest(request.scope, request.receive)
            limits_of(capped).public(capped)
            await capped.body()
            return await run(capped)

        return counted
