"""The scheme side of the corridor, small: its nodes, a relay between them, and stand-ins for
the two institutions.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from conftest import NOW, Fresh
from qantara.db import mail
from qantara.db.batcher import Verb
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
    MessageName,
    Party,
    PaymentStatus,
    Profile,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp import model as fxp_model
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import (
    Country,
    FeeFormula,
    FxProvider,
    GatewayNode,
    Quote,
    QuoteRequest,
    QuoteSet,
    Tier,
)
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips import model as ips_model
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import (
    EXCHANGE_NOTICE,
    RATE_NOTICE,
    ExchangeNotice,
    RateNotice,
    read_notice,
)
from qantara.scheme.sap import flow as sap
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


def source_transfer(
    quote: Quote, *, message_id: str | None = None, **changes: Any
) -> CreditTransfer:
    """The pacs.008 with which the sender's institution begins."""
    outward = quote.source_country == "MY"
    terms = quote.terms
    own, other = (MY, PK) if outward else (PK, MY)
    near, far = (FXP_AT_MY, FXP_AT_PK) if outward else (FXP_AT_PK, FXP_AT_MY)
    transfer = CreditTransfer(
        message_id=message_id or uuid.uuid4().hex,
        created_at=NOW,
        clearing_system="MYDNOW" if outward else "PKRAAST",
        uetr=str(uuid.uuid4()),
        end_to_end_id="E2E-1",
        transaction_id="TX-1",
        settlement_amount=terms.source,
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructed_amount=terms.source,
        agreed_rate=AgreedRate(
            terms.rate.base.code, terms.rate.quote.code, terms.rate.value, quote.id
        ),
        charges=(
            Charge(Money(0, terms.source.asset), Agent(own)),
            Charge(terms.fee, Agent(other)),
        ),
        instructing_agent=Agent(own),
        instructed_agent=near.agent,
        intermediary1=near,
        intermediary2=far,
        debtor=AISHA if outward else BILAL,
        debtor_account=PAYEE_MY if outward else PAYEE_PK,
        debtor_agent=Agent(own),
        creditor_agent=Agent(other),
        creditor=BILAL if outward else AISHA,
        creditor_account=PAYEE_PK if outward else PAYEE_MY,
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
    transfer: CreditTransfer, said: Verdict, *, original_id: str = "original", **changes: Any
) -> PaymentStatus:
    original = replace(Original.of(transfer), message_id=original_id)
    agents = (transfer.instructed_agent.bic, transfer.instructing_agent.bic)
    return replace(letters.answer(uuid.uuid4().hex, original, said, agents, NOW), **changes)


async def sent(tx: asyncpg.Connection, recipient: str, profile: Profile) -> list[Any]:
    """What was left for a recipient, read as it will read it, oldest first."""
    queued = await mail.due(tx, recipient, 1000, NOW + timedelta(days=1))
    return [rails.read(item.raw, profile) for item in queued]


async def held(tx: asyncpg.Connection) -> int:
    codes = [position.code for position in await ledger.positions(tx)]
    return sum(b.held_debit + b.held_credit for b in await ledger.balances(tx, codes))


async def balance(tx: asyncpg.Connection, code: str) -> int:
    return (await ledger.balances(tx, [code]))[0].posted


