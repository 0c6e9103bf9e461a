"""People who sign in: what opens, what locks, and what is never told."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from identity_world import CREDENTIALS, PIN, Desk, desk
from software_authenticator import Authenticator, b64

from qantara.access import flow as access
from qantara.access.credentials import ceremonies
from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Freeze, Revoke
from qantara.access.model import Principal, Role, Scope
from qantara.edge import passkeys, signing_in
from qantara.errors import QantaraError, Reason, Refused
from qantara.parties import flow as parties


@pytest.fixture
async def bank(servers) -> AsyncIterator[Desk]:
    async with desk(servers(18)) as made:
        await made.opened("emoney")
        yield made


async def refused(awaited) -> Reason:
    found = await awaited
    assert isinstance(found, Refused), found
    return found.reason


async def test_a_customer_comes_in_with_phone_and_pin_and_has_a_customers_scopes(bank):
    found = await bank.inside()
    assert found.roles == (Role.CUSTOMER,)
    assert Scope.REMITTANCES_WRITE in found.scopes
    assert found.subject is not None
    assert found.subject.startswith("cus_")
    assert await bank.standing(found) == found
    assert await bank.inside("012-345 6789") == found


async def test_who_has_no_account_is_answered_like_a_wrong_pin(bank):
    said = [
        await signing_in.by_pin(bank.door, alias, pin)
        for alias, pin in ((bank.phone, "111222"), ("+60129999999", PIN), ("nobody", ""))
    ]
    assert said == [Refused(Reason.SIGN_IN_FAILED, rule="credentials.sign_in")] * 3


@pytest.mark.parametrize("alias", ["+60123456789", "+60129999999", "no phone"])
async def test_too_many_wrong_answers_lock_for_ever_longer_whoever_it_is(bank, alias):
    waits = []
    for _ in range(6):
        found = await signing_in.by_pin(bank.door, alias, "000000")
        if found.reason is Reason.SIGN_IN_LOCKED:
            waits.append(int(found.facts["seconds"]))
            assert found.facts["opens_at"] > f"{bank.clock.now:%Y-%m-%dT%H:%M:%S}"
            bank.clock.forward(waits[-1])
            found = await signing_in.by_pin(bank.door, alias, "000000")
        assert found.reason is Reason.SIGN_IN_FAILED
    assert waits == [30, 60, 120]


async def test_nothing_opens_while_it_is_locked_not_even_the_right_pin(bank):
    for _ in range(3):
        await signing_in.by_pin(bank.door, bank.phone, "000000")
    assert await refused(signing_in.by_pin(bank.door, bank.phone, PIN)) is Reason.SIGN_IN_LOCKED
    bank.clock.forward(30)
    await bank.inside()
    assert await refused(signing_in.by_pin(bank.door, bank.phone, "0")) is Reason.SIGN_IN_FAILED


async def test_many_guesses_at_once_are_counted_one_by_one(bank):
    guesses = [signing_in.by_pin(bank.door, bank.phone, f"12340{n}") for n in range(8)]
    said = [found.reason for found in await asyncio.gather(*guesses)]
    assert sorted(said) == [Reason.SIGN_IN_FAILED] * 3 + [Reason.SIGN_IN_LOCKED] * 5


async def test_the_lock_is_no_looser_than_the_law_that_counts_failures(bank):
    law = bank.door.node.rulebook.value("eu.sca.failures", bank.clock.now.date()).value
    opened = 0
    while (await refused(signing_in.by_pin(bank.door, bank.phone, "000000"))) is not (
        Reason.SIGN_IN_LOCKED
    ):
        opened += 1
    assert opened <= law


async def test_another_pin_ends_what_the_old_one_opened(bank):
    found = await bank.inside()
    assert await refused(signing_in.change_pin(bank.door, found, "999999", "528416")) is (
        Reason.SIGN_IN_FAILED
    )
    made = await signing_in.change_pin(bank.door, found, PIN, "528416")
    assert await bank.standing(found) is None
    assert (await bank.inside(pin="528416")).key_id == made
    assert await refused(signing_in.by_pin(bank.door, bank.phone, PIN)) is Reason.SIGN_IN_FAILED


async def test_a_pin_that_anybody_would_try_is_not_taken(bank):
    found = await bank.inside()

    async def said(pin: str) -> Reason:
        return await refused(signing_in.change_pin(bank.door, found, PIN, pin))

    for pin in ("", "12345", "1234567890123", "12a456", "１２３４５６"):
        assert await said(pin) is Reason.PIN_INVALID
    for pin in ("123456", "987654", "111111", "121212", "890123", "345678"):
        assert await said(pin) is Reason.PIN_WEAK
    for birth_date in ("140290", "14021990", "900214"):
        assert await said(birth_date) is Reason.PIN_WEAK


async def test_who_stops_all_access_is_out_until_staff_lets_them_in(bank):
    found = await bank.inside()
    key = await bank.place.key("officer", Role.COMPLIANCE, None)
    async with bank.door.database.look() as tx:
        officer = (await access.authenticate(tx, [key], bank.clock()))[key]
    stop = Freeze(found, found.id, "my phone was stolen")
    await bank.door.batcher.run(credentials.freeze, stop)
    assert await bank.standing(found) is None
    assert await refused(signing_in.by_pin(bank.door, bank.phone, PIN)) is Reason.SIGN_IN_FAILED
    with pytest.raises(QantaraError, match="key_scope"):
        await bank.door.batcher.run(credentials.release, stop)
    await bank.door.batcher.run(credentials.release, replace(stop, by=officer))
    assert await bank.standing(found) == found


async def test_who_is_a_customer_no_more_stays_out(bank):
    found = await bank.inside()

    async def die(tx, _node, commands, now):
        return await parties.record_deaths(tx, commands)

    await bank.door.batcher.run(die, found.subject)
    assert await bank.standing(found) is None
    assert await refused(signing_in.by_pin(bank.door, bank.phone, PIN)) is Reason.SIGN_IN_FAILED


async def came_in(bank: Desk, device: Authenticator, **wrong) -> Principal | Refused:
    asked = await signing_in.passkey_options(bank.door)
    return await signing_in.by_passkey(bank.door, asked.id, device.get(asked.options, **wrong))


@pytest.mark.parametrize("counts", [True, False], ids=["counting", "not counting"])
async def test_a_passkey_opens_without_a_name(bank, counts):
    found = await bank.inside()
    device = await bank.with_passkey(found, counts=counts)
    for _ in range(2):
        entered = await came_in(bank, device)
        assert isinstance(entered, Principal), entered
        assert (entered.id, entered.scopes) == (found.id, found.scopes)
    async with bank.door.database.look() as tx:
        (kept,) = await credentials.passkeys_of(tx, found.id)
    assert (kept.label, kept.counter, kept.id) == ("phone", 2 * counts, entered.key_id)
    await bank.door.batcher.run(credentials.revoke_passkeys, Revoke(found, kept.id))
    assert await bank.standing(entered) is None
    assert await refused(came_in(bank, device)) is Reason.SIGN_IN_FAILED


async def test_a_question_to_a_passkey_is_answered_once_and_in_time(bank):
    device = await bank.with_passkey(await bank.inside())
    asked = await signing_in.passkey_options(bank.door)
    answer = device.get(asked.options)
    assert isinstance(await signing_in.by_passkey(bank.door, asked.id, answer), Principal)
    assert await refused(signing_in.by_passkey(bank.door, asked.id, answer)) is (
        Reason.CHALLENGE_GONE
    )
    later = await signing_in.passkey_options(bank.door)
    bank.clock.forward(CREDENTIALS.challenge_seconds)
    answer = device.get(later.options)
    assert await refused(signing_in.by_passkey(bank.door, later.id, answer)) is (
        Reason.CHALLENGE_GONE
    )


async def test_a_passkey_that_answers_another_question_opens_nothing(bank):
    device = await bank.with_passkey(await bank.inside())
    for name, value in (
        ("origin", "https://evil.example"),
        ("type", "webauthn.create"),
        ("challenge", "A" * 43),
    ):
        assert await refused(came_in(bank, device, **{name: value})) is Reason.SIGN_IN_FAILED


async def test_a_stranger_a_copy_and_an_unlocked_phone_open_nothing(bank):
    device = await bank.with_passkey(await bank.inside())
    await came_in(bank, device)
    stranger = Authenticator(handle=device.handle, counter=9)
    assert await refused(came_in(bank, stranger)) is Reason.SIGN_IN_FAILED
    assert await refused(came_in(bank, Authenticator())) is Reason.SIGN_IN_FAILED
    other = Authenticator(key=device.key, handle=device.handle, counter=9, rp_id="evil.example")
    assert await refused(came_in(bank, other)) is Reason.SIGN_IN_FAILED
    open_phone = Authenticator(key=device.key, handle=device.handle, counter=9, verified=False)
    assert await refused(came_in(bank, open_phone)) is Reason.SIGN_IN_FAILED
    copy = Authenticator(key=device.key, handle=device.handle, counter=0)
    assert await refused(came_in(bank, copy)) is Reason.SIGN_IN_FAILED
    assert isinstance(await came_in(bank, device), Principal)


async def test_a_registration_is_bound_to_who_asked_for_it(bank):
    found = await bank.inside()
    asked = await passkeys.options(bank.door, found)
    device = Authenticator()
    answer = device.create(asked.options)
    other = replace(found, id="prn_other")
    assert await refused(passkeys.register(bank.door, other, asked.id, answer, "x")) is (
        Reason.CHALLENGE_GONE
    )
    again = await passkeys.options(bank.door, found)
    assert await refused(passkeys.register(bank.door, found, again.id, answer, "x")) is (
        Reason.PASSKEY_INVALID
    )
    user = json.loads(again.options)["authenticatorSelection"]
    assert (user["userVerification"], user["residentKey"]) == ("required", "required")


NONE = ("", "{", "[]", "null", '{"id":"x"}', '"x"', "{" * 3000, '{"id":1,"rawId":2}', "\x00")


async def test_an_answer_that_is_none_is_wrong_and_no_more(bank):
    found = await bank.inside()
    for answer in NONE:
        asked = await signing_in.passkey_options(bank.door)
        assert await refused(signing_in.by_passkey(bank.door, asked.id, answer)) is (
            Reason.SIGN_IN_FAILED
        )
        again = await passkeys.options(bank.door, found)
        assert await refused(passkeys.register(bank.door, found, again.id, answer, "")) is (
            Reason.PASSKEY_INVALID
        )


@pytest.mark.parametrize("part", ["attestationObject", "clientDataJSON"])
async def test_a_registration_with_any_bit_turned_is_no_bug(bank, part):
    found, dice = await bank.inside(), random.Random(7)
    asked = await passkeys.options(bank.door, found)
    whole = json.loads(Authenticator().create(asked.options))
    for _ in range(150):
        raw = bytearray(base64.urlsafe_b64decode(whole["response"][part] + "=="))
        for _ in range(dice.randint(1, 4)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        response = whole["response"] | {part: b64(bytes(raw[: dice.randint(1, len(raw))]))}
        ceremonies.registered(CREDENTIALS, b"x" * 32, json.dumps(whole | {"response": response}))
