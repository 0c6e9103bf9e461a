"""Traces on their way out, by OpenTelemetry's SDK. Imported only where traces are wanted: the
SDK and its exporter are the optional extra `telemetry`.
"""

from collections.abc import Sequence
from decimal import Decimal

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

from qantara import __version__
from qantara.telemetry import traces
from qantara.telemetry.traces import EVERYTHING, Tracing


class _Ids(IdGenerator):
    """Random, but for the first span of a payment or a quote."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        chosen = traces.chosen.get()
        return self._random.generate_trace_id() if chosen is None else chosen[0]

    def generate_span_id(self) -> int:
        chosen = traces.chosen.get()
        return self._random.generate_span_id() if chosen is None else chosen[1]


class _Share(Sampler):
    """Keeps a share of all traces by their ids. A caller may have its request told in its own
    trace, but cannot order by a flag that it is kept.
    """

    def __init__(self, share: Decimal) -> None:
        self._share, self._floor = share, traces.floor_of(share)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        if parent.is_valid and not parent.is_remote:
            keep = parent.trace_flags.sampled
        else:
            keep = traces.kept(trace_id, self._floor)
        chosen = ALWAYS_ON if keep else ALWAYS_OFF
        return chosen.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"Share{{{self._share}}}"


class Outlet:
    """Spans of all roles of this process, each role a service of its own, by one way out."""

    def __init__(self, processor: SpanProcessor, share: Decimal = EVERYTHING) -> None:
        self._processor, self._share = processor, share
        self.tracing = Tracing(lambda role: self._provider(role).get_tracer("qantara"), share)

    def _provider(self, role: str) -> TracerProvider:
        named = Resource.create(
            {"service.namespace": "qantara", "service.name": role, "service.version": __version__}
        )
        made = TracerProvider(
            sampler=_Share(self._share),
            resource=named,
            id_generator=_Ids(),
            shutdown_on_exit=False,
        )
        made.add_span_processor(self._processor)
        return made

    def close(self) -> None:
        """Send what is left."""
        self._processor.shutdown()


def outlet(endpoint: str, share: Decimal) -> Outlet:
    """To a collector that takes OTLP over HTTP at `endpoint` (`http://host:4318/v1/traces`)."""
    return Outlet(BatchSpanProcessor(OTLPSpanExporter(endpoint)), share)
