"""Credentials, what they answer, and confirmations with the states they pass through."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qantara.access.model import Principal
from qantara.errors import Reason
from qantara.ids import PrincipalId
from qantara.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms people sign in and confirm. All of it is configuration, every figure an
    example.

    `rp_id` is the domain that passkeys belong to, `origins` the pages that may use them. After
    `free_failures` wrong answers in a row nothing opens for `lock_seconds`, and for twice as long
    after each further one, up to `lock_longest_seconds`. Payments above `step_up_above` (minor
    units of the institution's currency; None: none by its amount) are confirmed, and with
    `step_up_new_payee` every first payment to somebody.
    """

    rp_id: str = "localhost"
    rp_name: str = "Qantara"
    origins: tuple[str, ...] = ("http://localhost",)
    free_failures: int = 3
    lock_seconds: int = 30
    lock_longest_seconds: int = 86_400
    challenge_seconds: int = 300
    confirmation_seconds: int = 300
    step_up_above: int | None = None
    step_up_new_payee: bool = True


@dataclass(frozen=True, slots=True)
class NewHolder:
    """A person who will sign in as `alias`, with a PIN of this hash."""

    principal_id: PrincipalId
    alias: str
    pin_id: str
    pin_hash: str


@dataclass(frozen=True, slots=True)
class Holder:
    principal_id: PrincipalId
    alias: str
    frozen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody is about to try a PIN: as an alias, or as a principal who is signed in."""

    terms: Terms
    alias: str = ""
    principal_id: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """The hash that the PIN is to be compared with; empty for an alias that nobody has."""

    alias: str
    pin_id: str = ""
    principal_id: str = ""
    hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SetPin:
    """A new PIN in the place of the one that `by` has just proved."""

    by: Principal
    pin_id: str
    hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Freeze:
    """Let a person in no more (`why` is theirs or staff's own word), or again."""

    by: Principal
    principal_id: str
    why: str


class Purpose(StrEnum):
    REGISTER = "register"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Challenge:
    id: str
    purpose: Purpose
    challenge: bytes
    expires_at: datetime
    principal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """A challenge is being answered: from now on nobody else can."""

    id: str
    purpose: Purpose
    principal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser is handed: `options` is the JSON that WebAuthn's own parser takes."""

    id: str
    options: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """`handle` is the authenticator's own id for it; `counter` rises where the authenticator
    counts at all.
    """

    id: str
    principal_id: PrincipalId
    handle: bytes
    public_key: bytes
    counter: int
    label: str
    registered_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Register:
    by: Principal
    id: str
    handle: bytes
    public_key: bytes
    counter: int
    label: str


@dataclass(frozen=True, slots=True)
class Revoke:
    by: Principal
    id: str


@dataclass(frozen=True, slots=True)
class Used:
    """A credential was proved: a PIN, or a passkey that now counts `counter`."""

    credential_id: str
    alias: str = ""
    counter: int | None = None


class ConfirmationState(StrEnum):
    ASKED = "asked"
    PROVED = "proved"
    USED = "used"
    FAILED = "failed"
    VOID = "void"
    EXPIRED = "expired"


class ConfirmationEvent(StrEnum):
    PROVE = "prove"
    FAIL = "fail"
    USE = "use"
    MISMATCH = "mismatch"
    TIME_OUT = "time_out"


_S, _E = ConfirmationState, ConfirmationEvent
CONFIRMATION_TRANSITIONS: dict[tuple[ConfirmationState, ConfirmationEvent], ConfirmationState] = {
    (_S.ASKED, _E.PROVE): _S.PROVED,
    (_S.ASKED, _E.FAIL): _S.FAILED,
    (_S.ASKED, _E.TIME_OUT): _S.EXPIRED,
    (_S.PROVED, _E.USE): _S.USED,
    (_S.PROVED, _E.MISMATCH): _S.VOID,
    (_S.PROVED, _E.TIME_OUT): _S.EXPIRED,
}


class Method(StrEnum):
    PIN = "pin"
    PIN_AND_CODE = "pin_and_code"
    PASSKEY = "passkey"


FACTORS = {Method.PIN: 1, Method.PIN_AND_CODE: 2, Method.PASSKEY: 2}
"""A passkey is had and unlocked, which is knowledge or inherence (user verification is demanded),
a code is had, a PIN is known: two kinds are the two factors of `eu.sca.factors` in the rulebook.
"""


@dataclass(frozen=True, slots=True)
class Intent:
    """The very payment that is confirmed: what leaves the account, and for whom. `reference` is
    the quote or the payment; `payee` is the address as the payment carries it, `payee_name` the
    name that is shown with it.
    """

    kind: str
    reference: str
    amount: Money
    payee: str
    payee_name: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person's yes to one intent, of which only the digest is kept."""

    id: str
    principal_id: PrincipalId
    digest: bytes
    payee: bytes
    challenge: bytes
    state: ConfirmationState
    asked_at: datetime
    expires_at: datetime
    method: Method | None = None
    factors: int = 0
    code_digest: bytes | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskConfirmation:
    """`nonce` and `code_digest` were drawn where the question is put."""

    id: str
    by: Principal
    intent: Intent
    nonce: bytes
    lasts_seconds: int
    code_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a confirmation: right by a method, or wrong (`method` None), and then
    `why`. `counter` is that of the passkey `passkey_id`.
    """

    by: Principal
    id: str
    method: Method | None
    passkey_id: str = ""
    counter: int = 0
    why: Reason = Reason.CONFIRMATION_WRONG


@dataclass(frozen=True, slots=True)
class Consume:
    by: Principal
    id: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Need:
    """Whether a payment asks for a confirmation, why (`new_payee`, `amount`), and with how many
    independent factors.
    """

    required: bool
    because: str = ""
    factors: int = 1
