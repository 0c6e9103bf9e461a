"""One institution, two of its customers, and the messages its payment system would send it."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec.structs import replace

from moments import NOW, Fresh
from qantara import ids
from qantara.access import flow as access
from qantara.access.model import NewPrincipal, PrincipalKind, Role
from qantara.db import Tx
from qantara.db.mail import Incoming, Received
from qantara.domestic import flow as domestic
from qantara.domestic.records import Send
from qantara.host.kinds import KINDS
from qantara.ids import AccountId, CustomerId, PrincipalId, QuoteId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.money import MYR, PKR, Money, Rate
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
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Party,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    Status,
    envelope_name,
)
from qantara.remittance import flow as remittance
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
from qantara.wallet import flow
from qantara.wallet.model import Direction, Filled, MovePot, OpenPot, Pot

AISHA, BO = CustomerId("cus_aisha"), CustomerId("cus_bo")
NAMES = {AISHA: "Aisha Binti Contoh", BO: "Bo Contoh"}
NUMBERS = {AISHA: "110000000001", BO: "110000000002"}
ACCOUNTS = {AISHA: AccountId("acc_aisha"), BO: AccountId("acc_bo")}
PRINCIPAL = PrincipalId("prn_aisha")
IBAN = "PK36SCBL0000001123456702"
INSIDE = Profile.DUITNOW_DOMESTIC
SEED = 1_000_00
FEE = Fee(Money(7, MYR), Decimal("0.002"))


@cache
def rulebook() -> Rulebook:
    return policy.load(policy.EXAMPLE)


def node() -> Institution:
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
        domestic_fee=FEE,
    )


def code(who: CustomerId) -> str:
    return f"customer/{ACCOUNTS[who]}"


@dataclass
class World:
    tx: Tx
    node: Institution
    now: datetime = NOW

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def do(self, verb: Any, *commands: Any) -> list[Any]:
        return list(await verb(self.tx, self.node, commands, self.now))

    async def balance(self, of: str) -> int:
        return (await ledger.balances(self.tx, [of]))[0].posted

    async def here(self, payer: CustomerId = AISHA) -> str:
        """The id of a check that found the other customer of ours."""
        payee = BO if payer == AISHA else AISHA
        number, name = NUMBERS[payee], NAMES[payee]
        asked = CheckPayee(ids.new("chk"), payer, "MY", "ACCT", number, self.node.bic, name)
        await self.do(payees.check_payee, asked)
        await self.answer(INSIDE, AccountRef(other=number, name=name), name)
        return asked.id

    async def abroad(self, shown: str = "BILAL M****") -> str:
        """The id of a check of a payee in Pakistan."""
        asked = CheckPayee(ids.new("chk"), AISHA, "PK", "MBNO", "+923001234567")
        await self.do(payees.check_payee, asked)
        await self.answer(Profile.DUITNOW, AccountRef(iban=IBAN, name=shown), "Bilal Malik")
        return asked.id

    async def answer(self, profile: Profile, account: AccountRef, name: str) -> None:
        """The payment system's answer to the last question it was asked."""
        question = await self.last("acmt.023", profile)
        assert isinstance(question, ResolutionRequest)
        inside = profile is INSIDE
        report = ResolutionReport(
            message_id=ids.new_message_id(),
            created_at=self.now,
            first_agent=question.first_agent,
            assigner=question.assignee,
            assignee=question.assigner,
            original_message_id=question.message_id,
            original_created_at=question.created_at,
            original_request_id=question.request_id,
            original_account=question.account,
            original_agent=question.agent,
            verified=True,
            payee=Party(name, "MY" if inside else "PK", "Contoh"),
            account=account,
            agent=Agent(self.node.bic if inside else "RAVIPKK0"),
        )
        await self.do(payees.payee_answered, received(report, profile))

    async def last(self, kind: str, profile: Profile) -> Any:
        """The last message of a kind that left in a profile, as the payment system reads it."""
        row = await self.tx.fetchrow(
            "SELECT raw FROM db.sent WHERE name LIKE $1 ORDER BY sequence DESC LIMIT 1",
            f"{kind}%/{profile.value}" if profile is INSIDE else f"{kind}.001.__",
        )
        assert row is not None
        return rails.read(row["raw"], profile)

    async def paid_here(self, minor: int, payer: CustomerId = AISHA) -> Any:
        """A transfer to the other customer of ours, paid at once."""
        check_id, amount = await self.here(payer), Money(minor, MYR)
        wanted = Send(ids.new("trf"), payer, ACCOUNTS[payer], check_id, amount, note="Rent")
        return (await self.do(domestic.send, wanted))[0]

    async def accepted(self, minor: int = 500_00) -> Any:
        """A remittance of Aisha's on its way, or what kept it from leaving."""
        await self.do(remittance.record_reference_rates, mid(self.now))
        asked = AskQuote(QuoteId(ids.new("quo")), wish(minor), (offer(minor, self.now),))
        quote = (await self.do(remittance.quote, asked))[0]
        said = Accept(quote.id, AISHA, await self.abroad(), "FAMI", "Rent", "INV-1")
        return (await self.do(remittance.accept, said))[0]

    async def concluded(self, status: Status) -> None:
        """The payment system's word on the last payment abroad."""
        payment = await self.last("pacs.008", Profile.DUITNOW)
        assert isinstance(payment, CreditTransfer)
        word = PaymentStatus(
            message_id=ids.new_message_id(),
            created_at=self.now,
            original_message_id=payment.message_id,
            uetr=payment.uetr,
            original_end_to_end_id=payment.end_to_end_id,
            original_transaction_id=payment.transaction_id,
            status=status,
            instructing_agent=payment.instructed_agent,
            instructed_agent=payment.instructing_agent,
            reason="AC04" if status is Status.RJCT else None,
        )
        await self.do(remittance.conclude, received(word, Profile.DUITNOW))

    async def arrived(self) -> None:
        """100.00 from Lahore for Aisha, of which 0.55 is our fee."""
        assert await self.do(remittance.receive, received(inbound(self.now), Profile.DUITNOW)) == [
            None
        ]

    async def pot(self, name: str = "Hari Raya", **other: Any) -> Pot:
        wanted = replace(OpenPot(ids.new("pot"), AISHA, ACCOUNTS[AISHA], name), **other)
        (opened,) = await self.do(flow.open_pots, wanted)
        assert isinstance(opened, Filled)
        return opened.pot

    async def moved(self, pot: Pot, minor: int, direction: Direction = Direction.IN) -> Any:
        wanted = MovePot(ids.new("mov"), AISHA, pot.id, direction, Money(minor, MYR))
        return (await self.do(flow.move_pots, wanted))[0]

    async def covered(self) -> None:
        """E-money is covered to the unit, and the book sums to nothing."""
        sums: Counter[AccountClass] = Counter()
        for each in await ledger.positions(self.tx):
            sums[each.account_class] += each.balance
        assert sums[AccountClass.E_MONEY] + sums[AccountClass.SAFEGUARDED] == 0
        assert sum(sums.values()) == 0

    async def audit(self) -> None:
        """The same, and every row re-adds."""
        await self.covered()
        async with self.tx.transaction():
            report = await ledger.verify_book(self.tx)
        assert report.clean, report.first


