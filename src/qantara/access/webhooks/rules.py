"""Pure rules of webhooks: what may be an address, who hears what, when to try again."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from qantara.access.webhooks.model import (
    ENDPOINT_TRANSITIONS,
    EVERY,
    Due,
    EndpointEvent,
    EndpointState,
    Mark,
    Terms,
)
from qantara.errors import Conflict, Malformed, Reason

URL_LONGEST = 1024
_PORTS = {"https": 443, "http": 80}
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# Public by their numbers alone: doors to a cloud's own machinery, and blocks kept for protocols.
_RESERVED = tuple(map(IPv4Network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24")))
_UNICAST, _DOCUMENTS = IPv6Network("2000::/3"), IPv6Network("3fff::/20")
_BITS = 32


class Target(NamedTuple):
    """Where a URL leads: `host` as it is written, for the certificate and the `Host` header."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target(url: str, terms: Terms) -> Target:
    """What a URL says; `Malformed` for one that no webhook may have."""
    wrong = Malformed(Reason.FIELD_INVALID, param="url", value=url[:URL_LONGEST])
    if len(url) > URL_LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    schemes = _PORTS if terms.private else ("https",)
    bare = parts.username is None and parts.password is None and not parts.fragment
    if parts.scheme not in schemes or not parts.hostname or not bare or "\\" in url or port == 0:
        raise wrong
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path + query)


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet: neither this machine, nor a network of
    its own, nor one that leads to such in another notation.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = _inside(found)
        if inner is not None:
            return is_public(str(inner))
        if found not in _UNICAST or found in _DOCUMENTS:
            return False
    elif any(found in network for network in _RESERVED):
        return False
    special = found.is_multicast or found.is_reserved or found.is_unspecified
    return found.is_global and not special


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it stands for one."""
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & (1 << _BITS) - 1)
    return address.ipv4_mapped or address.sixtofour


def is_allowed(addresses: Collection[str], terms: Terms) -> bool:
    """Whether a host may be called: all it resolves to is public. One inner address among
    others is how a name that answers differently each time gets in.
    """
    return bool(addresses) and (terms.private or all(is_public(each) for each in addresses))


def hears(event_types: Sequence[str], event_type: str) -> bool:
    """Whether an endpoint wants an event: by its name, by `noun.*`, or by `*`."""
    noun = event_type.partition(".")[0]
    return any(wanted in {EVERY, event_type, f"{noun}.*"} for wanted in event_types)


def advance(state: EndpointState, event: EndpointEvent) -> EndpointState | Conflict:
    """The state after an event; what is asked for and is so already stays."""
    after = ENDPOINT_TRANSITIONS.get((state, event))
    if after is not None:
        return after
    opened = (EndpointState.ENABLED, EndpointEvent.ENABLE)
    closed = event is EndpointEvent.DISABLE and state is not EndpointState.DELETED
    if (state, event) == opened or closed:
        return state
    return Conflict(Reason.STATE_CONFLICT, state=state.value, event=event.value)


def again_at(terms: Terms, attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts failed; None when that was the last."""
    if attempts > len(terms.backoff_seconds):
        return None
    return now + timedelta(seconds=terms.backoff_seconds[attempts - 1])


def failed(
    terms: Terms,
    due: Due,
    now: datetime,
    error: str,
    status: int | None = None,
    answer: str | None = None,
) -> Mark:
    """What an attempt came to that was not taken."""
    return Mark(
        due.id,
        due.endpoint_id,
        delivered=False,
        again_at=again_at(terms, due.attempts + 1, now),
        status=status,
        error=error or None,
        answer=answer,
        gone=status == HTTPStatus.GONE,
    )


def rest_seconds(terms: Terms, failures: int) -> int:
    """How long an endpoint is left alone after so many failures in a row: the first costs
    nothing, it may be one message that it cannot take.
    """
    if failures <= 1:
        return 0
    place = min(failures - 2, len(terms.backoff_seconds) - 1)
    return min(terms.backoff_seconds[place], terms.rest_most_seconds)


def is_dead(terms: Terms, failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is told nothing any more."""
    if failing_since is None:
        return False
    return now - failing_since >= timedelta(seconds=terms.disable_after_seconds)
