"""What the desk's tests do again and again: a completed payment, a case on it, words in it."""

import uuid
from datetime import datetime
from typing import Any

import asyncpg
from msgspec.structs import replace
from scheme_gateway_acts import concluded, forward, forwarded, letters, opened, quoted
from scheme_nodes import GATEWAY_NODE, MY, PK, minor, received, source_transfer, status

from moments import NOW, Fresh
from qantara.db import mail
from qantara.money import MYR, PKR
from qantara.rails import cases
from qantara.rails.cases import (
    ANSWER_NOTICE,
    CASE_NOTICE,
    Act,
    CaseAnswer,
    CaseNotice,
    Cause,
    Kind,
)
from qantara.rails.model import CreditTransfer, Profile
from qantara.scheme.desk import flow
from qantara.scheme.desk.model import DeskTerms
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import GatewayNode, QuoteRequest
from qantara.scheme.letters import ACCEPTED

TERMS = DeskTerms(members=frozenset({"my", "pk"}))
NODE = replace(GATEWAY_NODE, desk=TERMS)
RETURN = QuoteRequest("PK", "MY", minor(10_000, PKR), PK)


class Desk:
    """The gateway with its desk, after one completed payment from Kuala Lumpur to Lahore."""

    def __init__(self, tx: asyncpg.Connection, node: GatewayNode, paid: CreditTransfer) -> None:
        self.tx, self.node, self.paid = tx, node, paid

    async def open(self, by: str = MY, now: datetime = NOW, **other: Any) -> CaseNotice:
        """A case taken in; it must be acknowledged."""
        said = notice(self.paid.uetr, by, **other)
        assert await self.take(said, now) is None
        return said

    async def take(self, said: CaseNotice, now: datetime = NOW, sender: str | None = None) -> Any:
        item = carried(sender or role_of(said.opened_by), CASE_NOTICE, said)
        return (await flow.open_case(self.tx, self.node, [item], now))[0]

    async def say(
        self, act: Act, by: str, case: CaseNotice, now: datetime = NOW, **other: Any
    ) -> Any:
        said = CaseAnswer(uuid.uuid4().hex, case.case_id, act, by, now, **other)
        return await self.repeat(said, now)

    async def repeat(self, said: CaseAnswer, now: datetime = NOW, sender: str = "") -> Any:
        item = carried(sender or role_of(said.by), ANSWER_NOTICE, said)
        return (await flow.answer(self.tx, self.node, [item], now))[0]

    async def state(self, case: CaseNotice) -> str:
        return (await flow.case(self.tx, case.case_id))[0].state.value

    async def acts(self, case: CaseNotice) -> list[str]:
        return [each.event.value for each in (await flow.case(self.tx, case.case_id))[1]]

    async def told(self, recipient: str) -> list[CaseNotice | CaseAnswer]:
        """What was left for an institution, oldest first."""
        rows = await self.tx.fetch(
            "SELECT name, raw FROM db.sent WHERE recipient = $1 AND name LIKE 'desk.%'"
            " ORDER BY sequence",
            recipient,
        )
        kinds: dict[str, Any] = {CASE_NOTICE: CaseNotice, ANSWER_NOTICE: CaseAnswer}
        return [cases.read(row["raw"], kinds[row["name"]]) for row in rows]

    async def given_back(self, **other: Any) -> str:
        """The UETR of a completed payment the other way that gives ours back."""
        quote = await quoted(self.tx, RETURN, self.node)
        text = f"NexusOrgnlUETR:{self.paid.uetr}"
        transfer = source_transfer(quote, **({"remittance": text} | other))
        await forward(self.tx, self.node, transfer, sender="raast")
        leg = (await letters(self.tx, "duitnow"))[-1]
        assert isinstance(leg, CreditTransfer), leg
        item = received("duitnow", status(leg, ACCEPTED), Profile.NEXUS)
        assert await gateway.conclude(self.tx, self.node, [item], NOW) == [None]
        return transfer.uetr


def role_of(bic: str) -> str:
    return "my" if bic == MY else "pk"


def notice(uetr: str, by: str = MY, **other: Any) -> CaseNotice:
    made = CaseNotice(
        uuid.uuid4().hex,
        f"cse_{uuid.uuid4().hex[:26]}",
        Kind.RECALL,
        Cause.DUPLICATE,
        uetr,
        by,
        NOW,
    )
    return replace(made, **other)


def carried(sender: str, name: str, said: CaseNotice | CaseAnswer) -> mail.Received[Any]:
    """A notice written and read again, as a door does."""
    raw = cases.write(said)
    record = cases.read(raw, type(said))
    return mail.Received(mail.Incoming(sender, said.message_id, name, None, raw), record)


async def desk(fresh: Fresh, node: GatewayNode = NODE) -> Desk:
    tx = await opened(fresh, node, "scheme.desk")
    paid, leg = await forwarded(tx, node)
    assert await concluded(tx, node, leg) is None
    assert paid.settlement_amount == minor(500, MYR)
    return Desk(tx, node, paid)
