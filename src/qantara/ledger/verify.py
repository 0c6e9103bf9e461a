"""Re-adding the book from its history, row by row, and comparing what it says of itself."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from qantara.db import Tx
from qantara.ledger import evidence
from qantara.ledger.model import BookReport
from qantara.ledger.replay import Replay, Told

Row = TypeVar("Row")


@dataclass(slots=True)
class _Stream(Generic[Row]):
    """Rows in order, taken as far as each batch reaches."""

    rows: AsyncIterator[Row]
    key: Callable[[Row], int]
    waiting: Row | None = None
    count: int = 0

    async def upto(self, last: int | None) -> list[Row]:
        """The rows not yet taken whose key is at most `last`; with None all the rest."""
        taken: list[Row] = []
        row = self.waiting if self.waiting is not None else await anext(self.rows, None)
        while row is not None and (last is None or self.key(row) <= last):
            taken.append(row)
            row = await anext(self.rows, None)
        self.waiting = row
        self.count += len(taken)
        return taken


async def book(tx: Tx) -> BookReport:
    """What stands is read first, in one statement; history up to there cannot change after."""
    standing = await evidence.standing(tx)
    seals = await evidence.seals(tx)
    sequence, number = standing.book.sequence, standing.book.batch
    transfers = _Stream(evidence.transfers(tx, sequence), lambda row: row.sequence)
    refused = _Stream(evidence.refused(tx, number), lambda row: row.batch)
    events = _Stream(evidence.events(tx, number), lambda row: row.batch)
    replay = Replay(Told())
    async for batch in evidence.batches(tx, number):
        replay.batch(
            batch,
            await transfers.upto(batch.last_sequence),
            await refused.upto(batch.number),
            await events.upto(batch.number),
        )
    replay.leftover(await transfers.upto(None))
    replay.entry(await evidence.wrong_entry(tx, sequence))
    replay.compare(standing)
    replay.seals([seal for seal in seals if seal.first_batch <= number])
    return BookReport(
        accounts=len(standing.accounts),
        transfers=transfers.count,
        refused=refused.count,
        batches=len(replay.hashes),
        seals=len(seals),
        open_holds=len(standing.holds),
        findings=tuple(replay.told.first.values()),
        counts=replay.told.counts,
    )
