"""One HTTP request as it is told: a span while traces are told, its time in the role's figures.

Neither ever holds a path or a query as it was asked: both may name people. The route says enough.
"""

from types import TracebackType
from typing import Self

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.types import Scope

from qantara.clock import ticks
from qantara.telemetry import Witness, traces

UNMATCHED = "unmatched"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_FAILED = 500
_CLASS = 100


class Asked:
    """Around a request, from its first byte until its answer is sent."""

    __slots__ = ("_began", "_current", "_scope", "_span", "_witness")

    def __init__(self, witness: Witness, scope: Scope) -> None:
        self._witness, self._scope, self._began = witness, scope, ticks()
        self._span: Span | None = None

    def __enter__(self) -> Self:
        tracing = traces.active()
        if tracing is not None:
            self._span = tracing.tracer_of(self._witness.role).start_span(
                self._method,
                traces.received(self._scope["headers"]),
                SpanKind.SERVER,
                {
                    "http.request.method": self._method,
                    "qantara.request": self._scope["state"]["request_id"],
                },
            )
            self._current = trace.use_span(self._span, record_exception=False)
            self._current.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._span is not None:
            self._current.__exit__(None, None, None)
            self._span.end()

    def answered(self, status: int) -> list[tuple[bytes, bytes]]:
        """The answer begins: note it; the header fields that name the trace."""
        route = self._route
        labels = (self._method, route, f"{status // _CLASS}xx")
        self._witness.requests.add(labels, ticks() - self._began)
        if self._span is None:
            return []
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= _FAILED:
            self._span.set_status(Status(StatusCode.ERROR))
        return [traces.response_field(self._span)]

    @property
    def _method(self) -> str:
        method: str = self._scope["method"]
        return method if method in _METHODS else "OTHER"

    @property
    def _route(self) -> str:
        found: str = getattr(self._scope.get("route"), "path", UNMATCHED)
        return found
