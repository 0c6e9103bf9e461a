import json
from collections.abc import AsyncIterator

import httpx
import pytest
from door_world import World, opened

from qantara.edge import Envelope
from qantara.scheme.model import RATE_NOTICE

QUOTES = "/quotes/MY/MYR/PK/PKR/MYR/497.50?finInstIdType=BICFI&finInstId=WAUEMYK0"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def ask(world: World, path: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {world.keys['nexus']}"}
    return await world.nexus.client.get(path, headers=headers)


async def test_quotes_have_the_names_of_the_scheme(world):
    body = (await ask(world, QUOTES)).json()
    assert body["amount"] == "497.50"
    (quote,) = body["quotes"]
    assert set(quote) == {
        *("quoteId", "issuedDateTime", "fxpfinInstIdType", "fxpfinInstId", "exchangeRate"),
        *("debtorAgent", "creditorAgent", "intermediaryAgent1", "intermediaryAgent1Account"),
        *("intermediaryAgent2", "intermediaryAgent2Account"),
    }
    assert quote["debtorAgent"]["interbankSettlementAmount"] == {
        "amount": "497.50",
        "currency": "MYR",
        "cappedToMaxAmount": False,
    }
    assert quote["intermediaryAgent1"]["finInstId"] == {"BICFI": "SAPMMYK0"}
    assert quote["intermediaryAgent2Account"] == {"id": "PK00SAPP0001"}
    creditor = quote["creditorAgent"]
    gross, fee, net = (
        creditor["interbankSettlementAmount"]["amount"],
        creditor["chargesInformation"]["amount"]["amount"],
        creditor["creditorAccountAmount"]["amount"],
    )
    assert round(float(gross) - float(fee), 2) == float(net)


async def test_the_agents_of_a_quote_can_be_asked_for(world):
    (quote,) = (await ask(world, QUOTES)).json()["quotes"]
    body = (await ask(world, f"/quotes/{quote['quoteId']}/intermediary-agents")).json()
    assert body["intermediaryAgent1"] == {
        "name": "SAPMMYK0",
        "countryCode": "MY",
        "currencyCode": "MYR",
        "finInstId": {"BICFI": "SAPMMYK0"},
        "account": {"id": "880100000001"},
    }
    none = await ask(world, "/quotes/none/intermediary-agents")
    assert (none.status_code, none.json()["code"]) == (404, "quote_not_found")


async def test_countries_are_listed_with_their_maximum(world):
    every = (await ask(world, "/countries")).json()["countries"]
    assert [country["countryCode"] for country in every] == ["MY", "PK"]
    assert (await ask(world, "/countries/PK")).json() == {
        "countryId": 586,
        "countryCode": "PK",
        "name": "Pakistan",
        "currencies": [{"currencyCode": "PKR", "maxAmount": "50000000.00"}],
        "requiredMessageElements": {"pacs008": []},
        "instructionPriorities": ["NORM"],
    }
    assert (await ask(world, "/countries/FR")).status_code == 404


async def test_wrong_questions_have_precise_answers(world):
    cases = {
        QUOTES.replace("497.50", "497.5"): (400, "amount_scale"),
        QUOTES.replace("497.50", "0.00"): (400, "amount_not_positive"),
        QUOTES.replace("/PKR/MYR/", "/PKR/XAU/"): (400, "currency_unknown"),
        QUOTES.replace("/PK/PKR/", "/PK/EUR/"): (400, "currency_mismatch"),
        QUOTES.replace("/PKR/MYR/", "/PKR/EUR/"): (400, "currency_mismatch"),
        QUOTES.replace("/PK/PKR/", "/SG/PKR/"): (422, "corridor_closed"),
        QUOTES.replace("WAUEMYK0", "RAVIPKK0"): (403, "message_wrong_party"),
        QUOTES.split("&", maxsplit=1)[0]: (400, "field_missing"),
        QUOTES.replace("BICFI", "LEI"): (400, "field_invalid"),
    }
    for path, expected in cases.items():
        answer = await ask(world, path)
        assert (answer.status_code, answer.json()["code"]) == expected, path


async def test_a_stranger_is_told_nothing(world):
    assert (await world.nexus.client.get(QUOTES)).status_code == 401


async def test_a_rate_is_taken_from_a_provider_only_and_only_if_it_is_one(world):
    notice = {"message_id": "r1", "rate": 1.5}
    huge = json.dumps(notice | {"id": "x" * 20_000}).encode()
    for raw, reason in (
        (b"{", "body_malformed"),
        (json.dumps(notice).encode(), "body_malformed"),
        (huge, "body_too_large"),
    ):
        acks = await world.nexus.intake.take("fxp", [Envelope("r1", RATE_NOTICE, None, raw)])
        assert (acks[0].accepted, acks[0].reason) == (False, reason)
    for sender in ("duitnow", "my", "nobody"):
        acks = await world.nexus.intake.take(sender, [Envelope("r1", RATE_NOTICE, None, b"{}")])
        assert not acks[0].accepted
