"""SQL of the reference data: who said what, and how it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from qantara.db import Row, Tx
from qantara.scheme.gateway.reference_model import KINDS, Fact, Kind, Terms

_INSERT = """
INSERT INTO gateway.reference (kind, key, value, applies_at, changed_by, recorded_at)
SELECT kind, key, value::jsonb, applies_at, changed_by, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    WITH ORDINALITY AS new (kind, key, value, applies_at, changed_by, place)
ORDER BY place
"""

_COLUMNS = "SELECT DISTINCT ON (kind, key) kind, key, value::text, applies_at, changed_by"

_CURRENT = (
    _COLUMNS
    + """
FROM gateway.reference WHERE kind = ANY($1::text[]) AND applies_at <= $2
ORDER BY kind, key, applies_at DESC, sequence DESC
"""
)

_OF_KEYS = (
    _COLUMNS
    + """
FROM gateway.reference WHERE kind = $1 AND key = ANY($2::text[]) AND applies_at <= $3
ORDER BY kind, key, applies_at DESC, sequence DESC
"""
)

_HISTORY = """
SELECT kind, key, value::text, applies_at, changed_by
FROM gateway.reference WHERE kind = $1 AND key = $2 ORDER BY sequence
"""

_types = {kind: terms for terms, kind in KINDS.items()}
_decoders: dict[Kind, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(terms) for kind, terms in _types.items()
}
_encode = msgspec.json.Encoder().encode


def _fact(row: Row) -> Fact:
    kind = Kind(row["kind"])
    terms: Terms | None = None if row["value"] is None else _decoders[kind].decode(row["value"])
    return Fact(kind, row["key"], terms, row["applies_at"], row["changed_by"])


async def current(tx: Tx, kinds: Sequence[Kind], now: datetime) -> list[Fact]:
    """The facts that apply now, withdrawn ones too."""
    return [_fact(row) for row in await tx.fetch(_CURRENT, list(kinds), now)]


async def of_keys(tx: Tx, kind: Kind, keys: Sequence[str], now: datetime) -> dict[str, Fact]:
    rows = await tx.fetch(_OF_KEYS, kind, list(keys), now)
    return {row["key"]: _fact(row) for row in rows}


async def history(tx: Tx, kind: Kind, key: str) -> list[Fact]:
    """Everything that was ever said of one thing, oldest first."""
    return [_fact(row) for row in await tx.fetch(_HISTORY, kind, key)]


async def insert(tx: Tx, facts: Sequence[Fact], now: datetime) -> None:
    if not facts:
        return
    await tx.execute(
        _INSERT,
        [fact.kind for fact in facts],
        [fact.key for fact in facts],
        [None if fact.terms is None else _encode(fact.terms).decode() for fact in facts],
        [fact.applies_at for fact in facts],
        [fact.changed_by for fact in facts],
        now,
    )
