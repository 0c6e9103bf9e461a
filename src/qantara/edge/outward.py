"""Where we call back: only what a role's terms allow, and only at the address that was checked.

A name may lead elsewhere at the next question, so it is asked again before every call, and the
connection is made to the very address that was judged, never to the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from qantara.access.webhooks import rules
from qantara.access.webhooks.model import Terms
from qantara.access.webhooks.rules import Target
from qantara.errors import Malformed, Reason

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) to its addresses; `OSError` where there are none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host as this machine knows them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_ADDRCONFIG
    )
    return [str(address[4][0]) for address in found]


class Place(NamedTuple):
    """A target and the address at which it was found allowed."""

    target: Target
    address: str

    @property
    def url(self) -> str:
        """The target with its address in the place of its name."""
        scheme, _, port, path = self.target
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{scheme}://{host}:{port}{path}"


@dataclass(frozen=True, slots=True)
class Outward:
    """The terms of a role's webhooks, and how it finds hosts."""

    terms: Terms = field(default_factory=Terms)
    resolve: Resolve = resolve

    async def place(self, url: str, attempt: int = 0) -> Place:
        """Where a URL leads now; a later attempt takes the next of several addresses.

        `Malformed` for a URL that no webhook may have, for a host that is unknown, or if any of
        its addresses is not public.
        """
        target = rules.target(url, self.terms)
        try:
            async with asyncio.timeout(self.terms.timeout_seconds):
                addresses = list(dict.fromkeys(await self.resolve(target.host, target.port)))
        except (OSError, UnicodeError):
            addresses = []
        if not rules.is_allowed(addresses, self.terms):
            raise Malformed(Reason.WEBHOOK_ADDRESS_REFUSED, param="url", host=target.host)
        return Place(target, addresses[attempt % len(addresses)])
