"""Each role's own configuration, made from the world's file and its rulebook."""

from datetime import date

from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec, WorldSpec, amount, decimal, share
from qantara.money import Money, asset
from qantara.policy.model import Fee
from qantara.rails.model import AccountRef, Agent, Correspondent, Profile
from qantara.remittance.model import Corridor, Institution
from qantara.scheme.fxp.model import FxpNode, Pair
from qantara.scheme.gateway.model import Country, FeeFormula, FxProvider, GatewayNode, Tier
from qantara.scheme.ips.model import IpsNode, Participant, ParticipantKind, Settlement
from qantara.scheme.sap.model import Customer, SapNode


def institution(world: WorldSpec, role: RoleSpec, _on: date) -> Institution:
    ips = world.role(role.take("ips", str))
    terms = role.take("fee", dict)
    currency = role.currency
    return Institution(
        role=role.name,
        bic=role.bic,
        name=role.title,
        country=role.country,
        asset=currency,
        profile=ips.choose("profile", Profile),
        ips=ips.name,
        ips_bic=ips.bic,
        clearing_system=ips.take("clearing_system", str),
        gateway=role.take("gateway", str),
        fee=Fee(
            amount(role.place("fee.nominal"), terms.get("nominal"), currency),
            share(role.place("fee.ratio"), terms.get("ratio")),
        ),
        corridors={
            country: _corridor(world, role, country) for country in role.take("destinations", list)
        },
        rulebook=world.rulebook,
        confirmed=ips.take("steps", int) == _CONFIRMING_STEPS,
        overdue_seconds=role.take("overdue_seconds", int, 60),
        check_seconds=role.take("check_seconds", int, 20),
    )


_CONFIRMING_STEPS = 5


def _corridor(world: WorldSpec, role: RoleSpec, country: str) -> Corridor:
    system = _system_of(world, role, country)
    return Corridor(
        country=country,
        currency=system.currency,
        rails=(role.take("ips", str), role.take("gateway", str), system.name),
        notice=world.notice,
    )


def _system_of(world: WorldSpec, role: RoleSpec, country: str) -> RoleSpec:
    for system in world.of_kind("ips"):
        if system.country == country:
            return system
    told = f"no payment system of {country} is in this world"
    raise Malformed(Reason.FIELD_INVALID, param=role.place("destinations"), value=told)


def gateway(world: WorldSpec, role: RoleSpec, on: date) -> GatewayNode:
    return GatewayNode(
        role=role.name,
        bic=role.bic,
        countries=tuple(_country(world, system, on) for system in world.of_kind("ips")),
        fxps=tuple(_fx_provider(world, fxp) for fxp in world.of_kind("fxp")),
        psps={psp.name: psp.bic for psp in world.of_kind("institution")},
        quote_validity_seconds=_whole(world, "nexus.quote.validity", on),
        acceptance_stale_seconds=role.take("acceptance_stale_seconds", int),
    )


def _whole(world: WorldSpec, value_id: str, on: date) -> int:
    value = world.value(value_id, on).value
    if not isinstance(value, int):
        raise TypeError(f"{value_id} is no whole number")
    return value


def _maximum(world: WorldSpec, currency: str, on: date) -> Money:
    value = world.value(f"nexus.maximum.{currency}", on).value
    if not isinstance(value, Money):
        raise TypeError(f"nexus.maximum.{currency} is no amount")
    return value


def _country(world: WorldSpec, system: RoleSpec, on: date) -> Country:
    currency, code = system.currency, system.country
    fee = world.fee(f"nexus.fee.creditor_agent.{code}.{currency}", on)
    required = world.value(f"nexus.required_elements.{code}", on).value
    return Country(
        code=code,
        currency=currency,
        ips=system.name,
        ips_bic=system.bic,
        clearing_system=system.take("clearing_system", str),
        maximum=_maximum(world, currency.code, on),
        fee=FeeFormula(fee.nominal, fee.ratio),
        steps=system.take("steps", int),
        purpose_required=isinstance(required, tuple) and "purposeCode" in required,
    )


def _fx_provider(world: WorldSpec, role: RoleSpec) -> FxProvider:
    saps = [sap for sap in world.of_kind("sap") if sap.take("fxp", str) == role.name]
    return FxProvider(
        role=role.name,
        bic=role.bic,
        accounts={
            sap.currency.code: Correspondent(
                Agent(sap.bic), AccountRef(other=sap.take("fxp_account", str))
            )
            for sap in saps
        },
        tiers={
            code: tuple(
                Tier(amount(role.place(f"tiers.{code}"), text, asset(code)), bps)
                for text, bps in steps
            )
            for code, steps in role.take("tiers", dict).items()
        },
        relationships=role.take("relationships", dict),
    )


def payment_system(world: WorldSpec, role: RoleSpec, on: date) -> IpsNode:
    hub = world.role(role.take("gateway", str))
    cap, place = role.table.get("net_debit_cap"), role.place("net_debit_cap")
    kinds = {"institution": ParticipantKind.PSP, "sap": ParticipantKind.SAP}
    return IpsNode(
        role=role.name,
        bic=role.bic,
        name=role.title,
        country=role.country,
        asset=role.currency,
        profile=role.choose("profile", Profile),
        settlement=role.choose("settlement", Settlement),
        maximum=_maximum(world, role.currency.code, on),
        participants=tuple(
            Participant(member.name, member.bic, kinds[member.kind])
            for member in world.roles.values()
            if member.kind in kinds and member.take("ips", str) == role.name
        ),
        gateway=hub.name,
        gateway_bic=hub.bic,
        clearing_system=role.take("clearing_system", str),
        steps=role.take("steps", int),
        net_debit_cap=None if cap is None else amount(place, cap, role.currency),
    )


def access_provider(world: WorldSpec, role: RoleSpec, _on: date) -> SapNode:
    system, provider = world.role(role.take("ips", str)), world.role(role.take("fxp", str))
    return SapNode(
        role=role.name,
        bic=role.bic,
        ips=system.name,
        profile=system.choose("profile", Profile),
        asset=role.currency,
        customers=(Customer(provider.name, provider.bic, role.take("fxp_account", str)),),
    )


def fx_provider(world: WorldSpec, role: RoleSpec, _on: date) -> FxpNode:
    saps = [sap for sap in world.of_kind("sap") if sap.take("fxp", str) == role.name]
    return FxpNode(
        role=role.name,
        bic=role.bic,
        gateway=role.take("gateway", str),
        seed=role.take("seed", int),
        pairs=tuple(_pair(role, name, start) for name, start in role.take("mid", dict).items()),
        nostros={sap.currency.code: sap.name for sap in saps},
        assets=tuple(sap.currency for sap in saps),
        spread_bps=role.take("spread_bps", int),
    )


def _pair(role: RoleSpec, name: str, start: object) -> Pair:
    base, _, quote = name.partition("/")
    return Pair(asset(base), asset(quote), decimal(role.place("mid"), start))
