"""What can still be read of a payment message that breaks its guideline: whose answer it needs."""

import re

from msgspec import Struct

_NOT_PROVIDED = "NOTPROVIDED"
_REFERENCE = re.compile(r"(?=.{1,35}\Z)[0-9A-Za-z?:().,'+ \-]+(?:/[0-9A-Za-z?:().,'+ \-]+)*")
_UETR = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}")
_CAP = 64 * 1024
# Bounded on purpose: these run over bytes that anybody may have written.
_ELEMENTS = {
    tag: re.compile(rf"<(?:\w{{1,20}}:)?{tag}>([^<]{{1,60}})</".encode())
    for tag in ("MsgId", "EndToEndId", "TxId", "UETR")
}


class Remains(Struct, frozen=True):
    """The ids by which its sender knows a message."""

    message_id: str
    uetr: str
    end_to_end_id: str
    transaction_id: str


def remains(raw: bytes) -> Remains | None:
    """The ids in the bytes of a message that cannot be read; None without id or UETR.

    Nothing is parsed: whatever is wrong with the rest does no harm here.
    """
    part = raw[:_CAP]
    uetr, message_id = _word(part, "UETR", _UETR), _word(part, "MsgId")
    if uetr is None or message_id is None:
        return None
    return Remains(
        message_id,
        uetr,
        _word(part, "EndToEndId") or _NOT_PROVIDED,
        _word(part, "TxId") or _NOT_PROVIDED,
    )


def _word(part: bytes, tag: str, form: re.Pattern[str] = _REFERENCE) -> str | None:
    found = _ELEMENTS[tag].search(part)
    word = found[1].decode("ascii", "replace").strip() if found else ""
    return word if form.fullmatch(word) else None
