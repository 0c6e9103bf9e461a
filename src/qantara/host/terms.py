"""How a role treats its callers: limits and webhooks, as the world's file says.

[roles.my]
webhook_private = true
webhook_backoff_seconds = [5, 300, 1800]
[roles.my.rates]
customer = [600, 60]        # requests, in so many seconds, per key
payee_checks = [60, 600]    # per customer
"""

from dataclasses import fields, replace
from typing import Any

from qantara.access.model import Role
from qantara.access.webhooks.model import Terms
from qantara.edge.envelope import CAP_COUNT
from qantara.edge.limits import Rate, Rates
from qantara.edge.outward import Outward
from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec

_RATES = ("messages", "sign_in_failures", "payee_checks")
_COST = "payee_unknown_cost"
_SECONDS = {
    "webhook_overlap_seconds": "overlap_seconds",
    "webhook_disable_seconds": "disable_after_seconds",
    "webhook_timeout_seconds": "timeout_seconds",
    "webhook_endpoints_most": "endpoints_most",
}


def rates(role: RoleSpec) -> Rates:
    """The role's limits: the example's, where the file says nothing."""
    table, example = role.take("rates", dict, {}), Rates()
    names = {each.value for each in Role}
    said: dict[str, Any] = {}
    roles = dict(example.roles)
    for key, value in table.items():
        place = role.place(f"rates.{key}")
        if key == _COST:
            said[key] = _whole(place, value)
        elif key in _RATES:
            said[key] = _rate(place, value)
        elif key in names:
            roles[Role(key)] = _rate(place, value)
        else:
            known = (*sorted(names), *_RATES, _COST)
            raise _wrong(place, f"no such key; there are {', '.join(known)}")
    made = replace(example, roles=roles, **said)
    if made.messages.quota < CAP_COUNT:
        raise _wrong(role.place("rates.messages"), f"one envelope may hold {CAP_COUNT} messages")
    return made


def webhooks(role: RoleSpec) -> Outward:
    """The terms on which the role calls its callers back."""
    said: dict[str, Any] = {
        name: _whole(role.place(key), role.take(key, int))
        for key, name in _SECONDS.items()
        if key in role.table
    }
    if "webhook_backoff_seconds" in role.table:
        place = role.place("webhook_backoff_seconds")
        waits = role.take("webhook_backoff_seconds", list)
        said["backoff_seconds"] = tuple(_whole(place, each) for each in waits)
        if not waits:
            raise _wrong(place, "at least one wait is needed")
    terms = Terms(private=role.take("webhook_private", bool, default=False), **said)
    return Outward(terms)


def _rate(place: str, value: object) -> Rate:
    if not isinstance(value, list) or len(value) != len(fields(Rate)):
        raise _wrong(place, f"{value!r} is not [requests, seconds]")
    return Rate(_whole(place, value[0]), _whole(place, value[1]))


def _whole(place: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(place, f"{value!r} is no whole number above zero")
    return value


def _wrong(place: str, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=place, value=problem)
