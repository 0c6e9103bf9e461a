"""Each role's own configuration, made from the world's file and its rulebook."""

from datetime import date, time

from qantara.errors import Malformed, Reason
from qantara.host.cash_terms import cash
from qantara.host.config import RoleSpec, WorldSpec, amount, decimal, share
from qantara.host.corridor_terms import (
    access_providers,
    across,
    kept_accounts,
    neighbours,
    own_accounts_at,
)
from qantara.host.desk_terms import desk
from qantara.host.directory import directory
from qantara.host.system_terms import aliases, connected, maximum
from qantara.host.terms import shared_least
from qantara.money import Money, asset
from qantara.policy.model import Fee
from qantara.rails.model import AccountRef, Agent, Correspondent, Profile
from qantara.remittance.model import (
    EXECUTION_SECONDS,
    RECALL_DAYS,
    Corridor,
    Institution,
)
from qantara.scheme.fxp.model import FxpNode, Pair
from qantara.scheme.gateway.model import (
    FinInst,
    FxProvider,
    GatewayNode,
    InstitutionRole,
    Tier,
)
from qantara.scheme.ips.model import (
    Initiation,
    IpsNode,
    Limits,
    Participant,
    ParticipantKind,
    Settlement,
    Timers,
    Window,
)
from qantara.scheme.psp.model import PspNode
from qantara.scheme.sap.model import Customer, SapNode


def institution(world: WorldSpec, role: RoleSpec, on: date) -> Institution:
    ips = world.role(role.take("ips", str))
    terms = role.take("fee", dict)
    currency = role.currency
    node = Institution(
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
        check_age_seconds=role.take("check_age_seconds", int, 3600),
        domestic_fee=_domestic_fee(role),
        execution_seconds=role.take("execution_seconds", int, EXECUTION_SECONDS),
        recall_days=role.take("recall_days", int, RECALL_DAYS),
        dispute_answer_days=role.take("dispute_answer_days", int, 15),
        dispute_end_days=role.take("dispute_end_days", int, 35),
        exceptions=role.take("exceptions", bool, default=False),
        neighbours=neighbours(world, role),
        shared_least=shared_least(role),
        bank=role.take("bank", str, ""),
        banks=directory(world),
        code_seconds=role.take("code_seconds", int, 900),
    )
    return cash(across(node, world, role, on), role)


def _domestic_fee(role: RoleSpec) -> Fee | None:
    """The price of a payment inside the system; without an entry there is none."""
    terms = role.take("domestic_fee", dict, {})
    if not terms:
        return None
    return Fee(
        amount(role.place("domestic_fee.nominal"), terms.get("nominal"), role.currency),
        share(role.place("domestic_fee.ratio"), terms.get("ratio")),
    )


_CONFIRMING_STEPS = 5


def _corridor(world: WorldSpec, role: RoleSpec, country: str) -> Corridor:
    system = _system_of(world, role, country)
    return Corridor(
        country=country,
        currency=system.currency,
        rails=(role.take("ips", str), role.take("gateway", str), system.name),
        notice=world.notice,
        high=system.take("high", bool, default=True),
        law_read=bool(world.rulebook.touched(country)),
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
        countries=tuple(connected(world, role, system, on) for system in world.of_kind("ips")),
        fxps=tuple(_fx_provider(world, fxp) for fxp in world.of_kind("fxp")),
        psps={psp.name: psp.bic for kind in ("institution", "psp") for psp in world.of_kind(kind)},
        quote_validity_seconds=_whole(world, "nexus.quote.validity", on),
        acceptance_stale_seconds=role.take("acceptance_stale_seconds", int),
        time_out_seconds=role.take("time_out_seconds", int, 5),
        reconciled_at=role.take("reconciled_at", time, time(0)),
        institutions=_listed(world),
        own_accounts={
            psp: {code: _own_account(role, psp, told) for code, told in accounts.items()}
            for psp, accounts in role.take("own_accounts", dict, {}).items()
        },
        desk=desk(world, role),
    )


