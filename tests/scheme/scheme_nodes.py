"""The scheme roles of the tests, their messages, and a look into their books."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
from msgspec.structs import replace

from moments import NOW
from qantara.db import mail
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Asset, Money
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
    Proxy,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.fxp import model as fxp_model
from qantara.scheme.gateway.model import (
    Country,
    FeeFormula,
    FxProvider,
    GatewayNode,
    Quote,
    Tier,
)
from qantara.scheme.ips import model as ips_model
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import EXCHANGE_NOTICE, RATE_NOTICE, ExchangeNotice, RateNotice
from qantara.scheme.sap import model as sap_model

MY, PK = "WAUEMYK0", "RAVIPKK0"
FXP, SAP_MY, SAP_PK = "KITEMYK0", "SAPMMYK0", "SAPPPKK0"
DUITNOW, RAAST, NEXUS = "DNOWMYK0", "RASTPKK0", "NXGWSGS0"
FXP_AT_MY = Correspondent(Agent(SAP_MY), AccountRef(other="800100200300"))
FXP_AT_PK = Correspondent(Agent(SAP_PK), AccountRef(iban="PK36SAPP0000001123456702"))
PAYEE_PK = AccountRef(iban="PK36RAVI0000001123456702")
PAYEE_MY = AccountRef(other="700100200300")
AISHA = Party("Aisha binti Rahman", "MY", "Kuala Lumpur")
BILAL = Party("Bilal Ahmed Khan", "PK", "Lahore")
PHONE = Proxy("MBNO", "+923001234567")

REJECTED = Verdict(Status.RJCT, "AC04", "account_closed")


def minor(amount: int, asset: Asset) -> Money:
    """So many whole ringgit or rupees."""
    return Money(amount * 100, asset)


def psp(role: str, bic: str) -> ips_model.Participant:
    return ips_model.Participant(role, bic, ips_model.ParticipantKind.PSP)


def provider(role: str, bic: str) -> ips_model.Participant:
    return ips_model.Participant(role, bic, ips_model.ParticipantKind.SAP)


DUITNOW_NODE = ips_model.IpsNode(
    role="duitnow",
    bic=DUITNOW,
    name="DuitNow",
    country="MY",
    asset=MYR,
    profile=Profile.DUITNOW,
    settlement=ips_model.Settlement.DEFERRED_NET,
    maximum=minor(50_000, MYR),
    participants=(psp("my", MY), provider("sap-my", SAP_MY)),
    gateway="nexus",
    gateway_bic=NEXUS,
    clearing_system="MYDNOW",
    net_debit_cap=minor(20_000, MYR),
)
RAAST_NODE = ips_model.IpsNode(
    role="raast",
    bic=RAAST,
    name="Raast",
    country="PK",
    asset=PKR,
    profile=Profile.RAAST,
    settlement=ips_model.Settlement.GROSS,
    maximum=minor(1_000_000, PKR),
    participants=(psp("pk", PK), provider("sap-pk", SAP_PK)),
    gateway="nexus",
    gateway_bic=NEXUS,
    clearing_system="PKRAAST",
)
FXP_NODE = fxp_model.FxpNode(
    role="fxp",
    bic=FXP,
    gateway="nexus",
    seed=7,
    pairs=(fxp_model.Pair(MYR, PKR, Decimal("62.5")),),
    nostros={"MYR": "sap-my", "PKR": "sap-pk"},
    assets=(MYR, PKR),
)
PROVIDER = FxProvider(
    role="fxp",
    bic=FXP,
    accounts={"MYR": FXP_AT_MY, "PKR": FXP_AT_PK},
    tiers={
        "MYR": (Tier(minor(0, MYR), 0), Tier(minor(5_000, MYR), 10)),
        "PKR": (Tier(minor(0, PKR), 0), Tier(minor(500_000, PKR), 10)),
    },
    relationships={MY: 5, PK: 5},
)
GATEWAY_NODE = GatewayNode(
    role="nexus",
    bic=NEXUS,
    countries=(
        Country(
            "MY",
            MYR,
            "duitnow",
            DUITNOW,
            "MYDNOW",
            minor(50_000, MYR),
            FeeFormula(Money(50, MYR), Decimal("0.001")),
        ),
        Country(
            "PK",
            PKR,
            "raast",
            RAAST,
            "PKRAAST",
            minor(1_000_000, PKR),
            FeeFormula(Money(2000, PKR), Decimal("0.001")),
        ),
    ),
    fxps=(PROVIDER,),
    psps={"my": MY, "pk": PK},
    quote_validity_seconds=600,
)
SAP_MY_NODE = sap_model.SapNode(
    "sap-my",
    SAP_MY,
    "duitnow",
    Profile.DUITNOW,
    MYR,
    (sap_model.Customer("fxp", FXP, "800100200300"),),
)
SAP_PK_NODE = sap_model.SapNode(
    "sap-pk",
    SAP_PK,
    "raast",
    Profile.RAAST,
    PKR,
    (sap_model.Customer("fxp", FXP, "PK36SAPP0000001123456702"),),
)


def five_steps(node: GatewayNode) -> GatewayNode:
    return replace(node, countries=tuple(replace(c, steps=5) for c in node.countries))


def outgoing_transfer(amount: Money | None = None, **changes: Any) -> CreditTransfer:
    """A pacs.008 from Kuala Lumpur to Lahore, of 100 ringgit unless told."""
    sent_amount = amount or minor(100, MYR)
    transfer = CreditTransfer(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        clearing_system="MYDNOW",
        uetr=str(uuid.uuid4()),
        end_to_end_id="E2E-1",
        transaction_id="TX-1",
        settlement_amount=sent_amount,
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructed_amount=sent_amount,
        agreed_rate=AgreedRate("MYR", "PKR", Decimal("62.5"), str(uuid.uuid4())),
        charges=(Charge(Money(0, MYR), Agent(MY)), Charge(Money(2000, PKR), Agent(PK))),
        instructing_agent=Agent(MY),
        instructed_agent=FXP_AT_MY.agent,
        intermediary1=FXP_AT_MY,
        intermediary2=FXP_AT_PK,
        debtor=AISHA,
        debtor_account=PAYEE_MY,
        debtor_agent=Agent(MY),
        creditor_agent=Agent(PK),
        creditor=BILAL,
        creditor_account=PAYEE_PK,
    )
    return replace(transfer, **changes)


def source_transfer(quote: Quote, **changes: Any) -> CreditTransfer:
    """The pacs.008 with which the sender's institution takes a quote up."""
    terms = quote.terms
    own, other = (MY, PK) if quote.source_country == "MY" else (PK, MY)
    transfer = outgoing_transfer(
        terms.source,
        agreed_rate=AgreedRate(
            terms.rate.base.code, terms.rate.quote.code, terms.rate.value, quote.id
        ),
        charges=(
            Charge(Money(0, terms.source.asset), Agent(own)),
            Charge(terms.fee, Agent(other)),
        ),
    )
    if own == PK:
        transfer = replace(
            transfer,
            clearing_system="PKRAAST",
            instructing_agent=Agent(PK),
            instructed_agent=FXP_AT_PK.agent,
            intermediary1=FXP_AT_PK,
            intermediary2=FXP_AT_MY,
            debtor=BILAL,
            debtor_account=PAYEE_PK,
            debtor_agent=Agent(PK),
            creditor_agent=Agent(MY),
            creditor=AISHA,
            creditor_account=PAYEE_MY,
        )
    return replace(transfer, **changes)


