"""How an institution sends and receives across borders, from its table in the world's file."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec, WorldSpec, amount
from qantara.remittance.model import (
    RESEND_SECONDS,
    ForeignAccount,
    Institution,
    OwnFx,
    Required,
)

_PURPOSE = frozenset({"purposeCode", "categoryPurposeCode"})
_NUMBER_LONGEST = 34


def across(node: Institution, world: WorldSpec, role: RoleSpec, on: date) -> Institution:
    """The institution with its terms for payments that cross a border."""
    review, kept = role.table.get("review_above"), role.table.get("return_fee")
    return replace(
        node,
        resend_seconds=_waits(role),
        status_requests=role.take("status_requests", bool, default=False),
        correspondents={
            number: fxp for fxp, number in kept_accounts(world, role, "access").items()
        },
        own_fx=_own_fx(world, role),
        required=_required(world, role, on),
        checks_names=role.take("checks_names", bool, default=False),
        review_above=None
        if review is None
        else amount(role.place("review_above"), review, role.currency),
        return_fee=None if kept is None else amount(role.place("return_fee"), kept, role.currency),
        case_seconds=role.take("case_seconds", int, 86_400),
        review_seconds=role.take("review_seconds", int, 86_400),
    )


def _wrong(role: RoleSpec, key: str, told: object, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=role.place(key), value=f"{told!r} {problem}")


def _waits(role: RoleSpec) -> tuple[int, ...]:
    told: list[Any] = role.take("resend_seconds", list, list(RESEND_SECONDS))
    if not told or not all(type(each) is int and each > 0 for each in told):
        raise _wrong(role, "resend_seconds", told, "are not whole seconds")
    return tuple(told)


def kept_accounts(world: WorldSpec, role: RoleSpec, key: str) -> dict[str, str]:
    """The accounts that an access provider keeps for FX providers: number by role, as in
    `accounts = { fxp = "880100000001" }` of a settlement access provider, or `access` of an
    institution that is one itself.
    """
    told: dict[str, object] = role.take(key, dict, {})
    for fxp, number in told.items():
        if world.role(fxp).kind != "fxp":
            raise _wrong(role, key, fxp, "is no FX provider")
        if not isinstance(number, str) or not 0 < len(number) <= _NUMBER_LONGEST:
            raise _wrong(role, f"{key}.{fxp}", number, "is no account number")
    if len(set(told.values())) < len(told):
        raise _wrong(role, key, told, "has one number twice")
    return {fxp: str(number) for fxp, number in told.items()}


def access_providers(world: WorldSpec, fxp: str) -> list[tuple[RoleSpec, str]]:
    """Who keeps an FX provider's account, and under which number: one in each currency."""
    found = [
        (keeper, accounts[fxp])
        for kind, key in (("sap", "accounts"), ("institution", "access"))
        for keeper in world.of_kind(kind)
        if fxp in (accounts := kept_accounts(world, keeper, key))
    ]
    currencies = [keeper.currency.code for keeper, _ in found]
    if len(set(currencies)) < len(currencies):
        names = ", ".join(keeper.name for keeper, _ in found)
        problem = f"{names} keep more than one account in a currency"
        raise Malformed(Reason.FIELD_INVALID, param=f"roles.{fxp}", value=problem)
    return found


def _own_fx(world: WorldSpec, role: RoleSpec) -> OwnFx | None:
    if "own_fx" not in role.table:
        return None
    match role.take("own_fx", dict):
        case {"account": str(account), "accounts": dict(accounts), **rest} if set(rest) <= {
            "validity_seconds"
        }:
            seconds = rest.get("validity_seconds", 600)
            if type(seconds) is not int or seconds <= 0:
                raise _wrong(role, "own_fx.validity_seconds", seconds, "are no whole seconds")
            kept = {code: _abroad(world, role, told) for code, told in accounts.items()}
            return OwnFx(account, kept, seconds)
    raise _wrong(role, "own_fx", role.table["own_fx"], "has not account and accounts")


def _abroad(world: WorldSpec, role: RoleSpec, told: object) -> ForeignAccount:
    match told:
        case [str(name), str(number)]:
            sap = world.role(name)
            return ForeignAccount(sap.name, sap.bic, number, sap.currency)
    raise _wrong(role, "own_fx.accounts", told, "is no [access provider, account]")


def own_accounts_at(world: WorldSpec, sap: str) -> list[tuple[RoleSpec, str]]:
    """The institutions that exchange money themselves with an account at an access provider."""
    return [
        (bank, account.number)
        for bank in world.of_kind("institution")
        if (own := _own_fx(world, bank)) is not None
        for account in own.accounts.values()
        if account.sap == sap
    ]


def _required(world: WorldSpec, role: RoleSpec, on: date) -> frozenset[Required]:
    """What the rulebook and the table say that a payment to this country must carry."""
    told: list[object] = role.take("required", list, [])
    known = set(Required)
    if not set(map(str, told)) <= known:
        raise _wrong(role, "required", told, f"are not of {', '.join(sorted(known))}")
    named = {Required(str(each)) for each in told}
    listed = world.value(f"nexus.required_elements.{role.country}", on).value
    if isinstance(listed, tuple) and _PURPOSE & set(listed):
        named.add(Required.PURPOSE)
    return frozenset(named)


def neighbours(world: WorldSpec, role: RoleSpec) -> dict[str, str]:
    """The institutions of other jurisdictions: role to country."""
    return {
        each.name: each.country
        for each in world.of_kind("institution")
        if each.country != role.country
    }
