"""What a new world begins with: keys between its roles, people, money, first rates."""

import asyncio
import logging
import secrets
from collections.abc import Iterable
from datetime import date

from qantara.access.credentials import flow as credentials
from qantara.access.model import PrincipalKind
from qantara.access.model import Role as AccessRole
from qantara.clock import Clock, utc_now
from qantara.db import mail
from qantara.errors import Reason, Refused, Unavailable
from qantara.host.kinds import peers, push_rates
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.money import Money, Rate
from qantara.onboarding.model import Enrolment
from qantara.parties import flow as parties
from qantara.parties.model import AliasType
from qantara.policy.model import Rulebook
from qantara.rails.model import AccountRef, Proxy
from qantara.remittance import flow as remittance
from qantara.remittance.model import CorrespondentFunding, NostroFunding, ReferenceRate
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp.model import Funding as FxpFunding
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Alias, Funding
from qantara.scheme.sap import flow as sap
from qantara.scheme.sap.model import Funding as SapFunding
from qantara.supervision import flow as supervision
from qantara.world import abroad, people, seeding
from qantara.world.people import Resident

SEED = 20260302
PEOPLE = {"MY": 60, "PK": 240, "FR": 60}
OPENING = {"MY": 2_500_000, "PK": 150_000_000, "FR": 500_000}
EMPLOYER_OPENING = {"MY": 600_000_000, "PK": 30_000_000_000, "FR": 120_000_000}
OWN_FUNDS = {"MY": 200_000_000, "PK": 10_000_000_000, "FR": 40_000_000}
NOSTRO = {"MYR": 2_000_000_000, "PKR": 130_000_000_000, "EUR": 400_000_000} | abroad.BANK_FUNDS
SAP_CAPITAL = {"MYR": 500_000_000, "PKR": 30_000_000_000, "EUR": 100_000_000} | abroad.BANK_FUNDS
FLOATS = {"MY": 1_000_000, "PK": 60_000_000, "FR": 200_000}
SHOPS = {
    "MY": (("Kedai Contoh", "Chow Kit, Kuala Lumpur"), ("Warung Contoh", "Taman Contoh, Ipoh")),
    "PK": (("Misaal Store", "Anarkali, Lahore"), ("Misaal Karyana", "Paris Road, Sialkot")),
    "FR": (("Épicerie Exemple", "Belleville, Paris"), ("Tabac Exemple", "Guillotière, Lyon")),
}
"""Agents: name and district, of the residents from this number on."""
SHOPS_FROM = 51
AGENT_KEYS = ("agent", "agent-second")
FULL_WALLET = 1
"""The number of the Pakistani resident whose Asaan account is nearly at its lawful maximum."""
APP_PEOPLE, APP_PERSON = 2, "app-"
"""So many residents of an institution can sign in to the app; in the keys of the world each stands
as `app-1`: phone, PIN and name.
"""
SIGN_IN_PHONE = "+33639980{:03d}"
"""For countries whose residents have no phone in a directory: a range kept for fiction."""
_PIN_DIGITS = 6
FEED_SECONDS = 60
ARRIVAL_SECONDS, ARRIVAL_LOOKS = 3.0, 150
log = logging.getLogger(__name__)
MID_SOURCE = "seeded mid of the demo's FX provider (example)"


def residents(country: str, rulebook: Rulebook, on: date) -> list[Resident]:
    """The people of one institution; the employer comes first."""
    ceiling = _asaan_ceiling(rulebook, on) if country == "PK" else None
    made = [people.employer(country, SEED, EMPLOYER_OPENING[country])]
    for number in range(1, PEOPLE[country] + 1):
        is_full = country == "PK" and number == FULL_WALLET
        opening = ceiling - 100_000 if is_full and ceiling else _opening(country, number)
        made.append(people.person(country, number, SEED, opening, ceiling if is_full else None))
    return made


def _opening(country: str, number: int) -> int:
    return OPENING[country] + number * 100


def _asaan_ceiling(rulebook: Rulebook, on: date) -> int:
    """The lawful maximum balance of an Asaan account that day, in paisa."""
    value = rulebook.value("pk.account.asaan.maximum.balance", on).value
    if not isinstance(value, Money):
        raise TypeError("the Asaan maximum is no amount")
    return value.minor


async def populate(runtime: Runtime, clock: Clock = utc_now) -> dict[str, dict[str, str]]:
    """Fill the books of a new world and issue its keys; the keys, by door and by holder."""
    on = clock().date()
    settled = {}
    for role in _of_kind(runtime, "institution"):
        settled[role.spec.name] = residents(role.spec.country, runtime.world.rulebook, on)
    await asyncio.gather(
        *(_people(role, settled[role.spec.name]) for role in _of_kind(runtime, "institution")),
        *(_system(runtime, role, settled) for role in _of_kind(runtime, "ips")),
        *(_provider(role) for role in _of_kind(runtime, "sap")),
        *(_exchange(role) for role in _of_kind(runtime, "fxp")),
        *(_bank(role) for role in _of_kind(runtime, "psp")),
    )
    keys = {name: await _keys(runtime, role, settled) for name, role in runtime.roles.items()}
    for role in _of_kind(runtime, "institution"):
        keys[role.spec.name] |= await _app_people(role, settled[role.spec.name])
    return keys


