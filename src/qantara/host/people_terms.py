"""On what terms people sign in, confirm and become customers, as the world's file says.

[roles.my.credentials]
rp_id = "app.example"
origins = ["https://app.example"]
step_up_above = "250.00"    # payments above it are confirmed, and every first one to somebody

Without origins the role's own port on this machine is the one: `http://localhost:8401`.

[roles.my.onboarding]
numbering = { prefix = "71", digits = 12 }
ceilings = { emoney = "20000.00" }
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from qantara.access.credentials.model import Terms as Credentials
from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec, amount
from qantara.onboarding.model import LADDERS, Numbering
from qantara.onboarding.model import Terms as Onboarding

_ABOVE, _ORIGINS = "step_up_above", "origins"


def credentials(role: RoleSpec) -> Credentials:
    """The terms on which people sign in: the example's, where the file says nothing."""
    table, said = role.take("credentials", dict, {}), dict[str, Any]()
    known = {each.name: each.default for each in fields(Credentials)}
    for key, value in table.items():
        place = role.place(f"credentials.{key}")
        _known(place, key, known)
        if key == _ABOVE:
            said[key] = amount(place, value, role.currency).minor
        elif key == _ORIGINS:
            said[key] = _texts(place, value)
        else:
            said[key] = _like(place, known[key], value)
    if _ORIGINS not in said and role.port is not None:
        said[_ORIGINS] = (f"http://{said.get('rp_id', Credentials().rp_id)}:{role.port}",)
    return Credentials(**said)


def onboarding(role: RoleSpec) -> Onboarding:
    """The terms on which people become customers: the example's, where the file says nothing."""
    table, said = role.take("onboarding", dict, {}), dict[str, Any]()
    known = dict(zip(Onboarding.__struct_fields__, Onboarding.__struct_defaults__, strict=True))
    for key, value in table.items():
        place = role.place(f"onboarding.{key}")
        _known(place, key, known)
        if key == "numbering":
            said[key] = _numbering(place, value)
        elif key == "ceilings":
            said[key] = _ceilings(role, place, value)
        else:
            said[key] = _like(place, known[key], value)
    return Onboarding(**said)


def _numbering(place: str, value: object) -> Numbering:
    known = dict(zip(Numbering.__struct_fields__, Numbering.__struct_defaults__, strict=True))
    said: dict[str, Any] = {}
    for key, told in _table(place, value).items():
        _known(f"{place}.{key}", key, known)
        said[key] = _like(f"{place}.{key}", known[key], told)
    return Numbering(**said)


def _ceilings(role: RoleSpec, place: str, value: object) -> dict[str, int]:
    tiers = {tier.key: None for tier in LADDERS.get(role.country, ())}
    said = {}
    for key, told in _table(place, value).items():
        _known(f"{place}.{key}", key, tiers)
        said[key] = amount(f"{place}.{key}", told, role.currency).minor
    return said


def _table(place: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place, f"{value!r} is no table")
    return value


def _texts(place: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise _wrong(place, f"{value!r} is no list of texts")
    return tuple(value)


def _like(place: str, example: object, value: object) -> object:
    """A value of the kind that the example's is: a flag, a text, a whole number above zero."""
    if type(value) is not type(example):
        raise _wrong(place, f"{value!r} is no {type(example).__name__}")
    if type(value) is int and value < 1:
        raise _wrong(place, f"{value!r} is no whole number above zero")
    return value


def _known(place: str, key: str, known: Mapping[str, Any]) -> None:
    if key not in known:
        raise _wrong(place, f"no such key; there are {', '.join(known)}")


def _wrong(place: str, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=place, value=problem)
