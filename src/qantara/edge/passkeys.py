"""A person's passkeys: registered, with what the browser and the authenticator say of them."""

from typing import TYPE_CHECKING

from qantara import ids
from qantara.access import flow as access
from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import (
    Asked,
    Challenge,
    Passkey,
    Purpose,
    Register,
    Take,
)
from qantara.access.model import Principal
from qantara.edge.calls import Call
from qantara.edge.door import Door
from qantara.edge.signing_in import new_challenge
from qantara.errors import NotFound, Reason, Refused
from qantara.later import Later
from qantara.onboarding import flow as onboarding

if TYPE_CHECKING:
    from qantara.access.credentials import ceremonies
else:
    ceremonies = Later("qantara.access.credentials.ceremonies")

LABEL_LONGEST = 80


async def person_of(call: Call) -> Principal:
    """As whom the caller's customer signs in; `NotFound` for one who never enrolled."""
    wanted = onboarding.principal_id(call.acting_for)
    async with call.door.database.look() as tx:
        found = (await access.principals(tx, [wanted]))[0]
    if isinstance(found, NotFound):
        raise found
    return found


async def options(door: Door, principal: Principal) -> Asked:
    """What a browser is asked for, so that an authenticator makes a new passkey."""
    challenge = new_challenge(door, Purpose.REGISTER, principal.id)
    await door.batcher.run(credentials.ask_challenges, challenge)
    async with door.database.look() as tx:
        had = await credentials.passkeys_of(tx, principal.id)
    asked = ceremonies.registration(
        door.credentials, principal.id, principal.name, challenge.challenge, had
    )
    return Asked(challenge.id, asked)


async def register(
    door: Door, principal: Principal, asked_id: str, answer: str, label: str
) -> Passkey | Refused:
    """Keep the passkey that answered; the question is answered once, right or wrong."""
    taken: Challenge | Refused = await door.batcher.run(
        credentials.take_challenges, Take(asked_id, Purpose.REGISTER, principal.id)
    )
    if isinstance(taken, Refused):
        return taken
    found = ceremonies.registered(door.credentials, taken.challenge, answer)
    if found is None:
        return Refused(Reason.PASSKEY_INVALID, rule="credentials.passkey")
    command = Register(
        principal,
        ids.derived("pky", taken.id),
        found.handle,
        found.public_key,
        found.counter,
        label[:LABEL_LONGEST],
    )
    made: Passkey = await door.batcher.run(credentials.register_passkeys, command)
    return made
