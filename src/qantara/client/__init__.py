"""The published client of an institution's API: typed calls, sync and async, safe to repeat.

A call is a value: `calls.new_quote(...)` says what to ask and carries the idempotency key that
every repeat of it shows again. `Client` and `AsyncClient` make calls and run plans:

    with Client("http://127.0.0.1:8401", key) as client:
        account = client.do(calls.accounts())[0]
        paid = client.run(plans.pay(Order(account.id, payee, "500.00", "MYR", purpose="FAMI")))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qantara.client import calls, plans
from qantara.client.model import Order, Paid, Payee
from qantara.client.problem import Problem

if TYPE_CHECKING:
    from qantara.client.client import AsyncClient, Client
    from qantara.client.retry import Retry

__all__ = [
    "AsyncClient",
    "Client",
    "Order",
    "Paid",
    "Payee",
    "Problem",
    "Retry",
    "calls",
    "plans",
]
_LATER = {"AsyncClient": "client", "Client": "client", "Retry": "retry"}
"""What speaks HTTP, and so brings a large library, is loaded for the first who wants it."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
