"""How often somebody may ask: token buckets in the memory of one process.

A bucket holds `quota` tokens and is filled evenly over `window_seconds`; a request takes one.
What a caller has left is told in the header fields of the IETF's draft on rate limits
(draft-ietf-httpapi-ratelimit-headers): `RateLimit` and `RateLimit-Policy`.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

from qantara.access.model import Principal, Role
from qantara.errors import Limited, Reason

STATE = "rate_limit"
"""Where the answer's header fields wait in the request's state."""
CAP = 50_000
_HOME_BITS = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds, all of them at once if need be."""

    quota: int
    window_seconds: int

    @property
    def per_second(self) -> float:
        return self.quota / self.window_seconds


_STAFF = Rate(600, 60)
_EXAMPLE: Mapping[Role, Rate] = dict.fromkeys(Role, _STAFF) | {
    Role.CUSTOMER: Rate(6_000, 10),
    Role.COUNTERPARTY: Rate(60_000, 10),
    Role.USSD_GATEWAY: Rate(6_000, 10),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of a role. Every figure is an example and configuration.

    `roles` are per key; `messages` are messages a counterparty hands over, counted one by one;
    `sign_in_failures` are per client address; `payee_checks` per customer: asking for names and
    paying nobody is how a directory is copied. `public` are requests of people without a key, per
    client address; `codes` are text messages per phone, `payment_codes` those that confirm a
    payment, per person.
    """

    roles: Mapping[Role, Rate] = field(default_factory=lambda: _EXAMPLE)
    messages: Rate = Rate(200_000, 10)
    sign_in_failures: Rate = Rate(30, 60)
    payee_checks: Rate = Rate(600, 600)
    payee_unknown_cost: int = 5
    public: Rate = Rate(120, 60)
    codes: Rate = Rate(5, 3600)
    payment_codes: Rate = Rate(20, 3600)


class Buckets:
    """The buckets of one policy, by whoever they belong to; a full one needs no memory."""

    def __init__(self, name: str, ticks: Callable[[], float], cap: int = CAP) -> None:
        self._name, self._ticks, self._cap = name, ticks, cap
        self._levels: dict[str, tuple[float, float]] = {}
        self._prune_at = cap

    def __len__(self) -> int:
        return len(self._levels)

    def level(self, whose: str, rate: Rate) -> float:
        return self._filled(whose, rate, self._ticks())

    def _filled(self, whose: str, rate: Rate, now: float) -> float:
        found = self._levels.get(whose)
        if found is None:
            return float(rate.quota)
        level, at = found
        return min(float(rate.quota), level + (now - at) * rate.quota / rate.window_seconds)

    def take(self, whose: str, rate: Rate, cost: int = 1) -> float:
        """What is left; below zero nothing was taken, and so much is missing."""
        now = self._ticks()
        left = self._filled(whose, rate, now) - cost
        if left >= 0:
            self._levels[whose] = (left, now)
            if len(self._levels) >= self._prune_at:
                self._prune(rate, now)
        return left

    def drain(self, whose: str, rate: Rate, cost: int) -> None:
        """Take what there is, up to the cost: for what has happened already."""
        now = self._ticks()
        self._levels[whose] = (max(0.0, self._filled(whose, rate, now) - cost), now)

    def give(self, whose: str, rate: Rate) -> None:
        """Put one back."""
        if whose in self._levels:
            now = self._ticks()
            level = self._filled(whose, rate, now) + 1
            self._levels[whose] = (min(float(rate.quota), level), now)

    def _prune(self, rate: Rate, now: float) -> None:
        self._levels = {
            whose: found
            for whose, found in self._levels.items()
            if self._filled(whose, rate, now) < rate.quota - 1
        }
        self._prune_at = max(self._cap, 2 * len(self._levels))

    def fields(self, rate: Rate, left: float) -> list[tuple[bytes, bytes]]:
        """The header fields: what is left, and in how many seconds there is all of it again."""
        full = math.ceil((rate.quota - left) * rate.window_seconds / rate.quota)
        said = f'"{self._name}";r={max(0, int(left))};t={full}'
        policy = f'"{self._name}";q={rate.quota};w={rate.window_seconds}'
        return [(b"ratelimit", said.encode()), (b"ratelimit-policy", policy.encode())]


class Limits:
    """The limits of one role's doors in this process."""

    def __init__(self, rates: Rates, ticks: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._keys = {role: Buckets(role.value, ticks) for role in Role}
        self._messages = Buckets("messages", ticks)
        self._failures = Buckets("sign-in", ticks)
        self._checks = Buckets("payee-checks", ticks)
        self._public = Buckets("public", ticks)
        self._codes = Buckets("codes", ticks)
        self._payment_codes = Buckets("payment-codes", ticks)

    def request(self, request: Request, principal: Principal) -> None:
        """Count a request against the caller's key; `Limited` for one too many."""
        role = self._role_of(principal)
        rate = self._rates.roles[role]
        _spend(request, self._keys[role], principal.key_id or principal.id, rate, 1)

    def _role_of(self, principal: Principal) -> Role:
        """Of several roles the one that may ask most."""
        if len(principal.roles) == 1:
            return principal.roles[0]
        return max(principal.roles, key=lambda role: self._rates.roles[role].per_second)

    def messages(self, request: Request, principal: Principal, count: int) -> None:
        """Count the messages of one envelope, before any of them is read."""
        _spend(request, self._messages, principal.id, self._rates.messages, count)

    def payee_check(self, request: Request, customer_id: str) -> None:
        _spend(request, self._checks, customer_id, self._rates.payee_checks, 1)

    def payee_unknown(self, customer_id: str) -> None:
        """A check that found nobody costs more: guesses mostly find nobody."""
        cost = self._rates.payee_unknown_cost - 1
        self._checks.drain(customer_id, self._rates.payee_checks, cost)

    def payee_paid(self, customer_id: str) -> None:
        """A check that led to a payment costs nothing."""
        self._checks.give(customer_id, self._rates.payee_checks)

    def public(self, request: Request) -> None:
        """Count a request of nobody we know against the address it comes from."""
        _spend(request, self._public, _address(request), self._rates.public, 1)

    def code(self, request: Request, phone: str) -> None:
        """Count a text message against the phone it would go to."""
        _spend(request, self._codes, phone, self._rates.codes, 1)

    def payment_code(self, request: Request, whose: str) -> None:
        """Count a text message that confirms a payment against the person who pays."""
        _spend(request, self._payment_codes, whose, self._rates.payment_codes, 1)

    def may_sign_in(self, request: Request) -> None:
        """`Limited` for an address from which too many keys failed to open; nothing is looked up
        for it.
        """
        rate, whose = self._rates.sign_in_failures, _address(request)
        left = self._failures.level(whose, rate) - 1
        if left < 0:
            raise _limited(request, self._failures, rate, left)

    def sign_in_failed(self, request: Request) -> None:
        self._failures.drain(_address(request), self._rates.sign_in_failures, 1)


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


def _spend(request: Request, buckets: Buckets, whose: str, rate: Rate, cost: int) -> None:
    left = buckets.take(whose, rate, cost)
    if left < 0:
        raise _limited(request, buckets, rate, left, cost)
    request.scope["state"][STATE] = (buckets, rate, left)


def _limited(request: Request, buckets: Buckets, rate: Rate, left: float, cost: int = 1) -> Limited:
    request.scope["state"][STATE] = (buckets, rate, left + cost)
    return Limited(Reason.RATE_LIMITED, seconds=str(max(1, math.ceil(-left / rate.per_second))))


def fields(state: Mapping[str, object]) -> list[tuple[bytes, bytes]]:
    """The header fields of a request's answer, none where nothing was counted."""
    match state.get(STATE):
        case (Buckets() as buckets, Rate() as rate, float() as left):
            return buckets.fields(rate, left)
        case _:
            return []


def _address(request: Request) -> str:
    """Whose line a request came over: of an IPv6 address the network, which is one home's."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _HOME_BITS), strict=False))
    return host
