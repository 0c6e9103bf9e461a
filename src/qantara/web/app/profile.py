"""Who I am here: my tier, my PIN, my passkeys, and how to shut everybody out."""

import secrets
from collections.abc import Awaitable, Callable, Mapping

from fastapi.responses import Response

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Attempt, Freeze, Revoke
from qantara.edge import passkeys, signing_in
from qantara.errors import Conflict, Malformed, NotFound, QantaraError, Reason, Refused
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import Application, Progress, Raise, Standing
from qantara.parties import flow as parties
from qantara.reasons import REASONS
from qantara.web import flow, rules, safety, signing
from qantara.web.app import entering, join_fields, joining
from qantara.web.app.objections import about_pin
from qantara.web.forms import said
from qantara.web.model import Close
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_ANSWER_BYTES = 16_384
_FROZEN_BY_SELF = "asked by the customer in the app"
_HERE = "/profile"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """One of the acts of the page, by its button."""
    wanted = _ACTS.get(visit.form.get("act", ""))
    if wanted is None:
        raise Malformed(Reason.FIELD_INVALID, param="act", value=visit.form.get("act", ""))
    if not entering.is_own(visit.credential) and wanted in _OWN:
        return await _page(visit)
    try:
        return await wanted(visit)
    except (Malformed, Conflict) as error:
        return await _page(visit, error)


async def _page(
    visit: Visit, error: QantaraError | Refused | None = None, done: str = ""
) -> Response:
    principal, owner = visit.caller.principal, visit.caller.acting_for
    async with visit.door.database.read() as tx:
        (customer,) = await parties.customers(tx, [owner])
        phone = await credentials.alias_of(tx, principal.id)
        mine = await credentials.passkeys_of(tx, principal.id)
        came = await onboarding.opened_of(tx, owner)
    if isinstance(customer, NotFound):
        raise customer
    now, after = _tiers(visit, came)
    return visit.shown(
        "profile.html",
        200 if error is None else REASONS[error.reason].http,
        customer=customer,
        phone=phone,
        own=entering.is_own(visit.credential),
        passkeys=mine,
        now_open=now,
        next_tier=after,
        done=done or visit.asked("done"),
        why=None if error is None else about_pin(visit, error),
        tried=visit.form.get("act", ""),
        opens=entering.opens(error),
    )


def _tiers(visit: Visit, came: Application | None) -> tuple[Progress | None, Progress | None]:
    """The tier that stands, and the next that is offered."""
    if came is None:
        return None, None
    door = visit.door
    ladder = onboarding.ladder(door.node, door.onboarding, visit.caller.now.date())
    rank = next((each.rank for each in ladder if each.tier.key == came.asked), 0)
    now = next((Progress(each, Standing.OPEN) for each in ladder if each.rank == rank), None)
    after = next((each for each in ladder if each.rank > rank and each.available), None)
    lacks = () if after is None else onboarding.missing(came, after.tier.needs)
    return now, None if after is None else Progress(after, Standing.INCOMPLETE, lacks)


async def _change_pin(visit: Visit) -> Response:
    """Another PIN: every other browser is signed out, this one goes on."""
    form = visit.form
    join_fields.same_twice(form)
    principal = visit.caller.principal
    made = await signing_in.change_pin(
        visit.door, principal, form.get("pin_old", ""), form.get("pin", "")
    )
    if isinstance(made, Refused):
        return await _page(visit, made)
    place = f"{visit.site.path}{_HERE}?done=pin"
    return await signing.opened(visit, principal, made, place)


async def _freeze(visit: Visit) -> Response:
    """Nobody comes in as this person any more, until staff lets them in again."""
    if visit.form.get("sure") != "yes":
        return await _page(visit, Malformed(Reason.FIELD_MISSING, param="sure"))
    principal = visit.caller.principal
    command = Freeze(principal, principal.id, _FROZEN_BY_SELF)
    await visit.door.batcher.run(credentials.freeze, command)
    return await _everywhere(visit)


async def _everywhere(visit: Visit) -> Response:
    command = Close(rules.digest(visit.secret), visit.caller.principal, visit.credential)
    await visit.door.batcher.run(flow.close_everywhere, command)
    answer = gone_on(visit.site, f"{visit.site.path}{signing.SIGN_IN}")
    safety.drop(answer, visit.site, safety.SESSION)
    return answer


async def _revoke(visit: Visit) -> Response:
    command = Revoke(visit.caller.principal, said(visit.form, "passkey", join_fields.LONGEST))
    await visit.door.batcher.run(credentials.revoke_passkeys, command)
    return gone_on(visit.site, f"{visit.site.path}{_HERE}?done=revoked")


async def _ask_passkey(visit: Visit) -> Response:
    """What the browser is asked for, once the PIN was right."""
    principal, door = visit.caller.principal, visit.door
    attempt = Attempt(door.credentials, principal_id=principal.id)
    guess = await signing_in.guessed(door, attempt, visit.form.get("pin", ""))
    if isinstance(guess, Refused):
        return await _page(visit, guess)
    await door.batcher.run(credentials.clear_attempts, guess.alias)
    asked = await passkeys.options(door, principal)
    return visit.shown("passkey.html", asked=asked, label=_label(visit.form))


async def _keep_passkey(visit: Visit) -> Response:
    form = visit.form
    made = await passkeys.register(
        visit.door,
        visit.caller.principal,
        said(form, "asked", join_fields.LONGEST),
        said(form, "answer", _ANSWER_BYTES),
        _label(form),
    )
    if isinstance(made, Refused):
        return await _page(visit, made)
    return gone_on(visit.site, f"{visit.site.path}{_HERE}?done=passkey")


def _label(form: Mapping[str, str]) -> str:
    return form.get("label", "")[: passkeys.LABEL_LONGEST]


async def _raise(visit: Visit) -> Response:
    """On to the questions of the next tier; what was told before is kept."""
    secret = secrets.token_urlsafe(32)
    wish = Raise(
        visit.caller.principal,
        visit.caller.new_id("app"),
        visit.door.onboarding,
        onboarding.secret_digest(secret),
    )
    found = await visit.door.batcher.run(onboarding.raise_tiers, wish)
    if isinstance(found, Refused):
        return await _page(visit, found)
    answer = gone_on(visit.site, f"{visit.site.path}/join/next")
    safety.keep(answer, visit.site, joining.APPLICATION, f"{found.id}.{secret}", None)
    return answer


_ACTS: Mapping[str, Callable[[Visit], Awaitable[Response]]] = {
    "pin": _change_pin,
    "freeze": _freeze,
    "everywhere": _everywhere,
    "revoke": _revoke,
    "passkey": _ask_passkey,
    "keep": _keep_passkey,
    "raise": _raise,
}
_OWN = frozenset({_change_pin, _freeze, _revoke, _ask_passkey, _keep_passkey, _raise})
"""What only a person does, and no app with a key."""
PAGES = (Page("more", _HERE, show, act=act),)