_LISTED = {
    "institution": InstitutionRole.PSP,
    "psp": InstitutionRole.PSP,
    "sap": InstitutionRole.SAP,
    "fxp": InstitutionRole.FXP,
}
_ANSWERED = ("acmt.023",)
_BIC_COUNTRY = slice(4, 6)


def _listed(world: WorldSpec) -> tuple[FinInst, ...]:
    """Each bank once, with all that it is: one BIC may stand for several roles."""
    found: dict[str, tuple[str, list[InstitutionRole]]] = {}
    for kind, listed in _LISTED.items():
        for role in world.of_kind(kind):
            _, kinds = found.setdefault(role.bic, (role.title, []))
            kinds += [listed, InstitutionRole.SAP] if _is_own_access(role) else [listed]
    return tuple(
        FinInst(
            bic,
            title,
            bic[_BIC_COUNTRY],
            tuple(dict.fromkeys(kinds)),
            messages=_ANSWERED if InstitutionRole.PSP in kinds else (),
        )
        for bic, (title, kinds) in found.items()
    )


def _is_own_access(role: RoleSpec) -> bool:
    """Whether an institution is its own access provider: for FX providers, or for its own FX."""
    return bool({"access", "own_fx"} & role.table.keys())


def _own_account(role: RoleSpec, psp: str, told: object) -> Correspondent:
    """A PSP's own account for its own FX: `[BIC of its access provider, number there]`."""
    match told:
        case [str(bic), str(number)]:
            return Correspondent(Agent(bic), AccountRef(other=number))
    place = role.place(f"own_accounts.{psp}")
    raise Malformed(Reason.FIELD_INVALID, param=place, value=f"{told!r} is no [BIC, account]")


def _whole(world: WorldSpec, value_id: str, on: date) -> int:
    value = world.value(value_id, on).value
    if not isinstance(value, int):
        raise Malformed(Reason.FIELD_INVALID, param=value_id, value="no figure is published")
    return value


