"""What the gateway knows of a payment system: its most, its fees, what its messages must name.

The rulebooks say it. Of a system of which no book speaks, its own table in the world's file does:

[roles.promptpay]
aliases = ["MBNO", "NIDN"]          # what its directory registers
[roles.promptpay.terms]
maximum = "2000000.00"
creditor_fee = { nominal = "5.00", ratio = "0.0005" }
scheme_fee = { nominal = "0.50", ratio = "0.0001" }
required = ["purposeCode"]
"""

from datetime import date
from typing import Any

from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec, WorldSpec, amount, share
from qantara.money import Money
from qantara.scheme.gateway.model import Country, FeeFormula

_TERMS = ("maximum", "creditor_fee", "scheme_fee", "required")
_FEE = frozenset({"nominal", "ratio"})
_PROXY_CODE = 4
"""Letters of an ISO external proxy code."""


def connected(world: WorldSpec, hub: RoleSpec, system: RoleSpec, on: date) -> Country:
    """A country as the gateway knows it."""
    return Country(
        code=system.country,
        currency=system.currency,
        ips=system.name,
        ips_bic=system.bic,
        clearing_system=system.take("clearing_system", str),
        maximum=maximum(world, system, on),
        fee=_fee(world, system, "creditor_fee", on),
        steps=system.take("steps", int),
        required=_required(world, system, on),
        high=system.take("high", bool, default=True),
        scheme_fee=_fee(world, system, "scheme_fee", on),
        endpoints=tuple(hub.take("endpoints", dict, {}).get(system.name, ())),
    )


def maximum(world: WorldSpec, system: RoleSpec, on: date) -> Money:
    """The most that one payment across borders may carry there."""
    if (terms := _terms(system)) is not None:
        return amount(system.place("terms.maximum"), terms.get("maximum"), system.currency)
    place = f"nexus.maximum.{system.currency.code}"
    value = world.value(place, on).value
    if not isinstance(value, Money):
        raise Malformed(Reason.FIELD_INVALID, param=place, value="no amount is published")
    return value


_PUBLISHED = {"creditor_fee": "nexus.fee.creditor_agent", "scheme_fee": "nexus.fee.scheme"}


def _fee(world: WorldSpec, system: RoleSpec, which: str, on: date) -> FeeFormula:
    terms = _terms(system)
    if terms is None:
        published = f"{_PUBLISHED[which]}.{system.country}.{system.currency.code}"
        fee = world.fee(published, on)
        return FeeFormula(fee.nominal, fee.ratio)
    told, place = terms.get(which), system.place(f"terms.{which}")
    if not isinstance(told, dict) or told.keys() != _FEE:
        raise _wrong(place, told, "has not nominal and ratio")
    nominal = amount(f"{place}.nominal", told["nominal"], system.currency)
    return FeeFormula(nominal, share(f"{place}.ratio", told["ratio"]))


def _required(world: WorldSpec, system: RoleSpec, on: date) -> tuple[str, ...]:
    terms = _terms(system)
    if terms is None:
        listed = world.value(f"nexus.required_elements.{system.country}", on).value
        return listed if isinstance(listed, tuple) else ()
    told = terms.get("required", [])
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise _wrong(system.place("terms.required"), told, "are not names of elements")
    return tuple(told)


def _terms(system: RoleSpec) -> dict[str, Any] | None:
    if "terms" not in system.table:
        return None
    terms: dict[str, Any] = system.take("terms", dict)
    for key in terms:
        if key not in _TERMS:
            raise _wrong(system.place(f"terms.{key}"), key, f"is not one of {', '.join(_TERMS)}")
    return terms


def aliases(system: RoleSpec) -> frozenset[str] | None:
    """The ISO proxy codes that its directory registers; None where its profile says them."""
    if "aliases" not in system.table:
        return None
    told: list[object] = system.take("aliases", list)
    codes = [each for each in told if isinstance(each, str) and len(each) == _PROXY_CODE]
    if len(codes) < len(told):
        raise _wrong(system.place("aliases"), told, "are not proxy codes of four letters")
    return frozenset(codes)


def _wrong(place: str, told: object, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=place, value=f"{told!r} {problem}")
