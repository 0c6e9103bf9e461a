"""How a person begins to become a customer: a code to a phone, a PIN. What follows are verbs."""

import secrets

from qantara import ids, texts
from qantara.access.credentials import flow as credentials
from qantara.edge.door import Door
from qantara.edge.signing_in import refused_pin
from qantara.errors import NotFound, Refused
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    Application,
    AskCode,
    ChoosePin,
    Proof,
    Proved,
    Verify,
)
from qantara.parties import flow as parties

CODE_DIGITS = 6
_SECRET_BYTES = 32
_MINUTE = 60


def phone_of(door: Door, typed: str) -> str:
    """The number as it is kept; `Malformed` for what is no mobile number of the country."""
    return parties.normal_phone(typed, door.node.country)


async def start(door: Door, phone: str, language: str) -> str:
    """Send a code to a phone (the gateway is simulated); the id under which it is answered. What
    is told here is the same whoever the phone belongs to.
    """
    code_id = ids.new("otp")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    minutes = max(1, door.onboarding.code_seconds // _MINUTE)
    facts = {"name": door.node.name, "code": code, "minutes": str(minutes)}
    command = AskCode(
        code_id,
        phone_of(door, phone),
        language,
        credentials.code_digest(code_id, code),
        str(texts.phrase("messages", "sms", "code", language, facts)),
        str(texts.phrase("messages", "sms", "known", language, facts)),
        door.onboarding,
    )
    asked: str = await door.batcher.run(onboarding.ask_codes, command)
    return asked


async def verify(door: Door, code_id: str, code: str) -> Proved | Refused:
    """The application that a right code begins or goes on with, and its new secret."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    command = Verify(
        code_id,
        credentials.code_digest(code_id, code),
        ids.new("app"),
        onboarding.secret_digest(secret),
        door.onboarding,
    )
    found: Application | Refused = await door.batcher.run(onboarding.verify, command)
    return found if isinstance(found, Refused) else Proved(found, secret)


async def choose_pin(door: Door, proof: Proof, pin: str) -> Application | Refused:
    """Keep a PIN for whoever becomes a customer; `Refused` for one that is guessed too easily."""
    async with door.database.look() as tx:
        found = await onboarding.application(tx, proof)
    if isinstance(found, NotFound):
        raise found
    person = found.said.person
    weak = refused_pin(pin, found.phone, "" if person is None else person.born_on.isoformat())
    if weak is not None:
        return weak
    hash_ = await credentials.hashed(pin)
    kept: Application = await door.batcher.run(onboarding.choose_pins, ChoosePin(proof, hash_))
    return kept
