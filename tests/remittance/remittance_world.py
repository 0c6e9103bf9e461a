"""One institution in one transaction, and the messages its payment system would send it."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec.structs import replace

from moments import NOW, Fresh
from qantara import ids
from qantara.db import Tx
from qantara.db.mail import Incoming, Received
from qantara.ids import AccountId, CustomerId, QuoteId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.money import MYR, PKR, Money, Rate
from qantara.parties import flow as parties
from qantara.parties.model import Account, Address, Customer, CustomerKind, Identity, IdentityType
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.policy import flow as policy
from qantara.policy.model import Fee, Rulebook
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    MessageName,
    Party,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    Status,
)
from qantara.remittance import flow
from qantara.remittance.model import (
    Accept,
    AskQuote,
    Corridor,
    Fixed,
    GatewayQuote,
    Institution,
    PriceRequest,
    ReferenceRate,
)

AISHA, BO = CustomerId("cus_aisha"), CustomerId("cus_bo")
NUMBER = "110000000001"
ACCOUNT = "customer/acc_aisha"
FIVE_HUNDRED = Money(500_00, MYR)


@cache
def rulebook() -> Rulebook:
    return policy.load(policy.EXAMPLE)


def node(*, confirmed: bool = False) -> Institution:
    return Institution(
        role="my",
        bic="WAUEMYK0",
        name="Wau Contoh",
        country="MY",
        asset=MYR,
        profile=Profile.DUITNOW,
        ips="duitnow",
        ips_bic="DNOWMYK0",
        clearing_system="RPP",
        gateway="nexus",
        fee=Fee(Money(100, MYR), Decimal("0.003")),
        corridors={"PK": Corridor("PK", PKR, ("duitnow", "nexus", "raast"))},
        rulebook=rulebook(),
        confirmed=confirmed,
    )


def offer(**other: Any) -> GatewayQuote:
    made = GatewayQuote(
        id=str(uuid.uuid4()),
        fxp_bic="KITEMYK0",
        rate=Decimal("63.4"),
        interbank_source=Money(497_50, MYR),
        interbank_destination=Money(31541_50, PKR),
        recipient_fee=Money(40_77, PKR),
        received=Money(31500_73, PKR),
        source_sap_bic="SAPMMYK0",
        source_sap_account="880100000001",
        destination_sap_bic="SAPPPKK0",
        destination_sap_account="PK00SAPP0001",
        issued_at=NOW,
        valid_until=NOW + timedelta(seconds=600),
        capped=False,
    )
    return replace(made, **other)


def wish(amount: Money = FIVE_HUNDRED, fixed: Fixed = Fixed.SOURCE) -> PriceRequest:
    return PriceRequest(AISHA, AccountId("acc_aisha"), "PK", fixed, amount)


@dataclass
class World:
    tx: Tx
    node: Institution

    async def quoted(self, **other: Any) -> Any:
        asked = AskQuote(QuoteId(ids.new("quo")), wish(), (offer(**other),))
        return (await flow.quote(self.tx, self.node, [asked], NOW))[0]

    async def confirmed(self) -> str:
        """The id of a check that found Bilal Malik."""
        asked = CheckPayee(ids.new("chk"), AISHA, "PK", "MBNO", "+923001234567")
        await payees.check_payee(self.tx, self.node, [asked], NOW)
        await payees.payee_answered(self.tx, self.node, [await self.report()], NOW)
        return asked.id

    async def report(self, *, verified: bool = True) -> Received[ResolutionReport]:
        raw = (await self.outbox(MessageName.RESOLUTION_REQUEST))[-1]
        asked = rails.read(raw, self.node.profile)
        assert isinstance(asked, ResolutionRequest)
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
            verified=verified,
            reason=None if verified else "BE23",
            payee=Party("Bilal Malik", "PK", "Lahore") if verified else None,
            account=AccountRef(iban="PK36SCBL0000001123456702", name="BILAL M****")
            if verified
            else None,
            agent=Agent("RAVIPKK0"),
        )
        return received(report, MessageName.RESOLUTION_REPORT)

    async def yes(self, **other: Any) -> Accept:
        quote = await self.quoted()
        said = Accept(quote.id, AISHA, await self.confirmed(), "FAMI", "Rent")
        return replace(said, **other)

    async def accepted(self) -> Any:
        said = await self.yes()
        return (await flow.accept(self.tx, self.node, [said], NOW))[0]

    async def outbox(self, name: MessageName) -> list[bytes]:
        rows = await self.tx.fetch(
            "SELECT raw FROM db.sent WHERE name = $1 AND recipient = 'duitnow' ORDER BY sequence",
            name,
        )
        return [row["raw"] for row in rows]

    async def ends(self, status: Status, reason: str | None = None) -> Received[PaymentStatus]:
        raw = (await self.outbox(MessageName.CREDIT_TRANSFER))[-1]
        payment = rails.read(raw, self.node.profile)
        assert isinstance(payment, CreditTransfer)
        return status_on(payment, status, reason)

    async def books(self) -> dict[str, int]:
        """The balance of every account that is not zero."""
        return {p.code: p.balance for p in await ledger.positions(self.tx) if p.balance}

    async def available(self) -> int:
        return (await ledger.balances(self.tx, [ACCOUNT]))[0].available


def received(record: Any, name: MessageName) -> Received[Any]:
    uetr = getattr(record, "uetr", None)
    return Received(Incoming("duitnow", record.message_id, name, uetr, b"<raw/>"), record)


def status_on(
    payment: CreditTransfer, status: Status, reason: str | None = None
) -> Received[PaymentStatus]:
    answer = PaymentStatus(
        message_id=ids.new_message_id(),
        created_at=NOW,
        original_message_id=payment.message_id,
        uetr=payment.uetr,
        original_end_to_end_id=payment.end_to_end_id,
        original_transaction_id=payment.transaction_id,
        status=status,
        instructing_agent=payment.instructed_agent,
        instructed_agent=payment.instructing_agent,
        reason=reason,
    )
    return received(answer, MessageName.PAYMENT_STATUS)


def inbound(number: str = NUMBER, **other: Any) -> Received[CreditTransfer]:
    """A payment from Lahore on its last leg: 100.00 MYR, of which 0.55 is our fee."""
    uetr = ids.new_uetr()
    made = CreditTransfer(
        message_id=ids.new_message_id(),
        created_at=NOW,
        clearing_system="RPP",
        uetr=uetr,
        end_to_end_id="E2E1",
        transaction_id="TX1",
        settlement_amount=Money(100_00, MYR),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructed_amount=Money(6500_00, PKR),
        agreed_rate=AgreedRate("PKR", "MYR", Decimal("0.0155"), str(uuid.uuid4())),
        charges=(
            Charge(Money(60_00, PKR), Agent("RAVIPKK0")),
            Charge(Money(55, MYR), Agent("WAUEMYK0")),
        ),
        instructing_agent=Agent("SAPMMYK0"),
        instructed_agent=Agent("WAUEMYK0"),
        previous=_correspondent("SAPPPKK0", "PK00SAPP0001"),
        intermediary2=_correspondent("SAPMMYK0", "880100000001"),
        debtor=Party("Sana Qureshi", "PK", "Lahore", "1 Misaal Road"),
        debtor_account=AccountRef(iban="PK36SCBL0000001123456702"),
        debtor_agent=Agent("RAVIPKK0"),
        creditor_agent=Agent("WAUEMYK0"),
        creditor=Party("Aisha Binti Contoh"),
        creditor_account=AccountRef(other=number),
    )
    return received(replace(made, **other), MessageName.CREDIT_TRANSFER)


def _correspondent(bic: str, number: str) -> Correspondent:
    return Correspondent(Agent(bic), AccountRef(other=number))


async def build(fresh: Fresh, *, confirmed: bool = False) -> World:
    """Aisha with 1,000.00 in her account; the caller opens the transaction."""
    connection = await fresh("access", "policy", "parties", "ledger", "payees", "remittance")
    world = World(connection, node(confirmed=confirmed))
    async with connection.transaction():
        await _settle(world, NOW)
    return world


async def _settle(world: World, now: datetime) -> None:
    tx = world.tx
    await policy.keep_rulebook(tx, world.node.rulebook, now)
    await flow.open_books(tx, world.node, [None], now)
    person = Customer(
        AISHA,
        CustomerKind.PERSON,
        "Aisha Binti Contoh",
        "Aisha Contoh",
        "MY",
        Address("12 Jalan Contoh", "Kuala Lumpur"),
        Identity(IdentityType.NRIC, "050305-14-0001"),
        date(2005, 3, 5),
    )
    await parties.register_customers(tx, [person], now)
    account = Account(AccountId("acc_aisha"), AISHA, "MY", NUMBER, MYR, ACCOUNT)
    await parties.open_accounts(tx, [account], now)
    await ledger.open_accounts(tx, [NewAccount(ACCOUNT, MYR, AccountClass.E_MONEY, floor=0)], now)
    issue = Transfer(
        id=str(uuid.uuid4()),
        debit=world.node.claim,
        credit=ACCOUNT,
        amount=1_000_00,
        asset="MYR",
        code="e_money.issue",
        occurred_at=now,
    )
    assert (await ledger.post(tx, [issue], now))[0].accepted
    mid = ReferenceRate(Rate(MYR, PKR, Decimal("63.45")), "seeded mid", now)
    await flow.record_reference_rates(tx, world.node, [mid], now)
