"""Whatever comes in whatever order, no money is made, lost, or left uncovered.

One bank between a customer and a payment system that answers late, twice, wrongly or never. A
model of the system's own book says what must stand for the bank there.
"""

import random
from decimal import Decimal

import pytest
from domestic_world import SEED, Bank, bank, checked, leg, status
from msgspec.structs import replace

from moments import NOW, Fresh
from qantara import ids
from qantara.domestic import flow
from qantara.domestic.records import AskBack, Decide, RecallReason, Send, Transfer
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass
from qantara.money import MYR, Money
from qantara.policy.model import Fee
from qantara.rails.model import (
    Agent,
    CancellationRequest,
    DomesticTransfer,
    PaymentReturn,
    Status,
)

STEPS = 90
FEE = Fee(Money(7, MYR), Decimal("0.002"))


class Story:
    """A seeded world: what is under way, and what the system has settled for the bank."""

    def __init__(self, seed: int, ours: Bank, other: Bank, check_id: str) -> None:
        self.dice = random.Random(seed)
        self.ours, self.other, self.check_id = ours, other, check_id
        self.settled = SEED
        self.sent: list[DomesticTransfer] = []
        self.arrived: list[DomesticTransfer] = []
        self.returned: list[PaymentReturn] = []
        self.final: dict[str, Status] = {}
        self.orders: dict[str, str] = {}

    def amount(self) -> Money:
        return self.ours.money(self.dice.choice([1, 99, 10_00, 150_00, 400_00]))

    async def collect(self) -> None:
        for record in await self.ours.outbox():
            if isinstance(record, DomesticTransfer):
                self.sent.append(record)
            elif isinstance(record, PaymentReturn):
                self.returned.append(record)

    async def step(self) -> None:
        acts = [self.send, self.conclude, self.arrive, self.late, self.recall, self.give_back]
        weights = [4, 5, 4, 2, 2, 2]
        await self.dice.choices(acts, weights)[0]()
        await self.collect()

    async def send(self) -> None:
        who, account = self.ours.who, self.ours.account_id
        wanted = Send(ids.new("trf"), who, account, self.check_id, self.amount())
        orders = [wanted] * self.dice.choice([1, 1, 2])
        for outcome in await flow.send(self.ours.tx, self.ours.node, orders, NOW):
            if isinstance(outcome, Transfer):
                self.orders[outcome.uetr] = outcome.id

    async def conclude(self) -> None:
        """A word on something sent: the first final one counts, repeats do not."""
        if not (self.sent or self.returned):
            return
        of = self.dice.choice([*self.sent, *self.returned])
        word = self.final.get(of.message_id) or self.dice.choice([Status.ACCC, Status.RJCT])
        reason = "AB05" if word is Status.RJCT else None
        told = status(of, word, reason)
        await self.ours.take(flow.conclude, *[told] * self.dice.choice([1, 2]))
        if of.message_id not in self.final:
            self.final[of.message_id] = word
            if word is Status.ACCC:
                inside = isinstance(of, DomesticTransfer)
                moved = of.settlement_amount if inside else of.returned_amount
                self.settled -= moved.minor

    async def arrive(self) -> None:
        uetr, amount = ids.new_uetr(), self.amount()
        if not self.sent:
            return
        template = leg(self.sent[0])
        payment = replace(
            template,
            message_id=ids.new_message_id(),
            uetr=uetr,
            end_to_end_id=uetr.replace("-", ""),
            transaction_id=uetr.replace("-", ""),
            settlement_amount=amount,
            instructing_agent=Agent(self.other.node.bic),
            instructed_agent=Agent(self.ours.node.bic),
            debtor=replace(template.debtor, name="Bilal Malik"),
            debtor_account=template.creditor_account,
            debtor_agent=Agent(self.other.node.bic),
            creditor_agent=Agent(self.ours.node.bic),
            creditor_account=template.debtor_account,
        )
        await self.ours.take(flow.receive, *[payment] * self.dice.choice([1, 2]))
        self.arrived.append(payment)
        self.settled += amount.minor

    async def late(self) -> None:
        """The system had rejected a payment before our yes came."""
        if not self.arrived:
            return
        payment = self.arrived.pop(self.dice.randrange(len(self.arrived)))
        await self.ours.take(flow.conclude, status(payment, Status.RJCT, "AB05"))
        self.settled -= payment.settlement_amount.minor

    async def recall(self) -> None:
        """Somebody wants back what arrived, and staff agree or do not."""
        if not self.arrived:
            return
        payment = self.dice.choice(self.arrived)
        case = CancellationRequest(
            message_id=ids.new_message_id(),
            created_at=NOW,
            assigner=Agent(self.other.node.bic),
            assignee=Agent(self.ours.node.bic),
            case_id=ids.new_message_id(),
            case_creator=Agent(self.other.node.bic),
            cancellation_id=ids.new_message_id(),
            original_message_id=payment.message_id,
            original_end_to_end_id=payment.end_to_end_id,
            original_transaction_id=payment.transaction_id,
            uetr=payment.uetr,
            original_amount=payment.settlement_amount,
            reason="FRAD",
        )
        await self.ours.take(flow.recalled, case)
        (back, *_) = await flow.open_returns(self.ours.tx, 1)
        await flow.decide(self.ours.tx, self.ours.node, [Decide(back.id, "prn_1")], NOW)
        self.arrived = [each for each in self.arrived if each.uetr != payment.uetr]

    async def give_back(self) -> None:
        """What we paid comes back, recalled or not, once."""
        paid = [each for each in self.sent if self.final.get(each.message_id) is Status.ACCC]
        if not paid:
            return
        of = self.dice.choice(paid)
        asked = AskBack(ids.new("rcl"), self.orders[of.uetr], RecallReason.CUSTOMER, "prn_1")
        await flow.recall(self.ours.tx, self.ours.node, [asked], NOW)
        back = PaymentReturn(
            message_id=ids.uuid_derived("back", of.uetr).hex,
            created_at=NOW,
            clearing_system=of.clearing_system,
            return_id=ids.uuid_derived("back", of.uetr).hex,
            original_message_id=of.message_id,
            original_end_to_end_id=of.end_to_end_id,
            original_transaction_id=of.transaction_id,
            uetr=of.uetr,
            original_amount=of.settlement_amount,
            returned_amount=of.settlement_amount,
            settlement_on=NOW.date(),
            instructing_agent=Agent(self.other.node.bic),
            instructed_agent=Agent(self.ours.node.bic),
            reason="FOCR",
        )
        await self.ours.take(flow.given_back, back, back)
        if of.uetr not in self.final:
            self.final[of.uetr] = Status.ACCC
            self.settled += of.settlement_amount.minor

    async def check(self) -> None:
        positions = await ledger.positions(self.ours.tx)
        total = dict.fromkeys(AccountClass, 0)
        for each in positions:
            total[each.account_class] += each.balance
        assert sum(total.values()) == 0
        assert total[AccountClass.E_MONEY] + total[AccountClass.SAFEGUARDED] == 0
        there = total[AccountClass.SAFEGUARDED] + total[AccountClass.OWN_FUNDS]
        assert there == -self.settled, "our claim is not what the system holds for us"
        assert await self.ours.available() >= 0


@pytest.mark.parametrize("seed", range(4))
async def test_no_money_is_made_or_lost(fresh: Fresh, seed: int) -> None:
    ours, other = await bank(fresh, "MY", 0, domestic_fee=FEE), await bank(fresh, "MY", 1)
    story = Story(seed, ours, other, await checked(ours, other))
    for _ in range(STEPS):
        await story.step()
        await story.check()
    assert story.sent
    assert story.final
    await ours.audit()
