"""How a person comes in: with a phone number and a PIN, or with a passkey.

Every try is counted before it is made, and none tells whether anybody has the number that was
typed: the answer, the time it takes and the lock after too many are the same for nobody.
"""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from qantara import ids
from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import (
    Asked,
    Attempt,
    Challenge,
    Guess,
    Purpose,
    SetPin,
    Take,
    Used,
)
from qantara.access.model import Principal
from qantara.edge.door import Door
from qantara.errors import Malformed, Reason, Refused
from qantara.later import Later
from qantara.onboarding import flow as onboarding
from qantara.parties import flow as parties

if TYPE_CHECKING:
    from qantara.access.credentials import ceremonies
else:
    ceremonies = Later("qantara.access.credentials.ceremonies")

CHALLENGE_BYTES = 32
ALIAS_LONGEST = 64
_FAILED = Refused(Reason.SIGN_IN_FAILED, rule=credentials.SIGN_IN)


def alias_of(door: Door, typed: str) -> str:
    """The phone as it is kept; what cannot be one is an alias that nobody has."""
    try:
        return parties.normal_phone(typed[:ALIAS_LONGEST], door.node.country)
    except Malformed:
        return f"?{typed[:ALIAS_LONGEST]}"


async def by_pin(door: Door, alias: str, pin: str) -> Principal | Refused:
    """Who signs in with this number and this PIN; `Refused` without saying what did not fit."""
    guess = await guessed(door, Attempt(door.credentials, alias=alias_of(door, alias)), pin)
    if isinstance(guess, Refused):
        return guess
    let: Principal | Refused = await door.batcher.run(
        onboarding.let_in, Used(guess.pin_id, guess.alias)
    )
    return let


async def guessed(door: Door, attempt: Attempt, pin: str) -> Guess | Refused:
    """A PIN that was right; a text that cannot be one is worked on as long as any."""
    guess: Guess | Refused = await door.batcher.run(credentials.attempt, attempt)
    if isinstance(guess, Refused):
        return guess
    fits = credentials.pin_is_one(pin)
    right = await credentials.matches(guess.hash, pin if fits else "")
    return guess if right else _FAILED


async def passkey_options(door: Door) -> Asked:
    """What a browser is asked for; whoever answers need not have said who they are."""
    challenge = new_challenge(door, Purpose.SIGN_IN, None)
    await door.batcher.run(credentials.ask_challenges, challenge)
    return Asked(challenge.id, ceremonies.authentication(door.credentials, challenge.challenge))


def new_challenge(door: Door, purpose: Purpose, principal_id: str | None) -> Challenge:
    until = door.clock() + timedelta(seconds=door.credentials.challenge_seconds)
    drawn = secrets.token_bytes(CHALLENGE_BYTES)
    return Challenge(ids.new("chl"), purpose, drawn, until, principal_id)


async def by_passkey(door: Door, asked_id: str, answer: str) -> Principal | Refused:
    """Who answered with a passkey of theirs; the question is answered once, right or wrong."""
    asked: Challenge | Refused = await door.batcher.run(
        credentials.take_challenges, Take(asked_id, Purpose.SIGN_IN)
    )
    if isinstance(asked, Refused):
        return asked
    handle = ceremonies.handle_of(answer)
    if handle is None:
        return _FAILED
    async with door.database.look() as tx:
        passkey = await credentials.passkey_of_handle(tx, handle)
    if passkey is None:
        return _FAILED
    counter = ceremonies.counted(door.credentials, asked.challenge, passkey, answer)
    if counter is None:
        return _FAILED
    let: Principal | Refused = await door.batcher.run(
        onboarding.let_in, Used(passkey.id, counter=counter)
    )
    return let


async def change_pin(door: Door, principal: Principal, old: str, new: str) -> str | Refused:
    """Another PIN in the place of the old one, which is proved first; the new credential's id.
    Sessions that were opened with the old PIN end.
    """
    weak = await unfit(door, new, principal)
    if weak is not None:
        return weak
    guess = await guessed(door, Attempt(door.credentials, principal_id=principal.id), old)
    if isinstance(guess, Refused):
        return guess
    hash_ = await credentials.hashed(new)
    await door.batcher.run(credentials.clear_attempts, guess.alias)
    made: str = await door.batcher.run(
        credentials.change_pins, SetPin(principal, ids.new("pin"), hash_)
    )
    return made


async def unfit(door: Door, pin: str, principal: Principal) -> Refused | None:
    """Why this cannot be a customer's PIN."""
    async with door.database.look() as tx:
        found = (await parties.customers(tx, [ids.CustomerId(principal.subject or "")]))[0]
    if isinstance(found, Exception):
        raise found
    return refused_pin(pin, found.phone or "", "" if found.born_on is None else f"{found.born_on}")


def refused_pin(pin: str, phone: str, born_on: str) -> Refused | None:
    """`born_on` as ISO 8601 writes it: a PIN is no part of it, in any order that people use."""
    if not credentials.pin_is_one(pin):
        return Refused(Reason.PIN_INVALID, rule="credentials.pin")
    year, month, day = [*born_on.split("-"), "", "", ""][:3]
    dates = (f"{day}{month}{year}", f"{year}{month}{day}", f"{month}{day}{year}")
    short = (f"{day}{month}{year[2:]}", f"{year[2:]}{month}{day}", f"{month}{day}{year[2:]}")
    if credentials.pin_is_weak(pin, phone, *dates, *short):
        return Refused(Reason.PIN_WEAK, rule="credentials.pin")
    return None
