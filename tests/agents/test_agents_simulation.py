"""Cash by seeded dice: every act repeated, in batches of any size, and every balance known."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from agents_world import FLOAT, SEED, House, house
from msgspec.structs import replace

from moments import NOW, Fresh
from qantara.agents import flow
from qantara.agents.commands import Cancel, Deposit, NewOrder, Redeem, Renew
from qantara.agents.model import Order, OrderState, Receipt, Recipient
from qantara.errors import Refused
from qantara.ids import AccountId, CustomerId
from qantara.money import MYR, Money
from qantara.parties.model import IdentityType

PASSPORT = b"p" * 32
WHO = Recipient("Chong Wei Contoh", None, IdentityType.PASSPORT, "4567", PASSPORT)


def digest(code: str) -> bytes:
    """A code as the verbs are told it; that the doors make it slow is their matter."""
    return code.encode().rjust(32, b"0")


@dataclass
class Book:
    """What the balances must be, told by nothing but the outcomes."""

    free: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)

    def paid(self, receipt: Receipt) -> None:
        agent, customer = receipt.agent_id, f"customer/{receipt.account_id}"
        sign = -1 if receipt.order_id is None else 1
        self.free[f"agent/{agent}/float"] += sign * receipt.amount.minor
        self.free[f"agent/{agent}/commission"] += receipt.commission.minor
        self.free["income/fee"] += receipt.fee.minor
        self.free["expense/agent_commission"] -= receipt.commission.minor
        own = receipt.fee.minor - receipt.commission.minor
        self.free["own/duitnow"] -= own
        if receipt.order_id is None:
            self.free[customer] += receipt.amount.minor - receipt.fee.minor
        else:
            self.free[customer] -= receipt.amount.minor + receipt.fee.minor


class Play:
    """One seeded play on one house."""

    def __init__(self, made: House, seed: int) -> None:
        self.house, self.dice, self.book = made, random.Random(seed), Book()
        self.orders: dict[str, Order] = {}
        self.receipts: dict[str, Receipt] = {}
        self.now: datetime = NOW
        self.number = 0

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}_{self.number}"

    def money(self) -> Money:
        return Money(self.dice.randint(1, 300_00), MYR)

    def deposit(self) -> tuple[Any, Any]:
        address = f"1100000000{self.dice.randint(1, 3):02d}"
        agent = self.dice.choice(self.house.agents).id
        return flow.deposit, Deposit(self.name("dep"), agent, "ACCT", address, self.money())

    def order(self) -> tuple[Any, Any]:
        n, key = self.dice.randint(1, 3), self.name("cso")
        return flow.order, NewOrder(
            key,
            CustomerId(f"cus_{n}"),
            AccountId(f"acc_{n}"),
            self.money(),
            f"{self.number:012d}",
            digest(key),
            self.dice.choice([None, WHO]),
        )

    def redeem(self) -> tuple[Any, Any]:
        order = self.dice.choice(list(self.orders.values()))
        right = self.dice.random() < 0.6
        return flow.redeem, Redeem(
            self.name("att"),
            self.dice.choice(self.house.agents).id,
            order.reference,
            order.code_digest if right else digest("wrong"),
            order.identity_last if self.dice.random() < 0.9 else "0000",
            PASSPORT,
        )

    def cancel(self) -> tuple[Any, Any]:
        order = self.dice.choice(list(self.orders.values()))
        return flow.cancel, Cancel(order.id, order.customer_id)

    def renew(self) -> tuple[Any, Any]:
        order, key = self.dice.choice(list(self.orders.values())), self.name("rnw")
        return flow.renew, Renew(key, order.id, order.customer_id, digest(key))

    async def run(self, verb: Any, commands: list[Any]) -> None:
        """A batch in which some come twice, and which then comes again as a whole."""
        doubled = [each for each in commands for _ in range(self.dice.randint(1, 2))]
        first = await verb(self.house.tx, self.house.node, doubled, self.now)
        before = await self.house.balances()
        again = await verb(self.house.tx, self.house.node, doubled, self.now)
        assert await self.house.balances() == before
        for command, outcome, repeated in zip(doubled, first, again, strict=True):
            self.note(outcome)
            if isinstance(outcome, Receipt):
                assert outcome == repeated
            if verb is flow.redeem and isinstance(outcome, Refused):
                assert isinstance(repeated, Refused), (command, repeated)

    def note(self, outcome: object) -> None:
        if isinstance(outcome, Order):
            self.orders[outcome.id] = outcome
        if isinstance(outcome, Receipt) and outcome.id not in self.receipts:
            self.receipts[outcome.id] = outcome
            self.book.paid(outcome)

    async def refresh(self) -> None:
        found = await flow.orders(self.house.tx, list(self.orders))
        self.orders = {each.id: each for each in found if isinstance(each, Order)}

    async def step(self) -> None:
        kinds: list[Callable[[], tuple[Any, Any]]] = [self.deposit, self.order]
        if self.orders:
            kinds += [self.redeem, self.redeem, self.redeem, self.cancel, self.renew]
        kind = self.dice.choice(kinds)
        made = [kind() for _ in range(self.dice.randint(1, 6))]
        await self.run(made[0][0], [command for _, command in made])
        if self.dice.random() < 0.2:
            self.now += timedelta(seconds=self.dice.randint(1, 40_000))
            await flow.expire(self.house.tx, self.house.node, [None], self.now)
        await self.refresh()
        await self.check()

    async def check(self) -> None:
        """Every balance is what the outcomes say, and what waits is apart and no more."""
        expected = Counter({f"customer/acc_{n}": SEED for n in (1, 2, 3)})
        expected += Counter({a.float_code: FLOAT for a in self.house.agents})
        total = Counter(expected)
        total.update(self.book.free)
        waiting = {OrderState.WAITING, OrderState.LOCKED}
        apart = 0
        for each in self.orders.values():
            if each.recipient is not None and each.state in waiting:
                apart += each.amount.minor + each.fee.minor
                total[each.account_code] -= each.amount.minor + each.fee.minor
        total["cash_pickup"] = apart
        balances = await self.house.balances()
        assert {code: balances[code] for code in total} == dict(total)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_play_loses_or_doubles_a_cent(fresh: Fresh, seed: int) -> None:
    play = Play(await house(fresh), seed)
    for _ in range(40):
        await play.step()
    await play.house.audit()
    ended = Counter(each.state for each in play.orders.values())
    assert {OrderState.PAID, OrderState.EXPIRED, OrderState.CANCELLED} <= set(ended)
    assert len(play.receipts) == len({each.number for each in play.receipts.values()})


async def test_the_right_word_after_a_wrong_one_in_the_same_batch_pays_once(fresh: Fresh) -> None:
    made = await house(fresh)
    wish = NewOrder(
        "cso_1",
        CustomerId("cus_1"),
        AccountId("acc_1"),
        Money(50_00, MYR),
        "000000000001",
        digest("right"),
    )
    (order,) = await flow.order(made.tx, made.node, [wish], NOW)
    assert isinstance(order, Order)
    right = Redeem("att_2", "agt_4", order.reference, digest("right"), "0001", b"")
    wrong = replace(right, id="att_1", code_digest=digest("wrong"))
    other = replace(right, id="att_3", agent_id="agt_5")
    told = await flow.redeem(made.tx, made.node, [wrong, right, other, right], NOW)
    assert isinstance(told[0], Refused)
    assert isinstance(told[1], Receipt)
    assert told[1] == told[3]
    assert (await made.balances())["agent/agt_4/float"] == FLOAT + 50_00
    assert (await made.balances())["agent/agt_5/float"] == FLOAT
    await made.audit()
