"""The outermost layer of every app: a name for each request, and the end of every failure."""

import logging

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qantara import ids
from qantara.edge.limits import fields
from qantara.edge.problems import problem
from qantara.edge.requests import Asked
from qantara.errors import Malformed, QantaraError, Reason, Refused
from qantara.telemetry import Witness, logs

WORDED = "worded"
"""Where, in a request's state, a door for people puts its own way of telling a failure."""
_log = logging.getLogger("qantara.edge")


def _has_nul(scope: Scope) -> bool:
    """No text of ours has a NUL in it, and PostgreSQL takes none."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"]


class Boundary:
    """Names each request in its `Request-Id`; what nobody expected becomes a 500 and is logged."""

    def __init__(self, app: ASGIApp, witness: Witness) -> None:
        self._app, self._witness = app, witness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = ids.new("req")
        scope.setdefault("state", {})["request_id"] = name
        started, asked = False, Asked(self._witness, scope)

        async def named(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message.get("headers", []), (b"request-id", name.encode())]
                headers += fields(scope["state"])
                headers += asked.answered(message["status"])
                message = {**message, "headers": headers}
            await send(message)

        with logs.acting(self._witness.role), asked:
            if _has_nul(scope):
                await problem(Request(scope), Malformed(Reason.ID_MALFORMED))(scope, receive, named)
                return
            try:
                await self._app(scope, receive, named)
            except ClientDisconnect:
                return
            except Exception as error:
                expected = error if isinstance(error, QantaraError) else None
                if expected is None:
                    _log.exception("request %s broke", name, extra={"request_id": name})
                if started:
                    raise
                request = Request(scope, receive)
                told = expected or Refused(Reason.INTERNAL)
                answer = scope["state"].get(WORDED, problem)(request, told)
                await answer(scope, receive, named)
