"""Disputes at every door: whose they are, what words they take, and who has spoken in them."""

import re
from collections.abc import Mapping
from typing import Literal

from fastapi.responses import Response

from qantara.db import Tx
from qantara.disputes import flow
from qantara.disputes.model import Act, Dispute, Entry, File, MediaType, Reading
from qantara.edge.calls import Call
from qantara.errors import Malformed, NotFound, Reason

Side = Literal["customer", "staff", "clock"]
WORDS_LONGEST = 2000
WORDS = r"^[^\x00-\x09\x0b-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x09\x0b-\x1f\x7f]*$"
"""Words of any script, on one line or several; something must be said."""
_WORDS = re.compile(WORDS)
_STAFF_ACTS = frozenset({Act.ANSWER, Act.RESOLVE, Act.REJECT})


async def own_dispute(tx: Tx, call: Call, dispute_id: str) -> Dispute:
    """The dispute, if it is one and the caller's to see."""
    found = (await flow.disputes(tx, [dispute_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id):
        raise NotFound(Reason.DISPUTE_NOT_FOUND, id=dispute_id)
    return found


def side_of(entry: Entry) -> Side:
    """Who did it: the customer, staff, or nobody, as a clock ran out."""
    if entry.act is Act.TIME_OUT:
        return "clock"
    return "staff" if entry.act in _STAFF_ACTS else "customer"


def words_of(text: str) -> str:
    """What somebody says in a dispute; `Malformed` where it is nothing, or too much."""
    if not text:
        raise Malformed(Reason.FIELD_MISSING, param="words")
    if len(text) > WORDS_LONGEST or not _WORDS.fullmatch(text):
        raise Malformed(Reason.FIELD_INVALID, param="words", value=text)
    return text


_ENDINGS: Mapping[MediaType, str] = {
    MediaType.PNG: "png",
    MediaType.JPEG: "jpg",
    MediaType.WEBP: "webp",
    MediaType.PDF: "pdf",
}
SEALED = "default-src 'none'; sandbox"
"""What a file of a stranger may do in a browser: nothing."""


async def file_of(call: Call, dispute_id: str, file_id: str) -> Response:
    """A file of a dispute that the caller may see, to be kept and never shown as a page. That
    staff open it stands in the audit trail before they have it.
    """
    async with call.door.database.read() as tx:
        dispute = await own_dispute(tx, call, dispute_id)
        found = await flow.file(tx, dispute.id, file_id)
    if isinstance(found, NotFound):
        raise found
    file, content = found
    if call.customer_id is None:
        await call.door.batcher.run(flow.note_reading, Reading(file, call.principal.id))
    headers = {
        "Content-Disposition": f'attachment; filename="{_name(dispute, file)}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": SEALED,
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=file.media_type.value, headers=headers)


def _name(dispute: Dispute, file: File) -> str:
    """Ours, and not what the file was called where it came from."""
    return f"{dispute.number}-{file.id}.{_ENDINGS[file.media_type]}"
