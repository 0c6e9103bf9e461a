"""Pure rules of credentials: what locks and for how long, what binds a confirmation."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from itertools import pairwise

from qantara.access.credentials.model import (
    CONFIRMATION_TRANSITIONS,
    Confirmation,
    ConfirmationEvent,
    ConfirmationState,
    Intent,
    Need,
    Terms,
)
from qantara.errors import Conflict, Reason, Refused

NONCE_BYTES = 16
PIN_SHORTEST, PIN_LONGEST = 6, 12
_PIN = re.compile(rf"[0-9]{{{PIN_SHORTEST},{PIN_LONGEST}}}", re.ASCII)
_DISTINCT_LEAST = 3
_DOUBLINGS_MOST = 30
SIGN_IN, STEP_UP = "credentials.sign_in", "credentials.step_up"


def pin_is_one(text: str) -> bool:
    """Whether it has the form of a PIN at all."""
    return _PIN.fullmatch(text) is not None


def pin_is_weak(pin: str, *known: str) -> bool:
    """Whether it is among the first that anybody would try: few digits, a run of them, or a part
    of what is known of its holder (a phone number, a birth date).
    """
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    run = steps in ({1}, {9})
    return run or len(set(digits)) < _DISTINCT_LEAST or any(pin in each for each in known)


def whose(alias: str) -> bytes:
    """Under what the attempts on an alias are counted; the alias of nobody is not kept."""
    return hashlib.sha256(f"attempt.{alias}".encode()).digest()


def lock_seconds(terms: Terms, failures: int) -> int:
    """How long nothing opens after so many wrong answers in a row."""
    over = failures - terms.free_failures
    if over < 0:
        return 0
    return min(terms.lock_seconds << min(over, _DOUBLINGS_MOST), terms.lock_longest_seconds)


def opens_at(terms: Terms, failures: int, now: datetime) -> datetime:
    return now + timedelta(seconds=lock_seconds(terms, failures))


def digest(principal_id: str, intent: Intent) -> bytes:
    """What a confirmation binds: who, how much of what, to whom by address and by the name that
    was shown, for which payment. Each part stands behind its length, so that no two intents
    share a text.
    """
    parts = (
        principal_id,
        intent.kind,
        intent.reference,
        str(intent.amount.minor),
        intent.amount.asset.code,
        intent.payee,
        intent.payee_name,
    )
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(f"intent.{text}".encode()).digest()


def payee_digest(principal_id: str, payee: str) -> bytes:
    return hashlib.sha256(f"payee.{len(principal_id)}:{principal_id}{payee}".encode()).digest()


def challenge(nonce: bytes, bound: bytes) -> bytes:
    """What an authenticator signs: the digest of the intent itself, behind a nonce."""
    return nonce + bound


def code_digest(owner: str, code: str) -> bytes:
    """A code of six digits lives for minutes; what guards it are its few tries."""
    return hashlib.sha256(f"code.{owner}.{code}".encode()).digest()


def same(one: bytes | None, other: bytes) -> bool:
    return one is not None and hmac.compare_digest(one, other)


def advance(found: Confirmation, event: ConfirmationEvent) -> ConfirmationState | Conflict:
    after = CONFIRMATION_TRANSITIONS.get((found.state, event))
    return after or Conflict(Reason.STATE_CONFLICT, id=found.id, state=found.state.value)


def standing(found: Confirmation | None, principal_id: str, now: datetime) -> Refused | None:
    """None if it is this person's and still lives."""
    if found is None or found.principal_id != principal_id:
        return Refused(Reason.CONFIRMATION_MISSING, rule=STEP_UP)
    if found.state is ConfirmationState.USED:
        return Refused(Reason.CONFIRMATION_USED, rule=STEP_UP)
    if found.state is ConfirmationState.EXPIRED or now >= found.expires_at:
        return Refused(Reason.CONFIRMATION_EXPIRED, rule=STEP_UP)
    if found.ended_at is not None:
        return Refused(Reason.CONFIRMATION_MISSING, rule=STEP_UP)
    return None


def needed(terms: Terms, intent: Intent, *, payee_known: bool) -> Need:
    """Whether the institution's own terms ask for a confirmation."""
    if terms.step_up_new_payee and not payee_known:
        return Need(required=True, because="new_payee")
    if terms.step_up_above is not None and intent.amount.minor > terms.step_up_above:
        return Need(required=True, because="amount")
    return Need(required=False)
