"""A trigger: which messages of a scheme role it strikes, and what then happens to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from qantara.errors import Malformed, Reason
from qantara.rails.cases import ANSWER_NOTICE, CASE_NOTICE
from qantara.rails.model import MessageName, Profile, envelope_name
from qantara.scheme.model import EXCHANGE_NOTICE, RATE_NOTICE

PAYMENT_CODES = frozenset(
    {
        *("AB01", "AB02", "AB03", "AB04", "AB05", "AB06", "AB08", "AB09", "AB10", "AC04"),
        *("AC06", "AC07", "AC14", "AG01", "AG03", "AG11", "AGNT", "AM02", "AM03", "AM04"),
        *("AM05", "AM06", "AM07", "AM13", "AM14", "AM15", "AM21", "AM23", "BE01", "BE04"),
        *("BE05", "BE06", "BE07", "CH11", "CH20", "CH21", "CNOR", "CURR", "DU01", "DU02"),
        *("DU03", "DU04", "DU05", "DUPL", "ED05", "ED06", "FF10", "FR01", "MD07", "MS02"),
        *("MS03", "NARR", "RC04", "RC07", "RC10", "RC11", "RR02", "RR03", "RR04", "TM01"),
        *("UCRD",),
    }
)
"""The reasons a pacs.002 may reject with on Nexus: 61."""
RESOLUTION_CODES = frozenset(
    {
        *("AC01", "AC04", "AC06", "AB08", "AGNT", "BE23", "DUPL", "FRAD", "MD07", "RC06"),
        *("RC07", "RR01", "RR02"),
    }
)
"""The reasons an acmt.024 may give for not verifying an account: 13."""

_CODES: Mapping[str, frozenset[str]] = {
    MessageName.CREDIT_TRANSFER.value: PAYMENT_CODES,
    MessageName.CREDIT_TRANSFER_2019.value: PAYMENT_CODES,
    MessageName.RESOLUTION_REQUEST.value: RESOLUTION_CODES,
}
FIELDS = (
    *("peer", "uetr", "message_id", "end_to_end_id", "priority", "purpose", "remittance"),
    *("amount", "currency", "debtor_account", "debtor_agent", "creditor_account"),
    *("creditor_agent", "status", "reason", "account", "destination_country"),
)
"""What a condition may look at. `peer` is the role at the other end, `account` what an acmt.023
asks about; an amount is in major units with the currency's decimals.
"""
OUTWARD_FIELDS = ("peer", "uetr", "message_id")
"""What is known of a message on its way out, when its content is not read again."""
SECONDS_MAX, REPEATS_MAX, TIMES_MAX = 86_400, 1_000, 2**31 - 1


class Direction(StrEnum):
    IN = "in"
    """Where the role takes messages in."""
    OUT = "out"
    """Where its messages leave it."""


class Effect(StrEnum):
    REJECT = "reject"
    """Refused with a code, by the role's own refusals and in its own books; inward only."""
    DELAY = "delay"
    """Acknowledged, but taken (inward) or handed over (outward) only after some seconds."""
    REPEAT = "repeat"
    """Taken, or handed over, again so many times."""
    LOSE = "lose"
    """Acknowledged, or taken for delivered, and dropped."""
    HALT = "halt"
    """The role takes nothing and answers that it is unavailable, until the trigger is removed."""


