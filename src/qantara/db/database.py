"""Servers, databases and connections.

A server is named by a URL whose user may create databases and roles. Each role of a world has
a database of its own, cloned from a template in which its packages' migrations are applied.
Programs act as `qantara_app`, which may not change history and owns nothing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias, cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from qantara.db import migrate
from qantara.db.faults import NOT_LET_IN
from qantara.db.leaving import COMBINATIONS, Writer
from qantara.errors import Reason, Unavailable

Tx: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record
APP_ROLE = "qantara_app"
VERSION_LEAST = 160000
STATISTICS_TARGET = 10
"""Rows that ANALYZE looks at, in units of 300. What grows is found by keys, and a plan for that
hangs on no histogram: at PostgreSQL's own 100 ten times the rows would be read for nothing."""
STATEMENT_BYTES = 65536
"""Up to this length a statement stays prepared."""

# Plans are cached while tables are still empty; without these settings they would stay
# sequential scans and merge joins when the tables have grown.
WRITER_SETTINGS = {
    "role": APP_ROLE,
    "enable_seqscan": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "timezone": "UTC",
}
READER_SETTINGS = {"role": APP_ROLE, "jit": "off", "timezone": "UTC"}
OWNER_SETTINGS = {"jit": "off", "timezone": "UTC"}


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server; `url` names its maintenance database.

    A URL with several hosts (`postgresql://qantara@a,b/postgres`) stands for a primary and its
    standbys: whichever takes writes is spoken to. `by_file` makes new databases by copying files:
    many times faster where nothing is synced to disk, slower where it is.
    """

    url: str
    by_file: bool = False

    def url_of(self, database: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/{database}"))

    async def connect(self, database: str | None = None) -> Tx:
        """A connection as the owner: for making and migrating databases, never for business."""
        return await _connect(self.url_of(database) if database else self.url, OWNER_SETTINGS)

    async def prepare(self) -> None:
        """Check the version and make the role that programs act as."""
        connection = await self.connect()
        try:
            number = connection.get_server_version()
            if number.major * 10000 < VERSION_LEAST:
                raise Unavailable(
                    Reason.INTERNAL, detail=f"PostgreSQL {number.major} is older than 16"
                )
            async with migrate.locked(connection):
                await migrate.make_app_role(connection)
        finally:
            await connection.close()

    async def create(self, database: str, packages: Sequence[str]) -> "Database":
        """The database, cloned from its migrated template, or as it is plus new migrations."""
        connection = await self.connect()
        try:
            async with migrate.locked(connection):
                if not await _exists(connection, database):
                    template = await self._template(connection, packages)
                    how = "FILE_COPY" if self.by_file else "WAL_LOG"
                    await _clone(connection, template, database, how)
        finally:
            await connection.close()
        await self._migrate(database, packages)
        return Database(self.url_of(database))

    async def copy(self, databases: Mapping[str, str]) -> None:
        """New databases (the values) as others stand (the keys), file by file; nobody may use
        those meanwhile.
        """
        connection = await self.connect()
        try:
            for template, database in databases.items():
                await _clone(connection, template, database, "FILE_COPY")
        finally:
            await connection.close()

    def database(self, name: str) -> "Database":
        """A database that exists already, as it is."""
        return Database(self.url_of(name))

    async def drop(self, *databases: str) -> None:
        connection = await self.connect()
        try:
            for database in databases:
                await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        finally:
            await connection.close()

    async def databases(self, prefix: str) -> list[str]:
        """The names of the databases that begin with `prefix`."""
        connection = await self.connect()
        try:
            rows = await connection.fetch(
                "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1", prefix
            )
        finally:
            await connection.close()
        return [row["datname"] for row in rows]

    async def has(self, database: str) -> bool:
        connection = await self.connect()
        try:
            return await _exists(connection, database)
        finally:
            await connection.close()

    async def _template(self, connection: Tx, packages: Sequence[str]) -> str:
        name = f"qantara_template_{migrate.digest(packages)}"
        if not await _exists(connection, name):
            partial = f"{name}_partial"
            await connection.execute(f'DROP DATABASE IF EXISTS "{partial}"')
            await connection.execute(f'CREATE DATABASE "{partial}" TEMPLATE template0')
            await self._migrate(partial, packages)
            await connection.execute(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
        return name

    async def _migrate(self, database: str, packages: Sequence[str]) -> None:
        connection = await self.connect(database)
        try:
            await migrate.apply(connection, packages)
        finally:
            await connection.close()


async def _exists(connection: Tx, database: str) -> bool:
    found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database)
    return found is not None


async def _clone(connection: Tx, template: str, database: str, how: str) -> None:
    await connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY {how}')
    await connection.execute(
        f'ALTER DATABASE "{database}" SET default_statistics_target = {STATISTICS_TARGET}'
    )


async def _connect(url: str, settings: dict[str, str]) -> Tx:
    try:
        return await asyncpg.connect(
            url,
            server_settings=settings,
            target_session_attrs=_wanted(url),
            connection_class=Writer,
            statement_cache_size=COMBINATIONS,
            max_cacheable_statement_size=STATEMENT_BYTES,
        )
    except _UNREACHABLE as error:
        raise _unavailable(error) from error


_UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TargetServerAttributeNotMatched,
    *NOT_LET_IN,
)


def _wanted(url: str) -> SessionAttribute | None:
    """Of several hosts the one that takes writes, unless the URL itself says which."""
    parts = urlsplit(url)
    said = parse_qs(parts.query)
    several = any("," in hosts for hosts in (parts.netloc, *said.get("host", ())))
    chosen = not several or "target_session_attrs" in said
    return None if chosen else SessionAttribute.read_write


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(
        Reason.COUNTERPARTY_UNAVAILABLE, party="database", detail=f"it does not answer: {error}"
    )


async def _untouched(_connection: object) -> None:
    """Readers change no settings of their connections, so nothing is reset between two."""


class Database:
    """One role's database: a writer connection for its batcher, a small pool of readers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._readers: asyncpg.Pool[asyncpg.Record] | None = None

    async def writer(self, name: str | None = None) -> Tx:
        """A connection for writing; the server shows it under its name."""
        named = {} if name is None else {"application_name": name}
        return await _connect(self.url, WRITER_SETTINGS | named)

    async def open(self, readers: int = 4) -> None:
        try:
            self._readers = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=readers,
                server_settings=READER_SETTINGS,
                reset=_untouched,
                target_session_attrs=_wanted(self.url),
            )
        except _UNREACHABLE as error:
            raise _unavailable(error) from error

    async def close(self) -> None:
        if self._readers is not None:
            await self._readers.close()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Tx]:
        """For a single statement, which needs no transaction around it."""
        try:
            async with self._opened().acquire() as connection:
                yield cast("Tx", connection)
        except _UNREACHABLE as error:
            raise _unavailable(error) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A read-only snapshot: every statement inside sees the same moment."""
        async with (
            self.look() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._readers is None:
            raise Unavailable(Reason.INTERNAL, detail="the database is not open")
        return self._readers
