"""Which payments are traced, and how spans leave the process."""

import random
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.telemetry import switch, traces


@given(uetr=st.uuids(version=4))
def test_a_trace_is_found_by_its_uetr(uetr: UUID) -> None:
    trace_id = traces.of_uetr(str(uetr))
    assert f"{trace_id:032x}" == uetr.hex
    assert traces.kept(trace_id, traces.floor_of(Decimal(1)))
    assert not traces.kept(trace_id, traces.floor_of(Decimal(0)))


@pytest.mark.parametrize("share", ["0.01", "0.1", "0.5"])
def test_a_share_of_payments_is_that_share(share: str) -> None:
    dice, floor = random.Random(20260302), traces.floor_of(Decimal(share))
    uetrs = [str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(20_000)]
    found = sum(traces.kept(traces.of_uetr(uetr), floor) for uetr in uetrs) / len(uetrs)
    assert abs(found - float(share)) < 0.02


def test_a_text_that_is_no_uetr_has_no_trace() -> None:
    for text in ("", "x" * 36, "1234", "g" * 32):
        assert traces.of_uetr(text) == 0


class _Collector(BaseHTTPRequestHandler):
    taken: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        self.taken.append((self.path, self.rfile.read(size)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is written about what comes."""


def test_spans_leave_by_otlp() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    uetr = "a7f2c0de-1111-4222-8333-444455556666"
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
        with switch.tracing(endpoint, Decimal(1)):
            tracing = traces.active()
            assert tracing is not None
            tracing.tell("nexus", "told", traces.of_uetr(uetr), (1, 2), {"qantara.uetr": uetr})
    finally:
        server.shutdown()
        server.server_close()
    ((path, body),) = _Collector.taken
    assert path == "/v1/traces"
    assert UUID(uetr).bytes in body
    assert traces.active() is None


def test_nothing_is_told_where_nobody_wants_it() -> None:
    traces.stop()
    with switch.tracing(None, Decimal(1)):
        assert traces.active() is None
        assert traces.now() == 0
        assert traces.sent_along() == {}
        assert traces.begin("my", 1) is None
