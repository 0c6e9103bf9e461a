"""What the operator of a scheme role sees of its payments: the same look at every kind of role."""

from datetime import datetime

from msgspec import Struct

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.scheme import office_store

KINDS = ("gateway", "ips", "sap", "psp")
"""The kinds of scheme role that have payments."""


class Wanted(Struct, frozen=True):
    """Which payments: None is no condition. `party` is one of the two as the role knows them,
    `before` the time and message id of the last one already seen.
    """

    state: str | None = None
    party: str | None = None
    since: datetime | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


class Seen(Struct, frozen=True):
    """A payment as a role keeps it. `payer` and `payee`: roles at a payment system, providers'
    BICs at the gateway, system and customer at an access provider, accounts at a bank.
    """

    uetr: str
    message_id: str
    state: str
    reason: str | None
    text: str | None
    amount: Money
    payer: str | None
    payee: str | None
    recorded_at: datetime


class Happened(Struct, frozen=True):
    event: str
    state: str
    reason: str | None
    recorded_at: datetime


async def payments(tx: Tx, kind: str, wanted: Wanted) -> list[Seen]:
    """A page, the newest first."""
    rows = await office_store.page(
        tx, kind, wanted.state, wanted.party, wanted.since, wanted.before, wanted.limit
    )
    return [_seen(row) for row in rows]


async def payment(tx: Tx, kind: str, uetr: str) -> tuple[list[Seen], list[Happened]]:
    """A payment (a bank that pays itself has it twice) and what happened to it, in order."""
    rows = await office_store.of_uetr(tx, kind, uetr)
    events = await office_store.events(tx, kind, uetr)
    return [_seen(row) for row in rows], [Happened(**dict(row)) for row in events]


def _seen(row: Row) -> Seen:
    values = dict(row)
    values["amount"] = Money(int(values["amount"]), asset(values.pop("asset")))
    return Seen(**values)
