"""A world in which a bank plays one role or several: every way in which they can be combined.

On each side the provider of the customer has another bank as access provider, or is its own.
Whoever exchanges the money is an independent firm, the source's access bank or the
destination's: twelve combinations, each with an FX provider of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path

from msgspec.structs import replace

from qantara.client.model import Payee
from qantara.db import Row
from qantara.db.mail import Sent
from qantara.host.runtime import Runtime
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.rails import flow as rails
from qantara.rails.model import MessageName, PaymentStatus, Priority, Status
from qantara.remittance import flow as remittance
from qantara.remittance.model import GatewayQuote, Inbound, Remittance
from qantara.world import letters, traffic, worlds
from qantara.world.people import Resident
from qantara.world.traffic import Direction

PAYER, PAYEE = "WAUEMYK0", "RAVIPKK0"
SAPS = {"MY": "SAPMMYK0", "PK": "SAPPPKK0"}
OWN_FX_ACCOUNT = "770000000001"
REVIEW_ABOVE = "100000.00"
"""NORM payments above so many rupees wait for staff of the receiving institution."""
PATIENCE_SECONDS = 60
"""No timer is to run out here, however slow the machine."""


class Access(StrEnum):
    """Who settles for a side: another bank, or the institution itself."""

    OTHER = "other"
    ITSELF = "itself"


class Exchanger(StrEnum):
    FIRM = "firm"
    SOURCE = "source-bank"
    DESTINATION = "destination-bank"


@dataclass(frozen=True, slots=True)
class Combination:
    source: Access
    destination: Access
    exchanger: Exchanger

    def __str__(self) -> str:
        return f"{self.source}-{self.destination}-{self.exchanger}"

    @property
    def fxp(self) -> str:
        return f"fxp-{self}"

    @property
    def bic(self) -> str:
        if self.exchanger is Exchanger.SOURCE:
            return PAYER if self.source is Access.ITSELF else SAPS["MY"]
        if self.exchanger is Exchanger.DESTINATION:
            return PAYEE if self.destination is Access.ITSELF else SAPS["PK"]
        return f"FX{self.source[0]}{self.destination[0]}MYK0".upper()

    @property
    def accounts(self) -> tuple[str, str]:
        """The numbers of its accounts in ringgit and in rupees."""
        number = COMBINATIONS.index(self) + 1
        return f"8801{number:08d}", f"PK00ACCT{number:08d}"


COMBINATIONS = [
    Combination(source, destination, exchanger)
    for source in Access
    for destination in Access
    for exchanger in Exchanger
]


@dataclass(frozen=True, slots=True)
class Steps:
    """How many steps both systems take, on the side that sends and on the side that receives."""

    source: int
    destination: int

    def __str__(self) -> str:
        return f"source-{self.source}-destination-{self.destination}"


STEPS = [Steps(source, destination) for source in (4, 5) for destination in (4, 5)]


def write(path: Path, steps: Steps) -> None:
    """The world's file."""
    parts = [_COMMON.format(source=steps.source, destination=steps.destination)]
    parts += _banks()
    parts += [
        _FXP.format(fxp=each.fxp, bic=each.bic, seed=place, name=f"FX {each}")
        for place, each in enumerate(COMBINATIONS)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def _banks() -> Iterator[str]:
    own_fx = f'account = "WAUOWNFX", accounts = {{ PK = ["sap-pk", "{OWN_FX_ACCOUNT}"] }}'
    for role, key, side, access, more in (
        ("my", "access", 0, Access.ITSELF, f"own_fx = {{ {own_fx} }}"),
        ("pk", "access", 1, Access.ITSELF, f'review_above = "{REVIEW_ABOVE}"'),
        ("sap-my", "accounts", 0, Access.OTHER, ""),
        ("sap-pk", "accounts", 1, Access.OTHER, ""),
    ):
        kept = ", ".join(
            f'{each.fxp} = "{each.accounts[side]}"'
            for each in COMBINATIONS
            if (each.source, each.destination)[side] is access
        )
        yield f"{_BANKS[role]}{key} = {{ {kept} }}\n{more}\n"


_COMMON = f"""
[world]
overlay = "example"
notice = "Scenario: Pakistan takes no part in Nexus. This world plays it as if it did."

[roles.duitnow]
kind = "ips"
bic = "DNOWMYK0"
name = "DuitNow (simulator)"
country = "MY"
currency = "MYR"
profile = "duitnow"
settlement = "deferred_net"
net_debit_cap = "5000000.00"
steps = {{destination}}
source_steps = {{source}}
clearing_system = "RPP"
gateway = "nexus"
cycle_seconds = 3600
timers = {{{{ high_seconds = {PATIENCE_SECONDS}, norm_seconds = {PATIENCE_SECONDS} }}}}

[roles.raast]
kind = "ips"
bic = "RAASPKK0"
name = "Raast (simulator)"
country = "PK"
currency = "PKR"
profile = "raast"
settlement = "gross"
steps = {{destination}}
source_steps = {{source}}
clearing_system = "RST"
gateway = "nexus"
cycle_seconds = 3600
timers = {{{{ high_seconds = {PATIENCE_SECONDS}, norm_seconds = {PATIENCE_SECONDS} }}}}

[roles.nexus]
kind = "gateway"
bic = "NEXSSGS0"
name = "Nexus gateway (simulator, not affiliated with Nexus Global Payments)"
acceptance_stale_seconds = 3600
time_out_seconds = {PATIENCE_SECONDS}
own_accounts = {{{{ {PAYER} = {{{{ PKR = ["{SAPS["PK"]}", "{OWN_FX_ACCOUNT}"] }}}} }}}}
"""
_FXP = f"""
[roles.{{fxp}}]
kind = "fxp"
bic = "{{bic}}"
name = "{{name}} (invented)"
gateway = "nexus"
mid = {{{{ "MYR/PKR" = "63.4500000000" }}}}
seed = {{seed}}
spread_bps = 40
rate_seconds = 60
tiers = {{{{ MYR = [["0.00", 0], ["5000.00", 5]], PKR = [["0.00", 0]] }}}}
relationships = {{{{ {PAYER} = 5, {PAYEE} = 5 }}}}
"""
_INSTITUTION = """
[roles.{role}]
kind = "institution"
bic = "{bic}"
name = "{name} (invented)"
country = "{country}"
currency = "{currency}"
ips = "{ips}"
gateway = "nexus"
fee = {{ nominal = "{fee}", ratio = "0.003" }}
destinations = ["{to}"]
"""
_SAP = """
[roles.{role}]
kind = "sap"
bic = "{bic}"
name = "{name} (invented)"
country = "{country}"
currency = "{currency}"
ips = "{ips}"
"""
_MY = {"country": "MY", "currency": "MYR", "ips": "duitnow"}
_PK = {"country": "PK", "currency": "PKR", "ips": "raast"}
_BANKS = {
    "my": _INSTITUTION.format(
        role="my", bic=PAYER, name="Wau Contoh E-Money", fee="1.00", to="PK", **_MY
    ),
    "pk": _INSTITUTION.format(
        role="pk", bic=PAYEE, name="Ravi Misaal Microfinance", fee="60.00", to="MY", **_PK
    ),
    "sap-my": _SAP.format(role="sap-my", bic=SAPS["MY"], name="Settle Contoh Bank", **_MY),
    "sap-pk": _SAP.format(role="sap-pk", bic=SAPS["PK"], name="Settle Misaal Bank", **_PK),
}


BOOKED = {4: 3, 5: 2}
"""How many transfers the source system's book has of a payment: settled at once, with a way back
that is reserved and ended; or reserved and ended. None where a bank is its own access provider.
"""
Counts = tuple[int, int]
"""How many pacs.008, how many pacs.002."""
Booked = tuple[int, int, int]
_SENT = (
    "SELECT uetr, recipient, key, name, raw, recorded_at FROM db.sent"
    " WHERE uetr = ANY($1) ORDER BY sequence"
)
_TRANSFERS = "SELECT reference AS uetr FROM ledger.transfer WHERE reference = ANY($1)"
_EXCHANGES = "SELECT uetr FROM fxp.exchange WHERE uetr = ANY($1)"


@dataclass(frozen=True, slots=True)
class Case:
    combination: Combination
    priority: Priority

    def __str__(self) -> str:
        return f"{self.combination} {self.priority}"


@dataclass(frozen=True, slots=True)
class Way:
    """Who pays whom, and through which systems."""

    sender: str
    receiver: str
    systems: tuple[str, str]
    country: str
    address_type: str
    amount: Money

    def __str__(self) -> str:
        return f"{self.sender}-{self.receiver}"

    def accesses(self, combination: Combination) -> tuple[Access, Access]:
        """Who settles for the side that sends, and for the side that receives."""
        sides = combination.source, combination.destination
        return sides if self is THERE else sides[::-1]

    def accounts(self, combination: Combination) -> tuple[str, str]:
        return combination.accounts if self is THERE else combination.accounts[::-1]


THERE = Way("my", "pk", ("duitnow", "raast"), "PK", "IBAN", Money(40_00, MYR))
BACK = Way("pk", "my", ("raast", "duitnow"), "MY", "ACCT", Money(2_500_00, PKR))
CASES = [Case(*each) for each in product(COMBINATIONS, (Priority.NORM, Priority.HIGH))]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A world of one step variant, and the people in it: companies pay, persons are paid."""

    runtime: Runtime
    steps: Steps
    payers: Mapping[str, Resident]
    payees: Mapping[str, Sequence[Resident]]
    full: Resident

    def is_confirmed(self, priority: Priority) -> bool:
        return self.steps.destination == 5 or priority is Priority.HIGH

    def direction(self, way: Way, payee: Resident, more: int, priority: Priority) -> Direction:
        bic = self.runtime.world.role(way.receiver).bic
        there = Payee(way.country, way.address_type, payee.account.number, bic)
        amount = replace(way.amount, minor=way.amount.minor + more)
        payer = self.payers[way.sender]
        return Direction(way.sender, payer, way.country, (there,), amount, priority)

    async def send(
        self, case: Case, payee: Resident, way: Way = THERE, more: int = 0
    ) -> Remittance:
        """One payment by the offer of the combination's own FX provider."""

        def choose(offer: GatewayQuote) -> bool:
            numbers = (offer.source_sap_account, offer.destination_sap_account)
            return numbers == way.accounts(case.combination)

        direction = self.direction(way, payee, more, case.priority)
        (accepted,) = await traffic.send(self.runtime, direction, 1, choose=choose)
        return accepted

    async def settled(self, accepted: Sequence[Remittance], way: Way = THERE) -> list[Remittance]:
        """The remittances as they stand once nothing is on its way."""
        await worlds.quiet(self.runtime)
        async with self.runtime.roles[way.sender].database.read() as tx:
            found = await remittance.remittances(tx, [each.id for each in accepted])
        return [each for each in found if isinstance(each, Remittance)]

    async def arrived(self, uetrs: Sequence[str], way: Way = THERE) -> list[Inbound]:
        async with self.runtime.roles[way.receiver].database.read() as tx:
            found = await remittance.received_payments(tx, uetrs)
        return [each for each in found if isinstance(each, Inbound)]

    async def balance(self, role: str, resident: Resident) -> int:
        """What an account has at rest: nothing of it is reserved."""
        async with self.runtime.roles[role].database.read() as tx:
            (found,) = await ledger.balances(tx, [resident.account.ledger_code])
        assert (found.held_debit, found.held_credit) == (0, 0)
        return found.posted

    async def rows(self, role: str, sql: str, uetrs: Sequence[str]) -> list[Row]:
        async with self.runtime.roles[role].database.read() as tx:
            return await tx.fetch(sql, list(uetrs))

    async def messages(self, uetrs: Sequence[str]) -> list[Counts]:
        """How many pacs.008 and pacs.002 there were about each payment, all of them valid."""
        counted: dict[str, Counter[str]] = {uetr: Counter() for uetr in uetrs}
        for role in self.runtime.roles:
            for uetr, *values in await self.rows(role, _SENT, uetrs):
                sent = Sent(*values)
                if letters.is_standard(sent.name):
                    profile = letters.profile_of(self.runtime, role, sent)
                    assert rails.validate(sent.raw, profile) == [], (role, sent.name)
                    counted[uetr][sent.name] += 1
        names = {MessageName.CREDIT_TRANSFER.value, MessageName.PAYMENT_STATUS.value}
        assert all(counts.keys() == names for counts in counted.values())
        transfers, statuses = MessageName.CREDIT_TRANSFER, MessageName.PAYMENT_STATUS
        return [(counts[transfers], counts[statuses]) for counts in counted.values()]

    async def statuses(self, uetr: str) -> list[Status]:
        """What the sender's institution was told of a payment, in order."""
        found = []
        for _, *values in await self.rows("duitnow", _SENT, [uetr]):
            sent = Sent(*values)
            if sent.recipient == "my":
                record = rails.read(sent.raw, letters.profile_of(self.runtime, "duitnow", sent))
                assert isinstance(record, PaymentStatus)
                found.append(record.status)
        return found

    async def booked(self, uetrs: Sequence[str], way: Way = THERE) -> list[Booked]:
        """Of each payment how many transfers the source's system has, how many the
        destination's, and how many exchanges all FX providers.
        """
        fxps = [role.name for role in self.runtime.world.of_kind("fxp")]
        kept = [(way.systems[:1], _TRANSFERS), (way.systems[1:], _TRANSFERS), (fxps, _EXCHANGES)]
        counts: list[Counter[str]] = []
        for roles, sql in kept:
            found = [row["uetr"] for role in roles for row in await self.rows(role, sql, uetrs)]
            counts.append(Counter(found))
        return [(counts[0][uetr], counts[1][uetr], counts[2][uetr]) for uetr in uetrs]

    def booking(self, accesses: tuple[Access, Access], exchanges: int) -> Booked:
        source = BOOKED[self.steps.source] if accesses[0] is Access.OTHER else 0
        return source, 2 if accesses[1] is Access.OTHER else 0, exchanges

    async def balanced(self) -> bool:
        await worlds.quiet(self.runtime)
        return (await worlds.read_books(self.runtime)).balanced
