"""One writer for each database, and nothing from a writer that was replaced.

Who writes holds an advisory lock; it ends with its session, so a dead process leaves at once and
one that is silent for `SILENT_SECONDS` is put out by the server. Whoever takes the lock writes the
next epoch. Every transaction begins by sharing the row of its epoch, in the message that carries
BEGIN: where the epoch is another one nothing of the batch runs, and an epoch cannot change while
a batch of the old one is being committed.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress

import asyncpg

from qantara.db.database import Database, Tx
from qantara.errors import Reason, Unavailable

LOCK = 7_263_002
SILENT_SECONDS = 30
PATIENCE_SECONDS = 3.0
"""How long the session of a process that has just ended is waited for."""
_LOOK_SECONDS = 0.25
_TROUBLE = (
    *(Unavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError),
    asyncpg.InternalClientError,  # a connection that was cut just as it was spoken to
)
log = logging.getLogger(__name__)


class Replaced(Unavailable):
    """Another writer has taken over: this one must not go on."""

    def __init__(self, epoch: int, detail: str) -> None:
        super().__init__(Reason.WRITER_REPLACED, epoch=str(epoch), detail=detail)


class Fence:
    """The right of one process to write for a role; `epoch` is 0 until it has it."""

    def __init__(self, role: str) -> None:
        self._role = role
        self.holder = f"qantara-{secrets.token_hex(8)}"
        self.epoch = self._highest = 0
        self._locked: Tx | None = None

    async def lock(self, database: Database, *, wait: bool = False) -> None:
        """Have the lock and write nothing yet: migrations come between.

        Raises `Unavailable` (`writer_elsewhere`) if another process has it; with `wait` it
        waits, also for a database that does not answer.
        """
        if self._locked is None or self._locked.is_closed():
            self._locked = await (self._stand_by(database) if wait else self._locks(database))

    async def writer(self, database: Database, *, wait: bool = False) -> Tx:
        """A connection that may write, under the next epoch.

        A writer that lost its connection goes on if nobody wrote meanwhile; else `Replaced`.
        """
        while True:
            try:
                return await self._enter(database, wait=wait)
            except _TROUBLE as error:
                if not wait:
                    raise
                log.warning("not writing yet: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _enter(self, database: Database, *, wait: bool) -> Tx:
        try:
            await self.lock(database, wait=wait)
        except Unavailable as error:
            if self.epoch and error.reason is Reason.WRITER_ELSEWHERE:
                raise Replaced(self.epoch, "another process has the lock") from error
            raise
        connection, self._locked = self._locked, None
        if connection is None:
            raise self._elsewhere()
        with _kept(connection):
            self.epoch = self._highest = await self._take(connection)
        return connection

    @asynccontextmanager
    async def transaction(self, connection: Tx) -> AsyncIterator[None]:
        """A transaction of this epoch; `Replaced`, with nothing done, if there is a later one."""
        if await connection.execute("BEGIN; EXECUTE held") != "SELECT 1":
            await connection.execute("ROLLBACK")
            raise Replaced(self.epoch, "a later epoch is there")
        done = False
        try:
            yield
            done = True
        finally:
            if not done:
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await connection.execute("ROLLBACK")
        if await connection.execute("COMMIT") != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("a verb hid that its transaction had failed")

    def leave(self) -> None:
        """Give up the epoch, and a lock that was not used yet: from now on a newcomer, but never
        one that would go back behind the highest epoch it has seen.
        """
        connection, self._locked, self.epoch = self._locked, None, 0
        if connection is not None:
            connection.terminate()

    def _elsewhere(self) -> Unavailable:
        return Unavailable(Reason.WRITER_ELSEWHERE, role=self._role)

    async def _stand_by(self, database: Database) -> Tx:
        while True:
            try:
                return await self._locks(database)
            except _TROUBLE as error:
                if not isinstance(error, Unavailable) or error.reason != Reason.WRITER_ELSEWHERE:
                    log.warning("standing by for a database that does not answer: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _locks(self, database: Database) -> Tx:
        """A connection that has the lock; it is asked for again and again, as a statement that
        waits for it would keep old rows from being tidied away.
        """
        ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        connection = await database.writer(self.holder)
        with _kept(connection):
            await self._end_own(connection)
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                if asyncio.get_running_loop().time() > ends:
                    raise self._elsewhere()
                await asyncio.sleep(_LOOK_SECONDS)
        return connection

    async def _end_own(self, connection: Tx) -> None:
        """End earlier sessions of this holder: the server may not have missed them yet."""
        if self.epoch:
            await connection.execute("SET ROLE NONE")
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = $1 AND pid <> pg_backend_pid()"
                " AND datname = current_database()",
                self.holder,
            )
            await connection.execute("SET ROLE qantara_app")

    async def _take(self, connection: Tx) -> int:
        epoch: int | None = await connection.fetchval(
            "UPDATE db.writer SET epoch = epoch + 1, holder = $1, taken_at = now()"
            " WHERE one AND epoch >= $3 AND ($2::bigint = 0 OR epoch = $2 OR holder = $1)"
            " RETURNING epoch",
            self.holder,
            self.epoch,
            self._highest,
        )
        if epoch is None:
            found = int(await connection.fetchval("SELECT epoch FROM db.writer"))
            if found < self._highest:
                told = f"this server knows only epoch {found} of {self._highest}: an older history"
                raise Replaced(self.epoch, told)
            self._highest = found
            raise Replaced(self.epoch, f"epoch {found} is there")
        await connection.execute(
            "SELECT set_config('qantara.epoch', $1, false),"
            " set_config('idle_session_timeout', $2, false),"
            " set_config('idle_in_transaction_session_timeout', $2, false)",
            str(epoch),
            f"{SILENT_SECONDS}s",
        )
        await connection.execute(
            "PREPARE held AS SELECT 1 FROM db.writer"
            " WHERE one AND epoch = current_setting('qantara.epoch')::bigint FOR SHARE"
        )
        log.info("writing under epoch %d", epoch)
        return epoch


@contextmanager
def _kept(connection: Tx) -> Iterator[None]:
    """The connection ends with whatever goes wrong, and its lock with it."""
    with ExitStack() as undo:
        undo.callback(connection.terminate)
        yield
        undo.pop_all()
