import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from moments import Fresh
from qantara import settings
from qantara.db import Database, Server
from qantara.db.embedded import EmbeddedServer
from qantara.errors import Conflict, Unavailable
from source_tree import PACKAGE


def packages() -> list[str]:
    """Every package that has migrations, as the migrator names them."""
    folders = PACKAGE.rglob("migrations")
    return sorted(".".join(folder.parent.relative_to(PACKAGE).parts) for folder in folders)


@pytest.fixture
async def named(servers: Callable[[int], Server]) -> AsyncIterator[str]:
    """The name of a database that a test may make; it goes afterwards."""
    name = f"qantara_test_{uuid.uuid4().hex[:12]}"
    await servers(18).prepare()
    yield name
    await servers(18).drop(name)


async def _execute(server: Server, database: str | None, *statements: str) -> None:
    connection = await server.connect(database)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_an_edited_migration_is_refused(servers: Callable[[int], Server], named: str) -> None:
    await servers(18).create(named, ())
    await servers(18).create(named, ())
    await _execute(servers(18), named, "UPDATE db.migration SET checksum = 'another'")
    with pytest.raises(Conflict, match="was edited"):
        await servers(18).create(named, ())


async def test_a_newer_database_is_refused(servers: Callable[[int], Server], named: str) -> None:
    await servers(18).create(named, ())
    await _execute(
        servers(18), named, "INSERT INTO db.migration VALUES ('db', '9999_later.sql', 'x')"
    )
    with pytest.raises(Conflict, match="newer"):
        await servers(18).create(named, ())


async def test_a_template_is_made_once_even_by_many_at_once(
    servers: Callable[[int], Server],
) -> None:
    server, tag = servers(18), f"qantara_test_{uuid.uuid4().hex[:8]}"
    await server.prepare()
    names = [f"{tag}_{number}" for number in range(4)]
    before = set(await server.databases("qantara_template_"))
    await asyncio.gather(*(server.create(name, ()) for name in names))
    made = set(await server.databases("qantara_template_")) - before
    assert len(made) <= 1
    assert not any(name.endswith("_partial") for name in made)
    assert await server.databases(tag) == names
    for name in names:
        await server.drop(name)
    assert await server.databases(tag) == []


# Lists of who takes part, which their owner may correct: no account of what happened.
DIRECTORIES = frozenset({"ips.alias", "parties.institution"})
# 8, 16 and 32 are the bits of DELETE, UPDATE and TRUNCATE in pg_trigger.tgtype.
TABLES = """
SELECT n.nspname || '.' || c.relname AS name,
       has_table_privilege('qantara_app', c.oid, 'UPDATE')
           OR has_any_column_privilege('qantara_app', c.oid, 'UPDATE')
           OR has_table_privilege('qantara_app', c.oid, 'DELETE') AS may_change,
       has_table_privilege('qantara_app', c.oid, 'INSERT') AS may_add,
       has_table_privilege('qantara_app', c.oid, 'TRUNCATE') AS may_empty,
       pg_get_userbyid(c.relowner) = 'qantara_app' AS owns,
       has_schema_privilege('qantara_app', n.oid, 'CREATE') AS may_build,
       coalesce((SELECT bit_or(t.tgtype) & 56 = 56 FROM pg_trigger t
                 JOIN pg_proc p ON p.oid = t.tgfoid
                 WHERE t.tgrelid = c.oid AND p.prosrc LIKE '%is history%'), false) AS history
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1
"""


async def test_the_app_role_owns_nothing_and_cannot_change_history(fresh_both: Fresh) -> None:
    connection = await fresh_both(*packages())
    rows = await connection.fetch(TABLES)
    assert {row["name"] for row in rows} >= {"db.inbox", "db.sent", "db.outbox"}
    faults = [
        row["name"]
        for row in rows
        if row["owns"]
        or row["may_empty"]
        or row["may_build"]
        or (row["history"] and row["may_change"])
    ]
    assert faults == []


async def test_what_the_app_role_may_only_add_to_is_guarded_from_everyone(
    fresh_both: Fresh,
) -> None:
    connection = await fresh_both(*packages())
    unguarded = [
        row["name"]
        for row in await connection.fetch(TABLES)
        if row["may_add"] and not row["may_change"] and not row["history"]
        if row["name"] not in DIRECTORIES
    ]
    assert not unguarded, f"no trigger keeps the past of {', '.join(unguarded)}"


async def test_history_refuses_even_its_owner(fresh_both: Fresh) -> None:
    connection = await fresh_both(*packages())
    await connection.execute("SET ROLE NONE")
    for row in await connection.fetch(TABLES):
        if row["history"]:
            for statement in (f"DELETE FROM {row['name']}", f"TRUNCATE {row['name']} CASCADE"):
                with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                    await connection.execute(statement)


@pytest.fixture(params=[18, 16], ids=["postgresql-18", "postgresql-16"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of somebody else's, by the URL of a user who may make databases and roles only."""
    environment = {
        "QANTARA_HOME": str(tmp_path),
        "QANTARA_POSTGRES_VERSION": str(request.param),
    }
    embedded = EmbeddedServer(settings.load(environment))
    embedded.start()
    parts = urlsplit(embedded.server.url)
    yield Server(urlunsplit(parts._replace(netloc="tenant@")))
    embedded.stop()


def _owner(given: Server) -> Server:
    return Server(urlunsplit(urlsplit(given.url)._replace(netloc="qantara@")))


async def test_a_given_server_needs_no_superuser(given: Server) -> None:
    await _execute(_owner(given), None, "CREATE ROLE tenant LOGIN CREATEDB CREATEROLE")
    await given.prepare()
    await given.prepare()
    database = await given.create("qantara_given_my", packages())
    writer = await database.writer()
    assert await writer.fetchval("SELECT current_user") == "qantara_app"
    assert await writer.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = session_user") is (
        False
    )
    await writer.close()
    await database.open(readers=1)
    async with database.read() as tx:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await tx.execute("DELETE FROM db.outbox")
    await database.close()
    await given.drop("qantara_given_my")


async def test_a_role_of_another_owner_is_named_as_the_obstacle(given: Server) -> None:
    await _owner(given).prepare()
    await _execute(_owner(given), None, "CREATE ROLE tenant LOGIN CREATEDB CREATEROLE")
    with pytest.raises(Unavailable, match="another user owns the role"):
        await given.prepare()


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    nowhere = Server(f"postgresql://qantara@/postgres?host={tmp_path}")
    with pytest.raises(Unavailable):
        await nowhere.prepare()
    with pytest.raises(Unavailable):
        await Database(nowhere.url).writer()


async def test_what_grows_is_sampled_sparsely(servers: Callable[[int], Server], named: str) -> None:
    server, copied = servers(18), f"{named}_copy"
    await server.create(named, ())
    try:
        await server.copy({named: copied})
        for database in (named, copied):
            await _execute(
                server,
                database,
                "CREATE TABLE db.grown AS SELECT generate_series(1, 20000) AS number",
                "ANALYZE db.grown",
            )
            connection = await server.connect(database)
            bounds = await connection.fetchval(
                "SELECT cardinality(histogram_bounds::text::integer[]) FROM pg_stats"
                " WHERE tablename = 'grown'"
            )
            await connection.close()
            assert bounds == 11  # a target of 10 gives as many ranges
    finally:
        await server.drop(copied)
