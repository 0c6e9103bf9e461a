"""One bank that asks and answers, and the messages its payment system would send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from msgspec.structs import replace

from moments import NOW, Fresh
from qantara import ids
from qantara.db import Tx, events
from qantara.db.mail import Incoming, Received
from qantara.ids import AccountId, CustomerId
from qantara.money import EUR, MYR, PKR, Asset
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind
from qantara.payees import flow
from qantara.payees.model import CheckPayee, PayeeCheck
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    MessageName,
    Party,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    envelope_name,
)

AISHA, BO = CustomerId("cus_aisha"), CustomerId("cus_bo")
PHONE = "+923001234567"
IBAN_PK, IBAN_PK_OTHER = "PK36SCBL0000001123456702", "PK24SCBL0000001171495101"
IBAN_FR, IBAN_FR_OTHER = "FR1420041010050500013M02606", "FR7630006000011234567890189"
ASKED = CheckPayee("chk_1", AISHA, "PK", "MBNO", PHONE)


@dataclass(frozen=True)
class Bank:
    """As much of an institution as a payee check knows."""

    role: str
    bic: str
    country: str
    profile: Profile
    ips: str
    ips_bic: str
    asset: Asset
    number: str
    corridors: Mapping[str, object] = field(
        default_factory=lambda: dict.fromkeys(("MY", "PK", "FR"), "open")
    )
    check_seconds: int = 20
    check_age_seconds: int = 3600


MY = Bank("my", "WAUEMYK0", "MY", Profile.DUITNOW, "duitnow", "DNOWMYK0", MYR, "110000000001")
PK = Bank("pk", "RAVIPKK0", "PK", Profile.RAAST, "raast", "RAASPKK0", PKR, IBAN_PK)
FR = Bank("fr", "PONTFRP0", "FR", Profile.OCT_INST, "tips", "TIPSFRP0", EUR, IBAN_FR)


@dataclass
class World:
    tx: Tx
    bank: Bank

    async def ask(self, *asked: CheckPayee, at: Any = NOW) -> list[Any]:
        return await flow.check_payee(self.tx, self.bank, asked, at)

    async def take(self, *answers: Received[ResolutionReport], at: Any = NOW) -> list[Any]:
        return await flow.payee_answered(self.tx, self.bank, answers, at)

    async def expire(self, at: Any) -> list[int]:
        return await flow.expire(self.tx, self.bank, [None], at)

    async def check(self, check_id: str = "chk_1") -> PayeeCheck:
        (found,) = await flow.checks(self.tx, [check_id])
        assert isinstance(found, PayeeCheck)
        return found

    async def story(self, subject: str = "chk_1") -> list[str]:
        return [each.state for each in await events.of(self.tx, subject)]

    async def deadlines(self) -> dict[str, Any]:
        rows = await self.tx.fetch("SELECT subject, due_at FROM db.deadline WHERE kind = 'payees'")
        return {row["subject"]: row["due_at"] for row in rows}

    async def outbox(self, message: MessageName) -> list[tuple[str, bytes]]:
        rows = await self.tx.fetch(
            "SELECT name, raw FROM db.sent WHERE split_part(name, '/', 1) = $1 ORDER BY sequence",
            message,
        )
        return [(row["name"], row["raw"]) for row in rows]

    async def questions(self) -> list[ResolutionRequest]:
        """Every acmt.023 that left, as the payment system reads it."""
        read = [
            rails.read(raw, self.profile_of(name))
            for name, raw in await self.outbox(MessageName.RESOLUTION_REQUEST)
        ]
        return [each for each in read if isinstance(each, ResolutionRequest)]

    def profile_of(self, name: str) -> Profile:
        return self.bank.profile.inside if "/" in name else self.bank.profile

    async def answer(self, **other: Any) -> Received[ResolutionReport]:
        """What the payment system would say to the last question: it is Bilal Malik's."""
        asked = (await self.questions())[-1]
        to = AccountRef(iban=IBAN_PK, name="BILAL M****")
        if asked.account.number is not None:
            to = replace(asked.account, name="BILAL M****")
        report = ResolutionReport(
            message_id=ids.new_message_id(),
            created_at=NOW,
            first_agent=asked.first_agent,
            assigner=asked.assignee,
            assignee=asked.assigner,
            original_message_id=asked.message_id,
            original_created_at=asked.created_at,
            original_request_id=asked.request_id,
            original_account=asked.account,
            original_agent=asked.agent,
            verified=True,
            payee=Party("Bilal Malik", "PK", "Lahore"),
            account=to,
            agent=asked.agent or Agent("RAVIPKK0"),
        )
        return self.received(replace(report, **other), MessageName.RESOLUTION_REPORT)

    async def told(self, *asked: ResolutionRequest, inside: bool = False) -> list[ResolutionReport]:
        """What we answer others, as they read it."""
        profile = self.bank.profile.inside if inside else self.bank.profile
        name = envelope_name(MessageName.RESOLUTION_REQUEST, profile)
        received = [self.received(each, name) for each in asked]
        outcome = await flow.answer_resolution(self.tx, self.bank, received, NOW)
        assert outcome == [None] * len(asked)
        left = await self.outbox(MessageName.RESOLUTION_REPORT)
        assert {name for name, _ in left} == {envelope_name(MessageName.RESOLUTION_REPORT, profile)}
        read = [rails.read(raw, profile) for _, raw in left]
        return [each for each in read if isinstance(each, ResolutionReport)]

    def received(self, record: Any, name: str) -> Received[Any]:
        return Received(Incoming(self.bank.ips, record.message_id, name, None, b"<raw/>"), record)


def denied(code: str) -> dict[str, Any]:
    """Changes that make an answer a no."""
    return {"verified": False, "reason": code, "payee": None, "account": None, "agent": None}


def question(bank: Bank, account: AccountRef, name: str | None = None) -> ResolutionRequest:
    """What another bank asks this one."""
    return ResolutionRequest(
        message_id=ids.new_message_id(),
        created_at=NOW,
        creator_id="0123456789abcdef",
        first_agent=Agent("OTHRDEF0"),
        assigner=Agent(bank.ips_bic),
        assignee=Agent(bank.bic),
        destination_country=bank.country,
        request_id="ASK1",
        account=account,
        agent=Agent(bank.bic),
        name=name,
    )


async def customer(
    world: World, key: str, name: str, number: str, kind: CustomerKind = CustomerKind.PERSON
) -> None:
    """A customer of ours with one open account."""
    person = Customer(
        CustomerId(f"cus_{key}"),
        kind,
        name,
        name,
        world.bank.country,
        Address("12 Jalan Contoh", "Contoh"),
        born_on=date(2001, 1, 1) if kind is CustomerKind.PERSON else None,
    )
    await parties.register_customers(world.tx, [person], NOW)
    account = Account(
        AccountId(f"acc_{key}"),
        person.id,
        world.bank.country,
        number,
        world.bank.asset,
        f"customer/acc_{key}",
    )
    await parties.open_accounts(world.tx, [account], NOW)


async def build(fresh: Fresh, bank: Bank = MY, holder: str = "Aisha Binti Contoh") -> World:
    """A bank at which Aisha has an account; the caller opens the transaction."""
    connection = await fresh("access", "parties", "payees")
    world = World(connection, bank)
    async with connection.transaction():
        await customer(world, "aisha", holder, bank.number)
    return world
