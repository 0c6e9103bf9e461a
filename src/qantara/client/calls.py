"""Every call of the API as a value; each function is one operation.

What changes something carries an idempotency key: given, or made once here, so that the same
`Call` made again is answered as the first time.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from qantara.client.model import (
    Account,
    Entry,
    Letter,
    Order,
    Page,
    Payee,
    PayeeCheck,
    Quote,
    Remittance,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and the type of its answer."""

    method: str
    path: str
    answer: type[T]
    body: Mapping[str, Any] | None = None
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def fresh_key() -> str:
    return uuid.uuid4().hex


def get(path: str, answer: type[T], **query: object) -> Call[T]:
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return Call("GET", f"{path}?{asked}" if asked else path, answer)


def post(
    path: str,
    answer: type[T],
    body: Mapping[str, Any],
    key: str | None,
    headers: Mapping[str, str] | None = None,
) -> Call[T]:
    """`None` values stay out of the body."""
    said = {name: value for name, value in body.items() if value is not None}
    return Call("POST", path, answer, said, key or fresh_key(), headers or {})


def part(value: str) -> str:
    """A text as one segment of a path."""
    return quote(value, safe="")


def accounts() -> Call[Page[Account]]:
    return get("/v1/accounts", Page[Account])


def account(account_id: str) -> Call[Account]:
    return get(f"/v1/accounts/{part(account_id)}", Account)


def statement(
    account_id: str, starting_after: int | None = None, limit: int | None = None
) -> Call[Page[Entry]]:
    path = f"/v1/accounts/{part(account_id)}/statement"
    return get(path, Page[Entry], starting_after=starting_after, limit=limit)


def new_quote(order: Order, key: str | None = None) -> Call[Quote]:
    body = {
        "account_id": order.account_id,
        "destination_country": order.payee.country,
        "fixed": order.fixed,
        "amount": order.amount,
        "currency": order.currency,
    }
    return post("/v1/quotes", Quote, body, key)


def new_payee_check(payee: Payee, key: str | None = None) -> Call[PayeeCheck]:
    body = {
        "country": payee.country,
        "address_type": payee.address_type,
        "address": payee.address,
        "agent_bic": payee.agent_bic,
        "name": payee.name,
    }
    return post("/v1/payee-checks", PayeeCheck, body, key)


def payee_check(check_id: str) -> Call[PayeeCheck]:
    return get(f"/v1/payee-checks/{part(check_id)}", PayeeCheck)


def accept(
    order: Order, quote_id: str, check_id: str, key: str | None = None, wait_seconds: int = 0
) -> Call[Remittance]:
    """The sender's yes; with `wait_seconds` the answer waits for the payment's end, so long."""
    body = {
        "quote_id": quote_id,
        "payee_check_id": check_id,
        "purpose": order.purpose,
        "note": order.note,
        "reference": order.reference,
    }
    headers = {"prefer": f"wait={wait_seconds}"} if wait_seconds else {}
    return post("/v1/remittances", Remittance, body, key, headers)


def remittances(
    starting_after: str | None = None, limit: int | None = None
) -> Call[Page[Remittance]]:
    return get("/v1/remittances", Page[Remittance], starting_after=starting_after, limit=limit)


def remittance(remittance_id: str) -> Call[Remittance]:
    return get(f"/v1/remittances/{part(remittance_id)}", Remittance)


def remittance_messages(remittance_id: str) -> Call[Page[Letter]]:
    return get(f"/v1/remittances/{part(remittance_id)}/messages", Page[Letter])
