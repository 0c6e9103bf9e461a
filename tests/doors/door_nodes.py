"""Who takes part in the tests of the doors: invented, each figure an example."""

from datetime import date
from decimal import Decimal
from functools import cache

from msgspec.structs import replace

from moments import NOW
from qantara.ids import AccountId, CustomerId
from qantara.money import MYR, PKR, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind, Identity, IdentityType
from qantara.policy import flow as policy
from qantara.policy.model import Confidence, Fee, Rulebook
from qantara.rails.model import AccountRef, Agent, Correspondent, Profile
from qantara.remittance.model import Corridor, Institution
from qantara.scheme.gateway.model import (
    Country,
    FeeFormula,
    FxProvider,
    GatewayNode,
    Tier,
)

IBAN = parties.make_iban("PK", "RAVI", "0000000000000042")
NOTICE = "Scenario: Pakistan is not a participant of Nexus."


@cache
def rulebook() -> Rulebook:
    return policy.load(policy.EXAMPLE)


def institution() -> Institution:
    return Institution(
        role="my",
        bic="WAUEMYK0",
        name="Wau Contoh",
        country="MY",
        asset=MYR,
        profile=Profile.DUITNOW,
        ips="duitnow",
        ips_bic="DNOWMYK0",
        clearing_system="RPP",
        gateway="nexus",
        fee=Fee(Money(100, MYR), Decimal("0.003")),
        corridors={"PK": Corridor("PK", PKR, ("duitnow", "nexus", "raast"), NOTICE)},
        rulebook=rulebook(),
        check_seconds=1,
        exceptions=True,
        bank="999001",
        banks={"MY": {"999001": "WAUEMYK0"}, "PK": {"RAVI": "RAVIPKK0"}},
    )


def unsure_institution() -> Institution:
    """The same, where a person sees what a limit of low confidence, 100.00, would not let pass."""
    law = rulebook()
    limit = law.value("duitnow.limit.transaction.person", NOW.date())
    unsure = replace(limit, value=Money(100_00, MYR), confidence=Confidence.LOW)
    return replace(institution(), rulebook=law.overlay([unsure], "test"))


def gateway() -> GatewayNode:
    def country(code: str, role: str, maximum: Money) -> Country:
        fee = FeeFormula(Money(2500, maximum.asset), Decimal("0.0005"))
        return Country(code, maximum.asset, role, f"{role[:4].upper()}{code}K0", role, maximum, fee)

    def tiers(zero: Money) -> tuple[Tier, ...]:
        return (Tier(zero, 0),)

    kite = FxProvider(
        "fxp",
        "KITEMYK0",
        {
            "MYR": Correspondent(Agent("SAPMMYK0"), AccountRef(other="880100000001")),
            "PKR": Correspondent(Agent("SAPPPKK0"), AccountRef(other="PK00SAPP0001")),
        },
        {"MYR": tiers(Money(0, MYR)), "PKR": tiers(Money(0, PKR))},
        {"WAUEMYK0": 5},
    )
    return GatewayNode(
        "nexus",
        "NEXSSGS0",
        (
            country("MY", "duitnow", Money(1_000_000_00, MYR)),
            country("PK", "raast", Money(50_000_000_00, PKR)),
        ),
        (kite,),
        {"my": "WAUEMYK0"},
        quote_validity_seconds=600,
    )


def customer(name: str, number: int) -> tuple[Customer, Account]:
    person = Customer(
        CustomerId(f"cus_{name.lower()}"),
        CustomerKind.PERSON,
        f"{name} Binti Contoh",
        f"{name} Contoh",
        "MY",
        Address("12 Jalan Contoh", "Kuala Lumpur"),
        Identity(IdentityType.NRIC, f"050305-14-{number:04d}"),
        date(2005, 3, 5),
    )
    account_id = AccountId(f"acc_{name.lower()}")
    code = parties.ledger_code(account_id)
    return person, Account(account_id, person.id, "MY", f"11000000{number:04d}", MYR, code)
