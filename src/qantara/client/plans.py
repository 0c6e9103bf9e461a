"""Several calls that make one act, written once for both clients.

A plan is a generator: it yields calls and is sent their answers. `Client.run` and
`AsyncClient.run` carry it out.
"""

import time
from collections.abc import Generator
from typing import Any, TypeVar

from qantara.client import calls
from qantara.client.calls import Call
from qantara.client.model import Order, Paid, PayeeCheck
from qantara.client.problem import Problem
from qantara.errors import Reason
from qantara.reasons import REASONS

T = TypeVar("T")
Plan = Generator[Call[Any], Any, T]
WAIT_SECONDS = 20
_UNPAYABLE = 422


def pay(order: Order, key: str | None = None) -> Plan[Paid]:
    """Quote, payee check, yes, and the wait for the end. `Problem` where a door says no.

    The same `key` again finds what was done under it and pays nobody twice.
    """
    word = key or calls.fresh_key()
    quote = yield calls.new_quote(order, f"quote/{word}")
    check = yield calls.new_payee_check(order.payee, f"check/{word}")
    if check.state != "confirmed":
        raise nobody(check)
    began = time.monotonic()
    done = yield calls.accept(order, quote.id, check.id, f"accept/{word}", WAIT_SECONDS)
    if not done.final:  # a replayed answer tells how it stood then
        done = yield calls.remittance(done.id)
    return Paid(quote, check, done, round((time.monotonic() - began) * 1000))


def nobody(check: PayeeCheck) -> Problem:
    """A payee check that found nobody, as the refusal it amounts to."""
    code = check.warning.code if check.warning else Reason.PAYEE_NOT_CONFIRMED.value
    text = check.warning.text if check.warning else ""
    iso = REASONS[Reason(code)].iso if code in set(Reason) else "NARR"
    return Problem(_UNPAYABLE, {"code": code, "detail": text, "iso_code": iso})
