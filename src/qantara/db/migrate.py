"""Plain-SQL migrations: numbered, forward only, each applied once and never edited afterwards."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import asyncpg

from qantara.errors import Conflict, Reason, Unavailable

_LOCK = 7_263_001


@dataclass(frozen=True, slots=True)
class Migration:
    package: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@cache
def of_package(package: str) -> tuple[Migration, ...]:
    """A package's migrations in order; `package` is dotted below `qantara` (`scheme.gateway`)."""
    folder = files(f"qantara.{package}") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(
        Migration(package, name, (folder / name).read_text(encoding="utf-8")) for name in names
    )


def _all(packages: Sequence[str]) -> list[Migration]:
    wanted = dict.fromkeys(("db", *packages))
    return [migration for package in wanted for migration in of_package(package)]


def digest(packages: Sequence[str]) -> str:
    """A short name for exactly this set of migrations: two versions never share a template."""
    text = "\n".join(f"{m.package}/{m.name} {m.checksum}" for m in _all(packages))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@asynccontextmanager
async def locked(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """One migrator at a time on this database."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def make_app_role(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The role every program acts as; its owner is whoever runs the migrations."""
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'qantara_app'"):
        await connection.execute("CREATE ROLE qantara_app NOLOGIN")
    if await connection.fetchval("SELECT pg_has_role(current_user, 'qantara_app', 'SET')"):
        return
    try:
        await connection.execute("GRANT qantara_app TO CURRENT_USER WITH SET TRUE")
    except asyncpg.InsufficientPrivilegeError as error:
        raise Unavailable(
            Reason.INTERNAL, detail="another user owns the role qantara_app on this server"
        ) from error


async def apply(
    connection: "asyncpg.Connection[asyncpg.Record]", packages: Sequence[str]
) -> list[str]:
    """Apply what is missing, in floor order; `Conflict` if an applied migration was edited or if
    the database knows one that this version does not. Returns the names applied.
    """
    async with locked(connection), connection.transaction():
        await connection.execute(
            "CREATE SCHEMA IF NOT EXISTS db;"
            " CREATE TABLE IF NOT EXISTS db.migration ("
            " package text NOT NULL, name text NOT NULL, checksum text NOT NULL,"
            " recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (package, name))"
        )
        rows = await connection.fetch("SELECT package, name, checksum FROM db.migration")
        known = {(row["package"], row["name"]): row["checksum"] for row in rows}
        applied = []
        for migration in _all(packages):
            key = (migration.package, migration.name)
            checksum = known.pop(key, None)
            if checksum is None:
                await connection.execute(migration.sql)
                await connection.execute(
                    "INSERT INTO db.migration (package, name, checksum) VALUES ($1, $2, $3)",
                    *key,
                    migration.checksum,
                )
                applied.append("/".join(key))
            elif checksum != migration.checksum:
                raise Conflict(Reason.STATE_CONFLICT, detail=f"migration {key} was edited")
        if known:
            raise Conflict(
                Reason.STATE_CONFLICT, detail=f"the database is newer than this version: {known}"
            )
        return applied


async def strange(
    connection: "asyncpg.Connection[asyncpg.Record]", packages: Sequence[str]
) -> list[str]:
    """Where a database and this version differ: missing, edited or unknown migrations."""
    rows = await connection.fetch("SELECT package, name, checksum FROM db.migration")
    found = {f"{row['package']}/{row['name']}": row["checksum"] for row in rows}
    ours = {f"{each.package}/{each.name}": each.checksum for each in _all(packages)}
    return sorted(name for name in found | ours if found.get(name) != ours.get(name))
