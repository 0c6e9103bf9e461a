"""A person's yes to one payment, by passkey or by PIN, bound to the amount and the payee."""

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from qantara import ids, texts
from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import (
    Answer,
    AskConfirmation,
    Asked,
    Attempt,
    Confirmation,
    Intent,
    Method,
    Need,
)
from qantara.access.model import Principal
from qantara.db import Tx
from qantara.edge.door import Door
from qantara.edge.signing_in import guessed
from qantara.errors import NotFound, Reason, Refused
from qantara.later import Later
from qantara.onboarding import flow as onboarding
from qantara.policy import flow as policy
from qantara.policy.model import Act, Facts, Party

if TYPE_CHECKING:
    from qantara.access.credentials import ceremonies
else:
    ceremonies = Later("qantara.access.credentials.ceremonies")

NONCE_BYTES = 16
CODE_DIGITS = 6
_MISSING = Refused(Reason.CONFIRMATION_MISSING, rule="credentials.step_up")


async def needed(tx: Tx, door: Door, principal: Principal, intent: Intent) -> Need:
    """Whether this payment is confirmed first, why, and by how many factors where law says so."""
    known = await credentials.payee_known(tx, principal.id, intent.payee)
    need = credentials.step_up(door.credentials, intent, payee_known=known)
    return replace(need, factors=factors(door)) if need.required else need


def factors(door: Door) -> int:
    """How many the rulebook asks for: two where it does not let one pass."""
    node = door.node
    side = Party(
        country=node.country,
        currency=node.asset.code,
        instrument="transfer",
        factors=1,
        dynamic_linking=True,
        exemption="none",
    )
    facts = Facts(act=Act.AUTHENTICATION, sender=side)
    return 1 if policy.decide(node.rulebook, facts, door.clock().date()).refusal is None else 2


async def passkey_options(door: Door, principal: Principal, intent: Intent) -> Asked | None:
    """What a browser is asked for: a signature over a challenge that holds the intent's digest.
    None where the person has no passkey.
    """
    async with door.database.look() as tx:
        had = await credentials.passkeys_of(tx, principal.id)
    if not had:
        return None
    asked = await _ask(door, principal, intent, None)
    return Asked(asked.id, ceremonies.authentication(door.credentials, asked.challenge, had))


async def by_passkey(
    door: Door, principal: Principal, confirmation_id: str, answer: str
) -> Confirmation | Refused:
    """What a passkey answered to a confirmation; one wrong answer ends it, and says why."""
    handle = ceremonies.handle_of(answer)
    async with door.database.look() as tx:
        found = await credentials.confirmation(tx, confirmation_id)
        passkey = None if handle is None else await credentials.passkey_of_handle(tx, handle)
        stands = passkey and await credentials.holders(tx, [passkey.id])
    if found is None or found.principal_id != principal.id:
        return _MISSING
    if passkey is None or not stands or passkey.principal_id != principal.id:
        unread = handle is None
        why = Reason.CONFIRMATION_WRONG if unread else Reason.PASSKEY_FOREIGN
        return await _answered(door, Answer(principal, confirmation_id, None, why=why))
    counter = ceremonies.counted(door.credentials, found.challenge, passkey, answer)
    if counter is None:
        why = ceremonies.flaw(door.credentials, found.challenge, answer)
        return await _answered(door, Answer(principal, confirmation_id, None, why=why))
    said = Answer(principal, confirmation_id, Method.PASSKEY, passkey.id, counter)
    return await _answered(door, said)


async def send_code(door: Door, principal: Principal, intent: Intent, language: str) -> str:
    """Send the person a code for this very payment (the gateway is simulated); the message names
    amount and payee. The id of the confirmation that it belongs to.
    """
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    asked = await _ask(door, principal, intent, code)
    async with door.database.look() as tx:
        phone = await credentials.alias_of(tx, principal.id)
    if phone is None:
        raise NotFound(Reason.PRINCIPAL_NOT_FOUND, id=principal.id)
    facts = {
        "name": door.node.name,
        "code": code,
        "amount": str(intent.amount),
        "currency": intent.amount.asset.code,
        "payee": intent.payee_name or intent.payee,
    }
    text = texts.phrase("messages", "sms", "confirm", language, facts)
    await door.batcher.run(onboarding.send_message, (phone, str(text)))
    return asked.id


async def by_pin(
    door: Door,
    principal: Principal,
    intent: Intent,
    pin: str,
    confirmation_id: str = "",
    code: str = "",
) -> Confirmation | Refused:
    """The PIN typed again for this very payment, and the code that was sent for it, where one
    was. The caller makes the intent from its own records and never from what a form says.
    """
    guess = await guessed(door, Attempt(door.credentials, principal_id=principal.id), pin)
    if isinstance(guess, Refused):
        return guess
    await door.batcher.run(credentials.clear_attempts, guess.alias)
    if not confirmation_id:
        asked = await _ask(door, principal, intent, None)
        return await _answered(door, Answer(principal, asked.id, Method.PIN))
    async with door.database.look() as tx:
        found = await credentials.confirmation(tx, confirmation_id)
    if found is None or found.principal_id != principal.id:
        return _MISSING
    bound = found.digest == credentials.intent_digest(principal.id, intent)
    right = found.code_digest == credentials.code_digest(confirmation_id, code) and bound
    method = Method.PIN_AND_CODE if right else None
    return await _answered(door, Answer(principal, confirmation_id, method))


async def _ask(door: Door, principal: Principal, intent: Intent, code: str | None) -> Confirmation:
    confirmation_id = ids.new("cnf")
    command = AskConfirmation(
        confirmation_id,
        principal,
        intent,
        secrets.token_bytes(NONCE_BYTES),
        door.credentials.confirmation_seconds,
        None if code is None else credentials.code_digest(confirmation_id, code),
    )
    asked: Confirmation = await door.batcher.run(credentials.ask_confirmations, command)
    return asked


async def _answered(door: Door, said: Answer) -> Confirmation | Refused:
    outcome: Confirmation | Refused = await door.batcher.run(credentials.answer_confirmations, said)
    return outcome
