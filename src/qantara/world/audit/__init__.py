"""An auditor who trusts nobody: every book of a world re-added, every payment followed.

It reads the databases of all roles with SQL and arithmetic of its own and shares no code with
the ledger that wrote the books, nor with any product. The world should be at rest: what is still
on its way is told as stuck.
"""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from qantara.db import Server
from qantara.host.config import WorldSpec
from qantara.world.audit import between, book, letters, money, parts, waiting, ways
from qantara.world.audit.book import Book
from qantara.world.audit.letters import Letter, Post
from qantara.world.audit.model import Audit, Finding, Told, Wrong, gathered
from qantara.world.audit.parts import Part
from qantara.world.audit.waiting import Waiting

__all__ = ["Audit", "Finding", "Wrong", "audit"]
BOOKLESS = "gateway"


@dataclass(frozen=True, slots=True)
class _Seen:
    """One role's database at one moment."""

    kind: str
    book: Book | None
    parts: list[Part]
    waiting: Waiting
    post: Post


async def audit(server: Server, world: WorldSpec, *, dropped: Collection[Letter] = ()) -> Audit:
    """Everything that is wrong in a world at rest. `dropped` are messages (sender, recipient,
    key) that were acknowledged and thrown away on purpose.
    """
    names = list(world.roles)
    found = await asyncio.gather(*(_read(server, world, name) for name in names))
    seen = dict(zip(names, found, strict=True))
    return gathered(_told(seen, dropped), _looked(seen))


async def _read(server: Server, world: WorldSpec, role: str) -> _Seen:
    kind = world.role(role).kind
    tx = await server.connect(world.database(role))
    try:
        async with tx.transaction(isolation="repeatable_read", readonly=True):
            return _Seen(
                kind,
                None if kind == BOOKLESS else await book.read(tx, role),
                await parts.read(tx, role, kind),
                await waiting.read(tx, role, kind),
                await letters.read(tx, role, kind),
            )
    finally:
        await tx.close()


def _told(seen: dict[str, _Seen], dropped: Collection[Letter]) -> list[Told]:
    books = {role: each.book for role, each in seen.items() if each.book is not None}
    every = [part for each in seen.values() for part in each.parts]
    excused = ways.waiting(every).union(*(each.waiting.held_back for each in seen.values()))
    told = [*between.compared(books), *ways.compared(every), *waiting.stuck(every, excused)]
    told += letters.compared({role: each.post for role, each in seen.items()}, dropped)
    for role, each in seen.items():
        told += [*each.waiting.told, *each.post.told]
        told += waiting.open_holds(role, each.waiting.holds, each.parts)
        if each.book is not None:
            told += [*each.book.told, *money.compared(role, each.kind, each.book, each.parts)]
    return told


def _looked(seen: dict[str, _Seen]) -> dict[str, int]:
    counts: Counter[str] = Counter(books=0, accounts=0, transfers=0, payments=0, messages=0)
    for each in seen.values():
        if each.book is not None:
            counts["books"] += 1
            counts["accounts"] += len(each.book.accounts)
            counts["transfers"] += each.book.transfers
        counts["messages"] += len(each.post.left)
        counts["rows"] += len(each.parts)
    counts["payments"] = len({part.uetr for each in seen.values() for part in each.parts})
    return dict(counts)
