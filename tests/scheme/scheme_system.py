"""One payment system under test: whoever takes part says something, and what they hear back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from msgspec.structs import replace
from scheme_books import open_system
from scheme_nodes import (
    AISHA,
    BILAL,
    DUITNOW_NODE,
    MY,
    PAYEE_MY,
    RAAST_NODE,
    balance,
    held,
    minor,
    provider,
    psp,
    queued,
)

from moments import NOW, Fresh
from qantara.db import mail
from qantara.ledger import flow as ledger
from qantara.money import EUR, MYR, Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    DomesticTransfer,
    PaymentRequest,
    Profile,
)
from qantara.scheme import letters
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import IpsNode, Limits, Settlement, Timers
from qantara.scheme.model import AUTHORISATION_REQUEST, AuthorisationRequest, read_notice

OTHER = "OTHRMYK0"
PAYEE_OTHER = AccountRef(other="800900100")
DOMESTIC_NODE = replace(
    DUITNOW_NODE,
    participants=(*DUITNOW_NODE.participants, psp("other", OTHER)),
    inside=Limits(minor(1, MYR), minor(10_000, MYR)),
    exceptions=True,
)
TIPS_NODE = replace(
    RAAST_NODE,
    role="tips",
    bic="TIPSFRP0",
    name="TIPS",
    country="FR",
    asset=EUR,
    profile=Profile.OCT_INST,
    settlement=Settlement.GROSS,
    maximum=minor(100_000, EUR),
    participants=(psp("fr", "PONTFRP0"), psp("psp-fr", "AUTRFRP0"), provider("sap-fr", "SAPFFRP0")),
    clearing_system="TIPS",
    timers=Timers(inside_seconds=10),
)


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


@dataclass
class System:
    """`now` is the time of whatever is said next."""

    tx: asyncpg.Connection
    node: IpsNode
    now: datetime = NOW
    heard: dict[str, int] = field(default_factory=dict)

    async def say(
        self,
        verb: Any,
        sender: str,
        *records: Any,
        refusal: str | None = None,
        mangled: tuple[bytes, bytes] = (b"", b""),
    ) -> Any:
        """The outcomes of a verb for messages of one sender about payments across the border,
        in the sender's dialect; `mangled` replaces bytes in what it sends.
        """
        profile = Profile.NEXUS if sender == self.node.gateway else self.node.profile
        items = []
        for record in records:
            out = letters.letter("", record, profile)
            raw = out.raw.replace(*mangled) if mangled[0] else out.raw
            incoming = mail.Incoming(sender, out.key, out.name, out.uetr, raw)
            items.append(mail.Received(incoming, rails.read(raw, profile), refusal))
        return await verb(self.tx, self.node, items, self.now)

    async def say_inside(self, verb: Any, sender: str, *records: Any) -> Any:
        """The same in the dialect of what stays in the system."""
        inside = self.node.domestic
        items = []
        for record in records:
            out = letters.letter("", record, inside)
            incoming = mail.Incoming(sender, out.key, out.name, out.uetr, out.raw)
            items.append(mail.Received(incoming, rails.read(out.raw, inside)))
        return await verb(self.tx, self.node, items, self.now)

    async def told(self, recipient: str) -> list[Any]:
        """What this recipient was sent since it was last asked about."""
        items = await queued(self.tx, recipient)
        fresh = items[self.heard.get(recipient, 0) :]
        self.heard[recipient] = len(items)
        return [_read(self.node, recipient, item) for item in fresh]

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.tx.fetch("SELECT state FROM ips.payment")]

    async def expire(self, seconds: int) -> None:
        self.now = later(seconds)
        assert await flow.expire(self.tx, self.node, [None], self.now) == [None]

    async def moved(self, role: str) -> int:
        """How the money that a participant began with has changed, in minor units."""
        code = self.node.account_of(role)
        begun = 100_000_00 if code.startswith("settlement") else 0
        return await balance(self.tx, code) - begun

    async def at_rest(self, moved: dict[str, int]) -> None:
        """Nothing is held, everybody's money is as told, and the book re-adds."""
        assert await held(self.tx) == 0
        assert {role: await self.moved(role) for role in self.node.roles} == {
            role: moved.get(role, 0) for role in self.node.roles
        }
        async with self.tx.transaction():
            assert (await ledger.verify_book(self.tx)).clean


def _read(node: IpsNode, recipient: str, item: mail.Queued) -> Any:
    if item.name == AUTHORISATION_REQUEST:
        return read_notice(item.raw, AuthorisationRequest)
    if recipient == node.gateway:
        return rails.read(item.raw, Profile.NEXUS)
    inside = item.name.endswith(f"/{node.domestic}")
    assert inside == ("/" in item.name)
    return rails.read(item.raw, node.domestic if inside else node.profile)


async def system(fresh: Fresh, node: IpsNode) -> System:
    return System(await open_system(fresh, node), node)


def inside_transfer(amount: Money | None = None, **changes: Any) -> DomesticTransfer:
    """A pacs.008 from one bank in Malaysia to another, of 100 ringgit unless told."""
    transfer = DomesticTransfer(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        clearing_system="MYDNOW",
        uetr=str(uuid.uuid4()),
        end_to_end_id="E2E-INSIDE",
        transaction_id="TX-INSIDE",
        settlement_amount=amount or minor(100, MYR),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructing_agent=Agent(MY),
        instructed_agent=Agent(OTHER),
        debtor=AISHA,
        debtor_account=PAYEE_MY,
        debtor_agent=Agent(MY),
        creditor_agent=Agent(OTHER),
        creditor=BILAL,
        creditor_account=PAYEE_OTHER,
    )
    return replace(transfer, **changes)


def payment_request(**changes: Any) -> PaymentRequest:
    """The other bank's customer asks Aisha for 100 ringgit, for an hour."""
    request = PaymentRequest(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        request_id=f"RTP-{uuid.uuid4().hex[:8]}",
        end_to_end_id=f"E2E-{uuid.uuid4().hex[:8]}",
        amount=minor(100, MYR),
        expires_at=later(3600),
        creditor=BILAL,
        creditor_account=PAYEE_OTHER,
        creditor_agent=Agent(OTHER),
        debtor=AISHA,
        debtor_account=PAYEE_MY,
        debtor_agent=Agent(MY),
    )
    return replace(request, **changes)


def reasons(records: Sequence[Any]) -> list[tuple[str, str | None]]:
    return [(str(record.status), record.reason) for record in records]