def destination_transfer(transfer: CreditTransfer, paid: Money) -> CreditTransfer:
    """The same payment as it leaves the gateway."""
    return replace(
        transfer,
        message_id=uuid.uuid4().hex,
        settlement_amount=paid,
        instructing_agent=transfer.intermediary2.agent,
        instructed_agent=transfer.creditor_agent,
        previous=transfer.intermediary1,
        intermediary1=None,
    )


def received(sender: str, record: Any, profile: Profile) -> mail.Received[Any]:
    """The record as it comes from a sender: written, and read again."""
    out = letters.letter("", record, profile)
    return mail.Received(
        mail.Incoming(sender, out.key, out.name, out.uetr, out.raw), rails.read(out.raw, profile)
    )


def notice(sender: str, record: RateNotice | ExchangeNotice) -> mail.Received[Any]:
    name = RATE_NOTICE if isinstance(record, RateNotice) else EXCHANGE_NOTICE
    return mail.Received(mail.Incoming(sender, record.message_id, name, None, b"{}"), record)


def status(
    transfer: CreditTransfer, said: Verdict, *, original_id: str | None = None, **changes: Any
) -> PaymentStatus:
    """pacs.002 on a pacs.008, or on one of the same payment with another id."""
    original = replace(Original.of(transfer), message_id=original_id or transfer.message_id)
    agents = (transfer.instructed_agent.bic, transfer.instructing_agent.bic)
    return replace(letters.answer(uuid.uuid4().hex, original, said, agents, NOW), **changes)


async def queued(tx: asyncpg.Connection, recipient: str) -> list[mail.Queued]:
    found = await mail.due(tx, 1000, NOW + timedelta(days=1))
    return [item for item in found if item.recipient == recipient]


async def sent(tx: asyncpg.Connection, recipient: str, profile: Profile) -> list[Any]:
    """What was left for a recipient, read as it will read it, oldest first."""
    return [rails.read(item.raw, profile) for item in await queued(tx, recipient)]


async def held(tx: asyncpg.Connection) -> int:
    codes = [position.code for position in await ledger.positions(tx)]
    return sum(b.held_debit + b.held_credit for b in await ledger.balances(tx, codes))


async def balance(tx: asyncpg.Connection, code: str) -> int:
    return (await ledger.balances(tx, [code]))[0].posted
