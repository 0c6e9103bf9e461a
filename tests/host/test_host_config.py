"""A world's file: what is wrong is told with its place, what is right makes every role."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from qantara.errors import Malformed
from qantara.host import config, nodes
from qantara.host.config import WorldSpec
from qantara.host.kinds import KINDS, peers
from qantara.money import MYR, PKR, Money
from qantara.rails.model import Profile
from qantara.scheme.ips.model import Settlement

ON = date(2026, 3, 2)
DEMO = (files("qantara.world") / "demo.toml").read_text()
Made = Callable[[str], WorldSpec]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """The world of a text; each role's node is made too."""

    def make(text: str) -> WorldSpec:
        path = tmp_path / "world.toml"
        path.write_text(text)
        world = config.read(path, "trial")
        for role in world.roles.values():
            KINDS[role.kind].node(world, role, ON)
            peers(world, role)
        return world

    return make


def test_the_demo_world_makes_a_node_of_each_role(made: Made) -> None:
    world = made(DEMO)
    assert set(world.roles) == {
        *("my", "pk", "fr", "duitnow", "raast", "tips", "nexus", "fxp"),
        *("sap-my", "sap-pk", "sap-fr"),
    }
    mine = nodes.institution(world, world.role("my"), ON)
    assert (mine.asset, mine.bic, mine.ips_bic) == (MYR, "WAUEMYK0", "DNOWMYK0")
    assert mine.corridors["PK"].rails == ("duitnow", "nexus", "raast")
    assert mine.corridors["PK"].currency == PKR
    gross = nodes.payment_system(world, world.role("raast"), ON)
    net = nodes.payment_system(world, world.role("duitnow"), ON)
    assert (gross.settlement, gross.net_debit_cap) == (Settlement.GROSS, None)
    assert (net.settlement, net.net_debit_cap) == (
        Settlement.DEFERRED_NET,
        Money(500_000_000, MYR),
    )
    assert {each.role for each in gross.participants} == {"pk", "sap-pk"}
    hub = nodes.gateway(world, world.role("nexus"), ON)
    assert {each.code for each in hub.countries} == {"MY", "PK", "FR"}
    assert set(hub.fxps[0].accounts) == {"MYR", "PKR", "EUR"}
    provider = nodes.fx_provider(world, world.role("fxp"), ON)
    assert provider.pairs[0].name == "MYR/PKR"
    assert provider.nostros == {"MYR": "sap-my", "PKR": "sap-pk", "EUR": "sap-fr"}
    assert nodes.access_provider(world, world.role("sap-my"), ON).profile is Profile.DUITNOW


def test_who_talks_to_whom(made: Made) -> None:
    world = made(DEMO)
    assert set(peers(world, world.role("nexus"))) == {
        *("duitnow", "raast", "tips", "fxp", "my", "pk", "fr")
    }
    assert set(peers(world, world.role("duitnow"))) == {"my", "sap-my", "nexus"}
    assert set(peers(world, world.role("my"))) == {"duitnow", "nexus", "pk", "fr"}
    assert peers(world, world.role("fxp")) == ["nexus"]


def test_databases_are_named_after_the_world_and_the_role(made: Made) -> None:
    assert made(DEMO).database("sap-my") == "qantara_trial_sap_my"


