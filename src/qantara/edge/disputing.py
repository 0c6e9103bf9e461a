"""Disputes at every door: whose they are, what words they take, and who has spoken in them."""

import re
from typing import Literal

from qantara.db import Tx
from qantara.disputes import flow
from qantara.disputes.model import Act, Dispute, Entry
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