def _of_kind(runtime: Runtime, kind: str) -> list[Role]:
    return [role for role in runtime.roles.values() if role.spec.kind == kind]


async def _people(role: Role, settled: list[Resident]) -> None:
    await role.batcher.run(seeding.settle_in, settled)
    await role.batcher.run(seeding.open_agents, _shops(role.spec.country, settled))
    await role.batcher.run(seeding.own_funds, OWN_FUNDS[role.spec.country])
    deposit = Money(NOSTRO[role.spec.currency.code], role.spec.currency)
    funds = [CorrespondentFunding(f"opening/{fxp}", fxp, deposit) for fxp in _deposits(role)]
    _must(await role.batcher.run_all(remittance.fund_correspondents, funds))
    abroad = {} if role.node.own_fx is None else role.node.own_fx.accounts
    put = [
        NostroFunding(f"opening/{each.sap}", country, Money(NOSTRO[each.asset.code], each.asset))
        for country, each in abroad.items()
    ]
    _must(await role.batcher.run_all(remittance.fund_nostros, put))


async def _app_people(role: Role, settled: list[Resident]) -> dict[str, str]:
    """Let some residents sign in to the app, with PINs drawn for this world; each with the phone
    and the PIN. They are examples of a world in which nobody is real.
    """
    _company, *persons = settled
    told: dict[str, str] = {}
    enrolled = []
    for number, resident in enumerate(persons[1 : 1 + APP_PEOPLE], 1):
        phone = resident.customer.phone or SIGN_IN_PHONE.format(number)
        pin = _drawn_pin(phone)
        hash_ = await credentials.hashed(pin)
        enrolled.append(Enrolment(resident.customer, phone, hash_))
        told[f"{APP_PERSON}{number}"] = f"{phone} {pin} {resident.name}"
    await role.batcher.run(seeding.enrol, enrolled)
    return told


def _drawn_pin(phone: str) -> str:
    while True:
        pin = f"{secrets.randbelow(10**_PIN_DIGITS):0{_PIN_DIGITS}d}"
        if not credentials.pin_is_weak(pin, phone):
            return pin


def _shops(country: str, settled: list[Resident]) -> list[seeding.Shop]:
    return [
        seeding.Shop(settled[SHOPS_FROM + place], *words, FLOATS[country])
        for place, words in enumerate(SHOPS[country])
    ]


async def _system(runtime: Runtime, role: Role, settled: dict[str, list[Resident]]) -> None:
    """Fund every participant's settlement account, and fill the proxy directory."""
    currency = role.spec.currency
    for name in role.node.roles:
        member = runtime.roles[name]
        kept = _deposits(member)
        if name in settled:
            total = sum(r.opening for r in settled[name]) + OWN_FUNDS[member.spec.country]
            entries = [_directory_entry(r, member.spec.bic) for r in settled[name] if r.alias]
            _must(await role.batcher.run_all(ips.register_aliases, entries))
        else:
            total = SAP_CAPITAL[currency.code]
            if member.spec.kind == "psp":
                _must(await role.batcher.run_all(ips.register_aliases, abroad.aliases(member)))
        total += NOSTRO[currency.code] * len(kept)
        funding = Funding(f"opening/{name}", name, Money(total, currency))
        _must([await role.batcher.run(ips.fund, funding)])


def _deposits(keeper: Role) -> list[str]:
    """Who has money with an access provider, or with an institution that is its own."""
    match keeper.spec.kind:
        case "sap":
            return [customer.role for customer in keeper.node.customers]
        case "institution":
            return list(keeper.node.correspondents.values())
    return []


def _directory_entry(resident: Resident, bic: str) -> Alias:
    customer, number = resident.customer, resident.account.number
    is_iban = number[:2].isalpha()
    return Alias(
        proxy=Proxy(AliasType.MBNO.value, customer.phone or ""),
        account=AccountRef(iban=number) if is_iban else AccountRef(other=number),
        agent=bic,
        name=customer.rails_name or parties.latin(customer.legal_name) or "",
        country=customer.country,
        town=parties.latin(customer.address.town) or "",
    )


async def _provider(role: Role) -> None:
    currency = role.spec.currency
    deposit = Money(NOSTRO[currency.code], currency)
    funds = [SapFunding(f"opening/{each}", deposit, each) for each in _deposits(role)]
    funds.append(SapFunding("opening/capital", Money(SAP_CAPITAL[currency.code], currency)))
    _must(await role.batcher.run_all(sap.fund, funds))