@dataclass
class Institution:
    """A stand-in for `my` or `pk`: it answers as told and remembers what it was told."""

    role: str
    profile: Profile
    ips: str
    verdict: Verdict = letters.ACCEPTED
    transfers: list[CreditTransfer] = field(default_factory=list)
    statuses: list[PaymentStatus] = field(default_factory=list)
    reports: list[ResolutionReport] = field(default_factory=list)
    out: list[mail.Outgoing] = field(default_factory=list)

    def send(self, record: letters.Letter) -> None:
        self.out.append(letters.letter(self.ips, record, self.profile))

    def take(self, raw: bytes) -> None:
        record = rails.read(raw, self.profile)
        if isinstance(record, CreditTransfer):
            self.transfers.append(record)
            self.send(status(record, self.verdict, original_id=record.message_id))
        elif isinstance(record, ResolutionRequest):
            self.send(self._named(record))
        elif isinstance(record, PaymentStatus):
            self.statuses.append(record)
        elif isinstance(record, ResolutionReport):
            self.reports.append(record)

    def _named(self, record: ResolutionRequest) -> ResolutionReport:
        who = AISHA if self.role == "my" else BILAL
        return ResolutionReport(
            message_id=uuid.uuid4().hex,
            created_at=NOW,
            first_agent=record.first_agent,
            assigner=record.assignee,
            assignee=record.assigner,
            original_message_id=record.message_id,
            original_created_at=record.created_at,
            original_request_id=record.request_id,
            original_account=record.account,
            original_agent=record.agent,
            verified=True,
            payee=who,
            account=replace(record.account, name="A*****"),
            agent=record.agent,
        )


@dataclass
class Role:
    """A scheme role: its database, its node, and which verb takes which message."""

    tx: asyncpg.Connection
    node: Any
    verbs: dict[str, Verb]


_PACS8, _PACS2 = MessageName.CREDIT_TRANSFER, MessageName.PAYMENT_STATUS
_ACMT23, _ACMT24 = MessageName.RESOLUTION_REQUEST, MessageName.RESOLUTION_REPORT
_IPS: dict[str, Verb] = {
    _PACS8: ips.submit,
    _PACS2: ips.answer,
    _ACMT23: ips.resolve,
    _ACMT24: ips.resolved,
}
_GATEWAY: dict[str, Verb] = {
    _PACS8: gateway.forward,
    _PACS2: gateway.conclude,
    _ACMT23: gateway.relay_request,
    _ACMT24: gateway.relay_report,
    RATE_NOTICE: gateway.publish_rate,
}
_SAP: dict[str, Verb] = {_PACS8: sap.reserve, _PACS2: sap.finish}
_FXP: dict[str, Verb] = {EXCHANGE_NOTICE: fxp.exchange}
_DOMESTIC = {"duitnow": Profile.DUITNOW, "raast": Profile.RAAST}


@dataclass
class World:
    roles: dict[str, Role]
    my: Institution
    pk: Institution

    async def run(self, now: datetime = NOW) -> None:
        """Carry messages until nobody has anything left to say."""
        moved = True
        while moved:
            moved = False
            for name, institution in (("my", self.my), ("pk", self.pk)):
                out, institution.out = institution.out, []
                for item in out:
                    await self.deliver(name, item.recipient, [item], now)
                moved |= bool(out)
            for name, role in self.roles.items():
                for recipient in (*self.roles, "my", "pk"):
                    queued = await mail.due(role.tx, recipient, 1000, now)
                    if queued:
                        moved = True
                        await self.deliver(name, recipient, queued, now)
                        done = [item.sequence for item in queued]
                        await mail.delivered(role.tx, None, done, now)

    async def deliver(
        self,
        sender: str,
        recipient: str,
        items: Sequence[mail.Queued | mail.Outgoing],
        now: datetime,
    ) -> None:
        institution = {"my": self.my, "pk": self.pk}.get(recipient)
        if institution is not None:
            for item in items:
                institution.take(item.raw)
            return
        role = self.roles[recipient]
        groups: dict[str, list[mail.Received[Any]]] = defaultdict(list)
        for item in items:
            groups[item.name].append(self._read(sender, recipient, item))
        async with role.tx.transaction():
            for name, group in groups.items():
                for outcome in await role.verbs[name](role.tx, role.node, group, now):
                    assert outcome is None, (sender, recipient, name, outcome)

    def _read(
        self, sender: str, recipient: str, item: mail.Queued | mail.Outgoing
    ) -> mail.Received[Any]:
        record: Any
        if item.name == RATE_NOTICE:
            record = read_notice(item.raw, RateNotice)
        elif item.name == EXCHANGE_NOTICE:
            record = read_notice(item.raw, ExchangeNotice)
        else:
            abroad = "nexus" in {sender, recipient}
            ends = {sender, recipient} & _DOMESTIC.keys()
            record = rails.read(item.raw, Profile.NEXUS if abroad else _DOMESTIC[next(iter(ends))])
        return mail.Received(mail.Incoming(sender, item.key, item.name, None, item.raw), record)

    async def quote(self, source: str, destination: str, amount: Money) -> Quote:
        role = self.roles["nexus"]
        asker = MY if source == "MY" else PK
        request = QuoteRequest(source, destination, amount, asker)
        (found,) = await gateway.quote(role.tx, role.node, [request], NOW)
        assert isinstance(found, QuoteSet), found
        return found.quotes[0]

    async def holds(self) -> int:
        return sum([await held(role.tx) for name, role in self.roles.items() if name != "nexus"])

    async def mirrors(self) -> dict[tuple[str, str, str], int]:
        """holder, keeper, asset -> what is left when claim and account are added up."""
        sums: dict[tuple[str, str, str], int] = defaultdict(int)
        for name, role in self.roles.items():
            if name == "nexus":
                continue
            for position in await ledger.positions(role.tx):
                if position.keeper is not None:
                    sums[name, position.keeper, position.asset.code] += position.balance
                if position.holder is not None:
                    sums[position.holder, name, position.asset.code] += position.balance
        return dict(sums)


