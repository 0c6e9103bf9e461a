"""Doors in other processes hand in these commands, too: verbs have names, records go as bytes."""

from datetime import UTC, date, datetime

import pytest

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import (
    Answer,
    AskConfirmation,
    Attempt,
    Challenge,
    Consume,
    Freeze,
    Intent,
    Method,
    Purpose,
    Register,
    Revoke,
    SetPin,
    Take,
    Used,
)
from qantara.access.credentials.model import Terms as Credentials
from qantara.access.model import INSTALLER
from qantara.agents.commands import NewOrder
from qantara.edge import confirmed
from qantara.edge.confirmed import Confirmed
from qantara.errors import Reason, Refused
from qantara.host import codec
from qantara.ids import AccountId, CustomerId, QuoteId
from qantara.money import MYR, Money
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    Ask,
    AskCode,
    ChoosePin,
    Document,
    FaceCheck,
    Home,
    Person,
    Proof,
    Raise,
    Review,
    Save,
    Terms,
    Verdict,
    Verify,
)
from qantara.parties.model import IdentityType
from qantara.remittance.model import Accept

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
INTENT = Intent("remittance", "quo_1", Money(1, MYR), "PK/MBNO/+92300", "B")
PROVED, OWNER, HELD = Consume(INSTALLER, "cnf", INTENT), CustomerId("cus_1"), AccountId("acc_1")
PAID = Money(1, MYR)
PROOF, TERMS = Proof("app_1", "secret", INSTALLER), Terms(ceilings={"bb_l0": 1})
COMMANDS = [
    (credentials.attempt, Attempt(Credentials(step_up_above=3), "+60", "prn")),
    (credentials.clear_attempts, "+60"),
    (credentials.change_pins, SetPin(INSTALLER, "pin_1", "$argon2id$")),
    (credentials.freeze, Freeze(INSTALLER, "prn", "why")),
    (credentials.release, Freeze(INSTALLER, "prn", "why")),
    (credentials.ask_challenges, Challenge("chl", Purpose.SIGN_IN, b"x", NOW, None)),
    (credentials.take_challenges, Take("chl", Purpose.REGISTER, "prn")),
    (credentials.register_passkeys, Register(INSTALLER, "pky", b"h", b"k", 0, "label")),
    (credentials.revoke_passkeys, Revoke(INSTALLER, "pky")),
    (credentials.ask_confirmations, AskConfirmation("cnf", INSTALLER, INTENT, b"n", 300, b"d")),
    (credentials.answer_confirmations, Answer(INSTALLER, "cnf", Method.PASSKEY, "pky", 3)),
    (credentials.answer_confirmations, Answer(INSTALLER, "cnf", None, why=Reason.PASSKEY_FOREIGN)),
    (credentials.consume, Consume(INSTALLER, "cnf", INTENT)),
    (confirmed.accept, Confirmed(PROVED, Accept(QuoteId("quo_1"), OWNER, "chk_1"))),
    (confirmed.order_cash, Confirmed(PROVED, NewOrder("cso", OWNER, HELD, PAID, "1", b"d"))),
    (credentials.tidy, None),
    (onboarding.let_in, Used("pin_1", "+60")),
    (onboarding.ask_codes, AskCode("otp", "+60", "en", b"d", "text", "known", TERMS)),
    (onboarding.verify, Verify("otp", b"d", "app", b"s", TERMS)),
    (onboarding.send_message, ("+60", "text")),
    (onboarding.choose_pins, ChoosePin(PROOF, "hash")),
    (onboarding.save, Save(PROOF, Person("A", date(1990, 1, 1)), TERMS)),
    (onboarding.save, Save(PROOF, Home("A", "B"), TERMS)),
    (onboarding.save, Save(PROOF, Document(IdentityType.NRIC, "9"), TERMS)),
    (onboarding.save, Save(PROOF, FaceCheck(), TERMS)),
    (onboarding.decide, Ask(PROOF, "emoney", TERMS)),
    (onboarding.raise_tiers, Raise(INSTALLER, "app", TERMS, b"d")),
    (onboarding.review, Review(INSTALLER, "app", Verdict.OPEN, "why", TERMS)),
    (onboarding.expire, None),
]


@pytest.mark.parametrize(
    ("verb", "command"),
    COMMANDS,
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_a_command_is_the_same_on_the_other_side(verb, command):
    assert codec.verb_of(codec.name_of(verb)) is verb
    assert codec.decode(codec.encode(command)) == command


def test_an_outcome_is_the_same_on_this_side():
    said = Refused(Reason.SIGN_IN_LOCKED, rule="x", facts={"seconds": "3"})
    assert codec.decode(codec.encode(said)) == said
