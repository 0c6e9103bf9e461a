"""The verbs of credentials: the PIN, and who is let in. Each is a batch of a role's writer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.access import flow as access
from qantara.access.credentials import confirming, hashing, passkeys, rules, store
from qantara.access.credentials.model import (
    Attempt,
    Freeze,
    Guess,
    Holder,
    NewHolder,
    SetPin,
    Used,
)
from qantara.access.credentials.store import Count
from qantara.access.model import AuditEntry, Principal, Scope
from qantara.clock import to_text
from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import PrincipalId

ask_challenges = passkeys.ask
take_challenges = passkeys.take
register_passkeys = passkeys.register
revoke_passkeys = passkeys.revoke
passkeys_of = passkeys.of_principal
passkey_of_handle = passkeys.by_handle
ask_confirmations = confirming.ask
answer_confirmations = confirming.answer
consume = confirming.consume
confirmation = confirming.confirmation
payee_known = confirming.payee_known
hashed = hashing.hashed
matches = hashing.matches
pin_is_one = rules.pin_is_one
pin_is_weak = rules.pin_is_weak
code_digest = rules.code_digest
intent_digest = rules.digest
step_up = rules.needed
SIGN_IN = rules.SIGN_IN
_ATTEMPTS_KEPT_SECONDS = 2 * 86_400


async def enrol(tx: Tx, new: Sequence[NewHolder], now: datetime) -> list[Holder | Conflict]:
    """Let people sign in from now on. An alias in other hands is a `Conflict`, and so is a
    second alias of one person; the same again is answered again.
    """
    fresh = await store.insert_holders(tx, new, now)
    await store.insert_pins(tx, [each for each in new if each.principal_id in fresh], now)
    found = await store.holders(tx, [each.principal_id for each in new], [])
    there = {each.principal_id: each for each in found}
    await access.record(
        tx,
        [AuditEntry(each, "credentials_enrolled", each) for each in map(PrincipalId, fresh)],
        now,
    )
    outcomes: list[Holder | Conflict] = []
    for each in new:
        holder = there.get(each.principal_id)
        same = holder is not None and holder.alias == each.alias
        taken = Conflict(Reason.ALIAS_EXISTS, type="sign-in")
        outcomes.append(holder if same and holder is not None else taken)
    return outcomes


async def aliases_held(tx: Tx, aliases: Sequence[str]) -> set[str]:
    """Those of the aliases that somebody signs in under. For verbs; a door never tells."""
    return {each.alias for each in await store.holders(tx, [], aliases)}


async def alias_of(tx: Tx, principal_id: str) -> str | None:
    """Under what somebody signs in."""
    found = await store.holders(tx, [principal_id], [])
    return found[0].alias if found else None


async def attempt(
    tx: Tx, _node: object, tries: Sequence[Attempt], now: datetime
) -> list[Guess | Refused]:
    """Count a try before it is made, so that many at once are many; `Refused` (with the moment
    at which it opens again) while nothing opens. The answer is of the same form, and takes as
    long to find, whether anybody has the alias or not.
    """
    principals = [each.principal_id for each in tries if each.principal_id]
    own = {each.principal_id: each.alias for each in await store.holders(tx, principals, [])}
    aliases = [own.get(PrincipalId(each.principal_id), each.alias) for each in tries]
    guesses = await store.guesses(tx, aliases)
    counts = await store.lock_attempts(tx, [rules.whose(alias) for alias in aliases])
    outcomes: list[Guess | Refused] = []
    for each, alias in zip(tries, aliases, strict=True):
        before = counts.get(rules.whose(alias), Count(0, now))
        if now < before.opens_at:
            outcomes.append(_locked(before, now))
            continue
        failures = before.failures + 1
        opens = rules.opens_at(each.terms, failures, now)
        counts[rules.whose(alias)] = Count(failures, opens)
        outcomes.append(guesses.get(alias, Guess(alias)))
    await store.count_attempts(tx, counts, now)
    return outcomes


def _locked(count: Count, now: datetime) -> Refused:
    seconds = -((now - count.opens_at) // timedelta(seconds=1))
    facts = {"opens_at": to_text(count.opens_at), "seconds": str(seconds)}
    return Refused(Reason.SIGN_IN_LOCKED, rule=rules.SIGN_IN, facts=facts)


async def prove(tx: Tx, used: Sequence[Used], now: datetime) -> list[Principal | Refused]:
    """Whose these proved credentials are, with the scopes of their roles, and `key_id` the
    credential's id. `Refused` for one that stands no more, and for a passkey that counts back.
    """
    counted = [each for each in used if each.counter is not None]
    advanced = await passkeys.advance(tx, counted, now)
    found = await holders(tx, [each.credential_id for each in used])
    outcomes: list[Principal | Refused] = []
    for each in used:
        principal = found.get(each.credential_id)
        copied = each.counter is not None and each.credential_id not in advanced
        refused = Refused(Reason.SIGN_IN_FAILED, rule=rules.SIGN_IN)
        outcomes.append(refused if principal is None or copied else principal)
    cleared = [
        rules.whose(each.alias)
        for each, outcome in zip(used, outcomes, strict=True)
        if each.alias and isinstance(outcome, Principal)
    ]
    await store.forget_attempts(tx, cleared)
    return outcomes


async def clear_attempts(
    tx: Tx, _node: object, aliases: Sequence[str], _now: datetime
) -> list[None]:
    """Forget the wrong answers before a right one."""
    await store.forget_attempts(tx, [rules.whose(alias) for alias in aliases])
    return [None] * len(aliases)


async def holders(tx: Tx, credential_ids: Sequence[str]) -> dict[str, Principal]:
    """Who holds these credentials; one that stands no more, or whose holder is frozen, is left
    out. The counterpart of `access.holders` for people who came without a key.
    """
    standing = await store.standing(tx, credential_ids)
    ids = [PrincipalId(each) for each in dict.fromkeys(standing.values())]
    found = {
        each.id: each for each in await access.principals(tx, ids) if not isinstance(each, NotFound)
    }
    return {
        credential: access.holding(found[PrincipalId(principal_id)], credential)
        for credential, principal_id in standing.items()
    }


async def change_pins(tx: Tx, _node: object, new: Sequence[SetPin], now: datetime) -> list[str]:
    """Put new PINs in the place of those just proved: whoever came in by the old one is out. The
    ids of the new ones.
    """
    await store.replace_pins(tx, new, now)
    await access.record(
        tx, [AuditEntry(each.by.id, "pin_changed", each.by.id) for each in new], now
    )
    return [each.pin_id for each in new]


async def freeze(
    tx: Tx, _node: object, asked: Sequence[Freeze], now: datetime
) -> list[Holder | NotFound]:
    """Let nobody in under these names: asked by themselves or by staff (`accounts:freeze`). What
    moves on their accounts is the ledger's to stop.
    """
    for each in asked:
        if each.by.id != each.principal_id:
            access.require(each.by, Scope.ACCOUNTS_FREEZE)
    done = await store.freeze(tx, [each.principal_id for each in asked], now)
    return await _frozen(tx, asked, done, "access_frozen", now)


async def release(
    tx: Tx, _node: object, asked: Sequence[Freeze], now: datetime
) -> list[Holder | NotFound]:
    """Let people in again; only staff does."""
    for each in asked:
        access.require(each.by, Scope.ACCOUNTS_FREEZE)
    done = await store.release(tx, [each.principal_id for each in asked])
    return await _frozen(tx, asked, done, "access_released", now)


async def _frozen(
    tx: Tx, asked: Sequence[Freeze], done: set[str], act: str, now: datetime
) -> list[Holder | NotFound]:
    entries = [
        AuditEntry(each.by.id, act, each.principal_id, {"why": each.why})
        for each in asked
        if each.principal_id in done
    ]
    await access.record(tx, entries, now)
    found = {
        each.principal_id: each
        for each in await store.holders(tx, [each.principal_id for each in asked], [])
    }
    return [
        found.get(PrincipalId(each.principal_id))
        or NotFound(Reason.PRINCIPAL_NOT_FOUND, id=each.principal_id)
        for each in asked
    ]


async def tidy(tx: Tx, _node: object, commands: Sequence[None], now: datetime) -> list[None]:
    """End what nobody answered in time, and forget counts of long ago. A job calls this."""
    await confirming.expire(tx, now)
    await passkeys.forget(tx, now)
    before = now - timedelta(seconds=_ATTEMPTS_KEPT_SECONDS)
    await store.forget_old_attempts(tx, before, now)
    return [None] * len(commands)
