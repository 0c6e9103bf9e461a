"""Databases whose writer ends at a chosen statement, as the process of its role would.

What was not committed is rolled back at once, so that the next moment is always the same one; a
server that sees a connection vanish does it a little later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from qantara.db import Database, Server, Tx
from qantara.db.leaving import Left, Writer
from qantara.errors import Reason, Unavailable


class Moment(StrEnum):
    """Where a process ends: before its n-th statement, or right before or after its n-th COMMIT."""

    STATEMENT = "statement"
    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"


@dataclass(slots=True)
class Fuse:
    """How many statements or commits the process of one role still has."""

    moment: Moment | None = None
    left: int = 0
    blown: bool = False

    def burns(self, moment: Moment) -> bool:
        """Whether it ends now, at a statement or beside a commit."""
        if self.moment is not moment:
            return False
        self.left -= 1
        return self.left <= 0


_COMMIT = "COMMIT"


class Breakable:
    """A writer that looks at its fuse at every statement, BEGIN and COMMIT included.

    It has what a role asks of its writer; verbs and batchers cannot tell the difference.
    """

    def __init__(self, tx: Writer, fuse: Fuse) -> None:
        self._tx, self._fuse = tx, fuse

    async def execute(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._run("execute", query, args, how)

    async def executemany(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._run("executemany", query, args, how)

    async def fetch(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._run("fetch", query, args, how)

    async def fetchval(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._run("fetchval", query, args, how)

    async def fetchrow(self, query: str, *args: Any, **how: Any) -> Any:
        return await self._run("fetchrow", query, args, how)

    async def leave(self, left: Left, *values: Any, **how: Any) -> None:
        await self._look()
        await self._tx.leave(left, *values, **how)

    async def written(self) -> None:
        await self._look()
        await self._tx.written()

    def is_in_transaction(self) -> bool:
        return self._tx.is_in_transaction()

    def is_closed(self) -> bool:
        return self._tx.is_closed()

    def terminate(self) -> None:
        self._tx.terminate()

    async def close(self, **how: Any) -> None:
        await self._tx.close(**how)

    async def _run(self, way: str, query: str, args: Sequence[Any], how: dict[str, Any]) -> Any:
        commits = query.startswith(_COMMIT)
        await self._look(commits=commits)
        said = await getattr(self._tx, way)(query, *args, **how)
        if commits and self._fuse.burns(Moment.AFTER_COMMIT):
            await self._end()
        return said

    async def _look(self, *, commits: bool = False) -> None:
        fuse = self._fuse
        if fuse.blown:
            raise ConnectionResetError("the process has ended")
        if fuse.burns(Moment.STATEMENT) or (commits and fuse.burns(Moment.BEFORE_COMMIT)):
            await self._end()

    async def _end(self) -> None:
        self._fuse.blown = True
        if self._tx.is_in_transaction():
            await self._tx.execute("ROLLBACK")
        await self._tx.close()
        raise ConnectionResetError("the process ends here")


class BreakableDatabase(Database):
    """A role's database; once its process has ended it gives no more writers to it."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    async def writer(self, name: str | None = None) -> Tx:
        if self._fuse.blown:
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party="database", detail="crashed")
        writer = cast("Writer", await super().writer(name))
        return cast("Tx", Breakable(writer, self._fuse))


@dataclass(frozen=True, slots=True)
class BreakableServer(Server):
    """A server whose databases are there already; `fuses` are those of the processes that use
    them now, by database.
    """

    fuses: dict[str, Fuse] = field(default_factory=dict)

    def database(self, name: str) -> Database:
        self.fuses[name] = Fuse()
        return BreakableDatabase(self.url_of(name), self.fuses[name])

    async def has(self, database: str) -> bool:
        return bool(database)

    async def create(self, database: str, _packages: Sequence[str]) -> Database:
        return Database(self.url_of(database))
