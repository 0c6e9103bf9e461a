"""Two banks in one payment system, each with its own database, and the system between them.

The system here only carries messages, as its guideline has them read, and says what the test
wants said; it keeps no book.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from msgspec.structs import replace

from moments import NOW, Fresh
from qantara import ids
from qantara.db import Tx, events
from qantara.db.mail import Incoming, Received
from qantara.domestic import flow
from qantara.domestic.records import Ask, Send
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.money import EUR, MYR, PKR, Asset, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.policy import flow as policy
from qantara.policy.model import Fee, Rulebook
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    DomesticTransfer,
    Match,
    Party,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    Status,
    envelope_name,
)


@cache
def rulebook() -> Rulebook:
    return policy.load(policy.EXAMPLE)


@dataclass(frozen=True)
class Member:
    """As much of an institution as payments inside a system know."""

    role: str
    bic: str
    country: str
    profile: Profile
    ips: str
    ips_bic: str
    asset: Asset
    clearing_system: str
    rulebook: Rulebook = field(default_factory=rulebook)
    domestic_fee: Fee | None = None
    execution_seconds: int = 30
    recall_days: int = 15
    exceptions: bool = True
    gateway: str = "nexus"
    corridors: Mapping[str, object] = field(default_factory=dict)
    check_seconds: int = 20
    check_age_seconds: int = 3600

    @property
    def claim(self) -> str:
        return f"claim/{self.ips}"

    @property
    def own(self) -> str:
        return f"own/{self.ips}"


SYSTEMS: dict[str, tuple[Profile, str, str, Asset, str]] = {
    "MY": (Profile.DUITNOW, "duitnow", "DNOWMYK0", MYR, "RPP"),
    "PK": (Profile.RAAST, "raast", "RAASPKK0", PKR, "RST"),
    "FR": (Profile.OCT_INST, "tips", "TIPSFRP0", EUR, "TIPS"),
}
NUMBERS = {
    "MY": ("110000000001", "220000000002"),
    "PK": ("PK36SCBL0000001123456702", "PK24SCBL0000001171495101"),
    "FR": ("FR1420041010050500013M02606", "FR7630006000011234567890189"),
}
NAMES = ("Aisha Binti Contoh", "Bilal Malik")
SEED = 1_000_00


@dataclass
class Bank:
    """A bank with one customer, `who`, who holds 1,000.00."""

    tx: Tx
    node: Member
    who: CustomerId
    account: str
    number: str
    position: int = 0

    @property
    def account_id(self) -> AccountId:
        return AccountId(self.account.removeprefix("customer/"))

    def money(self, minor: int) -> Money:
        return Money(minor, self.node.asset)

    async def available(self) -> int:
        return (await ledger.balances(self.tx, [self.account]))[0].available

    async def story(self, subject: str) -> list[str]:
        return [each.state for each in await events.of(self.tx, subject)]

    async def outbox(self) -> list[Any]:
        """What left since this was last asked, as the system reads it."""
        rows = await self.tx.fetch(
            "SELECT sequence, name, raw FROM db.sent WHERE sequence > $1 ORDER BY sequence",
            self.position,
        )
        if rows:
            self.position = rows[-1]["sequence"]
        profile = self.node.profile.inside
        assert {row["name"].partition("/")[2] for row in rows} <= {profile.value}
        return [rails.read(row["raw"], profile) for row in rows]

    def received(self, record: Any) -> Received[Any]:
        profile = self.node.profile.inside
        name = envelope_name(rails.name_of(record, profile), profile)
        raw = rails.build(record, profile)
        uetr = getattr(record, "uetr", None)
        message = Incoming(self.node.ips, record.message_id, name, uetr, raw)
        return Received(message, rails.read(raw, profile))

    async def take(self, verb: Callable[..., Any], *records: Any, at: datetime = NOW) -> list[Any]:
        items = [self.received(record) for record in records]
        return list(await verb(self.tx, self.node, items, at))

    async def expire(self, at: datetime) -> int:
        return int((await flow.expire(self.tx, self.node, [None], at))[0])

    async def positions(self) -> dict[str, int]:
        return {p.code: p.balance for p in await ledger.positions(self.tx) if p.balance}

    async def audit(self) -> None:
        """E-money is covered to the unit, the book sums to nothing and re-adds."""
        sums: Counter[AccountClass] = Counter()
        for each in await ledger.positions(self.tx):
            sums[each.account_class] += each.balance
        assert sums[AccountClass.E_MONEY] + sums[AccountClass.SAFEGUARDED] == 0
        assert sum(sums.values()) == 0
        assert sums[AccountClass.CLEARING] == 0
        async with self.tx.transaction():
            report = await ledger.verify_book(self.tx)
        assert report.clean, report.first


async def bank(fresh: Fresh, country: str, place: int, **other: Any) -> Bank:
    tx = await fresh("policy", "parties", "ledger", "payees", "domestic")
    profile, ips, ips_bic, asset, clearing = SYSTEMS[country]
    bic = ("WAUEMYK0", "BATKMYK0")[place].replace("MY", country)
    node = dataclasses.replace(
        Member(f"bank-{place}", bic, country, profile, ips, ips_bic, asset, clearing), **other
    )
    who, code = CustomerId(f"cus_{place}"), f"customer/acc_{place}"
    person = Customer(
        who,
        CustomerKind.PERSON,
        NAMES[place],
        NAMES[place],
        country,
        Address("12 Jalan Contoh", "Contoh"),
        born_on=date(2001, 3, 5),
    )
    await policy.keep_rulebook(tx, node.rulebook, NOW)
    await flow.open_books(tx, node, [None], NOW)
    await parties.register_customers(tx, [person], NOW)
    account = Account(AccountId(f"acc_{place}"), who, country, NUMBERS[country][place], asset, code)
    assert await parties.open_accounts(tx, [account], NOW) == [account]
    await ledger.open_accounts(tx, [NewAccount(code, asset, AccountClass.E_MONEY, floor=0)], NOW)
    made = Bank(tx, node, who, code, NUMBERS[country][place])
    await issue(made, SEED)
    return made


async def neighbour(bank: Bank) -> Bank:
    """Another customer of the same bank, with nothing yet."""
    who, code, asset = CustomerId("cus_1"), "customer/acc_near", bank.node.asset
    number = {"MY": "110000000009", "PK": "PK24SCBL0000001171495101"}[bank.node.country]
    address = Address("13 Jalan Contoh", "Contoh")
    person = Customer(
        who,
        CustomerKind.PERSON,
        NAMES[1],
        NAMES[1],
        bank.node.country,
        address,
        born_on=date(2001, 3, 5),
    )
    account = Account(AccountId("acc_near"), who, bank.node.country, number, asset, code)
    await parties.register_customers(bank.tx, [person], NOW)
    assert await parties.open_accounts(bank.tx, [account], NOW) == [account]
    terms = NewAccount(code, asset, AccountClass.E_MONEY, floor=0)
    await ledger.open_accounts(bank.tx, [terms], NOW)
    return dataclasses.replace(bank, who=who, account=code, number=number)


async def issue(bank: Bank, amount: int) -> None:
    wanted = Transfer(
        id=str(ids.uuid7()),
        debit=bank.node.claim,
        credit=bank.account,
        amount=amount,
        asset=bank.node.asset.code,
        code="e_money.issue",
        occurred_at=NOW,
    )
    assert (await ledger.post(bank.tx, [wanted], NOW))[0].accepted


async def checked(asker: Bank, other: Bank, at: datetime = NOW) -> str:
    """The id of a check of the asker's that found the other bank's customer."""
    asked = CheckPayee(
        ids.new("chk"),
        asker.who,
        asker.node.country,
        "IBAN" if other.number[:2].isalpha() else "ACCT",
        other.number,
        other.node.bic,
        _name(other),
    )
    await payees.check_payee(asker.tx, asker.node, [asked], at)
    question = (await asker.outbox())[-1]
    assert isinstance(question, ResolutionRequest)
    report = ResolutionReport(
        message_id=ids.new_message_id(),
        created_at=at,
        first_agent=question.first_agent,
        assigner=question.assignee,
        assignee=question.assigner,
        original_message_id=question.message_id,
        original_created_at=question.created_at,
        original_request_id=question.request_id,
        original_account=question.account,
        original_agent=question.agent,
        verified=True,
        payee=Party(_name(other), other.node.country, "Contoh"),
        account=replace(account_ref(other), name=_name(other)),
        agent=Agent(other.node.bic),
        match=Match.MTCH if asker.node.country == "FR" else None,
    )
    await asker.take(payees.payee_answered, report, at=at)
    return asked.id


def _name(bank: Bank) -> str:
    return NAMES[int(bank.who[-1])]


def account_ref(bank: Bank) -> AccountRef:
    if bank.number[:2].isalpha():
        return AccountRef(iban=bank.number)
    return AccountRef(other=bank.number)


async def order(payer: Bank, payee: Bank, minor: int = 100_00, **other: Any) -> Send:
    check_id = await checked(payer, payee)
    wanted = Send(
        ids.new("trf"), payer.who, payer.account_id, check_id, payer.money(minor), note="Rent"
    )
    return replace(wanted, **other)


async def sent(payer: Bank, payee: Bank, minor: int = 100_00, **other: Any) -> Any:
    wanted = await order(payer, payee, minor, **other)
    return (await flow.send(payer.tx, payer.node, [wanted], NOW))[0]


async def wish(payee: Bank, payer: Bank, **other: Any) -> Ask:
    """A request of the payee's for 40.00."""
    check_id = await checked(payee, payer)
    until = NOW.replace(day=9)
    amount = payee.money(40_00)
    wanted = Ask(ids.new("prq"), payee.who, payee.account_id, check_id, amount, until, note="Tea")
    return replace(wanted, **other)


