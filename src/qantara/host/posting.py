"""Answers posted one by one, as they are, to an address that a payment system registered."""

from http import HTTPStatus

import httpx

from qantara.edge.envelope import Ack, Envelope
from qantara.errors import Reason, Unavailable

MEDIA_TYPE = "application/xml"
TIMEOUT_SECONDS = 10.0
_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class PostingLink:
    """To one registered address. It leads nowhere else: a redirection is not followed."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False)

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]:
        return [await self._post(envelope) for envelope in envelopes]

    async def ask(self, path: str) -> bytes:
        raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=self._address, detail=path)

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, envelope: Envelope) -> Ack:
        """Taken by any 2xx, refused for good by a 4xx; all else is tried again."""
        try:
            answer = await self._client.post(
                self._address, content=envelope.raw, headers={"content-type": MEDIA_TYPE}
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                Reason.COUNTERPARTY_UNAVAILABLE, party=self._address, detail=repr(error)
            ) from error
        if answer.is_success:
            return Ack(envelope.key, accepted=True)
        if not answer.is_client_error or answer.status_code in _TRY_AGAIN:
            raise Unavailable(
                Reason.COUNTERPARTY_UNAVAILABLE,
                party=self._address,
                detail=f"status {answer.status_code}",
            )
        told = f"status {answer.status_code}"
        reason = Reason.REJECTED_BY_RECEIVER.value
        return Ack(envelope.key, accepted=False, reason=reason, detail=told)
