"""A simulated bank in Lahore for tests: its accounts, and payments to and from it."""

import uuid
from decimal import Decimal
from typing import Any

import asyncpg
from msgspec.structs import replace

from moments import NOW, Fresh
from qantara.db import mail
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    DomesticTransfer,
    Party,
    PaymentStatus,
    Profile,
    ResolutionRequest,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.psp import flow
from qantara.scheme.psp.model import Account, Condition, Funding, PspNode

BIC, FAR = "CHENPKK0", "WAUEMYK0"
HOLDER = Party("Bilal Ahmed Khan", "PK", "Lahore", national_id="3520212345671")
PAYER = Party("Aisha binti Rahman", "MY", "Kuala Lumpur")
NUMBER = "PK61CHEN0000000000000001"
RICH = "PK12CHEN0000000000000009"
NODE = PspNode(
    role="psp-pk",
    bic=BIC,
    name="Chenab Misaal Bank (simulated participant)",
    country="PK",
    asset=PKR,
    profile=Profile.RAAST,
    domestic=Profile.RAAST_DOMESTIC,
    ips="raast",
    ips_bic="RAASPKK0",
    clearing_system="RST",
    gateway="nexus",
    prefix="CHEN",
)


def rupees(whole: int) -> Money:
    return Money(whole * 100, PKR)


def account(*conditions: Condition, number: str = NUMBER, **changes: Any) -> Account:
    return replace(Account(number, HOLDER, iban=True, conditions=frozenset(conditions)), **changes)


async def bank(fresh: Fresh, *accounts: Account) -> asyncpg.Connection:
    tx = await fresh("ledger", "scheme.psp")
    await flow.open_books(tx, NODE, NOW)
    opened = await flow.open_accounts(tx, NODE, [*accounts, account(number=RICH)], NOW)
    assert not any(isinstance(each, Exception) for each in opened)
    funding = [Funding("own", rupees(100_000)), Funding("rich", rupees(50_000), RICH)]
    assert await flow.fund(tx, NODE, funding, NOW) == [None, None]
    return tx


def incoming(**changes: Any) -> CreditTransfer:
    """1,000 rupees from Kuala Lumpur, of which 20 are this bank's fee."""
    transfer = CreditTransfer(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        clearing_system="RST",
        uetr=str(uuid.uuid4()),
        end_to_end_id=uuid.uuid4().hex,
        transaction_id=uuid.uuid4().hex,
        settlement_amount=rupees(1_000),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructed_amount=Money(1600, MYR),
        agreed_rate=AgreedRate("MYR", "PKR", Decimal("62.5"), str(uuid.uuid4())),
        charges=(Charge(Money(0, MYR), Agent(FAR)), Charge(rupees(20), Agent(BIC))),
        instructing_agent=Agent("SAPPPKK0"),
        instructed_agent=Agent(BIC),
        previous=Correspondent(Agent("SAPMMYK0"), AccountRef(other="800100200300")),
        intermediary2=Correspondent(Agent("SAPPPKK0"), AccountRef(iban="PK36SAPP0000001123456702")),
        debtor=PAYER,
        debtor_account=AccountRef(other="700100200300"),
        debtor_agent=Agent(FAR),
        creditor_agent=Agent(BIC),
        creditor=HOLDER,
        creditor_account=AccountRef(iban=NUMBER),
    )
    return replace(transfer, **changes)


def inside(**changes: Any) -> DomesticTransfer:
    """1,000 rupees from another bank in the country."""
    transfer = DomesticTransfer(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        clearing_system="RST",
        uetr=str(uuid.uuid4()),
        end_to_end_id=uuid.uuid4().hex,
        transaction_id=uuid.uuid4().hex,
        settlement_amount=rupees(1_000),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructing_agent=Agent("RAVIPKK0"),
        instructed_agent=Agent(BIC),
        debtor=Party("Zainab Malik", "PK", "Karachi"),
        debtor_account=AccountRef(iban="PK36RAVI0000001123456702"),
        debtor_agent=Agent("RAVIPKK0"),
        creditor_agent=Agent(BIC),
        creditor=HOLDER,
        creditor_account=AccountRef(iban=NUMBER),
    )
    return replace(transfer, **changes)


def question(**changes: Any) -> ResolutionRequest:
    request = ResolutionRequest(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        creator_id=uuid.uuid4().hex,
        first_agent=Agent(FAR),
        assigner=Agent(FAR),
        assignee=Agent(BIC),
        destination_country="PK",
        request_id=uuid.uuid4().hex,
        account=AccountRef(iban=NUMBER),
        agent=Agent(BIC),
    )
    return replace(request, **changes)


def came(record: Any, profile: Profile = Profile.RAAST, *, refusal: str | None = None) -> Any:
    out = letters.letter("", record, profile)
    message = mail.Incoming("raast", out.key, out.name, out.uetr, out.raw)
    return mail.Received(message, rails.read(out.raw, profile), refusal)


def status(record: Any, word: Status, reason: str | None = None) -> PaymentStatus:
    said = letters.Verdict(word, reason)
    original = letters.Original.of(record)
    return letters.answer(uuid.uuid4().hex, original, said, ("SAPPPKK0", BIC), NOW)


async def left(tx: asyncpg.Connection, profile: Profile = Profile.RAAST) -> list[Any]:
    """Everything that waits to go out to the payment system, oldest first."""
    rows = await tx.fetch("SELECT name, raw FROM db.sent ORDER BY sequence")
    return [rails.read(row["raw"], profile) for row in rows]


async def balances(tx: asyncpg.Connection, *codes: str) -> list[int]:
    return [balance.posted for balance in await ledger.balances(tx, codes)]