def received(record: Any, profile: Profile) -> Received[Any]:
    name = envelope_name(rails.name_of(record, profile), profile)
    raw = rails.build(record, profile)
    message = Incoming("duitnow", record.message_id, name, getattr(record, "uetr", None), raw)
    return Received(message, rails.read(raw, profile))


def wish(minor: int) -> PriceRequest:
    return PriceRequest(AISHA, ACCOUNTS[AISHA], "PK", Fixed.SOURCE, Money(minor, MYR))


def mid(now: datetime) -> ReferenceRate:
    return ReferenceRate(Rate(MYR, PKR, Decimal("63.45")), "seeded mid", now)


def offer(minor: int, now: datetime) -> GatewayQuote:
    """What the gateway offers for a debit; our fee is 1.00 and 0.3 %."""
    asked_for = remittance.interbank_amount(node(), wish(minor))
    assert isinstance(asked_for, Money)
    there = asked_for.minor * 634 // 10
    return GatewayQuote(
        id=str(uuid.uuid4()),
        fxp_bic="KITEMYK0",
        rate=Decimal("63.4"),
        interbank_source=asked_for,
        interbank_destination=Money(there, PKR),
        recipient_fee=Money(40_77, PKR),
        received=Money(there - 40_77, PKR),
        source_sap_bic="SAPMMYK0",
        source_sap_account="880100000001",
        destination_sap_bic="SAPPPKK0",
        destination_sap_account="PK00SAPP0001",
        issued_at=now,
        valid_until=now + timedelta(seconds=600),
        capped=False,
    )