def _fx_provider(world: WorldSpec, role: RoleSpec) -> FxProvider:
    return FxProvider(
        role=role.name,
        bic=role.bic,
        accounts={
            keeper.currency.code: Correspondent(Agent(keeper.bic), AccountRef(other=number))
            for keeper, number in access_providers(world, role.name)
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
    currency = role.currency
    inside = role.take("inside", dict, {})
    return IpsNode(
        role=role.name,
        bic=role.bic,
        name=role.title,
        country=role.country,
        asset=currency,
        profile=role.choose("profile", Profile),
        settlement=role.choose("settlement", Settlement),
        maximum=maximum(world, role, on),
        participants=tuple(
            participant
            for member in world.roles.values()
            for participant in _participations(member, role.name)
        ),
        gateway=hub.name,
        gateway_bic=hub.bic,
        clearing_system=role.take("clearing_system", str),
        steps=role.take("steps", int),
        net_debit_cap=None if cap is None else amount(place, cap, currency),
        window=_window(role),
        source_steps=role.take("source_steps", int, 5),
        minimum=_bound(role, "minimum", role.table.get("minimum")),
        inside=Limits(
            _bound(role, "inside.minimum", inside.get("minimum")),
            _bound(role, "inside.maximum", inside.get("maximum")),
        ),
        timers=_timers(role),
        cycle_times=tuple(_clock_times(role, "cycle_times")),
        lookups=role.table.get("lookups") and role.take("lookups", int),
        lookup_seconds=role.take("lookup_seconds", int, 60),
        exceptions=role.take("exceptions", bool, default=False),
        aliases=aliases(role),
    )


_PROVIDERS = {"institution", "psp"}


def _participations(member: RoleSpec, system: str) -> list[Participant]:
    """What a role is in a system: a provider of accounts, an access provider, or both."""
    if member.table.get("ips") != system:
        return []
    found = []
    if member.kind in _PROVIDERS:
        found.append(Participant(member.name, member.bic, ParticipantKind.PSP))
    if member.kind == "sap":
        initiation = Initiation.MESSAGE
        if "initiation" in member.table:
            initiation = member.choose("initiation", Initiation)
        found.append(Participant(member.name, member.bic, ParticipantKind.SAP, initiation))
    if _is_own_access(member):
        found.append(Participant(member.name, member.bic, ParticipantKind.SAP))
    return found


def _bound(role: RoleSpec, key: str, text: object) -> Money | None:
    return None if text is None else amount(role.place(key), text, role.currency)


def _timers(role: RoleSpec) -> Timers:
    told = role.take("timers", dict, {})
    names = set(Timers.__struct_fields__)
    for name, seconds in told.items():
        if name not in names or type(seconds) is not int or seconds <= 0:
            problem = f"{seconds!r}; there are {', '.join(sorted(names))}, in whole seconds"
            raise Malformed(Reason.FIELD_INVALID, param=role.place(f"timers.{name}"), value=problem)
    return Timers(**told)


def _clock_times(role: RoleSpec, key: str) -> list[time]:
    told: list[object] = role.take(key, list, [])
    times = [each for each in told if isinstance(each, time)]
    if len(times) < len(told):
        problem = f"{told!r} are not all times of day"
        raise Malformed(Reason.FIELD_INVALID, param=role.place(key), value=problem)
    return times


def _window(role: RoleSpec) -> Window | None:
    match _clock_times(role, "window"):
        case []:
            return None
        case [opens, closes]:
            return Window(opens, closes)
    raise Malformed(
        Reason.FIELD_INVALID, param=role.place("window"), value="two times: opens, closes"
    )


def access_provider(world: WorldSpec, role: RoleSpec, _on: date) -> SapNode:
    system = world.role(role.take("ips", str))
    return SapNode(
        role=role.name,
        bic=role.bic,
        ips=system.name,
        profile=system.choose("profile", Profile),
        asset=role.currency,
        customers=(
            *(
                Customer(fxp, world.role(fxp).bic, number)
                for fxp, number in kept_accounts(world, role, "accounts").items()
            ),
            *(
                Customer(bank.name, bank.bic, number)
                for bank, number in own_accounts_at(world, role.name)
            ),
        ),
        reminder_seconds=role.take("reminder_seconds", int, 60),
    )


def participant(world: WorldSpec, role: RoleSpec, _on: date) -> PspNode:
    system = world.role(role.take("ips", str))
    profile = system.choose("profile", Profile)
    return PspNode(
        role=role.name,
        bic=role.bic,
        name=role.title,
        country=role.country,
        asset=role.currency,
        profile=profile,
        domestic=profile.inside,
        ips=system.name,
        ips_bic=system.bic,
        clearing_system=system.take("clearing_system", str),
        gateway=role.take("gateway", str),
        prefix=role.take("prefix", str),
        confirmed=system.take("steps", int) == _CONFIRMING_STEPS,
    )


def fx_provider(world: WorldSpec, role: RoleSpec, _on: date) -> FxpNode:
    keepers = [keeper for keeper, _ in access_providers(world, role.name)]
    return FxpNode(
        role=role.name,
        bic=role.bic,
        gateway=role.take("gateway", str),
        seed=role.take("seed", int),
        pairs=tuple(_pair(role, name, start) for name, start in role.take("mid", dict).items()),
        nostros={keeper.currency.code: keeper.name for keeper in keepers},
        assets=tuple(keeper.currency for keeper in keepers),
        spread_bps=role.take("spread_bps", int),
    )


def _pair(role: RoleSpec, name: str, start: object) -> Pair:
    base, _, quote = name.partition("/")
    return Pair(asset(base), asset(quote), decimal(role.place("mid"), start))
