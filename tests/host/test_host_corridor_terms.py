"""How an institution's table says what it does across borders."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from qantara.errors import Malformed
from qantara.host import config, nodes
from qantara.money import MYR, Money
from qantara.remittance.model import RESEND_SECONDS, ForeignAccount, Institution, Required

ON = date(2026, 3, 2)
DEMO = (files("qantara.world") / "demo.toml").read_text(encoding="utf-8")
MINE = "[roles.my]\n"
ACCESS = 'access = { "fxp-2" = "WAU0000000000001" }\n'
SECOND = """
[roles.fxp-2]
kind = "fxp"
bic = "LAYAMYK0"
name = "Layang Contoh FX (invented)"
gateway = "nexus"
mid = { "MYR/PKR" = "63.4500000000" }
seed = 7
spread_bps = 30
rate_seconds = 60
tiers = {}
relationships = {}
"""
OWN = 'own_fx = { account = "WAUOWNFX01", accounts = { PK = ["sap-pk", "PK00SAPP0009"] } }\n'


def world(tmp_path: Path, text: str) -> config.WorldSpec:
    path = tmp_path / "world.toml"
    path.write_text(text, encoding="utf-8")
    return config.read(path, "trial")


def institution(tmp_path: Path, more: str) -> Institution:
    made = world(tmp_path, DEMO.replace(MINE, MINE + more))
    return nodes.institution(made, made.role("my"), ON)


def test_what_is_not_said_is_an_example_or_off(tmp_path: Path) -> None:
    node = institution(tmp_path, "")
    assert node.resend_seconds == RESEND_SECONDS
    assert not node.status_requests
    assert not node.checks_names
    assert (node.correspondents, node.own_fx, node.review_above) == ({}, None, None)
    assert node.required == {Required.PURPOSE}
    assert node.corridors["PK"].high


def test_every_term_can_be_set(tmp_path: Path) -> None:
    node = institution(
        tmp_path,
        "resend_seconds = [5, 50]\nstatus_requests = true\nchecks_names = true\n"
        'review_above = "5000.00"\nrequired = ["payer_address"]\n' + OWN,
    )
    assert node.resend_seconds == (5, 50)
    assert node.status_requests
    assert node.checks_names
    assert node.review_above == Money(5_000_00, MYR)
    assert node.required == {Required.PURPOSE, Required.PAYER_ADDRESS}
    assert node.own_fx is not None
    assert node.own_fx.accounts["PK"].code == "nostro/sap-pk"
    assert isinstance(node.own_fx.accounts["PK"], ForeignAccount)


def test_a_bank_that_keeps_an_fx_providers_account_is_its_access_provider(tmp_path: Path) -> None:
    made = world(tmp_path, DEMO.replace(MINE, MINE + ACCESS) + SECOND)
    node = nodes.institution(made, made.role("my"), ON)
    assert node.correspondent(node.bic, "WAU0000000000001") == "correspondent/fxp-2"
    hub = nodes.gateway(made, made.role("nexus"), ON)
    (second,) = (each for each in hub.fxps if each.role == "fxp-2")
    assert second.accounts["MYR"].agent.bic == "WAUEMYK0"
    assert second.accounts["MYR"].account.number == "WAU0000000000001"
    assert nodes.fx_provider(made, made.role("fxp-2"), ON).nostros == {"MYR": "my"}
    system = nodes.payment_system(made, made.role("duitnow"), ON)
    kinds = [each.kind.value for each in system.participants if each.role == "my"]
    assert kinds == ["psp", "sap"]


def test_an_access_provider_serves_several_fx_providers(tmp_path: Path) -> None:
    kept = 'accounts = { fxp = "880100000001"'
    text = DEMO.replace(kept, f'{kept}, "fxp-2" = "880100000002"') + SECOND
    made = world(tmp_path, text)
    sap = nodes.access_provider(made, made.role("sap-my"), ON)
    told = [(each.role, each.bic, each.number) for each in sap.customers]
    assert told == [
        ("fxp", "KITEMYK0", "880100000001"),
        ("fxp-2", "LAYAMYK0", "880100000002"),
    ]
    hub = nodes.gateway(made, made.role("nexus"), ON)
    numbers = [each.accounts["MYR"].account.number for each in hub.fxps]
    assert numbers == ["880100000001", "880100000002"]


def test_two_keepers_of_one_currency_and_one_number_twice_are_told(tmp_path: Path) -> None:
    twice = ACCESS.replace("fxp-2", "fxp")
    made = world(tmp_path, DEMO.replace(MINE, MINE + twice))
    with pytest.raises(Malformed) as told:
        nodes.gateway(made, made.role("nexus"), ON)
    assert told.value.facts["param"] == "roles.fxp"
    kept = 'accounts = { fxp = "880100000001"'
    made = world(tmp_path, DEMO.replace(kept, f'{kept}, "fxp-2" = "880100000001"') + SECOND)
    with pytest.raises(Malformed) as told:
        nodes.access_provider(made, made.role("sap-my"), ON)
    assert told.value.facts["param"] == "roles.sap-my.accounts"


def test_a_bank_that_is_several_roles_is_listed_once_with_all_of_them(tmp_path: Path) -> None:
    same = SECOND.replace("LAYAMYK0", "WAUEMYK0")
    made = world(tmp_path, DEMO.replace(MINE, MINE + ACCESS) + same)
    hub = nodes.gateway(made, made.role("nexus"), ON)
    (mine,) = (each for each in hub.institutions if each.bic == "WAUEMYK0")
    assert {each.value for each in mine.roles} == {"psp", "sap", "fxp"}
    assert (mine.name, mine.messages) == ("Wau Contoh E-Money (invented)", ("acmt.023",))


def test_an_access_provider_keeps_the_account_of_who_exchanges_money_itself(tmp_path: Path) -> None:
    made = world(tmp_path, DEMO.replace(MINE, MINE + OWN))
    sap = nodes.access_provider(made, made.role("sap-pk"), ON)
    assert [(each.role, each.number) for each in sap.customers][1:] == [("my", "PK00SAPP0009")]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("resend_seconds = []\n", "roles.my.resend_seconds"),
        ("resend_seconds = [0]\n", "roles.my.resend_seconds"),
        ('access = { "fxp-9" = "WAU0000000000001" }\n', "roles.fxp-9"),
        ('access = { "sap-my" = "WAU0000000000001" }\n', "roles.my.access"),
        ("access = { fxp = 1 }\n", "roles.my.access.fxp"),
        ('access = { fxp = "" }\n', "roles.my.access.fxp"),
        ('required = ["shoes"]\n', "roles.my.required"),
        ('review_above = "5000"\n', "roles.my.review_above"),
        ('own_fx = { account = "X" }\n', "roles.my.own_fx"),
        (OWN.replace('"sap-pk", ', ""), "roles.my.own_fx.accounts"),
        (OWN.replace("sap-pk", "sap-xx"), "roles.sap-xx"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, more: str, place: str) -> None:
    with pytest.raises(Malformed) as told:
        institution(tmp_path, more)
    assert told.value.facts["param"] == place