class Trigger(Struct, frozen=True):
    """`message` is the name on the envelope (`pacs.008.001.13`, `pacs.008.001.08/sct_inst`),
    None for any. Every condition of `where` must hold. `times`: how many messages it strikes
    before it is spent; None for no end.
    """

    id: str
    effect: Effect
    message: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    direction: Direction = Direction.IN
    code: str | None = None
    seconds: int | None = None
    repeats: int | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        """`Malformed` names the field that makes no sense."""
        wrong = self._wrong()
        if wrong is not None:
            raise Malformed(Reason.FIELD_INVALID, param=wrong[0], value=str(wrong[1]))

    def _wrong(self) -> tuple[str, object] | None:
        outward = self.direction is Direction.OUT
        known = OUTWARD_FIELDS if outward else FIELDS
        for name in self.where:
            if name not in known:
                return "where", name
        if outward and self.effect in {Effect.REJECT, Effect.HALT}:
            return "direction", self.direction
        if self.message is not None and self.message not in NAMES:
            return "message", self.message
        if self.effect is Effect.HALT and (self.message or self.where or self.times):
            return "effect", self.effect
        if not _within(self.times, TIMES_MAX):
            return "times", self.times
        return self._wrong_measure()

    def _wrong_measure(self) -> tuple[str, object] | None:
        if (self.effect is Effect.REJECT) != (self.code is not None) or not self._may_say():
            return "code", self.code
        delays = self.effect is Effect.DELAY
        if delays != (self.seconds is not None) or not _within(self.seconds, SECONDS_MAX):
            return "seconds", self.seconds
        again = self.effect is Effect.REPEAT
        if again != (self.repeats is not None) or not _within(self.repeats, REPEATS_MAX):
            return "repeats", self.repeats
        return None

    def _may_say(self) -> bool:
        """Whether the answer to the message named may carry the code."""
        if self.code is None:
            return True
        name = (self.message or "").partition("/")[0]
        return self.code in _CODES.get(name, ())


NAMES = frozenset(
    {envelope_name(name, profile) for name in MessageName for profile in Profile}
    | {RATE_NOTICE, EXCHANGE_NOTICE, CASE_NOTICE, ANSWER_NOTICE}
)
"""Every name that an envelope can bear; a trigger on any other would never strike."""


def _within(measure: int | None, most: int) -> bool:
    return measure is None or 0 < measure <= most


class Order(Struct, frozen=True):
    """A wish to set a trigger; `by` is the principal who wishes it."""

    trigger: Trigger
    by: str


class Removal(Struct, frozen=True):
    trigger_id: str
    by: str


class Strike(Struct, frozen=True):
    """A trigger met a message: `peer` and `key` are of the envelope."""

    trigger_id: str
    peer: str
    key: str
    uetr: str | None


class Held(Struct, frozen=True):
    """A message that was acknowledged and waits to be taken."""

    id: str
    peer: str
    key: str
    name: str
    uetr: str | None
    raw: bytes
    due_at: datetime


class Standing(Struct, frozen=True):
    """A trigger with its history in short: `struck` times so far, gone if `removed_at`."""

    trigger: Trigger
    set_by: str
    set_at: datetime
    struck: int
    removed_at: datetime | None
    removed_by: str | None

    @property
    def active(self) -> bool:
        spent = self.trigger.times is not None and self.struck >= self.trigger.times
        return self.removed_at is None and not spent


class Active:
    """The active triggers of one role, in memory, so that a role without any pays nothing.

    None until they are read for the first time; the verbs of the triggers' door say when they
    must be read anew.
    """

    def __init__(self) -> None:
        self._left: dict[str, int | None] = {}
        self._triggers: tuple[Trigger, ...] | None = None

    @property
    def known(self) -> bool:
        return self._triggers is not None

    @property
    def idle(self) -> bool:
        """Whether there is none (that is known of)."""
        return not self._triggers

    def forget(self) -> None:
        """They may have changed elsewhere: read them anew."""
        self._triggers = None

    def learn(self, standing: Sequence[Standing]) -> None:
        active = [each for each in standing if each.active]
        self._triggers = tuple(each.trigger for each in active)
        self._left = {
            each.trigger.id: None
            if each.trigger.times is None
            else each.trigger.times - each.struck
            for each in active
        }

    def of(self, direction: Direction) -> list[Trigger]:
        return [each for each in self._triggers or () if each.direction is direction]

    def strike(self, trigger: Trigger) -> None:
        """Count a message that was met; spent triggers leave."""
        left = self._left.get(trigger.id)
        if left is None:
            return
        self._left[trigger.id] = left - 1
        if left == 1:
            self._triggers = tuple(t for t in self._triggers or () if t.id != trigger.id)
