"""A world in which a bank plays one role or several: every way in which they can be combined.

On each side the provider of the customer has another bank as access provider, or is its own.
Whoever exchanges the money is an independent firm, the source's access bank or the
destination's: twelve combinations, each with an FX provider of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

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
    """How many steps each system takes: DuitNow sending, Raast receiving."""

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
steps = 4
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
