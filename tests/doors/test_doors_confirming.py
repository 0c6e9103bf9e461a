"""Payments confirmed: bound to amount and payee, used once, worthless for anything else."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from identity_world import CREDENTIALS, PIN, Desk, desk
from software_authenticator import Authenticator

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import (
    Confirmation,
    ConfirmationState,
    Consume,
    Freeze,
    Intent,
    Method,
    Need,
    Revoke,
)
from qantara.edge import confirming
from qantara.errors import Reason, Refused
from qantara.money import MYR, Money

INTENT = Intent("remittance", "quo_1", Money(500_00, MYR), "PK/MBNO/+923001234567", "BILAL M****")
OTHERS = [
    replace(INTENT, amount=Money(500_01, MYR)),
    replace(INTENT, payee="PK/MBNO/+923001234568"),
    replace(INTENT, payee_name="Somebody Else"),
    replace(INTENT, reference="quo_2"),
    replace(INTENT, kind="transfer"),
]


@pytest.fixture
async def bank(servers) -> AsyncIterator[Desk]:
    async with desk(servers(18)) as made:
        await made.opened("emoney")
        yield made


async def used(bank, principal, confirmation_id, intent=INTENT):
    command = Consume(principal, confirmation_id, intent)
    return await bank.door.batcher.run(credentials.consume, command)


async def needed(bank, principal, intent=INTENT):
    async with bank.door.database.look() as tx:
        return await confirming.needed(tx, bank.door, principal, intent)


async def test_a_passkey_confirms_one_payment_once(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found)
    made = await bank.confirmed(found, device, INTENT)
    assert (made.method, made.factors, made.state) == (Method.PASSKEY, 2, ConfirmationState.PROVED)
    assert made.digest in made.challenge
    assert (await used(bank, found, made.id)).state is ConfirmationState.USED
    assert (await used(bank, found, made.id)).reason is Reason.CONFIRMATION_USED


async def test_a_changed_payment_spends_the_confirmation(bank):
    found = await bank.inside()
    for other in OTHERS:
        made = await confirming.by_pin(bank.door, found, INTENT, PIN)
        assert isinstance(made, Confirmation)
        assert (await used(bank, found, made.id, other)).reason is Reason.CONFIRMATION_MISMATCH
        assert (await used(bank, found, made.id)).reason is Reason.CONFIRMATION_MISSING


async def test_two_who_use_it_in_one_batch_are_told_apart(bank):
    found = await bank.inside()
    made = await confirming.by_pin(bank.door, found, INTENT, PIN)
    twice = [Consume(found, made.id, INTENT)] * 2
    first, second = await bank.door.batcher.run_all(credentials.consume, twice)
    assert first.state is ConfirmationState.USED
    assert second.reason is Reason.CONFIRMATION_USED


async def test_it_is_nobody_elses_and_not_for_long(bank):
    found = await bank.inside()
    made = await confirming.by_pin(bank.door, found, INTENT, PIN)
    stranger = replace(found, id="prn_other")
    assert (await used(bank, stranger, made.id)).reason is Reason.CONFIRMATION_MISSING
    assert (await used(bank, found, "cnf_none")).reason is Reason.CONFIRMATION_MISSING
    bank.clock.forward(CREDENTIALS.confirmation_seconds)
    assert (await used(bank, found, made.id)).reason is Reason.CONFIRMATION_EXPIRED
    await bank.door.batcher.run(credentials.tidy, None)
    assert (await used(bank, found, made.id)).reason is Reason.CONFIRMATION_EXPIRED


async def test_what_was_not_proved_confirms_nothing(bank):
    found = await bank.inside()
    await bank.with_passkey(found)
    asked = await confirming.passkey_options(bank.door, found, INTENT)
    assert (await used(bank, found, asked.id)).reason is Reason.CONFIRMATION_MISSING


async def test_one_wrong_answer_of_a_passkey_ends_it(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found)
    asked = await confirming.passkey_options(bank.door, found, INTENT)
    wrong = device.get(asked.options, origin="https://evil.example")
    said = await confirming.by_passkey(bank.door, found, asked.id, wrong)
    assert said == Refused(Reason.PASSKEY_ELSEWHERE, rule="credentials.step_up")
    right = device.get(asked.options)
    again = await confirming.by_passkey(bank.door, found, asked.id, right)
    assert again.reason is Reason.CONFIRMATION_MISSING


async def test_a_signature_for_one_payment_is_none_for_another(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found)
    small = await confirming.passkey_options(
        bank.door, found, replace(INTENT, amount=Money(1_00, MYR))
    )
    large = await confirming.passkey_options(bank.door, found, INTENT)
    signed = device.get(small.options)
    said = await confirming.by_passkey(bank.door, found, large.id, signed)
    assert said.reason is Reason.CONFIRMATION_MISMATCH
    assert json.loads(small.options)["challenge"] != json.loads(large.options)["challenge"]


async def answered(bank, principal, answer):
    """What is said to the answer that `answer` makes of a question."""
    asked = await confirming.passkey_options(bank.door, principal, INTENT)
    return await confirming.by_passkey(bank.door, principal, asked.id, answer(asked.options))


async def test_whoever_has_no_passkey_is_not_asked_for_one(bank):
    found = await bank.inside()
    assert await confirming.passkey_options(bank.door, found, INTENT) is None
    assert await bank.place.count("credentials.confirmation") == 0


async def test_a_stranger_cannot_answer_for_somebody(bank):
    found = await bank.inside()
    await bank.with_passkey(found)
    said = await answered(bank, found, Authenticator().get)
    assert said.reason is Reason.PASSKEY_FOREIGN


async def test_each_wrong_answer_says_what_was_wrong(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found)
    for wrong, reason in (
        ({"origin": "https://evil.example"}, Reason.PASSKEY_ELSEWHERE),
        ({"challenge": "AAAA"}, Reason.CONFIRMATION_MISMATCH),
        ({"type": "webauthn.create"}, Reason.CONFIRMATION_WRONG),
    ):
        said = await answered(bank, found, lambda asked, w=wrong: device.get(asked, **w))
        assert said.reason is reason, wrong
    device.verified = False
    assert (await answered(bank, found, device.get)).reason is Reason.PASSKEY_UNVERIFIED
    device.verified, device.rp_id = True, "evil.example"
    assert (await answered(bank, found, device.get)).reason is Reason.CONFIRMATION_WRONG
    device.rp_id, device.key = "localhost", Authenticator().key
    assert (await answered(bank, found, device.get)).reason is Reason.CONFIRMATION_WRONG
    for garbage in ("{}", "x", "[]", '{"id": 1}'):
        said = await answered(bank, found, lambda _, g=garbage: g)
        assert said.reason is Reason.CONFIRMATION_WRONG, garbage


async def test_a_copy_that_counts_back_confirms_nothing(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found)
    assert isinstance(await bank.confirmed(found, device, INTENT), Confirmation)
    device.counter = 0
    assert (await answered(bank, found, device.get)).reason is Reason.CONFIRMATION_WRONG


async def test_an_answer_serves_once_and_in_time(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found, counts=False)
    asked = await confirming.passkey_options(bank.door, found, INTENT)
    answer = device.get(asked.options)
    made = await confirming.by_passkey(bank.door, found, asked.id, answer)
    assert (await used(bank, found, made.id)).state is ConfirmationState.USED
    again = await confirming.by_passkey(bank.door, found, asked.id, answer)
    assert again.reason is Reason.CONFIRMATION_USED
    late = await confirming.passkey_options(bank.door, found, INTENT)
    bank.clock.forward(CREDENTIALS.confirmation_seconds)
    said = await confirming.by_passkey(bank.door, found, late.id, device.get(late.options))
    assert said.reason is Reason.CONFIRMATION_EXPIRED


async def test_a_passkey_that_was_closed_confirms_nothing(bank):
    found = await bank.inside()
    device = await bank.with_passkey(found)
    await bank.with_passkey(found)
    async with bank.door.database.look() as tx:
        first = await credentials.passkey_of_handle(tx, device.handle)
    assert first
    await bank.door.batcher.run(credentials.revoke_passkeys, Revoke(found, first.id))
    assert (await answered(bank, found, device.get)).reason is Reason.PASSKEY_FOREIGN
    other = await bank.with_passkey(found)
    await bank.door.batcher.run(credentials.freeze, Freeze(found, found.id, "lost"))
    assert (await answered(bank, found, other.get)).reason is Reason.PASSKEY_FOREIGN


async def test_a_wrong_pin_is_counted_with_those_of_signing_in(bank):
    found = await bank.inside()
    for _ in range(3):
        said = await confirming.by_pin(bank.door, found, INTENT, "000000")
        assert said.reason is Reason.SIGN_IN_FAILED
    said = await confirming.by_pin(bank.door, found, INTENT, PIN)
    assert said.reason is Reason.SIGN_IN_LOCKED


async def test_first_payments_to_somebody_and_large_ones_are_confirmed(bank):
    found = await bank.inside()
    small = replace(INTENT, amount=Money(250_00, MYR))
    assert await needed(bank, found, small) == Need(required=True, because="new_payee")
    made = await confirming.by_pin(bank.door, found, small, PIN)
    await used(bank, found, made.id, small)
    assert await needed(bank, found, small) == Need(required=False)
    assert await needed(bank, found) == Need(required=True, because="amount")
    other = replace(small, payee="PK/MBNO/+923009999999")
    assert (await needed(bank, found, other)).because == "new_payee"


async def test_where_law_asks_for_two_factors_a_code_goes_with_the_pin(servers):
    async with desk(servers(18), "FR") as bank:
        await bank.opened("emoney")
        found = await bank.inside()
        assert (await needed(bank, found)).factors == 2
        made = await bank.confirmed(found, await bank.with_passkey(found), INTENT)
        assert (made.method, made.factors) == (Method.PASSKEY, 2)

        async def told() -> tuple[str, str]:
            asked = await confirming.send_code(bank.door, found, INTENT, "fr")
            return asked, await bank.text()

        asked, text = await told()
        assert "500.00 MYR à BILAL M****" in text
        code = re.findall(r"\b[0-9]{6}\b", text)[0]
        made = await confirming.by_pin(bank.door, found, INTENT, PIN, asked, code)
        assert (made.method, made.factors) == (Method.PIN_AND_CODE, 2)
        assert (await used(bank, found, made.id)).state is ConfirmationState.USED
        asked, text = await told()
        code = re.findall(r"\b[0-9]{6}\b", text)[0]
        said = await confirming.by_pin(bank.door, found, OTHERS[0], PIN, asked, code)
        assert said.reason is Reason.CONFIRMATION_WRONG
        asked, _ = await told()
        said = await confirming.by_pin(bank.door, found, INTENT, PIN, asked, "x")
        assert said.reason is Reason.CONFIRMATION_WRONG
