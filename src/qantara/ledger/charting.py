"""Exploring a book: what accounts there are, what a transfer did, and what proves it."""

import hashlib
import re
from asyncio import to_thread
from collections.abc import Sequence
from datetime import datetime

from qantara import merkle
from qantara.db import Tx
from qantara.errors import NotFound, Reason
from qantara.ledger import chart_store
from qantara.ledger.chart_model import Booked, BookEnd, Group, Proof, Standing, StoodThen, Waiting
from qantara.ledger.evidence import BatchRow
from qantara.ledger.model import Seal

OWN_LIMIT = 1_000
PARTS_LIMIT = 100
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def chart(tx: Tx) -> list[Group]:
    """All accounts by asset, class and first part of their code: the trial balance of the book."""
    return await chart_store.groups(tx)


async def accounts_under(tx: Tx, head: str, after: int, limit: int) -> list[Standing]:
    """Accounts whose code begins with one part, in the order of opening, after a number."""
    return await chart_store.of_head(tx, head, after, limit)


async def own_accounts(tx: Tx) -> list[Standing]:
    """The institution's own accounts: all that are no customers' money."""
    return await chart_store.own(tx, OWN_LIMIT)


async def stood_then(tx: Tx, moments: Sequence[datetime], limit: int) -> list[StoodThen]:
    """So many of the accounts with others, or of others with us, just before each moment: nothing
    before the first booking, nor of a moment whose bookings are not entered yet (some seconds).
    """
    return await chart_store.own_then(tx, moments, limit)


async def book_end(tx: Tx) -> BookEnd:
    return await chart_store.end(tx)


async def seals(tx: Tx, before: int | None, limit: int) -> list[Seal]:
    """Seals, the newest first, before a number."""
    return await chart_store.seals(tx, before, limit)


async def held_by_age(tx: Tx, spans: Sequence[int], now: datetime) -> list[Waiting]:
    """Open holds by how long ago they were made; `spans` are seconds, rising."""
    return await chart_store.held(tx, spans, now)


async def booked(tx: Tx, ids: Sequence[str]) -> list[Booked | NotFound]:
    """Transfers with both legs, by id; a text that is no id is unknown like any other."""
    known = [each for each in ids if _UUID.fullmatch(each)]
    found = await chart_store.booked(tx, known) if known else {}
    return [found.get(each) or NotFound(Reason.TRANSFER_NOT_FOUND, id=each) for each in ids]


async def ended_hold(tx: Tx, hold_id: str) -> list[Booked]:
    """What posted or released a hold, in order."""
    return await chart_store.booked_of_hold(tx, hold_id, PARTS_LIMIT)


async def prove(tx: Tx, transfer: Booked) -> Proof:
    """What shows that a transfer stands as it was booked, made anew from the rows."""
    head, moved, rest = await chart_store.batch(tx, transfer.batch)
    seal = await chart_store.seal_of(tx, transfer.batch)
    leaves: list[bytes] = []
    if seal is not None:
        leaves = await chart_store.hashes(tx, seal.first_batch, seal.last_batch)
    text = moved[transfer.sequence - head.first_sequence]
    return await to_thread(_proof, head, text, [*moved, *rest], seal, leaves)


def _proof(
    head: BatchRow, text: str, lines: Sequence[str], seal: Seal | None, leaves: Sequence[bytes]
) -> Proof:
    body = "\n".join((head.head(), *lines))
    made = hashlib.sha256(head.previous + body.encode()).digest()
    index, path, sealed = 0, [], False
    if seal is not None:
        index = head.number - seal.first_batch
        path = merkle.proof(leaves, index)
        sealed = merkle.verify(head.hash, index, len(leaves), path, seal.root)
    return Proof(
        text,
        head.number,
        head.previous,
        head.hash,
        made,
        seal,
        index,
        len(leaves),
        tuple(path),
        sealed,
    )