async def build(fresh: Fresh, *, steps: int = 4) -> World:
    """Every scheme role with a database, open books, money in them, and a rate published."""
    nodes: list[tuple[Any, Any, dict[str, Verb], Sequence[str]]] = [
        (replace(DUITNOW_NODE, steps=steps), ips, _IPS, ("ledger", "scheme.ips")),
        (replace(RAAST_NODE, steps=steps), ips, _IPS, ("ledger", "scheme.ips")),
        (SAP_MY_NODE, sap, _SAP, ("ledger", "scheme.sap")),
        (SAP_PK_NODE, sap, _SAP, ("ledger", "scheme.sap")),
        (FXP_NODE, fxp, _FXP, ("ledger", "scheme.fxp")),
    ]
    gateway_node = GATEWAY_NODE if steps == 4 else five_steps(GATEWAY_NODE)
    roles = {"nexus": Role(await fresh("scheme.gateway"), gateway_node, _GATEWAY)}
    for node, verbs, taken, packages in nodes:
        tx = await fresh(*packages)
        await verbs.open_books(tx, node, NOW)
        roles[node.role] = Role(tx, node, taken)
    my = Institution("my", Profile.DUITNOW, "duitnow")
    world = World(roles, my, Institution("pk", Profile.RAAST, "raast"))
    await _endow(world)
    await fxp.next_rate(roles["fxp"].tx, FXP_NODE, [fxp_model.Tick("MYR/PKR")], NOW)
    await world.run()
    return world


async def _endow(world: World) -> None:
    """Opening money, on both sides of every mirror. PSPs have theirs in the systems."""

    async def into(role: str, verb: Callable[..., Any], commands: list[Any]) -> None:
        outcomes = await verb(world.roles[role].tx, world.roles[role].node, commands, NOW)
        assert outcomes == [None] * len(commands)

    for system, bank, role, asset in (
        ("duitnow", "my", "sap-my", MYR),
        ("raast", "pk", "sap-pk", PKR),
    ):
        start = minor(100_000 if asset == MYR else 5_000_000, asset)
        half = Money(start.minor // 2, asset)
        funding = [ips_model.Funding(f"open-{name}", name, start) for name in (bank, role)]
        await into(system, ips.fund, funding)
        deposits = [
            sap_model.Funding("deposit", half, "fxp"),
            sap_model.Funding("own", start - half),
        ]
        await into(role, sap.fund, deposits)
        await into("fxp", fxp.fund, [fxp_model.Funding(f"open-{asset}", half)])


REJECTED = Verdict(Status.RJCT, "AC04", "account_closed")
