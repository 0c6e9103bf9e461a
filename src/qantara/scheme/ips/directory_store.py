"""SQL of an instant payment system: the alias directory, and who asked whom."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara.db import Row, Tx
from qantara.rails.model import AccountRef, Profile, Proxy
from qantara.scheme.ips.model import Alias

_INSERT_ALIASES = """
WITH added AS (
    INSERT INTO ips.alias
        (proxy_type, proxy_value, iban, other, agent, name, country, town, recorded_at)
    SELECT *, $9
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[])
    ON CONFLICT DO NOTHING
    RETURNING *
)
INSERT INTO ips.alias_event
    (proxy_type, proxy_value, act, iban, other, agent, name, occurred_at, recorded_at)
SELECT proxy_type, proxy_value, 'register', iban, other, agent, name, $9, $9 FROM added
"""

_DELETE_ALIASES = """
WITH gone AS (
    DELETE FROM ips.alias a USING unnest($1::text[], $2::text[]) AS k (proxy_type, proxy_value)
    WHERE a.proxy_type = k.proxy_type AND a.proxy_value = k.proxy_value
    RETURNING a.*
)
INSERT INTO ips.alias_event
    (proxy_type, proxy_value, act, iban, other, agent, name, occurred_at, recorded_at)
SELECT proxy_type, proxy_value, 'deregister', iban, other, agent, name, $3, $3 FROM gone
"""

_COUNT_LOOKUPS = """
INSERT INTO ips.lookup AS l (creator_id, window_at, count)
SELECT creator_id, $2, count(*) FROM unnest($1::text[]) AS k (creator_id)
GROUP BY creator_id ORDER BY creator_id
ON CONFLICT (creator_id, window_at) DO UPDATE SET count = l.count + excluded.count
RETURNING creator_id, count
"""

_FORGET_LOOKUPS = "DELETE FROM ips.lookup WHERE window_at < $1"

_ALIASES = """
SELECT a.*
FROM unnest($1::text[], $2::text[]) AS k (proxy_type, proxy_value)
JOIN ips.alias a USING (proxy_type, proxy_value)
"""

_PAGE_OF_ALIASES = """
SELECT a.* FROM ips.alias a WHERE (a.proxy_type, a.proxy_value) > ($1, $2)
ORDER BY a.proxy_type, a.proxy_value LIMIT $3
"""

_INSERT_RESOLUTIONS = """
INSERT INTO ips.resolution
    (first_agent, message_id, asked_by, asked_by_bic, asked_of, profile, recorded_at)
SELECT *, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING
"""

_RESOLUTIONS = """
SELECT r.first_agent, r.message_id, r.asked_by, r.asked_by_bic, r.asked_of, r.profile
FROM unnest($1::text[], $2::text[]) AS k (first_agent, message_id)
JOIN ips.resolution r USING (first_agent, message_id)
"""


class Resolution(Struct, frozen=True):
    """Who asked whom: the way back of the answer, in the `profile` in which it was asked."""

    first_agent: str
    message_id: str
    asked_by: str
    asked_by_bic: str
    asked_of: str
    profile: Profile


async def insert_aliases(tx: Tx, aliases: Sequence[Alias], now: datetime) -> None:
    """An alias that is registered already stays as it is."""
    await tx.execute(
        _INSERT_ALIASES,
        [alias.proxy.type for alias in aliases],
        [alias.proxy.value for alias in aliases],
        [alias.account.iban for alias in aliases],
        [alias.account.other for alias in aliases],
        [alias.agent for alias in aliases],
        [alias.name for alias in aliases],
        [alias.country for alias in aliases],
        [alias.town for alias in aliases],
        now,
    )


async def delete_aliases(tx: Tx, aliases: Sequence[Alias], now: datetime) -> None:
    await tx.execute(
        _DELETE_ALIASES,
        [alias.proxy.type for alias in aliases],
        [alias.proxy.value for alias in aliases],
        now,
    )


async def count_lookups(tx: Tx, creators: Sequence[str], window_at: datetime) -> dict[str, int]:
    """Add these lookups to their askers' counts; how many each has made in this window."""
    rows = await tx.fetch(_COUNT_LOOKUPS, list(creators), window_at)
    return {row["creator_id"]: row["count"] for row in rows}


async def forget_lookups(tx: Tx, before: datetime) -> None:
    await tx.execute(_FORGET_LOOKUPS, before)


async def aliases(tx: Tx, proxies: Sequence[Proxy]) -> dict[Proxy, Alias]:
    rows = await tx.fetch(
        _ALIASES, [proxy.type for proxy in proxies], [proxy.value for proxy in proxies]
    )
    return {alias.proxy: alias for alias in map(_alias, rows)}


def _alias(row: Row) -> Alias:
    return Alias(
        proxy=Proxy(row["proxy_type"], row["proxy_value"]),
        account=AccountRef(iban=row["iban"], other=row["other"]),
        agent=row["agent"],
        name=row["name"],
        country=row["country"],
        town=row["town"],
    )


async def page_of_aliases(tx: Tx, after: tuple[str, str], limit: int) -> list[Alias]:
    return [_alias(row) for row in await tx.fetch(_PAGE_OF_ALIASES, *after, limit)]


async def insert_resolutions(tx: Tx, asked: Sequence[Resolution], now: datetime) -> None:
    if not asked:
        return
    await tx.execute(
        _INSERT_RESOLUTIONS,
        [row.first_agent for row in asked],
        [row.message_id for row in asked],
        [row.asked_by for row in asked],
        [row.asked_by_bic for row in asked],
        [row.asked_of for row in asked],
        [row.profile for row in asked],
        now,
    )


async def resolutions(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Resolution]:
    """By the first agent's BIC and the message id of the request."""
    rows = await tx.fetch(_RESOLUTIONS, [agent for agent, _ in keys], [key for _, key in keys])
    found = [Resolution(**{**dict(row), "profile": Profile(row["profile"])}) for row in rows]
    return {(asked.first_agent, asked.message_id): asked for asked in found}