async def _bank(role: Role) -> None:
    """A simulated bank with what its merchants need to be paid."""
    currency = role.spec.currency
    _must(await abroad.open_bank(role, Money(SAP_CAPITAL[currency.code], currency)))


async def _exchange(role: Role) -> None:
    funds = [
        FxpFunding(f"opening/{currency}", Money(NOSTRO[currency.code], currency))
        for currency in role.node.assets
    ]
    _must(await role.batcher.run_all(fxp.fund, funds))


def _must(outcomes: Iterable[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, Refused):
            raise Unavailable(Reason.INTERNAL, detail=f"seeding was refused: {outcome}")


async def _keys(runtime: Runtime, role: Role, settled: dict[str, list[Resident]]) -> dict[str, str]:
    """One key for every peer that calls here, and at institutions for people and staff."""
    callers = [
        other.spec.name
        for other in runtime.roles.values()
        if role.spec.name in peers(runtime.world, other.spec)
    ]
    holders = [
        (AccessRole.COUNTERPARTY, PrincipalKind.COUNTERPARTY, caller, caller) for caller in callers
    ]
    names = list(callers)
    staff = OPERATORS
    if role.spec.name in settled:
        company, *persons = settled[role.spec.name]
        for name, resident in (("employer", company), ("person", persons[1])):
            subject = resident.customer.id
            holders.append((AccessRole.CUSTOMER, PrincipalKind.CLIENT_APP, resident.name, subject))
            names.append(name)
        shops = _shops(role.spec.country, settled[role.spec.name])
        for name, shop in zip(AGENT_KEYS, shops, strict=True):
            app = PrincipalKind.CLIENT_APP
            holders.append((AccessRole.AGENT, app, shop.name, shop.agent_id))
            names.append(name)
        staff = STAFF
        for each in supervision.of_jurisdiction(runtime.world.rulebook, role.spec.country):
            holders.append((AccessRole.SUPERVISOR, PrincipalKind.PERSON, each.name, each.code))
            names.append(supervisor(each.code))
    for name, act in staff.items():
        holders.append((act, PrincipalKind.PERSON, name, name))
        names.append(name)
    issued = await role.batcher.run_all(seeding.issue_key, holders)
    _must(issued)
    proofs = [(caller, runtime.identities(caller).thumbprint) for caller in callers]
    _must(await role.batcher.run_all(seeding.bind_certificate, proofs))
    return dict(zip(names, issued, strict=True))


STAFF = {
    "administrator": AccessRole.ADMINISTRATOR,
    "administrator-second": AccessRole.ADMINISTRATOR,
    "operations": AccessRole.OPERATIONS,
    "operations-second": AccessRole.OPERATIONS,
    "compliance": AccessRole.COMPLIANCE,
    "compliance-second": AccessRole.COMPLIANCE,
    "auditor": AccessRole.AUDITOR,
}


SUPERVISOR = "supervisor-"


def supervisor(authority: str) -> str:
    """Under what name an authority's key is kept."""
    return f"{SUPERVISOR}{authority.lower()}"


OPERATORS = {"operator": AccessRole.OPERATOR, "operator-second": AccessRole.OPERATOR}
"""Who runs a scheme role; two of each, because acts of weight need a second pair of eyes."""


async def begin(runtime: Runtime) -> None:
    """The day's first rates, and the mid-market rates that disclosures are measured against.

    The rates are given a moment to reach the gateway; one that is not there yet gets them later.
    """
    for provider in _of_kind(runtime, "fxp"):
        await provider.batcher.run(push_rates, None)
        for _ in range(ARRIVAL_LOOKS):
            async with provider.database.look() as tx:
                if not await mail.waiting(tx):
                    break
            await asyncio.sleep(ARRIVAL_SECONDS / ARRIVAL_LOOKS)
    await feed_reference_rates(runtime)


async def keep_feeding(runtime: Runtime) -> None:
    """Feed the reference rates as long as the world runs."""
    while True:
        await asyncio.sleep(FEED_SECONDS)
        try:
            await feed_reference_rates(runtime)
        except Unavailable:
            log.exception("the reference rates could not be fed")


async def feed_reference_rates(runtime: Runtime) -> None:
    """Give each institution the providers' mid, never a quoted rate, as the reference."""
    for provider in _of_kind(runtime, "fxp"):
        await _feed(runtime, provider)


async def _feed(runtime: Runtime, provider: Role) -> None:
    for role in _of_kind(runtime, "institution"):
        for corridor in role.node.corridors.values():
            base, quote = role.node.asset, corridor.currency
            async with provider.database.read() as tx:
                mid = await fxp.latest_mid(tx, base.code, quote.code)
            if mid is not None:
                rate = ReferenceRate(Rate(base, quote, mid.value), MID_SOURCE, mid.as_of)
                await role.batcher.run(remittance.record_reference_rates, rate)