def leg(payment: Any) -> Any:
    """A message as the system carries it on: its own id, the rest as it was."""
    return replace(payment, message_id=ids.uuid_derived("leg", payment.message_id).hex)


def status(of: Any, word: Status, reason: str | None = None, *texts: str) -> PaymentStatus:
    """The system's word on a pacs.008 or pacs.004."""
    inside = isinstance(of, DomesticTransfer)
    return PaymentStatus(
        message_id=ids.new_message_id(),
        created_at=NOW,
        original_message_id=of.message_id,
        uetr=of.uetr,
        original_end_to_end_id=of.end_to_end_id if inside else of.original_end_to_end_id,
        original_transaction_id=of.transaction_id if inside else of.original_transaction_id,
        status=word,
        instructing_agent=of.instructed_agent,
        instructed_agent=of.instructing_agent,
        reason=reason,
        reason_texts=texts,
    )


async def settled(payer: Bank, payee: Bank, minor: int = 100_00) -> tuple[Any, DomesticTransfer]:
    """A transfer that went all the way: it, and the pacs.008 as the payee's bank had it."""
    transfer = await sent(payer, payee, minor)
    (payment,) = await payer.outbox()
    onward = leg(payment)
    assert await payee.take(flow.receive, onward) == [None]
    (answer,) = await payee.outbox()
    assert answer.status is Status.ACCC
    assert await payer.take(flow.conclude, status(payment, Status.ACCC)) == [None]
    return transfer, onward
