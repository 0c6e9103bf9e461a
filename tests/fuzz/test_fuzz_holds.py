"""Holds, played in any order against a model of a page: the ledger never promises more than there
is, and never forgets a promise. Accounts are frozen, released and closed while holds are open.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule

from moments import NOW
from played import Played, Stage, play
from qantara.errors import Conflict
from qantara.ledger import flow
from qantara.ledger.model import (
    AccountClass,
    NewAccount,
    ResultCode,
    Transfer,
    TransferKind,
)
from qantara.money import MYR

R, K = ResultCode, TransferKind
EQUITY, ANA, BEN, CHO = "equity", "customer/ana", "customer/ben", "customer/cho"
NEW = "customer/new"
PEOPLE = (ANA, BEN, CHO, NEW)
FLOOR, CEILING = {ANA: 0, CHO: -20}, {BEN: 60}
WORDS = ("id", "amount", "code", "debit", "credit", "asset", "kind", "hold_id", "expires_at")
amounts = st.integers(0, 40)
people = st.sampled_from(PEOPLE)


@dataclass
class Hold:
    """What is promised: `left` of it is still to be kept."""

    debit: str
    credit: str
    left: int
    expires_at: datetime | None
    end: TransferKind | None = None


@dataclass
class Model:
    balance: dict[str, int] = field(default_factory=lambda: dict.fromkeys((EQUITY, *PEOPLE), 0))
    status: dict[str, str] = field(default_factory=lambda: dict.fromkeys((EQUITY, *PEOPLE), "open"))
    holds: dict[str, Hold] = field(default_factory=dict)
    said: dict[str, tuple[Transfer, ResultCode]] = field(default_factory=dict)

    def promised(self, code: str, side: str) -> int:
        return sum(hold.left for hold in self.holds.values() if getattr(hold, side) == code)

    def move(self, item: Transfer) -> ResultCode:
        """A transfer of either kind that names its own accounts."""
        if item.amount == 0:
            return R.AMOUNT_NOT_POSITIVE
        if item.debit == item.credit:
            return R.SAME_ACCOUNT
        for status in ("closed", "frozen"):
            for code, told in self._sides(item):
                if self.status[code] == status:
                    return told[status]
        wrong = self._out_of_bounds(item)
        if wrong is not None:
            return wrong
        if item.kind is K.HOLD:
            self.holds[item.id] = Hold(item.debit, item.credit, item.amount, item.expires_at)
        else:
            self._moved(item.debit, item.credit, item.amount)
        return R.OK

    def _out_of_bounds(self, item: Transfer) -> ResultCode | None:
        if item.debit in FLOOR:
            room = self.balance[item.debit] - self.promised(item.debit, "debit")
            if room - item.amount < FLOOR[item.debit]:
                return R.INSUFFICIENT_FUNDS
        if item.credit in CEILING:
            full = self.balance[item.credit] + self.promised(item.credit, "credit")
            if full + item.amount > CEILING[item.credit]:
                return R.BALANCE_ABOVE_CEILING
        return None

    @staticmethod
    def _sides(item: Transfer) -> tuple[tuple[str, dict[str, ResultCode]], ...]:
        return (
            (item.debit, {"closed": R.DEBIT_CLOSED, "frozen": R.DEBIT_FROZEN}),
            (item.credit, {"closed": R.CREDIT_CLOSED, "frozen": R.CREDIT_FROZEN}),
        )

    def part(self, item: Transfer) -> ResultCode:
        """Post or void some of a hold, or all that is left."""
        hold = self.holds[item.hold_id or ""]
        if hold.end is not None:
            return R.HOLD_EXPIRED if hold.end is K.EXPIRE else R.HOLD_NOT_PENDING
        if item.amount > hold.left:
            return R.HOLD_EXCEEDED
        taken = item.amount or hold.left
        hold.left -= taken
        hold.end = None if hold.left else item.kind
        if item.kind is K.POST:
            self._moved(hold.debit, hold.credit, taken)
        return R.OK

    def _moved(self, debit: str, credit: str, amount: int) -> None:
        self.balance[debit] -= amount
        self.balance[credit] += amount

    def due(self, now: datetime) -> set[str]:
        return {
            id_
            for id_, hold in self.holds.items()
            if hold.end is None and hold.expires_at is not None and hold.expires_at <= now
        }

    def empty(self, code: str) -> bool:
        held = self.promised(code, "debit") + self.promised(code, "credit")
        return self.balance[code] == 0 and held == 0


class Holds(Played):
    holds = Bundle("holds")

    def __init__(self):
        super().__init__()
        self.model, self.now = Model(), NOW
        terms = [NewAccount(EQUITY, MYR, AccountClass.EQUITY)]
        terms += [
            NewAccount(code, MYR, AccountClass.E_MONEY, FLOOR.get(code), CEILING.get(code))
            for code in PEOPLE
        ]
        self.do(flow.open_accounts(self.stage.tx, terms, NOW))
        self.post(self.made(30, EQUITY, ANA), self.made(30, EQUITY, BEN))

    def made(self, amount, debit="", credit="", kind=K.DIRECT, hold_id=None, expires_at=None):
        return Transfer(
            id=str(uuid.uuid4()),
            amount=amount,
            code="test",
            occurred_at=self.now,
            debit=debit,
            credit=credit,
            asset="MYR" if kind.opens else "",
            kind=kind,
            hold_id=hold_id,
            expires_at=expires_at,
        )

    def post(self, *items):
        expected = []
        for item in items:
            code = (self.model.move if item.kind.opens else self.model.part)(item)
            self.model.said[item.id] = (item, code)
            expected.append(code)
        posted = self.do(flow.post(self.stage.tx, items, self.now))
        assert [one.code for one in posted] == expected
        self.met.update(expected)

    @rule(debit=st.sampled_from((EQUITY, *PEOPLE)), credit=people, amount=amounts)
    def move(self, debit, credit, amount):
        self.post(self.made(amount, debit, credit))

    @rule(
        target=holds,
        debit=people,
        credit=people,
        amount=amounts,
        lives=st.sampled_from((None, 0, 30)),
    )
    def hold(self, debit, credit, amount, lives):
        ends = None if lives is None else self.now + timedelta(seconds=lives)
        item = self.made(amount, debit, credit, K.HOLD, expires_at=ends)
        self.post(item)
        return item.id

    @rule(hold=holds, kind=st.sampled_from((K.POST, K.VOID)), amount=amounts)
    def part(self, hold, kind, amount):
        if hold in self.model.holds:
            self.post(self.made(amount, kind=kind, hold_id=hold))

    @rule(
        hold=holds,
        parts=st.lists(st.tuples(st.sampled_from((K.POST, K.VOID)), amounts), max_size=4),
    )
    def parts_in_one_batch(self, hold, parts):
        if hold in self.model.holds and parts:
            self.post(*(self.made(amount, kind=kind, hold_id=hold) for kind, amount in parts))

    @rule(hold=holds, kind=st.sampled_from((K.POST, K.VOID)))
    def end(self, hold, kind):
        if hold in self.model.holds:
            self.post(self.made(0, kind=kind, hold_id=hold))

    @rule(seconds=st.sampled_from((1, 30, 60)))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def expire(self):
        due = self.model.due(self.now)
        posted = self.do(flow.expire_holds(self.stage.tx, self.now))
        assert {one.hold_id for one in posted} == due
        for id_ in due:
            self.model.holds[id_].left, self.model.holds[id_].end = 0, K.EXPIRE

    @rule(place=st.integers(0, 10_000), changed=st.sampled_from((None, "amount", "code", "kind")))
    def again(self, place, changed):
        """The same id with the same words changes nothing; with others it is told to be taken."""
        item, first = list(self.model.said.values())[place % len(self.model.said)]
        words = {name: getattr(item, name) for name in WORDS} | {"occurred_at": self.now}
        if changed == "amount":
            words["amount"] += 1
        elif changed == "code":
            words["code"] = "other"
        elif changed == "kind":
            other = {K.DIRECT: K.HOLD, K.HOLD: K.DIRECT, K.POST: K.VOID, K.VOID: K.POST}
            words |= {"kind": other[item.kind], "expires_at": None}
        (posted,) = self.do(flow.post(self.stage.tx, [Transfer(**words)], self.now))
        same = R.EXISTS if first is R.OK else first
        assert posted.code is (same if changed is None else R.ID_REUSED)
        self.met[posted.code] += 1

    @rule(code=st.sampled_from((CHO, NEW, ANA)))
    def close(self, code):
        self.keep(code, "close")

    @rule(code=people, event=st.sampled_from(("freeze", "unfreeze", "unfreeze")))
    def keep_shut(self, code, event):
        self.keep(code, event)

    def keep(self, code, event):
        """Freeze, release or close: an account with money or promises is not closed."""
        before = self.model.status[code]
        allowed = {("open", "freeze"): "frozen", ("frozen", "unfreeze"): "open"}
        if before == "open" and self.model.empty(code):
            allowed["open", "close"] = "closed"
        after = allowed.get((before, event))
        assert self.did(code, event) is (after is not None)
        self.met[after] += 1
        self.model.status[code] = after or before

    def did(self, code, event):
        act = getattr(flow, event)
        words = ("usr_1",) if event == "close" else ("court order", "s.1", "usr_1")
        try:
            self.do(act(self.stage.tx, code, *words, self.now))
        except Conflict:
            return False
        return True

    @invariant()
    def stands_as_the_model(self):
        for one in self.do(flow.balances(self.stage.tx, [EQUITY, *PEOPLE])):
            model = self.model
            assert one.posted == model.balance[one.code]
            assert one.held_debit == model.promised(one.code, "debit")
            assert one.held_credit == model.promised(one.code, "credit")
            assert {hold.id: hold.left for hold in one.holds} == {
                id_: hold.left
                for id_, hold in model.holds.items()
                if hold.end is None and one.code in {hold.debit, hold.credit}
            }
            assert one.status.value == model.status[one.code]
            assert one.code not in FLOOR or one.available >= FLOOR[one.code]

    def teardown(self):
        report = self.do(flow.verify_book(self.stage.tx))
        assert report.clean, report.first
        super().teardown()


MET = {
    *(R.OK, R.EXISTS, R.ID_REUSED, R.AMOUNT_NOT_POSITIVE, R.SAME_ACCOUNT, R.INSUFFICIENT_FUNDS),
    *(R.BALANCE_ABOVE_CEILING, R.HOLD_EXCEEDED, R.HOLD_EXPIRED, R.HOLD_NOT_PENDING),
    *(R.DEBIT_FROZEN, R.CREDIT_FROZEN, R.DEBIT_CLOSED, "frozen", "open", "closed", None),
}


def test_holds_are_kept_in_every_order(servers):
    with Stage(servers(18), f"qantara_test_{uuid.uuid4().hex[:12]}", ("ledger",)) as stage:
        play(Holds, stage, plays=40, steps=50, meet=MET)
    assert Holds.met.keys() >= MET, MET - Holds.met.keys()
