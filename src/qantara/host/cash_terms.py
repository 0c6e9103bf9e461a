"""What cash costs at an institution's agents, and how long codes stand, from the world's file.

[roles.my.cash]             # every figure an example
code_seconds = 1800
pickup_seconds = 2592000
attempts = 3
prices.withdrawal = { per_thousand = "5", minimum = "1.00" }
commissions.deposit = { per_thousand = "2", minimum = "0.20" }
"""

from typing import Any

from msgspec.structs import replace

from qantara.agents.model import Kind
from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec, amount, decimal
from qantara.policy.model import Tariff
from qantara.remittance.model import Institution

_FIGURES = {
    "code_seconds": "cash_code_seconds",
    "pickup_seconds": "cash_pickup_seconds",
    "attempts": "cash_attempts",
}
_TARIFFS = {"prices": "cash_prices", "commissions": "cash_commissions"}
_TARIFF = frozenset({"per_thousand", "minimum"})


def cash(node: Institution, role: RoleSpec) -> Institution:
    """The institution with its terms for cash; what the file leaves out stays as it was."""
    told: dict[str, object] = role.take("cash", dict, {})
    said: dict[str, Any] = {}
    for key, value in told.items():
        if key in _FIGURES:
            if type(value) is not int or value < 1:
                raise _wrong(role, key, f"{value!r} is no whole number above zero")
            said[_FIGURES[key]] = value
        elif key in _TARIFFS:
            said[_TARIFFS[key]] = _tariffs(role, key, value)
        else:
            raise _wrong(role, key, f"no such key; there are {', '.join([*_FIGURES, *_TARIFFS])}")
    return replace(node, **said)


def _tariffs(role: RoleSpec, key: str, told: object) -> dict[str, Tariff]:
    kinds = {kind.value for kind in Kind}
    if not isinstance(told, dict) or not set(told) <= kinds:
        raise _wrong(role, key, f"{told!r} is not by {', '.join(sorted(kinds))}")
    return {kind: _tariff(role, f"{key}.{kind}", terms) for kind, terms in told.items()}


def _tariff(role: RoleSpec, key: str, terms: object) -> Tariff:
    if not isinstance(terms, dict) or set(terms) != _TARIFF:
        raise _wrong(role, key, f"{terms!r} has not per_thousand and minimum")
    place = role.place(f"cash.{key}")
    per_thousand = decimal(f"{place}.per_thousand", terms["per_thousand"])
    if per_thousand < 0:
        raise _wrong(role, key, f"{per_thousand} is less than nothing")
    return Tariff(per_thousand, amount(f"{place}.minimum", terms["minimum"], role.currency))


def _wrong(role: RoleSpec, key: str, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=role.place(f"cash.{key}"), value=problem)
