"""Who may read figures: a key with that scope, remembered a while.

A role whose database is down can look up no key, and is the very one whose figures are wanted.
So a key that opened within the last minutes still opens them, and nothing else.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from qantara.access import flow as access
from qantara.access.model import Scope
from qantara.clock import ticks
from qantara.db.faults import LOST
from qantara.edge.calls import bearer, sign_in
from qantara.errors import Unavailable

REMEMBERED_SECONDS = 600.0


class Scrapers:
    """Digests of keys that opened, each with when it did last."""

    def __init__(self) -> None:
        self._opened: dict[bytes, float] = {}

    def opened(self, key: str) -> None:
        now = ticks()
        self._opened = {
            digest: at for digest, at in self._opened.items() if now - at < REMEMBERED_SECONDS
        }
        self._opened[_digest(key)] = now

    def remembers(self, key: str) -> bool:
        at = self._opened.get(_digest(key))
        return at is not None and ticks() - at < REMEMBERED_SECONDS


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class ScrapeRoute(APIRoute):
    """A route for figures."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        run = super().get_route_handler()

        async def signed(request: Request) -> Response:
            scrapers: Scrapers = request.app.state.scrapers
            try:
                call = await sign_in(request)
            except (Unavailable, *LOST):
                if not scrapers.remembers(bearer(request)):
                    raise
            else:
                access.require(call.principal, Scope.METRICS_READ)
                scrapers.opened(bearer(request))
            return await run(request)

        return signed
