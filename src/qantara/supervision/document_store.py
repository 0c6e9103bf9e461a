"""Signed documents and the keys that verify them: SQL beside one function each."""

from collections.abc import Sequence
from datetime import date, datetime

from qantara.db import Tx
from qantara.db.database import Row
from qantara.supervision import wording
from qantara.supervision.model import Document, IssuerKey


async def learn(tx: Tx, keys: Sequence[IssuerKey], now: datetime) -> None:
    """Keep issuers' keys; one that is known already is left as it is."""
    await tx.execute(
        "INSERT INTO supervision.issuer_key (issuer, key_id, public_key, recorded_at)"
        " SELECT *, $4 FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING",
        [each.issuer for each in keys],
        [each.key_id for each in keys],
        [each.public_key for each in keys],
        now,
    )


async def keys(tx: Tx, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], IssuerKey]:
    """Keys by issuer and id; one that nobody made known is left out."""
    rows = await tx.fetch(
        "SELECT k.issuer, k.key_id, k.public_key FROM supervision.issuer_key k"
        " JOIN unnest($1::text[], $2::text[]) AS w(issuer, key_id) USING (issuer, key_id)",
        [issuer for issuer, _ in wanted],
        [key_id for _, key_id in wanted],
    )
    return {(row["issuer"], row["key_id"]): IssuerKey(**dict(row)) for row in rows}


async def insert(tx: Tx, documents: Sequence[Document]) -> None:
    told = [each.aggregate for each in documents]
    await tx.execute(
        "INSERT INTO supervision.document (issuer, day, revision, jurisdiction, complete,"
        " message_id, key_id, signature, body, issued_at, recorded_at)"
        " SELECT * FROM unnest($1::text[], $2::date[], $3::int[], $4::text[], $5::boolean[],"
        " $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::timestamptz[],"
        " $11::timestamptz[])",
        [each.issuer for each in told],
        [each.day for each in told],
        [each.revision for each in told],
        [each.jurisdiction for each in told],
        [each.complete for each in told],
        [each.message_id for each in told],
        [each.key_id for each in documents],
        [each.signature for each in documents],
        [each.body for each in documents],
        [each.issued_at for each in told],
        [each.recorded_at for each in documents],
    )


async def known(
    tx: Tx, wanted: Sequence[tuple[str, date, int]]
) -> dict[tuple[str, date, int], Document]:
    """Documents by issuer, day and revision."""
    rows = await tx.fetch(
        "SELECT d.key_id, d.signature, d.body, d.recorded_at FROM supervision.document d"
        " JOIN unnest($1::text[], $2::date[], $3::int[]) AS w(issuer, day, revision)"
        " USING (issuer, day, revision)",
        [issuer for issuer, _, _ in wanted],
        [day for _, day, _ in wanted],
        [revision for _, _, revision in wanted],
    )
    found = [_document(row) for row in rows]
    return {(d.aggregate.issuer, d.aggregate.day, d.aggregate.revision): d for d in found}


async def latest(tx: Tx, first: date, last: date, issuer: str | None = None) -> list[Document]:
    """The newest revision of every issuer's every day, or of one issuer's."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (day, issuer) key_id, signature, body, recorded_at"
        " FROM supervision.document WHERE day BETWEEN $1 AND $2"
        " AND ($3::text IS NULL OR issuer = $3) ORDER BY day DESC, issuer, revision DESC",
        first,
        last,
        issuer,
    )
    return [_document(row) for row in rows]


async def revisions(tx: Tx, issuer: str, day: date) -> list[Document]:
    """Every revision of one day, the newest first."""
    rows = await tx.fetch(
        "SELECT key_id, signature, body, recorded_at FROM supervision.document"
        " WHERE issuer = $1 AND day = $2 ORDER BY revision DESC",
        issuer,
        day,
    )
    return [_document(row) for row in rows]


def _document(row: Row) -> Document:
    return Document(
        wording.read_body(row["body"]),
        row["key_id"],
        row["signature"],
        row["body"],
        row["recorded_at"],
    )
