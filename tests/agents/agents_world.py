"""An institution with two agents and three customers on a database of its own, driven through the
verbs of cash.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from moments import NOW, Fresh
from qantara import ids
from qantara.agents import flow
from qantara.agents.commands import Move, MoveFloat, Register
from qantara.agents.model import Agent
from qantara.db import Tx
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.money import MYR, Asset, Money
from qantara.parties import flow as parties
from qantara.parties.model import (
    Account,
    Address,
    Customer,
    CustomerKind,
    Identity,
    IdentityType,
)
from qantara.policy import flow as policy
from qantara.policy.model import Rulebook, Tariff

SEED, FLOAT = 1_000_00, 400_00


@cache
def rulebook() -> Rulebook:
    return policy.load(policy.EXAMPLE)


def tariff(per_thousand: str, minimum: int) -> Tariff:
    return Tariff(Decimal(per_thousand), Money(minimum, MYR))


@dataclass(frozen=True)
class Member:
    """As much of an institution as cash knows."""

    role: str = "my"
    country: str = "MY"
    asset: Asset = MYR
    ips: str = "duitnow"
    rulebook: Rulebook = field(default_factory=rulebook)
    cash_code_seconds: int = 1_800
    cash_pickup_seconds: int = 86_400
    cash_attempts: int = 3
    cash_prices: Mapping[str, Tariff] = field(
        default_factory=lambda: {
            "deposit": tariff("1", 5),
            "withdrawal": tariff("5", 33),
            "pickup": tariff("7.5", 41),
        }
    )
    cash_commissions: Mapping[str, Tariff] = field(
        default_factory=lambda: {
            "deposit": tariff("2", 3),
            "withdrawal": tariff("3", 7),
            "pickup": tariff("4", 11),
        }
    )

    @property
    def claim(self) -> str:
        return f"claim/{self.ips}"

    @property
    def own(self) -> str:
        return f"own/{self.ips}"


@dataclass
class House:
    tx: Tx
    node: Member
    people: list[Customer]
    agents: list[Agent]

    def account(self, number: int) -> AccountId:
        return AccountId(f"acc_{number}")

    async def balances(self) -> dict[str, int]:
        return {each.code: each.balance for each in await ledger.positions(self.tx)}

    async def audit(self) -> None:
        """E-money is covered to the unit, nothing rests in clearing, the book re-adds."""
        sums: Counter[AccountClass] = Counter()
        for each in await ledger.positions(self.tx):
            sums[each.account_class] += each.balance
        assert sums[AccountClass.E_MONEY] + sums[AccountClass.SAFEGUARDED] == 0
        assert sums[AccountClass.CLEARING] == 0
        assert sum(sums.values()) == 0
        async with self.tx.transaction():
            report = await ledger.verify_book(self.tx)
        assert report.clean, report.first


def _person(number: int) -> Customer:
    return Customer(
        CustomerId(f"cus_{number}"),
        CustomerKind.PERSON,
        f"Siti Contoh {number}",
        f"Siti Contoh {number}",
        "MY",
        Address("12 Jalan Contoh", "Contoh"),
        Identity(IdentityType.NRIC, f"050305-14-{number:04d}"),
        date(2005, 3, 5),
    )


async def house(fresh: Fresh) -> House:
    """Customers 1 to 3 hold 1,000.00 each; 4 and 5 are agents who have put 400.00 into floats."""
    tx, node = await fresh("policy", "parties", "ledger", "agents"), Member()
    await policy.keep_rulebook(tx, node.rulebook, NOW)
    await flow.open_books(tx, node, [None], NOW)
    people = [_person(number) for number in range(1, 6)]
    await parties.register_customers(tx, people, NOW)
    accounts = [
        Account(
            AccountId(f"acc_{n}"),
            CustomerId(f"cus_{n}"),
            "MY",
            f"1100000000{n:02d}",
            MYR,
            f"customer/acc_{n}",
        )
        for n in range(1, 6)
    ]
    await parties.open_accounts(tx, accounts, NOW)
    codes = [each.ledger_code for each in accounts]
    terms = [NewAccount(code, MYR, AccountClass.E_MONEY, floor=0) for code in codes]
    await ledger.open_accounts(tx, terms, NOW)
    assert all(said.accepted for said in await ledger.post(tx, _issue(node, codes), NOW))
    wishes = [
        Register(f"agt_{n}", f"Kedai {n}", "Kampung Contoh", AccountId(f"acc_{n}")) for n in (4, 5)
    ]
    made = await flow.register(tx, node, wishes, NOW)
    agents = [each for each in made if isinstance(each, Agent)]
    moves = [MoveFloat(f"flt_{a.id}", a.id, Move.FUND, Money(FLOAT, MYR)) for a in agents]
    await flow.move_float(tx, node, moves, NOW)
    return House(tx, node, people, agents)


def _issue(node: Member, codes: Sequence[str]) -> list[Transfer]:
    return [
        Transfer(
            id=ids.uuid_text("issue", code),
            debit=node.claim,
            credit=code,
            amount=SEED,
            asset="MYR",
            code="e_money.issue",
            occurred_at=NOW,
        )
        for code in codes
    ]
