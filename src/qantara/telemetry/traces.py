"""One trace for each payment, the same in every role and process, without a header on the way.

A UETR has 128 bits, and so has a trace id: the one is the other. No ISO 20022 message has to
carry anything, and whether a payment is kept is the same decision everywhere. A quote, which has
no UETR yet, is known by the UUID in its own id; the span that accepts it links the two.

Off until `start` is called, and then every place that could tell something asks one variable.
The spans of a payment are made after its batch has committed: they tell what is true.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from qantara import ids
from qantara.clock import unix_ns
from qantara.errors import Malformed

_UETR_LENGTH = 36
_LOW_64 = 2**64 - 1
_LOW_56 = 2**56 - 1
_QUOTE, _REMITTANCE = "quo", "rem"
EVERYTHING = Decimal(1)
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_NOWHERE = Context()
_carrier = TraceContextTextMapPropagator()
Attributes = Mapping[str, str | int | bool]
Asked = SpanContext | None

chosen: ContextVar[tuple[int, int] | None] = ContextVar("chosen", default=None)
"""Trace id and span id that the next span without a parent is to have."""


def floor_of(share: Decimal) -> int:
    """What the lower bits of a trace id must reach for it to belong to a share."""
    return round((1 - share) * 2**56)


def kept(trace_id: int, floor: int) -> bool:
    """Whether a trace belongs to the share that is kept.

    By the 56 lowest bits, as W3C trace context means them: the bits above them are not random in
    a UUID, and a sampler that looks at 64 would keep no payment at all below one half.
    """
    return (trace_id & _LOW_56) >= floor


def of_uetr(uetr: str) -> int:
    """The trace id of a payment; 0 for a text that is no UUID."""
    try:
        return int(uetr.replace("-", ""), 16) if len(uetr) == _UETR_LENGTH else 0
    except ValueError:
        return 0


def of_quote(quote_id: str) -> int:
    """The trace id of a quote and of the remittance made from it, by the id of either."""
    try:
        return ids.decode(quote_id.partition("_")[0], quote_id).int
    except Malformed:
        return 0


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer in the book; `reference` is the payment's UETR or its remittance's id."""

    reference: str
    code: str
    outcome: str
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was built and left for delivery."""

    uetr: str
    name: str
    key: str
    recipient: str
    at: int


@dataclass(slots=True)
class Act:
    """What happens inside one transaction, told when it has committed."""

    span: Span
    began: int
    postings: list[Posting] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)


_act: ContextVar[Act | None] = ContextVar("act", default=None)


class Tracing:
    """`tracer_of` gives each role its own tracer; `share` of all payments is kept, 0 to 1."""

    def __init__(self, tracer_of: Callable[[str], Tracer], share: Decimal = EVERYTHING) -> None:
        self.tracer_of = cache(tracer_of)
        self._floor = floor_of(share)

    def home(self, trace_id: int) -> Context | None:
        """The place in a payment's trace under which its spans hang; None if it is not kept.

        It is the span that accepted the payment. Where that one is in another system, the spans
        still find each other.
        """
        if not trace_id or not kept(trace_id, self._floor):
            return None
        known = SpanContext(trace_id, trace_id & _LOW_64, is_remote=True, trace_flags=_SAMPLED)
        return trace.set_span_in_context(NonRecordingSpan(known), _NOWHERE)

    def answer(
        self, role: str, name: str, asked: SpanContext, span: tuple[int, int], said: Attributes
    ) -> None:
        """A span that is over, in the trace of whoever asked for what was done."""
        place = trace.set_span_in_context(NonRecordingSpan(asked), _NOWHERE)
        self.tracer_of(role).start_span(name, place, attributes=dict(said), start_time=span[0]).end(
            span[1]
        )

    def tell(
        self,
        role: str,
        name: str,
        trace_id: int,
        span: tuple[int, int],
        attributes: Attributes,
        links: Sequence[Link] = (),
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        wrong: bool = False,
        first: bool = False,
    ) -> None:
        """A span that is over: `span` is when it began and ended. The `first` of its trace has
        the very id that all others name as their parent.
        """
        home = self.home(trace_id)
        if home is None:
            return
        token = chosen.set((trace_id, trace_id & _LOW_64)) if first else None
        made = self.tracer_of(role).start_span(
            name,
            _NOWHERE if first else home,
            kind,
            dict(attributes),
            links,
            start_time=span[0],
            record_exception=False,
        )
        if token is not None:
            chosen.reset(token)
        if wrong:
            made.set_status(Status(StatusCode.ERROR))
        made.end(span[1])


class _State:
    active: Tracing | None = None


def active() -> Tracing | None:
    return _State.active


def start(tracing: Tracing) -> None:
    """From now on this process tells traces."""
    _State.active = tracing


def stop() -> None:
    _State.active = None


def begin(role: str, size: int) -> Act | None:
    """A batch begins; None while nothing is traced."""
    tracing = _State.active
    if tracing is None:
        return None
    span = tracing.tracer_of(role).start_span("batch", attributes={"qantara.batch.size": size})
    return Act(span, unix_ns())


@contextmanager
def inside(act: Act) -> Iterator[None]:
    """While the batch is in its transaction: what is posted and stored is noted with it."""
    token = _act.set(act)
    try:
        with trace.use_span(act.span, record_exception=False):
            yield
    finally:
        _act.reset(token)


def now() -> int:
    """When something begins that may be noted; 0 while nothing is traced."""
    return 0 if _State.active is None else unix_ns()


def asked() -> Asked:
    """The span in which something is asked for now; None while nothing is traced."""
    if _State.active is None:
        return None
    found = trace.get_current_span().get_span_context()
    return found if found.is_valid else None


def note_postings(began: int, done: Iterable[tuple[str, str, str]]) -> None:
    """Transfers of the batch: (reference, code, outcome)."""
    act = _act.get()
    if act is not None and began:
        ended = unix_ns()
        act.postings += [Posting(*each, began, ended) for each in done]


def note_stored(messages: Iterable[tuple[str | None, str, str, str]]) -> None:
    """Messages that the batch leaves for delivery: (uetr, name, key, recipient)."""
    if _State.active is None:
        return
    act = _act.get()
    if act is not None:
        at = unix_ns()
        act.stored += [
            Stored(uetr, name, key, recipient, at)
            for uetr, name, key, recipient in messages
            if uetr
        ]


@contextmanager
def about_quote(role: str, quote_id: str) -> Iterator[None]:
    """What is done for a quote that is being made: in the quote's own trace, linked with the
    request that wants it.
    """
    tracing = _State.active
    trace_id = of_quote(quote_id) if tracing is not None else 0
    if tracing is None or tracing.home(trace_id) is None:
        yield
        return
    asked = trace.get_current_span().get_span_context()
    token = chosen.set((trace_id, trace_id & _LOW_64))
    span = tracing.tracer_of(role).start_span(
        "quote",
        _NOWHERE,
        attributes={"qantara.quote": quote_id},
        links=link_to(asked),
    )
    chosen.reset(token)
    with trace.use_span(span, end_on_exit=True, record_exception=False):
        yield


def link_to(context: SpanContext | None) -> list[Link]:
    return [Link(context)] if context is not None and context.is_valid else []


def quoted(quote_id: str) -> list[Link]:
    """A link to the trace of a quote."""
    tracing, trace_id = _State.active, of_quote(quote_id)
    home = tracing.home(trace_id) if tracing is not None else None
    return [] if home is None else link_to(trace.get_current_span(home).get_span_context())


def sent_along() -> dict[str, str]:
    """The header fields that tell another role in whose trace it is asked."""
    fields: dict[str, str] = {}
    if _State.active is not None:
        _carrier.inject(fields)
    return fields


def received(headers: Iterable[tuple[bytes, bytes]]) -> Context:
    """The caller's place, as its `traceparent` says; without one, or a wrong one, nowhere."""
    wanted = {b"traceparent", b"tracestate"}
    fields = {name.decode(): value.decode("latin-1") for name, value in headers if name in wanted}
    return _carrier.extract(fields, _NOWHERE)


def response_field(span: Span) -> tuple[bytes, bytes]:
    """`traceresponse`, which tells a caller the trace its request is found in."""
    found = span.get_span_context()
    told = f"00-{found.trace_id:032x}-{found.span_id:016x}-{int(found.trace_flags):02x}"
    return b"traceresponse", told.encode()


def subject(command: Any, outcome: Any) -> tuple[str | None, bool]:
    """The UETR that a command or its outcome is about, and whether the payment begins here."""
    message = getattr(command, "message", None)
    uetr = getattr(message if message is not None else command, "uetr", None)
    if uetr is not None:
        return str(uetr), False
    uetr = getattr(outcome, "uetr", None)
    return (None, False) if uetr is None else (str(uetr), True)
