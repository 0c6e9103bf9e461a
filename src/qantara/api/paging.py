"""Where a page of a list begins: after the record whose id was the last one seen."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.errors import Malformed, NotFound, Reason

Record = TypeVar("Record")


async def last_seen(
    own: Callable[[Tx, Call, str], Awaitable[Record]], tx: Tx, call: Call, cursor: str | None
) -> Record | None:
    """The record that the cursor names, None where the list begins. `own` finds a record of the
    caller; `Malformed` for a cursor that names none of theirs.
    """
    if cursor is None:
        return None
    try:
        return await own(tx, call, cursor)
    except NotFound:
        raise Malformed(Reason.CURSOR_MALFORMED, param="starting_after", value=cursor) from None
