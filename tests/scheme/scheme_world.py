"""The whole scheme side of the corridor: a relay between its roles, and stand-ins for the two
institutions.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from msgspec.structs import replace
from scheme_nodes import (
    AISHA,
    BILAL,
    DUITNOW_NODE,
    FXP_NODE,
    GATEWAY_NODE,
    MY,
    PK,
    RAAST_NODE,
    SAP_MY_NODE,
    SAP_PK_NODE,
    five_steps,
    held,
    minor,
    status,
)

from moments import NOW, Fresh
from qantara.db import mail
from qantara.db.batcher import Verb
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    CreditTransfer,
    MessageName,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
)
from qantara.scheme import letters
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp import model as fxp_model
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import Quote, QuoteRequest, QuoteSet
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips import model as ips_model
from qantara.scheme.letters import Verdict
from qantara.scheme.model import (
    EXCHANGE_NOTICE,
    RATE_NOTICE,
    ExchangeNotice,
    RateNotice,
    read_notice,
)
from qantara.scheme.sap import flow as sap
from qantara.scheme.sap import model as sap_model


@dataclass
class Institution:
    """A stand-in for `my` or `pk`: it answers as told (None: not at all) and remembers what it
    was told.
    """

    role: str
    profile: Profile
    ips: str
    verdict: Verdict | None = letters.ACCEPTED
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
            if self.verdict is not None:
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
                found = await mail.due(role.tx, 1000, now)
                for recipient in dict.fromkeys(item.recipient for item in found):
                    items = [item for item in found if item.recipient == recipient]
                    await self.deliver(name, recipient, items, now)
                await mail.delivered(role.tx, None, [[item.sequence for item in found]], now)
                moved |= bool(found)

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
