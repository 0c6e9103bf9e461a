"""Files of disputes: kept with what is said, listed, and opened with a trace of who did."""

from collections.abc import Sequence
from datetime import datetime

from qantara import ids
from qantara.access import flow as access
from qantara.access.model import AuditEntry
from qantara.db import Tx
from qantara.disputes import file_store, rules
from qantara.disputes.model import File, NewFile, Reading, Say
from qantara.errors import NotFound, Reason

given = rules.given
Given = tuple[str, NewFile | None, str]
"""To which dispute, what, and by whom."""


async def add(tx: Tx, files: Sequence[Given], now: datetime) -> None:
    """A file is named by its dispute and its content: given twice, it is there once."""
    told = [
        (ids.derived("fil", dispute_id, file.digest.hex()), dispute_id, file, by)
        for dispute_id, file, by in files
        if file is not None
    ]
    await file_store.add(tx, told, now)


async def with_room(tx: Tx, said: Sequence[Say]) -> list[bool]:
    """Whether the dispute that each is about, which is locked, takes its file."""
    with_file = [each.dispute_id for each in said if each.file is not None]
    held = await file_store.counts(tx, with_file) if with_file else {}
    return rules.with_room(said, held)


async def files(tx: Tx, dispute_ids: Sequence[str]) -> dict[str, list[File]]:
    """What the disputes have, the oldest first, without the contents."""
    return await file_store.of_disputes(tx, dispute_ids)


async def file(tx: Tx, dispute_id: str, file_id: str) -> tuple[File, bytes] | NotFound:
    """One file of a dispute with its content."""
    own = (await file_store.of_disputes(tx, [dispute_id])).get(dispute_id, [])
    found = next((each for each in own if each.id == file_id), None)
    content = None if found is None else await file_store.content(tx, found.id)
    if found is None or content is None:
        return NotFound(Reason.FILE_NOT_FOUND, id=file_id)
    return found, content


async def note_reading(
    tx: Tx, _node: object, readings: Sequence[Reading], now: datetime
) -> list[None]:
    """Write down that staff open files, before they are given them."""
    entries = [
        AuditEntry(
            each.by,
            "dispute.file_read",
            each.file.dispute_id,
            {"file": each.file.id, "sha256": each.file.digest.hex()},
        )
        for each in readings
    ]
    await access.record(tx, entries, now)
    return [None] * len(readings)
