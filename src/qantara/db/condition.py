"""A server's version, the settings on which durability hangs, its clock."""

from dataclasses import dataclass
from datetime import datetime

from qantara.db.database import Server

SETTINGS = (
    "autovacuum",
    "data_checksums",
    "fsync",
    "full_page_writes",
    "max_connections",
    "synchronous_commit",
    "wal_level",
)


@dataclass(frozen=True, slots=True)
class Condition:
    version: str
    settings: dict[str, str]
    at: datetime


async def condition(server: Server) -> Condition:
    """How a server stands; `Unavailable` if it does not answer."""
    connection = await server.connect()
    try:
        (row,) = await connection.fetch(
            "SELECT version() AS version, clock_timestamp() AS at,"
            " (SELECT array_agg(name) FROM pg_settings WHERE name = ANY($1::text[])) AS names,"
            " (SELECT array_agg(setting) FROM pg_settings WHERE name = ANY($1::text[])) AS said",
            list(SETTINGS),
        )
    finally:
        await connection.close()
    return Condition(row["version"], dict(zip(row["names"], row["said"], strict=True)), row["at"])
