"""Deliveries to one endpoint, over one connection or several at once.

Apart from what decides when: HTTP to anybody is a large library, loaded for the first endpoint.
"""

import asyncio
import ssl
from collections.abc import Iterable

import httpx

from qantara import webhook
from qantara.access.webhooks import rules
from qantara.access.webhooks.model import Due, Mark, Terms
from qantara.clock import Clock
from qantara.edge.outward import Place

ANSWER_BYTES = 1000
AGENT = "Qantara-Webhooks/1"


class Mailer:
    """Posts so many at once as the terms say, to whatever endpoints."""

    def __init__(self, terms: Terms, clock: Clock) -> None:
        self._terms, self._clock = terms, clock
        self._room = asyncio.Semaphore(terms.at_once)
        self._tls = ssl.create_default_context()

    async def post(self, place: Place, due: Iterable[Due]) -> list[Mark]:
        """What became of each."""
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=self._terms.timeout_seconds,
        ) as client:
            return await asyncio.gather(*(self._post(client, place, each) for each in due))

    async def _post(self, client: httpx.AsyncClient, place: Place, due: Due) -> Mark:
        async with self._room:
            now = int(self._clock().timestamp())
            headers = webhook.headers(due.secrets, due.webhook_id, now, due.body) | {
                "host": place.target.authority,
                "content-type": "application/json",
                "user-agent": AGENT,
                "accept-encoding": "identity",
            }
            request = client.build_request(
                "POST",
                place.url,
                content=due.body,
                headers=headers,
                extensions={"sni_hostname": place.target.host},
            )
            try:
                async with asyncio.timeout(self._terms.timeout_seconds):
                    response = await client.send(request, stream=True)
                    try:
                        answer = await _beginning(response)
                    finally:
                        await response.aclose()
            except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
                return rules.failed(self._terms, due, self._clock(), _told(error))
        if not response.is_success:
            status = response.status_code
            return rules.failed(self._terms, due, self._clock(), "", status, answer)
        return Mark(
            due.id,
            due.endpoint_id,
            delivered=True,
            status=response.status_code,
            answer=answer,
        )


async def _beginning(response: httpx.Response) -> str:
    """The first bytes of an answer; the rest is never read."""
    parts, size = [], 0
    async for part in response.aiter_raw():
        parts.append(part)
        size += len(part)
        if size >= ANSWER_BYTES:
            break
    return b"".join(parts)[:ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")


def _told(error: Exception) -> str:
    """What kind of failure it was; its words may come from the other side."""
    return (
        "timed_out"
        if isinstance(error, TimeoutError | httpx.TimeoutException)
        else "connection_failed"
    )
