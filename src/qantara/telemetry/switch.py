"""Turns traces and log lines on for a process, as its settings say."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module

from qantara.errors import Reason, Unavailable
from qantara.telemetry import traces

_WANTED = "qantara.telemetry.sdk"


@contextmanager
def tracing(endpoint: str | None, share: Decimal) -> Iterator[None]:
    """Tell traces to `endpoint` for as long as this lasts; nothing without one."""
    if endpoint is None:
        yield
        return
    try:
        sdk = import_module(_WANTED)
    except ModuleNotFoundError as error:
        told = f"{error.name} is missing: install qantara[telemetry]"
        raise Unavailable(Reason.INTERNAL, detail=told) from error
    outlet = sdk.outlet(endpoint, share)
    traces.start(outlet.tracing)
    try:
        yield
    finally:
        traces.stop()
        outlet.close()
