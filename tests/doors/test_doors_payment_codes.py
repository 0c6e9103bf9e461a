"""Payment codes at the doors: a scanned code becomes a payee to be checked, an own code is paid."""

from collections.abc import AsyncIterator

import pytest
from door_world import World, opened

from qantara.parties import flow as parties
from qantara.rails.qr import flow as qr
from qantara.rails.qr.model import Account, Code, Kind, Scheme

DUITNOW = (
    "00020201021126410014A000000615000101065016640209123456789"
    "520499995303458540510.005802MY5909QRCSDNBHD6005BANGI6304343F"
)
CONSUMER = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8g"
    "DkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)
IBAN = parties.make_iban("PK", "RAVI", "0000000000000042")


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def scan(world: World, text: str) -> dict:
    answer = await world.post("/v1/payment-codes/scanned", {"text": text})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def own(world: World, query: str = "", by: str = "aisha") -> dict:
    answer = await world.get(f"/v1/payment-codes/own?account_id=acc_aisha{query}", by)
    return {"status": answer.status_code, **answer.json()}


def code(scheme: Scheme, number: str, kind: Kind = Kind.IBAN, **more: object) -> str:
    return qr.encode(Code(scheme, (Account(scheme, "", kind, number),), **more))


async def test_a_raast_code_leads_to_the_account_and_its_bank(world):
    told = await scan(world, code(Scheme.RAAST, IBAN, dynamic=False))
    assert told["problem"] is None
    assert told["payee"] == {
        "country": "PK",
        "address_type": "IBAN",
        "address": IBAN,
        "agent_bic": "RAVIPKK0",
    }
    check = await world.post("/v1/payee-checks", told["payee"])
    assert check.status_code == 202, check.text


async def test_a_code_of_ones_own_is_read_as_it_was_meant(world):
    shown = await own(world, "&amount=12.50&reference=Meja%204")
    assert (shown["status"], shown["scheme"]) == (200, "duitnow")
    assert shown["svg"].startswith("<svg")
    assert shown["expires_at"] is None
    told = await scan(world, shown["text"])
    assert (told["amount"], told["text"], told["dynamic"]) == (
        *({"amount": "12.50", "currency": "MYR"}, "Meja 4", True),
    )
    assert told["payee"]["agent_bic"] == "WAUEMYK0"
    always = await scan(world, (await own(world))["text"])
    assert (always["amount"], always["dynamic"], always["payee"]) == (None, False, told["payee"])


async def test_a_bank_nobody_knows_is_named(world):
    told = await scan(world, DUITNOW)
    assert (told["payee"], told["problem"]["code"]) == (None, "qr_bank_unknown")
    assert "501664" in told["problem"]["text"]
    assert told["name"] == "QRCSDNBHD"


async def test_what_is_not_reached_from_here_is_read_and_paid_by_nobody(world):
    promptpay = code(Scheme.PROMPTPAY, "+66812345678", Kind.PHONE, country="TH", currency="THB")
    for text, reason in ((promptpay, "corridor_closed"), (CONSUMER, "qr_unreachable")):
        told = await scan(world, text)
        assert (told["payee"], told["problem"]["code"]) == (None, reason)
    french = code(Scheme.EPC, "FR7630006000011234567890189", name="Pont", currency="EUR")
    assert (await scan(world, french))["problem"]["code"] == "corridor_closed"


@pytest.mark.parametrize("text", ["x", DUITNOW[:-1] + "0", "000201", "\u0660" * 40])
async def test_an_unreadable_code_says_its_defect(world, text):
    answer = await world.post("/v1/payment-codes/scanned", {"text": text})
    assert (answer.status_code, answer.json()["code"]) == (422, "qr_unreadable")


async def test_somebody_elses_account_shows_no_code(world):
    assert (await own(world, by="bo"))["code"] == "account_not_found"
    assert (await own(world, "&amount=1.5"))["code"] == "amount_scale"
