"""How a signed-in route runs: who asks first, then the body within its cap, then the act."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from qantara.edge.calls import Call, once, sign_in
from qantara.edge.problems import of_validation, problem
from qantara.errors import Malformed, QantaraError, Reason

CAP_BYTES = 1024 * 1024

_Run = Callable[[Request], Coroutine[Any, Any, Response]]


class CappedRequest(Request):
    """A request whose body is counted while it is read."""

    cap_bytes = CAP_BYTES

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            parts, size = [], 0
            async for part in self.stream():
                size += len(part)
                if size > self.cap_bytes:
                    raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{self.cap_bytes} bytes")
                parts.append(part)
            self._body = b"".join(parts)
        return self._body


class ReadRoute(APIRoute):
    """A route that changes nothing a caller could count: signed in, not remembered."""

    request_type: type[CappedRequest] = CappedRequest

    def get_route_handler(self) -> _Run:
        run = super().get_route_handler()

        async def signed(request: Request) -> Response:
            capped = self.request_type(request.scope, request.receive)
            capped.state.call = await sign_in(capped)
            return await run(capped)

        return signed


class SetRoute(ReadRoute):
    """A route whose repeat changes nothing more (PATCH, DELETE), so it needs no key."""


class ActRoute(APIRoute):
    """A route that changes things: done once per `Idempotency-Key`, answered as often as asked."""

    request_type: type[CappedRequest] = CappedRequest

    def get_route_handler(self) -> _Run:
        run = super().get_route_handler()

        async def kept(request: Request) -> Response:
            capped = self.request_type(request.scope, request.receive)
            return await once(capped, lambda call: _act(run, capped, call))

        return kept


async def _act(
    run: Callable[[Request], Awaitable[Response]], request: Request, call: Call
) -> Response:
    """The answer of the route, be it a problem: those are kept, too."""
    request.state.call = call
    try:
        return await run(request)
    except QantaraError as error:
        return problem(request, error)
    except RequestValidationError as error:
        return problem(request, of_validation(error))