def inbound(now: datetime) -> CreditTransfer:
    def through(bic: str, number: str) -> Correspondent:
        return Correspondent(Agent(bic), AccountRef(other=number))

    return CreditTransfer(
        message_id=ids.new_message_id(),
        created_at=now,
        clearing_system="RPP",
        uetr=ids.new_uetr(),
        end_to_end_id="E2E1",
        transaction_id="TX1",
        settlement_amount=Money(100_00, MYR),
        settlement_on=now.date(),
        accepted_at=now,
        instructed_amount=Money(6500_00, PKR),
        agreed_rate=AgreedRate("PKR", "MYR", Decimal("0.0155"), str(uuid.uuid4())),
        charges=(
            Charge(Money(60_00, PKR), Agent("RAVIPKK0")),
            Charge(Money(55, MYR), Agent("WAUEMYK0")),
        ),
        instructing_agent=Agent("SAPMMYK0"),
        instructed_agent=Agent("WAUEMYK0"),
        previous=through("SAPPPKK0", "PK00SAPP0001"),
        intermediary2=through("SAPMMYK0", "880100000001"),
        debtor=Party("Sana Qureshi", "PK", "Lahore", "1 Misaal Road"),
        debtor_account=AccountRef(iban=IBAN),
        debtor_agent=Agent("RAVIPKK0"),
        creditor_agent=Agent("WAUEMYK0"),
        creditor=Party(NAMES[AISHA]),
        creditor_account=AccountRef(other=NUMBERS[AISHA]),
    )


async def build(fresh: Fresh, **other: Any) -> World:
    """Aisha and Bo with 1,000.00 each."""
    tx = await fresh(*KINDS["institution"].packages)
    world = World(tx, replace(node(), **other))
    await policy.keep_rulebook(tx, world.node.rulebook, NOW)
    await remittance.open_books(tx, world.node, [None], NOW)
    await domestic.open_books(tx, world.node, [None], NOW)
    people = [
        Customer(
            who,
            CustomerKind.PERSON,
            name,
            name,
            "MY",
            Address("12 Jalan Contoh", "Kuala Lumpur"),
            born_on=date(2001, 3, 5),
        )
        for who, name in NAMES.items()
    ]
    await parties.register_customers(tx, people, NOW)
    accounts = [
        Account(ACCOUNTS[who], who, "MY", number, MYR, code(who)) for who, number in NUMBERS.items()
    ]
    assert await parties.open_accounts(tx, accounts, NOW) == accounts
    terms = [NewAccount(code(who), MYR, AccountClass.E_MONEY, floor=0) for who in NAMES]
    await ledger.open_accounts(tx, terms, NOW)
    issued = [
        Transfer(
            id=str(uuid.uuid4()),
            debit=world.node.claim,
            credit=code(who),
            amount=SEED,
            asset="MYR",
            code="e_money.issue",
            occurred_at=NOW,
        )
        for who in NAMES
    ]
    assert all(each.accepted for each in await ledger.post(tx, issued, NOW))
    new = NewPrincipal(PRINCIPAL, PrincipalKind.CLIENT_APP, "aisha", (Role.CUSTOMER,), AISHA)
    await access.register_principals(tx, [new], NOW)
    return world
