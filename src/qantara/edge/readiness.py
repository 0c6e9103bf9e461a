"""Whether a role can do its work: it writes, it reads, and its tables are those of this version.

Peers that do not answer do not make it unready: messages to them wait. Nobody learns who they
are, only how many.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qantara.clock import ticks
from qantara.db import Tx, migrate
from qantara.db.faults import LOST
from qantara.edge.door import Door
from qantara.errors import QantaraError

READY, UNREADY = "ready", "unready"
WRITER, READERS, MIGRATIONS = "writer", "readers", "migrations"
PATIENCE_SECONDS = 3.0
FRESH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ready:
    """`reasons` say what fails: `writer`, `readers`, `migrations`; none while it is ready."""

    role: str
    status: str
    reasons: tuple[str, ...]
    peers_answering: int
    peers_silent: int


async def _beat(_tx: Tx, _node: object, commands: Sequence[None], _now: datetime) -> list[None]:
    return [None] * len(commands)


class Readiness:
    """One role's; asked by many at once it looks once, as anybody may ask."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._reasons: tuple[str, ...] = ()
        self._until = 0.0
        self._turn = asyncio.Lock()

    async def told(self) -> Ready:
        async with self._turn:
            if ticks() >= self._until:
                self._reasons = (await self._writer(), *await self._readers())
                self._until = ticks() + FRESH_SECONDS
        reasons = tuple(reason for reason in self._reasons if reason)
        peers = list(self._door.witness.peers.values())
        status = UNREADY if reasons else READY
        return Ready(self._door.role, status, reasons, sum(peers), len(peers) - sum(peers))

    async def _writer(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._door.batcher.run(_beat, None, rides=True)
        except (QantaraError, TimeoutError, *LOST):
            return WRITER
        return ""

    async def _readers(self) -> list[str]:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._door.database.look() as tx:
                strange = await migrate.strange(tx, self._door.packages)
        except (QantaraError, TimeoutError, *LOST):
            return [READERS]
        return [MIGRATIONS] if strange else []
