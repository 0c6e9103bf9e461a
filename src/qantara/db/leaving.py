"""Writes whose answer nobody waits for go together: as many statements as follow each other
become one, sent before the next statement that is awaited, COMMIT included.

What a flow writes in the end (states, events, messages, deadlines) costs so one way to the
server and not one each. The order in which a flow says things stays: whoever reads, reads what was
left before. Only what has nothing to do with each other shares a statement, as its parts see the
same moment; what touches a table that a part before it writes waits for the next one.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg

from qantara.errors import Conflict, Reason

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

Told = Callable[[Any], None]
COMBINATIONS = 1024
"""So many are remembered; each flow has a few, so all are."""
_PARAMETER = re.compile(r"\$(\d+)")
_NAMED = re.compile(r"\b(\w+) AS \(\s*(?:INSERT|UPDATE|DELETE|SELECT)\b")
_WRITTEN = re.compile(r"\b(?:INTO|UPDATE|DELETE FROM)\s+(\w+\.\w+)")
_READ = re.compile(r"\b(?:FROM|JOIN|USING)\s+(\w+\.\w+)")


class Left:
    """A write to be left: the named parts of a WITH list, and what is `said` of them, if anything:
    one value, for whoever has to check what came of it.
    """

    def __init__(self, parts: str, said: str | None = None) -> None:
        self.parts, self.said = parts, said
        self.writes = frozenset(_WRITTEN.findall(parts))
        self.touches = self.writes | frozenset(_READ.findall(parts))
        self.names = frozenset(_NAMED.findall(parts))
        self.parameters = max(int(number) for number in _PARAMETER.findall(parts))
        if not self.writes or not self.names:
            raise ValueError(f"no named part that writes: {parts}")

    def follows(self, before: "Left") -> bool:
        """Whether it must not share a statement with one that was left before."""
        return bool(self.touches & before.writes or self.names & before.names)


def as_many(wanted: int, otherwise: str) -> Told:
    """For writes that say how many rows they changed: a `Conflict` unless it was all."""

    def told(changed: int) -> None:
        if changed != wanted:
            raise Conflict(Reason.STATE_CONFLICT, detail=otherwise)

    return told


class _Waiting(NamedTuple):
    left: Left
    values: Sequence[Any]
    told: Told | None


@lru_cache(COMBINATIONS)
def _together(lefts: tuple[Left, ...]) -> str:
    """One statement of many, its parameters numbered on."""
    parts, said, before = [], [], 0
    for left in lefts:
        parts.append(_shifted(left.parts, before))
        said.append("NULL" if left.said is None else f"({left.said})")
        before += left.parameters
    return f"WITH {', '.join(parts)} SELECT {', '.join(said)}"


def _shifted(text: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", text)


class Writer(Connection):
    """A connection on which writes may be left; every statement takes along what was."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._left: list[_Waiting] = []

    async def leave(self, left: Left, *values: Any, told: Told | None = None) -> None:
        """Outside a transaction nothing may wait."""
        if any(left.follows(each.left) for each in self._left):
            await self.written()
        self._left.append(_Waiting(left, values, told))
        if not self.is_in_transaction():
            await self.written()

    async def written(self) -> None:
        """Everything left so far is with the server, and what it said is told."""
        waiting, self._left = self._left, []
        if not waiting:
            return
        statement = _together(tuple(each.left for each in waiting))
        values = [value for each in waiting for value in each.values]
        (said,) = await super().fetch(statement, *values)
        for each, value in zip(waiting, said, strict=True):
            if each.told is not None:
                each.told(value)

    async def execute(self, query: str, *args: Any, **how: Any) -> Any:
        """What was left of a transaction that is given up goes with it."""
        if query.startswith("ROLLBACK"):
            self._left = []
        await self.written()
        return await super().execute(query, *args, **how)

    async def executemany(self, command: str, *args: Any, **how: Any) -> Any:
        await self.written()
        return await super().executemany(command, *args, **how)

    async def fetch(self, query: str, *args: Any, **how: Any) -> Any:
        await self.written()
        return await super().fetch(query, *args, **how)

    async def fetchval(self, query: str, *args: Any, **how: Any) -> Any:
        await self.written()
        return await super().fetchval(query, *args, **how)

    async def fetchrow(self, query: str, *args: Any, **how: Any) -> Any:
        await self.written()
        return await super().fetchrow(query, *args, **how)


async def leave(tx: Connection, left: Left, *values: Any, told: Told | None = None) -> None:
    """Write it with the next statement at the latest; `told` hears what is said of it then.

    A connection on which nothing can be left, as those of a pool, writes it now.
    """
    own = getattr(tx, "leave", None)
    if own is not None:
        await own(left, *values, told=told)
        return
    said = await tx.fetchval(_together((left,)), *values)
    if told is not None:
        told(said)


async def written(tx: Connection) -> None:
    """Everything left in this transaction is with the server, and what it said is told."""
    own = getattr(tx, "written", None)
    if own is not None:
        await own()
