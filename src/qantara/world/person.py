"""A customer at the other end of the API: asks, looks, says yes, and waits."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from qantara.errors import REASONS, Reason, Unavailable

WAIT_SECONDS = 20
TIMEOUT_SECONDS = 60.0
_PROBLEM = "application/problem+json"


class Problem(Exception):
    """A door's answer that something cannot be done, as RFC 9457 words it."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.code = str(body.get("code", "internal"))
        self.detail = str(body.get("detail", ""))
        self.body = dict(body)
        super().__init__(f"{self.code}: {self.detail}")


@dataclass(frozen=True, slots=True)
class Payee:
    """Whom to pay: a country, a kind of address (`MBNO`, `IBAN`, `ACCT`) and the address."""

    country: str
    address_type: str
    address: str
    agent_bic: str | None = None

    @property
    def addressed_by(self) -> str:
        return {"IBAN": "iban", "ACCT": "account"}.get(self.address_type, "alias")


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer wants: this much, in this currency, to this payee."""

    account_id: str
    payee: Payee
    amount: str
    currency: str
    fixed: str = "source"
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """The three answers of one payment; `elapsed_ms` from the yes to the final state."""

    quote: dict[str, Any]
    check: dict[str, Any]
    remittance: dict[str, Any]
    elapsed_ms: int


class Person:
    """Signed in with one key; every act may be repeated with the same `key` words."""

    def __init__(self, address: str, key: str, language: str = "en") -> None:
        self._client = httpx.AsyncClient(
            base_url=address,
            timeout=TIMEOUT_SECONDS,
            headers={"authorization": f"Bearer {key}", "accept-language": language},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def accounts(self) -> list[dict[str, Any]]:
        return list((await self._get("/v1/accounts"))["data"])

    async def quote(self, order: Order, key: str) -> dict[str, Any]:
        return await self._post(
            "/v1/quotes",
            {
                "account_id": order.account_id,
                "destination_country": order.payee.country,
                "fixed": order.fixed,
                "amount": order.amount,
                "currency": order.currency,
            },
            f"quote/{key}",
        )

    async def check(self, payee: Payee, key: str) -> dict[str, Any]:
        body = {
            "country": payee.country,
            "address_type": payee.address_type,
            "address": payee.address,
        }
        if payee.agent_bic is not None:
            body["agent_bic"] = payee.agent_bic
        return await self._post("/v1/payee-checks", body, f"check/{key}")

    async def accept(
        self, order: Order, quote_id: str, check_id: str, key: str, wait_seconds: int = WAIT_SECONDS
    ) -> dict[str, Any]:
        """Say yes and wait for the end; the remittance as it stands then."""
        said = {"purpose": order.purpose, "note": order.note, "reference": order.reference}
        body = {"quote_id": quote_id, "payee_check_id": check_id} | {
            name: text for name, text in said.items() if text is not None
        }
        return await self._post(
            "/v1/remittances", body, f"accept/{key}", {"prefer": f"wait={wait_seconds}"}
        )

    async def pay(self, order: Order, key: str) -> Paid:
        """The whole way: quote, payee check, yes. `Problem` where a door says no."""
        quote = await self.quote(order, key)
        check = await self.check(order.payee, key)
        if check["state"] != "confirmed":
            raise _nobody(check)
        began = time.monotonic()
        done = await self.accept(order, quote["id"], check["id"], key)
        if not done["final"]:  # a replayed answer tells how it stood then
            done = await self.remittance(done["id"])
        return Paid(quote, check, done, round((time.monotonic() - began) * 1000))

    async def messages(self, remittance_id: str) -> list[dict[str, Any]]:
        return list((await self._get(f"/v1/remittances/{remittance_id}/messages"))["data"])

    async def remittance(self, remittance_id: str) -> dict[str, Any]:
        return await self._get(f"/v1/remittances/{remittance_id}")

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._call("GET", path, None, {})

    async def _post(
        self, path: str, body: Mapping[str, Any], key: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        sent = {"idempotency-key": key} | dict(headers or {})
        return await self._call("POST", path, body, sent)

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(
                Reason.COUNTERPARTY_UNAVAILABLE,
                party=str(self._client.base_url),
                detail=repr(error),
            ) from error
        if answer.headers.get("content-type", "").startswith(_PROBLEM):
            raise Problem(answer.json())
        answer.raise_for_status()
        return dict(answer.json())


def _nobody(check: Mapping[str, Any]) -> Problem:
    """A payee check that found nobody, as the refusal it amounts to."""
    warning = check["warning"]
    reason = Reason(warning["code"])
    return Problem(
        {"code": reason.value, "detail": warning["text"], "iso_code": REASONS[reason].iso}
    )


def fresh_key() -> str:
    return uuid.uuid4().hex
