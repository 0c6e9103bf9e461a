"""Files of disputes, in the database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.disputes.model import File, MediaType, NewFile

_SELECT = (
    "SELECT id, dispute_id, media_type, digest, octet_length(content) AS size, added_at"
    " FROM disputes.file"
)


async def add(tx: Tx, files: Sequence[tuple[str, str, NewFile, str]], now: datetime) -> None:
    """Each with its id, its dispute and who gives it; the same file again changes nothing."""
    if not files:
        return
    await tx.execute(
        "INSERT INTO disputes.file"
        " (id, dispute_id, media_type, digest, content, added_by, added_at)"
        " SELECT id, dispute, kind, digest, content, by, $7 FROM unnest($1::text[], $2::text[],"
        " $3::text[], $4::bytea[], $5::bytea[], $6::text[])"
        " AS n(id, dispute, kind, digest, content, by) ON CONFLICT (id) DO NOTHING",
        [id_ for id_, _, _, _ in files],
        [dispute_id for _, dispute_id, _, _ in files],
        [file.media_type.value for _, _, file, _ in files],
        [file.digest for _, _, file, _ in files],
        [file.content for _, _, file, _ in files],
        [by for _, _, _, by in files],
        now,
    )


async def of_disputes(tx: Tx, dispute_ids: Sequence[str]) -> dict[str, list[File]]:
    """What each has, the oldest first, without the contents."""
    rows = await tx.fetch(
        _SELECT + " WHERE dispute_id = ANY($1::text[]) ORDER BY sequence", list(dispute_ids)
    )
    found: dict[str, list[File]] = defaultdict(list)
    for row in rows:
        found[row["dispute_id"]].append(
            File(
                row["id"],
                row["dispute_id"],
                MediaType(row["media_type"]),
                row["digest"],
                row["size"],
                row["added_at"],
            )
        )
    return found


async def counts(tx: Tx, dispute_ids: Sequence[str]) -> dict[str, int]:
    rows = await tx.fetch(
        "SELECT dispute_id, count(*)::int AS count FROM disputes.file"
        " WHERE dispute_id = ANY($1::text[]) GROUP BY 1",
        list(dispute_ids),
    )
    return {row["dispute_id"]: row["count"] for row in rows}


async def content(tx: Tx, file_id: str) -> bytes | None:
    found: bytes | None = await tx.fetchval(
        "SELECT content FROM disputes.file WHERE id = $1", file_id
    )
    return found
