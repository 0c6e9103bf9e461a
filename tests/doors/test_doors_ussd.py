"""Menus of simple phones, as a gateway meets them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from door_world import World
from ussd_world import ASKED_ABROAD, PHONE, PIN, Phone, with_phones

from qantara.access.model import Role
from qantara.ussd import flow, rules
from qantara.ussd.model import SESSION_SECONDS

LANGUAGES = ("1", "2", "3", "4")
LONG = "MUHAMMAD ABDULLAH BIN ABDURRAHMAN AL FARISI"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with with_phones(servers(18)) as made:
        yield made


async def priced(phone: Phone, amount: str = "50", name: str = "CHONG W****") -> str:
    """Up to the price of a payment inside the country."""
    await phone.begun()
    await phone.types("2", PIN)
    await phone.pays("0123456789", name)
    return await phone.types(amount)


async def moved(world: World) -> str:
    return str((await world.balance())["available"])


async def test_the_menu_is_in_the_language_of_the_country_until_another_is_chosen(world):
    phone = Phone(world)
    assert (await phone.types()).startswith("CON Wau Contoh\n1. Baki\n2. ")
    assert "1. Balance" in await phone.types("5", "1")
    assert "1. Balance" in await Phone(world).types()
    assert "1. Baki" in await Phone(world, "+60122000078").types()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_balance_is_told_to_whoever_knows_the_pin(world, language):
    phone = Phone(world)
    await phone.begun(language)
    assert "1000.00" not in await phone.types("1")
    told = await phone.types(PIN)
    assert told.startswith("END ")
    assert "MYR 1000.00" in told


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_last_movements_fit(world, language):
    phone = Phone(world)
    await phone.begun(language)
    shown = await phone.types("00")
    assert shown.startswith("CON ")
    told = await phone.types("4", PIN)
    assert told.startswith("END ")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_payment_inside_shows_name_and_cost_and_is_sent_by_the_pin(world, language):
    phone = Phone(world)
    await phone.begun(language)
    await phone.types("2", PIN)
    assert "CHONG W****" in await phone.pays("012-345 6789")
    shown = await phone.types("50")
    assert "MYR 50.00" in shown
    assert await moved(world) == "1000.00"
    assert (await phone.types(PIN)).startswith("END ")
    assert await moved(world) == "950.00"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_payment_abroad_shows_total_cost_and_what_arrives_on_one_screen(world, language):
    check = await world.checked()
    saved = await world.post(
        "/v1/beneficiaries", {"payee_check_id": check["id"], "nickname": "Ammi"}
    )
    assert saved.status_code == 201, saved.text
    phone = Phone(world)
    await phone.begun(language)
    assert "1. Ammi" in await phone.types("3", PIN)
    await phone.pays("1", "BILAL M****", ASKED_ABROAD)
    await phone.types("500")
    shown = await phone.types("1")
    assert "MYR 500.00" in shown
    assert "PKR " in shown
    assert await moved(world) == "1000.00"
    assert (await phone.types(PIN)).startswith("END ")
    assert await moved(world) == "500.00"
    assert await world.my.count("remittance.remittance") == 1


async def test_a_wrong_pin_is_counted_and_moves_nothing(world):
    phone = Phone(world)
    await priced(phone)
    assert (await phone.types("111222")).startswith("CON That did not fit")
    assert await moved(world) == "1000.00"
    assert (await phone.types(PIN)).startswith("END MYR 50.00")
    assert await moved(world) == "950.00"
    other = Phone(world)
    await other.types()
    said = await other.types("1", "111222")
    while said.startswith("CON"):
        said = await other.types("111222")
    assert said.startswith("END ")
    last = Phone(world)
    await last.types()
    assert (await last.types("1", PIN)).startswith("END "), "locked for the right PIN, too"
    assert "1000" not in await last.types()


async def test_a_number_that_nobody_has_is_told_no_other_thing(world):
    known, stranger = Phone(world), Phone(world, "+60129999999")
    for phone in (known, stranger):
        await phone.begun()
    assert await known.types("1", "111222") == await stranger.types("1", "111222")


async def test_a_turn_repeated_is_answered_alike_and_pays_once(world):
    phone = Phone(world)
    shown = await priced(phone)
    assert await phone.types() == shown
    phone.typed.append(PIN)
    answers = {(await each).text for each in [phone.send() for _ in range(2)]}
    again = await asyncio.gather(*(phone.send() for _ in range(3)))
    assert answers | {each.text for each in again} == {await phone.types()}
    assert await moved(world) == "950.00"
    assert await world.my.count("domestic.transfer") == 1


async def test_the_same_yes_at_once_pays_once(world):
    phone = Phone(world)
    await priced(phone)
    phone.typed.append(PIN)
    answers = await asyncio.gather(*(phone.send() for _ in range(4)))
    assert {each.text[:16] for each in answers} == {"END MYR 50.00 fo"}
    assert await moved(world) == "950.00"
    assert await world.my.count("domestic.transfer") == 1


async def test_a_lost_talk_moves_nothing(world):
    phone = Phone(world)
    await priced(phone)
    world.clock.forward(SESSION_SECONDS)
    phone.typed.append(PIN)
    assert (await phone.types()).startswith("END This session has ended")
    await world.my.do(flow.forget, None)
    assert await world.my.count("ussd.session") == 0
    assert (await phone.types()).startswith("END This session has ended")
    assert await moved(world) == "1000.00"


async def test_what_was_typed_otherwise_before_ends_the_talk(world):
    phone = Phone(world)
    await priced(phone)
    phone.typed[-1] = "1"
    assert (await phone.types(PIN)).startswith("END This session has ended")
    assert await moved(world) == "1000.00"


async def test_a_talk_belongs_to_the_phone_and_the_gateway_that_began_it(world):
    phone = Phone(world)
    await priced(phone)
    phone.typed.append(PIN)
    assert (await phone.send(phone="+60122000078")).text.startswith("END ")
    world.keys["ussd"] = await world.my.key("ussd2", Role.USSD_GATEWAY, None)
    assert (await phone.send()).text.startswith("END ")
    assert await moved(world) == "1000.00"


async def test_a_long_name_leaves_room_for_the_amounts(world):
    shown = await priced(Phone(world), "50", LONG)
    assert "Pay MYR 50.00 (fee MYR 0.00)" in shown
    assert "PIN to send" in shown


async def test_stopping_forgets_the_payment(world):
    phone = Phone(world)
    await priced(phone)
    assert "1. Balance" in await phone.types("00")
    assert (await phone.types("1")).startswith("END Available MYR 1000.00")


@pytest.mark.parametrize("word", ["9", "x", "-1", "0" * 90, "١"])
async def test_what_is_no_choice_shows_the_menu_again(world, word):
    phone = Phone(world)
    await phone.begun()
    assert "1. Balance" in await phone.types(word)


@pytest.mark.parametrize("word", ["0", "-5", "1,000", "abc", "5.001"])
async def test_what_is_no_amount_is_asked_again(world, word):
    assert (await priced(Phone(world), word)).startswith("CON That is no amount")


async def test_secrets_are_kept_nowhere(world):
    phone = Phone(world)
    await priced(phone)
    await phone.types(PIN)
    async with world.my.door.database.read() as tx:
        kept = await tx.fetch("SELECT state FROM ussd.session")
    assert kept
    assert all(PIN not in row["state"] for row in kept)


async def test_only_a_gateway_comes_in(world):
    body = {"session_id": "s", "phone": PHONE, "text": ""}
    assert (await world.post("/v1/ussd", body)).status_code == 403
    nobody = await world.my.client.post("/v1/ussd", json=body)
    assert nobody.status_code == 401
    assert (await world.get("/v1/accounts", "ussd")).status_code == 403
    odd = {"session_id": "s", "phone": "+1", "text": ""}
    assert (await world.post("/v1/ussd", odd, "ussd")).status_code == 400


async def test_an_expired_price_is_not_paid(world):
    phone = Phone(world)
    await priced(phone)
    world.clock.forward(timedelta(hours=1).total_seconds())
    assert (await phone.types(PIN)).startswith("END ")
    assert await moved(world) == "1000.00"


def test_screens_are_counted_as_phones_count_them() -> None:
    assert rules.fits("a" * 182)
    assert not rules.fits("a" * 183)
    assert not rules.fits("€" * 92)
    assert rules.fits("ب" * 80)
    assert not rules.fits("ب" * 81)
    assert not rules.fits("😀" * 41)
    assert rules.folded("l’été\u00a0ça \u2068Œuvre\u2069 ê") == "l'été ca OEuvre e"


def test_a_list_goes_on_where_a_screen_ends() -> None:
    names = [f"Payee {n} " + "x" * 40 for n in range(1, 12)]
    start, seen = 0, ""
    while True:
        shown = rules.listed("To whom?", names, start, "More")
        assert rules.fits(shown.text)
        seen += shown.text + "\n"
        start = shown.following
        if not start:
            break
    assert all(f"\n{n}. Payee {n} " in f"\n{seen}" for n in range(1, 12))


@pytest.mark.parametrize("letter", ["N", "ن"])
def test_of_a_long_name_so_much_is_shown_as_there_is_room(letter) -> None:
    screen = rules.named(lambda name: f"MYR 500.00 {name} PKR 30120.00", letter * 300)
    assert rules.fits(screen)
    assert screen.startswith("MYR 500.00 " + letter * 20)
    assert screen.endswith(".. PKR 30120.00")
