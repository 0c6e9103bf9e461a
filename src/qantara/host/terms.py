"""How a role treats its callers: limits, webhooks and where its events go, as the world's file
says.

[roles.my]
webhook_private = true
webhook_backoff_seconds = [5, 300, 1800]
[roles.my.rates]
customer = [600, 60]        # requests, in so many seconds, per key
payee_checks = [60, 600]    # per customer
[roles.my.sites.console]    # the pages of staff; both times are examples
idle_seconds = 900
lifetime_seconds = 28800
secure = true               # behind TLS: cookies go nowhere else
[roles.my.supervision]
least = 5                   # payments behind a figure that other jurisdictions are told (example)
[roles.my.nats]
url = "nats://10.0.0.5:4222,nats://10.0.0.6:4222"
replicas = 3
"""

from dataclasses import fields, replace
from importlib.util import find_spec
from typing import Any

from qantara.access.model import Role
from qantara.access.webhooks.model import Terms
from qantara.edge.envelope import CAP_COUNT
from qantara.edge.limits import Rate, Rates
from qantara.edge.outward import Outward
from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec
from qantara.remittance.flow import SHARED_LEAST
from qantara.web import SITE_NAMES
from qantara.web import Terms as Site
from qantara.worker import Channel

_RATES = ("messages", "sign_in_failures", "payee_checks", "public", "codes", "payment_codes")
_NATS = "nats"
_LEAST = "least"
_SECURE = "secure"
_SITE = ("idle_seconds", "lifetime_seconds", _SECURE)
_CHANNEL = {"url": str, "stream": str, "replicas": int, "credentials": str}
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


def sites(role: RoleSpec) -> dict[str, Site]:
    """The terms on which people are signed in to each site, by its name."""
    return {
        name: _site(role.place(f"sites.{name}"), table)
        for name, table in _known_sites(role).items()
    }


def _known_sites(role: RoleSpec) -> dict[str, Any]:
    tables: dict[str, Any] = role.take("sites", dict, {})
    for name, table in tables.items():
        if name not in SITE_NAMES or not isinstance(table, dict):
            known = ", ".join(SITE_NAMES)
            raise _wrong(role.place(f"sites.{name}"), f"no such table; there are {known}")
    return tables


def _site(place: str, table: dict[str, Any]) -> Site:
    said = dict[str, Any]()
    for key, value in table.items():
        if key not in _SITE:
            raise _wrong(f"{place}.{key}", f"no such key; there are {', '.join(_SITE)}")
        if key == _SECURE and not isinstance(value, bool):
            raise _wrong(f"{place}.{key}", f"{value!r} is neither true nor false")
        said[key] = value if key == _SECURE else _whole(f"{place}.{key}", value)
    return Site(**said)


def shared_least(role: RoleSpec) -> int:
    """How many payments stand behind each figure that other jurisdictions are told."""
    table = role.take("supervision", dict, {})
    for key in table:
        if key != _LEAST:
            raise _wrong(role.place(f"supervision.{key}"), f"no such key; there is {_LEAST}")
    return _whole(role.place(f"supervision.{_LEAST}"), table.get(_LEAST, SHARED_LEAST))


def channel(role: RoleSpec) -> Channel | None:
    """Where the role's events are published, if its table says so."""
    if _NATS not in role.table:
        return None
    table, place = role.take(_NATS, dict), role.place(_NATS)
    for key, value in table.items():
        wanted = _CHANNEL.get(key)
        if wanted is None:
            known = ", ".join(_CHANNEL)
            raise _wrong(f"{place}.{key}", f"no such key; there are {known}")
        if wanted is int:
            _whole(f"{place}.{key}", value)
        elif not isinstance(value, str) or not value:
            raise _wrong(f"{place}.{key}", f"{value!r} is no text")
    if "url" not in table:
        raise _wrong(f"{place}.url", "is missing")
    if find_spec("nats") is None:
        raise _wrong(place, "the extra is not installed: pip install 'qantara[nats]'")
    return Channel(**{"stream": f"qantara-{role.name}", **table})


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
