"""The gateway's reference data over HTTP: read by all, changed by those whose it is."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from gateway_world import QUOTES, Gate, gate
from lxml import etree
from msgspec.structs import replace

from qantara.clock import to_text
from qantara.rails import flow as rails
from qantara.rails.model import AccountRef, Agent, Profile, Proxy, ResolutionRequest


@pytest.fixture
async def nexus(servers) -> AsyncIterator[Gate]:
    async with gate(servers) as made:
        yield made


async def test_places_say_what_a_payer_must_know(nexus):
    assert [each["countryCode"] for each in (await nexus.read("/countries"))["countries"]] == [
        *("MY", "PK"),
    ]
    assert (await nexus.read("/countries/PK")) == {
        "countryId": 586,
        "countryCode": "PK",
        "name": "Pakistan",
        "currencies": [{"currencyCode": "PKR", "maxAmount": "50000000.00"}],
        "requiredMessageElements": {"pacs008": ["purposeCode"]},
        "instructionPriorities": ["NORM", "HIGH"],
    }
    assert await nexus.read("/currencies/MYR") == {
        "currencyId": 458,
        "currencyCode": "MYR",
        "name": "Malaysian Ringgit",
        "symbol": "MYR",
        "decimalPlaces": 2,
        "countries": ["MY"],
    }
    every = (await nexus.read("/currencies"))["currencies"]
    assert [each["currencyCode"] for each in every] == ["MYR", "PKR"]
    assert await nexus.read("/countries/PK/currencies/PKR/max-amounts") == [
        {"clearingSystemId": "raast", "maxAmount": "50000000.00"}
    ]
    assert await nexus.read("/fee-formulas/nexus-scheme-fee/MY/MYR") == {
        "countryCode": "MY",
        "currencyCode": "MYR",
        "nominalFeeAmount": "0.10",
        "percentageFeeAsRatio": "0.0001",
    }
    assert await nexus.read("/fee-formulas/creditor-agent-fee/PK/PKR") == {
        "countryCode": "PK",
        "currencyCode": "PKR",
        "nominalFee": {"amount": "25.00", "currency": "PKR"},
        "percentageFee": "0.0005",
    }
    for path in (
        *("/countries/FR", "/currencies/EUR", "/countries/PK/currencies/MYR/max-amounts"),
        *("/fee-formulas/creditor-agent-fee/PK/MYR", "/fee-formulas/nexus-scheme-fee/PK/PKR"),
        *(
            "/countries/SG/address-types",
            "/address-types/SGMBNO/inputs",
            "/countries/FR/fin-insts/any",
        ),
    ):
        assert (await nexus.do("GET", path)).status_code == 404, path


async def test_the_schemes_fee_stands_in_the_quote_and_is_not_taken(nexus):
    (quote,) = (await nexus.read(QUOTES))["quotes"]
    assert quote["debtorAgent"]["nexusSchemeFee"] == {"amount": "0.15", "currency": "MYR"}
    assert quote["debtorAgent"]["interbankSettlementAmount"]["amount"] == "500.00"


async def test_every_pattern_takes_its_own_example_and_nothing_near_it(nexus):
    kinds = [
        kind
        for country in ("MY", "PK")
        for kind in (await nexus.read(f"/countries/{country}/address-types-and-inputs"))[
            "addressTypes"
        ]
    ]
    assert [kind["addressTypeId"] for kind in kinds] == [
        *("MYMBNO", "MYNIDN", "MYCCPT", "MYCINC", "MYSHID", "MYACCT", "PKMBNO", "PKIBAN"),
    ]
    for kind in kinds:
        assert ("proxyDirectoryId" in kind) != ("clearingSystemId" in kind)
        for field in kind["inputs"]:
            assert set(field["label"]["title"]) == {"en", "ms", "ur", "fr"}
            told = field["attributes"]
            pattern = re.compile(told["pattern"])
            assert pattern.fullmatch(told["placeholder"]), field
            for near in ("", " ", f"{told['placeholder']} ", f"{told['placeholder']}/", "ddd"):
                assert not pattern.search(near), (field, near)
    plain = (await nexus.read("/countries/PK/address-types"))["addressTypes"]
    assert [each["displayOrder"] for each in plain] == [1, 2]
    assert all("inputs" not in each for each in plain)
    one = await nexus.read("/address-types/PKIBAN/inputs")
    assert one["inputs"] == kinds[-1]["inputs"]


def _account(kind: dict[str, Any], values: dict[str, str]) -> tuple[AccountRef, Agent | None]:
    address = values["accountOrProxyId"]
    match kind["addressTypeCode"]:
        case "IBAN":
            return AccountRef(iban=address), None
        case "ACCT":
            return AccountRef(other=address), Agent(values["finInstId"])
    return AccountRef(proxy=Proxy(values["addressTypeCode"], address)), None


async def test_the_paths_lead_to_the_elements_that_carry_the_values(nexus):
    transfer = await nexus.transfer()
    for country in ("MY", "PK"):
        found = await nexus.read(f"/countries/{country}/address-types-and-inputs")
        for kind in found["addressTypes"]:
            values = {
                field["attributes"]["name"]: field["attributes"]["placeholder"]
                for field in kind["inputs"]
            }
            account, agent = _account(kind, values)
            asked = ResolutionRequest(
                message_id="a" * 32,
                created_at=nexus.clock.now,
                creator_id="9f86d081884c7d65",
                first_agent=Agent("WAUEMYK0"),
                assigner=Agent("WAUEMYK0"),
                assignee=Agent("DNOWMYK0"),
                destination_country=country,
                request_id="ASK-1",
                account=account,
                agent=agent,
            )
            paid = replace(
                transfer,
                creditor_account=replace(account, other=account.other or None),
                creditor_agent=agent or transfer.creditor_agent,
            )
            for name, record in (("acmt023", asked), ("pacs008", paid)):
                root = etree.fromstring(rails.build(record, Profile.NEXUS))
                for field in kind["inputs"]:
                    steps = field["iso20022XPath"][name].strip("/").split("/")
                    path = "".join(f"/*[local-name()='{step}']" for step in steps)
                    wanted = field["attributes"]["placeholder"]
                    assert [each.text for each in root.xpath(path)] == [wanted], (kind, name)


async def test_institutions_are_found_by_role_country_and_id(nexus):
    bank = {
        "name": "Bank Misaal",
        "finInstId": {"BICFI": ["BANKPKK0"], "LEI": "5493001KJTIIGC8Y1R12", "otherId": ["0042"]},
        "countryCode": "PK",
        "roles": ["psp"],
        "nexusParticipant": False,
        "goLiveDate": "2027-01-01",
        "supportedMessages": ["acmt.023"],
    }
    foreign = await nexus.do("POST", "/fin-insts", "duitnow", bank)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "message_wrong_party")
    made = await nexus.do("POST", "/fin-insts", "raast", bank)
    assert (made.status_code, made.json()) == (201, bank)
    assert (await nexus.do("POST", "/fin-insts", "raast", bank)).status_code == 409
    for path in ("BICFI/BANKPKK0", "LEI/5493001KJTIIGC8Y1R12", "otherId/0042"):
        assert await nexus.read(f"/fin-insts/any/{path}") == bank
    for path in ("BICFI/NONEPKK0", "LEI/BANKPKK0", "otherId/43"):
        assert (await nexus.do("GET", f"/fin-insts/any/{path}")).status_code == 404
    assert (await nexus.do("GET", "/fin-insts/any/IBAN/x")).status_code == 400

    async def names(path: str) -> list[str]:
        return [each["name"] for each in (await nexus.read(path))["finInsts"]]

    assert await names("/fin-insts/psp") == ["Wau Contoh", "Bank Misaal"]
    assert await names("/fin-insts/sap") == ["Settle Contoh"]
    assert await names("/countries/MY/fin-insts/fxp") == ["Kite Contoh"]
    assert await names("/countries/PK/fin-insts/any") == ["Bank Misaal"]
    live = bank | {"nexusParticipant": True}
    changed = await nexus.do("PUT", "/fin-insts/BANKPKK0", "raast", live)
    assert (changed.status_code, changed.json()["nexusParticipant"]) == (200, True)
    other = await nexus.do("PUT", "/fin-insts/OTHRPKK0", "raast", live)
    assert other.status_code == 400
    unknown = live | {"finInstId": {"BICFI": ["OTHRPKK0"]}}
    assert (await nexus.do("PUT", "/fin-insts/OTHRPKK0", "raast", unknown)).status_code == 404


async def test_a_provider_pushes_and_takes_back_rates(nexus):
    early = await nexus.push("64.00")
    assert (early.status_code, early.json()["code"]) == (503, "rate_stale")
    nexus.clock.forward(1)
    made = await nexus.push("64.00")
    assert made.status_code == 201
    body = made.json()
    assert (body["rate"], body["isExpired"], body["fxpId"]) == ("64.00", False, "KITEMYK0")
    (quote,) = (await nexus.read(QUOTES))["quotes"]
    assert quote["exchangeRate"] == "64.032"
    for by in ("my", "duitnow"):
        assert (await nexus.do("DELETE", f"/rates/{body['rateId']}", by)).status_code == 404
    gone = await nexus.do("DELETE", f"/rates/{body['rateId']}", "fxp")
    assert (gone.status_code, gone.json()["isExpired"]) == (200, True)
    none = await nexus.do("GET", QUOTES)
    assert (none.status_code, none.json()["code"]) == (503, "rate_missing")
    agents = await nexus.read(f"/quotes/{quote['quoteId']}/intermediary-agents")
    assert agents["intermediaryAgent1"]["account"] == {"id": "880100000001"}
    for wrong in ({"rate": "0"}, {"rate": "nan"}, {"rate": "1e9999999"}, {"rate": "x"}):
        answer = await nexus.push("1", **wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "field_invalid"), wrong
    stranger = await nexus.do(
        "POST",
        "/rates",
        "my",
        {
            "sourceCurrency": "MYR",
            "destinationCurrency": "PKR",
            "rate": "1",
            "expiryDateTime": to_text(nexus.clock.now + timedelta(hours=1)),
        },
    )
    assert (stranger.status_code, stranger.json()["code"]) == (422, "institution_unknown")


async def test_a_provider_keeps_its_tiers_and_relationships(nexus):
    tier = await nexus.do(
        "POST", "/tiers", "fxp", {"currency": "MYR", "threshold": "400.00", "bps": 20}
    )
    assert tier.status_code == 201
    (quote,) = (await nexus.read(QUOTES))["quotes"]
    assert quote["exchangeRate"] == "63.5585"
    path = f"/tiers/{tier.json()['tierId']}"
    changed = await nexus.do("PUT", path, "fxp", {"bps": 30})
    assert changed.json()["bps"] == 30
    assert (await nexus.do("PUT", path, "raast", {"bps": 30})).status_code == 422
    assert (await nexus.do("DELETE", path, "fxp")).status_code == 200
    assert (await nexus.do("DELETE", path, "fxp")).status_code == 404
    new = await nexus.do("POST", "/relationships", "fxp", {"pspFinInstId": "RAVIPKK0", "bps": 3})
    assert new.status_code == 201
    again = await nexus.do("POST", "/relationships", "fxp", {"pspFinInstId": "RAVIPKK0", "bps": 3})
    assert again.status_code == 409
    path = f"/relationships/{new.json()['relationshipId']}"
    gone = await nexus.do("PUT", path, "fxp", {"bps": 3, "approved": False})
    assert gone.json()["approved"] is False
    back = await nexus.do("PUT", path, "fxp", {"bps": 4})
    assert (back.json()["approved"], back.json()["bps"]) == (True, 4)
    assert (await nexus.do("PUT", path, "my", {"bps": 9})).status_code == 404


async def test_a_system_changes_its_own_country_and_its_fee_from_a_day_on(nexus):
    change = {"maxAmount": "1000.00", "instructionPriorities": ["NORM"]}
    for by in ("duitnow", "fxp", "my"):
        answer = await nexus.do("PUT", "/countries/PK", by, change)
        assert (answer.status_code, answer.json()["code"]) == (403, "message_wrong_party")
    changed = await nexus.do("PUT", "/countries/PK", "raast", change)
    assert changed.status_code == 200
    assert changed.json() == await nexus.read("/countries/PK")
    assert changed.json()["instructionPriorities"] == ["NORM"]
    assert changed.json()["requiredMessageElements"] == {"pacs008": ["purposeCode"]}
    path = "/fee-formulas/creditor-agent-fee/PK/PKR"
    first = nexus.clock.now + timedelta(days=30)
    fee = {
        "nominalFee": {"amount": "30.00", "currency": "PKR"},
        "percentageFee": "0.001",
        "effectiveDateTime": to_text(first),
    }
    before = await nexus.read(path)
    assert (await nexus.do("PUT", path, "raast", fee)).status_code == 200
    assert await nexus.read(path) == before
    nexus.clock.now = first
    assert (await nexus.read(path))["nominalFee"]["amount"] == "30.00"
    past = await nexus.do(
        "PUT", path, "raast", fee | {"effectiveDateTime": to_text(first - timedelta(1))}
    )
    assert (past.status_code, past.json()["code"]) == (400, "field_invalid")
    whole = await nexus.do("PUT", path, "raast", fee | {"percentageFee": "1"})
    assert whole.status_code == 400
    assert (await nexus.do("PUT", path, "duitnow", fee)).status_code == 403


async def test_fees_and_amounts_of_a_rate_of_ones_own(nexus):
    path = "/fees-and-amounts/MY/MYR/PK/PKR/MYR/1000.00/60"
    assert await nexus.read(path) == {
        "debtorAgent": {
            "interbankSettlementAmount": {
                "amount": "1000.00",
                "currency": "MYR",
                "cappedToMaxAmount": False,
            },
            "nexusSchemeFee": {"amount": "0.20", "currency": "MYR"},
        },
        "creditorAgent": {
            "interbankSettlementAmount": {
                "amount": "60000.00",
                "currency": "PKR",
                "cappedToMaxAmount": False,
            },
            "chargesAmount": {"amount": "55.00", "currency": "PKR"},
            "creditorAccountAmount": {"amount": "59945.00", "currency": "PKR"},
        },
    }
    fixed = await nexus.read("/fees-and-amounts/MY/MYR/PK/PKR/PKR/59945.00/60")
    assert fixed["debtorAgent"]["interbankSettlementAmount"]["amount"] == "1000.00"
    for wrong in ("0", "-1", "1e5", "abc", "1.12345678901"):
        answer = await nexus.do("GET", f"/fees-and-amounts/MY/MYR/PK/PKR/MYR/1000.00/{wrong}")
        assert answer.json()["code"] == "field_invalid", wrong
