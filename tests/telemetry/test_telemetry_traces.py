"""One trace for each payment: it covers every role, and nothing in it names anybody."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from telemetry_world import World, opened

from qantara.client import Order, Payee, calls
from qantara.db import Server
from qantara.telemetry import traces
from qantara.telemetry.sdk import Outlet

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON_THE_WAY = {"my", "duitnow", "sap-my", "nexus", "raast", "sap-pk", "pk"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(servers: Callable[[int], Server]) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture(autouse=True)
def told(spans: InMemorySpanExporter) -> AsyncIterator[Outlet]:
    outlet = Outlet(SimpleSpanProcessor(spans))
    traces.start(outlet.tracing)
    yield outlet
    traces.stop()
    outlet.close()


def role_of(span: ReadableSpan) -> str:
    return str(span.resource.attributes["service.name"])


def within(found: tuple[ReadableSpan, ...], trace_id: int) -> list[ReadableSpan]:
    return [span for span in found if span.context.trace_id == trace_id]


async def test_a_payment_is_one_trace_through_every_role(
    world: World, spans: InMemorySpanExporter
) -> None:
    paid = await world.pay("500.00", "one")
    assert paid.state == "completed"
    found = spans.get_finished_spans()
    mine = within(found, traces.of_uetr(paid.uetr))
    assert {role_of(span) for span in mine} >= ON_THE_WAY
    roots = [span for span in mine if span.parent is None]
    assert [(role_of(span), span.name) for span in roots] == [("my", "remittance.accept")]
    assert {span.parent.span_id for span in mine if span.parent} == {roots[0].context.span_id}
    names = {span.name for span in mine}
    for act in ("build", "send", "receive"):
        assert f"{act} pacs.008.001.13" in {name.partition("/")[0] for name in names}, act
    assert any(name.startswith("ledger ") for name in names)
    assert {"remittance.conclude", "remittance.receive"} <= names


async def test_the_span_that_accepts_leads_to_the_quote_and_to_the_request(
    world: World, spans: InMemorySpanExporter
) -> None:
    paid = await world.pay("120.00", "two")
    found = spans.get_finished_spans()
    (accepted,) = [span for span in within(found, traces.of_uetr(paid.uetr)) if span.parent is None]
    linked = {link.context.trace_id for link in accepted.links}
    quote = traces.of_quote(paid.id)
    assert quote in linked
    in_quote = within(found, quote)
    assert {role_of(span) for span in in_quote} == {"my", "nexus"}
    assert any(span.name == "remittance.quote" for span in in_quote)
    asked = {
        span.name
        for span in found
        if span.context.trace_id in linked and span.kind.name == "SERVER"
    }
    assert "POST /v1/remittances" in asked


async def test_no_span_names_anybody(world: World, spans: InMemorySpanExporter) -> None:
    await world.pay("77.70", "three")
    people = (world.payer, world.payee)
    secret = [person.customer.legal_name for person in people]
    secret += [person.account.number for person in people]
    secret += [str(world.payee.customer.phone), str(world.payee.customer.phone)[1:], world.key]
    said = "\n".join(
        f"{span.name} {dict(span.attributes or {})} {[e.attributes for e in span.events]}"
        for span in spans.get_finished_spans()
    )
    assert [each for each in secret if each in said] == []


async def test_a_caller_is_told_in_its_own_trace(world: World, spans: InMemorySpanExporter) -> None:
    trace_id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = await world.get(
        "my", "/v1/accounts", world.key, traceparent=f"00-{trace_id}-{parent}-01"
    )
    assert answer.status_code == 200
    _, answered, span_id, _ = answer.headers["traceresponse"].split("-")
    (span,) = within(spans.get_finished_spans(), int(trace_id, 16))
    assert (answered, int(span_id, 16)) == (trace_id, span.context.span_id)
    assert span.name == "GET /v1/accounts"
    assert span.parent is not None
    assert span.parent.span_id == int(parent, 16)


@pytest.mark.parametrize("header", ["", "00-0-0-01", "junk", "00-" + "f" * 32 + "-" + "0" * 16])
async def test_a_trace_that_cannot_be_read_is_a_new_one(
    world: World, spans: InMemorySpanExporter, header: str
) -> None:
    answer = await world.get("my", "/healthz", traceparent=header)
    assert answer.status_code == 200
    (span,) = [one for one in spans.get_finished_spans() if one.name == "GET /healthz"]
    assert span.parent is None


async def test_what_is_not_kept_is_kept_nowhere(world: World, spans: InMemorySpanExporter) -> None:
    traces.start(Outlet(SimpleSpanProcessor(spans), share=Decimal(0)).tracing)
    paid = await world.pay("60.00", "four")
    assert within(spans.get_finished_spans(), traces.of_uetr(paid.uetr)) == []


async def test_a_quote_that_is_refused_is_told_to_its_end(
    world: World, spans: InMemorySpanExporter
) -> None:
    payee = Payee("PK", "MBNO", world.payee.customer.phone or "")
    order = Order(world.payer.account.id, payee, "100.00", "MYR", purpose="FAMI")
    async with world.client() as client:
        quote = await client.do(calls.new_quote(order))
    mine = within(spans.get_finished_spans(), traces.of_quote(quote.id))
    assert [span.name for span in mine if span.parent is None] == ["quote"]
