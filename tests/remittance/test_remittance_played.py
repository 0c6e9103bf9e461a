"""Payments played in any order against a model that says, before each step, how it must end:
the state of every payment, what is held, and what the sender has.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, precondition, rule
from msgspec.structs import replace
from remittance_acts import audit, found, sent, small, story, word
from remittance_review_acts import unsure, with_rulebook
from remittance_world import ACCOUNT, AISHA, build, inbound, offer, wish

from moments import NOW
from played import Played, Stage, play
from qantara import ids
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import QuoteId
from qantara.money import MYR, PKR, Money, Rate
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.rails.model import RETURN_MARK, Status
from qantara.remittance import flow, rules
from qantara.remittance.case_model import RETURNED
from qantara.remittance.model import (
    FINAL,
    RESEND_SECONDS,
    Accept,
    AskQuote,
    ReferenceRate,
    Remittance,
    State,
)
from qantara.remittance.review_model import DecideReview, ReviewEvent

PACKAGES = ("access", "policy", "parties", "ledger", "payees", "remittance")
OPENING, QUOTE_SECONDS, CHECK_SECONDS, REVIEW_SECONDS = 1_000_00, 600, 3600, 1200
REVIEWED = 600_00
"""What more than this leaves for is reviewed."""
BACK = 99_45
"""What an inbound payment of 100.00 leaves for the recipient."""
ENDS = {
    Status.ACCC: State.COMPLETED,
    Status.RJCT: State.REJECTED,
    Status.BLCK: State.BLOCKED,
}
WAITING = {State.ACCEPTED, State.SUBMITTED, State.OVERDUE}
HELD = WAITING | {State.IN_REVIEW}
SENT = WAITING | {State.COMPLETED, State.REJECTED, State.BLOCKED}
NOTES = (None, "Rent", "Other words")
PURPOSES = ("FAMI", "FAMI", "FAMI", None)
some = st.integers(0, 10_000)


@dataclass
class Payment:
    """What the model knows of a quote and of the payment it became."""

    quote_id: str
    debit: int
    cents: int
    due: datetime
    valid_until: datetime
    state: State = State.QUOTED
    words: tuple[str | None, ...] = ()
    reason: Reason | None = None
    resends: int = 0
    back: bool = False

    @property
    def remittance_id(self) -> str:
        return "rem_" + self.quote_id[4:]


class Payments(Played):
    """`world` is set once for all plays; each of them is undone."""

    quotes, checks = Bundle("quotes"), Bundle("checks")
    world = None

    def __init__(self):
        super().__init__()
        self.now, self.balance = NOW, OPENING
        self.payments, self.confirmed_at, self.backs = {}, {}, {}
        self.clearances = []

    @initialize(target=checks)
    def checked(self):
        return self.asked(answer=True)

    @initialize(target=quotes, amounts=st.permutations((1, 400_00, 700_00)))
    def quoted(self, amounts):
        return multiple(*(self.priced(cents) for cents in amounts))

    @property
    def has_left(self):
        """Whether any payment was ever sent."""
        return any(each.state in SENT for each in self.payments.values())

    @property
    def held(self):
        return sum(each.debit for each in self.payments.values() if each.state in HELD)

    @rule(target=quotes, cents=st.sampled_from((1, 150_00, 400_00, 700_00)))
    def quote(self, cents):
        return self.priced(cents)

    def priced(self, cents):
        tx, node, ends = self.stage.tx, self.world.node, self.now + timedelta(seconds=QUOTE_SECONDS)
        mid = ReferenceRate(Rate(MYR, PKR, Decimal("63.45")), "seeded mid", self.now)
        self.do(flow.record_reference_rates(tx, node, [mid], self.now))
        debit = rules.debit_for(node.fee, Money(cents, MYR))
        offers = (offer(**small(cents), issued_at=self.now, valid_until=ends),)
        asked = AskQuote(QuoteId(ids.new("quo")), wish(debit), offers)
        (made,) = self.do(flow.quote(tx, node, [asked], self.now))
        assert made.total_debit == debit
        self.payments[made.id] = Payment(made.id, debit.minor, cents, ends, ends)
        return made.id

    @rule(target=checks, answer=st.sampled_from((True, True, True, False, None)))
    def check(self, answer):
        return self.asked(answer)

    def asked(self, answer):
        tx, node = self.stage.tx, self.world.node
        asked = CheckPayee(ids.new("chk"), AISHA, "PK", "MBNO", "+923001234567")
        self.do(payees.check_payee(tx, node, [asked], self.now))
        if answer is not None:
            report = self.do(self.world.report(verified=answer))
            self.do(payees.payee_answered(tx, node, [report], self.now))
        self.confirmed_at[asked.id] = self.now if answer else None
        return asked.id

    @rule(
        quote=quotes, check=checks, note=st.sampled_from(NOTES), purpose=st.sampled_from(PURPOSES)
    )
    def accept(self, quote, check, note, purpose):
        said = Accept(quote, AISHA, check, purpose, note)
        self.answered(
            [said], self.do(flow.accept(self.stage.tx, self.world.node, [said], self.now))
        )

    @rule(
        quote=quotes, check=checks, notes=st.lists(st.sampled_from(NOTES), min_size=2, max_size=3)
    )
    def accept_at_once(self, quote, check, notes):
        """Several yeses to one quote in one batch."""
        said = [Accept(quote, AISHA, check, "FAMI", note) for note in notes]
        self.answered(said, self.do(flow.accept(self.stage.tx, self.world.node, said, self.now)))

    def answered(self, said, outcomes):
        for each, outcome in zip(said, outcomes, strict=True):
            expected = self.judged(self.payments[each.quote_id], each)
            self.met[expected] += 1
            if isinstance(expected, Reason):
                kind = Conflict if expected is Reason.QUOTE_USED else Refused
                assert (type(outcome), outcome.reason) == (kind, expected)
            else:
                assert isinstance(outcome, Remittance)
                assert outcome.state is expected

    def judged(self, payment, said):
        """How a yes must end, and the model moved by it."""
        words = (said.payee_check_id, said.note, said.purpose)
        if payment.state is State.EXPIRED:
            return payment.reason or Reason.QUOTE_EXPIRED
        if payment.state is not State.QUOTED:
            if words != payment.words:
                return Reason.QUOTE_USED
            return payment.reason if payment.state is State.REFUSED else payment.state
        if self.now >= payment.due:
            return Reason.QUOTE_EXPIRED
        confirmed_at = self.confirmed_at[said.payee_check_id]
        if confirmed_at is None:
            return Reason.PAYEE_NOT_CONFIRMED
        if self.now >= confirmed_at + timedelta(seconds=CHECK_SECONDS):
            return Reason.PAYEE_CHECK_EXPIRED
        if said.purpose is None:
            return Reason.PURPOSE_REQUIRED
        payment.words = words
        if payment.debit > self.balance - self.held:
            payment.state, payment.reason = State.REFUSED, Reason.INSUFFICIENT_FUNDS
            return payment.reason
        if payment.cents > REVIEWED and not self.cleared(payment):
            payment.state = State.IN_REVIEW
            payment.due = self.now + timedelta(seconds=REVIEW_SECONDS)
            return State.IN_REVIEW
        payment.state = State.ACCEPTED
        payment.due = self.now + timedelta(seconds=60)
        return State.ACCEPTED

    def cleared(self, payment):
        """Whether a person has cleared the like of it; a clearance is used once."""
        since = self.now - timedelta(seconds=REVIEW_SECONDS)
        for place, (debit, given_at) in enumerate(self.clearances):
            if payment.debit <= debit and given_at >= since:
                del self.clearances[place]
                return True
        return False

    @rule(quote=quotes, verdict=st.sampled_from((ReviewEvent.RELEASE, ReviewEvent.REFUSE)))
    def review(self, quote, verdict):
        payment = self.payments[quote]
        decided = DecideReview(payment.remittance_id, verdict, "prn_1", "prn_2")
        (outcome,) = self.do(
            flow.decide_reviews(self.stage.tx, self.world.node, [decided], self.now)
        )
        if payment.state is not State.IN_REVIEW:
            assert isinstance(outcome, Conflict | NotFound)
            return
        if verdict is ReviewEvent.REFUSE:
            payment.state, payment.reason = State.REFUSED, Reason.REVIEW_REFUSED
        elif self.now >= payment.valid_until:
            payment.state, payment.reason = State.EXPIRED, Reason.REVIEW_CLEARED
            self.clearances.append((payment.debit, self.now))
        else:
            payment.state, payment.due = State.ACCEPTED, self.now + timedelta(seconds=60)
        assert outcome.state is payment.state

    def one(self, place):
        """A pacs.008 that left, and the payment it is of; neither where none has left yet."""
        left = self.do(sent(self.world))
        if not left:
            return None, None
        message = left[place % len(left)]
        told = [self.payments[quote] for quote in self.payments]
        uetrs = {self.do(found(self.world, each.remittance_id)).uetr: each for each in told}
        return message, uetrs[message.uetr]

    @precondition(lambda self: self.has_left)
    @rule(place=some)
    def acknowledge(self, place):
        message, payment = self.one(place)
        if payment is not None:
            named = [message.message_id] * 2
            self.do(flow.acknowledge(self.stage.tx, named, self.now))
            if payment.state is State.ACCEPTED:
                payment.state = State.SUBMITTED

    @precondition(lambda self: self.has_left)
    @rule(place=some)
    def bounce(self, place):
        message, payment = self.one(place)
        if payment is not None:
            told = [(message.message_id, "message_schema")]
            self.do(flow.bounce(self.stage.tx, self.world.node, told, self.now))
            if payment.state in {State.ACCEPTED, State.OVERDUE}:
                payment.state = State.REJECTED

    @precondition(lambda self: self.has_left)
    @rule(place=some, statuses=st.lists(st.sampled_from(list(Status)), min_size=1, max_size=3))
    def conclude(self, place, statuses):
        """Answers in one batch: the first final one counts, whatever contradicts it is told so."""
        message, payment = self.one(place)
        if payment is None:
            return
        told = [word(message, status, "AC04") for status in statuses]
        outcomes = self.do(flow.conclude(self.stage.tx, self.world.node, told, self.now))
        for status, outcome in zip(statuses, outcomes, strict=True):
            end = ENDS.get(status)
            if end is None or payment.state is end:
                assert outcome is None
            elif payment.state in WAITING:
                assert outcome is None
                payment.state = end
                self.balance -= 0 if end is State.REJECTED else payment.debit
            else:
                assert isinstance(outcome, Conflict)
                self.met[Conflict] += 1

    @precondition(lambda self: self.has_left)
    @rule(place=some, status=st.sampled_from(list(ENDS)))
    def conclude_another(self, place, status):
        """An answer to a message that we never sent, be it under a UETR of ours."""
        message, payment = self.one(place)
        if payment is not None:
            told = word(message, status, "AC04")
            (outcome,) = self.do(
                flow.conclude(self.stage.tx, self.world.node, [foreign(told)], self.now)
            )
            assert isinstance(outcome, NotFound)

    @rule(seconds=st.sampled_from((1, 61, 61, 61, 400, 400, 3700)))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def expire(self):
        self.do(flow.expire(self.stage.tx, self.world.node, [None], self.now))
        for payment in self.payments.values():
            if payment.due > self.now:
                continue
            if payment.state is State.QUOTED:
                payment.state = State.EXPIRED
            elif payment.state is State.IN_REVIEW:
                payment.state, payment.reason = State.EXPIRED, Reason.REVIEW_LAPSED
            elif payment.state in WAITING:
                seconds = RESEND_SECONDS[min(payment.resends, len(RESEND_SECONDS) - 1)]
                payment.resends += payment.state is State.OVERDUE
                payment.state, payment.due = State.OVERDUE, self.now + timedelta(seconds=seconds)

    @precondition(lambda self: self.has_left)
    @rule(place=some, again=st.booleans())
    def come_back(self, place, again):
        """Money that gives a payment of ours back; sent twice it is credited once."""
        message, payment = self.one(place)
        if payment is None or payment.back:
            return
        back = inbound(remittance=f"{RETURN_MARK}:{message.uetr}")
        for _ in range(1 + again):
            (outcome,) = self.do(flow.receive(self.stage.tx, self.world.node, [back], self.now))
            assert outcome is None
        self.balance += BACK
        payment.back = True
        self.backs[payment.remittance_id] = payment.state is State.COMPLETED

    @invariant()
    def stands_as_the_model(self):
        for payment in self.payments.values():
            remittance = self.do(found(self.world, payment.remittance_id))
            assert remittance.state is payment.state
            assert (remittance.finished_at is not None) == (payment.state in FINAL)
            self.met[payment.state] += 1
        assert self.do(self.world.available()) == self.balance - self.held
        assert self.do(self.world.books()).get(ACCOUNT, 0) == self.balance

    def teardown(self):
        for remittance_id, told in self.backs.items():
            assert (RETURNED in self.do(story(self.world, remittance_id))) is told
        self.do(audit(self.world))
        super().teardown()


def foreign(told):
    """The same answer to a message of another id."""
    return replace(told, record=replace(told.record, original_message_id="NEVERSENT"))


MET = {*State, Conflict, Reason.QUOTE_USED, Reason.QUOTE_EXPIRED, Reason.PAYEE_NOT_CONFIRMED} | {
    Reason.PURPOSE_REQUIRED,
    Reason.INSUFFICIENT_FUNDS,
}


def test_payments_end_as_the_model_says_in_every_order(servers):
    with Stage(servers(18), f"qantara_test_{uuid.uuid4().hex[:12]}", PACKAGES) as stage:

        async def fresh(*_packages):
            return stage.tx

        world = stage.run(build(fresh))
        Payments.world = stage.run(with_rulebook(world, unsure(value=Money(REVIEWED, MYR))))
        Payments.world.node = replace(Payments.world.node, review_seconds=REVIEW_SECONDS)
        play(Payments, stage, plays=25, steps=40, meet=MET)
    assert Payments.met.keys() >= MET, MET - Payments.met.keys()