WRONG = {
    "an unknown kind": (
        'kind = "gateway"',
        'kind = "portal"',
        "roles.nexus.kind",
        "'portal' is not one of institution, gateway, ips, sap, psp, fxp",
    ),
    "a missing kind": ('kind = "gateway"\n', "", "roles.nexus.kind", "None is not one of"),
    "a missing BIC": ('bic = "NEXSSGS0"\n', "", "roles.nexus.bic", "is missing"),
    "a missing key": ('settlement = "gross"\n', "", "roles.raast.settlement", "None is no str"),
    "a key of another kind": ("steps = 4", 'steps = "4"', "roles.duitnow.steps", "'4' is no int"),
    "a truth for a number": ("seed = 20260302", "seed = true", "roles.fxp.seed", "True is no int"),
    "a float for a ratio": (
        'fee = { nominal = "1.00", ratio = "0.003" }',
        'fee = { nominal = "1.00", ratio = 0.003 }',
        "roles.my.fee.ratio",
        "0.003 is not a decimal string",
    ),
    "a float for an amount": (
        'fee = { nominal = "1.00", ratio = "0.003" }',
        'fee = { nominal = 1.00, ratio = "0.003" }',
        "roles.my.fee.nominal",
        "1.0 is not a decimal string",
    ),
    "a fee without its ratio": (
        'fee = { nominal = "1.00", ratio = "0.003" }',
        'fee = { nominal = "1.00" }',
        "roles.my.fee.ratio",
        "None is not a decimal string",
    ),
    "a float for a mid rate": (
        'mid = { "MYR/PKR" = "63.4500000000",',
        'mid = { "MYR/PKR" = 63.45,',
        "roles.fxp.mid",
        "63.45 is not a decimal string",
    ),
    "words for a number": ('ratio = "0.003"', 'ratio = "little"', "roles.my.fee.ratio", "'little'"),
    "an amount of the wrong scale": (
        'net_debit_cap = "5000000.00"',
        'net_debit_cap = "5000000"',
        "roles.duitnow.net_debit_cap",
        "'5000000' is no amount of MYR",
    ),
    "a float for a cap": (
        'net_debit_cap = "5000000.00"',
        "net_debit_cap = 5000000.00",
        "roles.duitnow.net_debit_cap",
        "is not a decimal string",
    ),
    "an unknown overlay": (
        'overlay = "example"',
        'overlay = "mine"',
        "world.overlay",
        "'mine' is not one of example",
    ),
    "an unknown currency": ('currency = "PKR"', 'currency = "QQQ"', "currency", "QQQ"),
    "a role that is not there": (
        'gateway = "nexus"',
        'gateway = "hub"',
        "roles.hub",
        "no such role",
    ),
    "a payment system that is not there": (
        'ips = "duitnow"',
        'ips = "upi"',
        "roles.upi",
        "no such",
    ),
    "an unknown profile": ('profile = "raast"', 'profile = "upi"', "roles.raast.profile", "'upi'"),
    "an unknown settlement": (
        'settlement = "gross"',
        'settlement = "barter"',
        "roles.raast.settlement",
        "'barter'",
    ),
    "a destination nobody serves": (
        'destinations = ["PK", "FR"]',
        'destinations = ["ID"]',
        "roles.my.destinations",
        "ID",
    ),
    "an unknown key": (
        "seed = 20260302",
        "seed = 20260302\nsed = 1",
        "roles.fxp.sed",
        "no such key",
    ),
    "an unknown key of the world": (
        'overlay = "example"',
        'overlay = "example"\noverlap = 1',
        "world.overlap",
        "no such key",
    ),
    "an account of nobody": (
        'accounts = { fxp = "880100000001" }',
        'accounts = { kite = "880100000001" }',
        "roles.kite",
        "no such role",
    ),
    "an account number that is none": (
        'accounts = { fxp = "880100000001" }',
        "accounts = { fxp = 880100000001 }",
        "roles.sap-my.accounts.fxp",
        "880100000001 is no account number",
    ),
    "a port that is none": ("port = 8405", "port = 70000", "roles.nexus.port", "70000"),
    "a port in words": ("port = 8405", 'port = "8405"', "roles.nexus.port", "'8405'"),
    "no TOML": ("[world]", "[world", "world.toml", "line"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_a_file_is_told_with_its_place(made: Made, name: str) -> None:
    old, new, place, told = WRONG[name]
    assert old in DEMO
    with pytest.raises(Malformed) as caught:
        made(DEMO.replace(old, new))
    assert re.search(f"{re.escape(place)}$", str(caught.value.facts["param"]))
    assert told in str(caught.value.facts["value"])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Malformed) as caught:
        config.read(tmp_path / "world.toml", "trial")
    assert str(caught.value.facts["param"]).endswith("world.toml")


def test_a_decimal_string_is_read_exactly() -> None:
    assert config.decimal("here", "63.4500000000") == Decimal("63.45")
    for wrong in ("NaN", "Infinity", "1e400000", "", " 1", "1_000"):
        with pytest.raises(Malformed):
            config.decimal("here", wrong)
