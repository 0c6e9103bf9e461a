"""A role that says the opposite of what it said before, as a message of its own."""

import random

from msgspec.structs import replace

from qantara import ids
from qantara.db import mail
from qantara.db.mail import Sent
from qantara.edge.envelope import Envelope
from qantara.rails import flow as rails
from qantara.rails.model import PaymentStatus, Status
from qantara.world import letters
from qantara.world.chaos.roads import Road
from qantara.world.chaos.stage import PAGE, Stage

_OPPOSITE = {Status.ACCC: Status.RJCT, Status.ACTC: Status.RJCT, Status.RJCT: Status.ACCC}
_CODE = "AC04"


async def contradicted(
    stage: Stage, sender: str, dice: random.Random
) -> tuple[Road, Envelope] | None:
    """The opposite of a status that this role has sent and its recipient has taken; None where
    there is none.
    """
    async with stage.roles[sender].database.read() as tx:
        sent = [message for _, message in await mail.sent_after(tx, 0, PAGE)]
    taken = stage.roads.taken
    said = [
        each
        for each in sent
        if each.name.startswith("pacs.002") and (sender, each.recipient, each.key) in taken
    ]
    dice.shuffle(said)
    for message in said:
        envelope = _opposite(stage, sender, message)
        if envelope is not None:
            link = stage.runtime.road(sender, message.recipient, stage.keys)
            return link, envelope
    return None


def _opposite(stage: Stage, sender: str, message: Sent) -> Envelope | None:
    profile = letters.profile_of(stage.runtime, sender, message)
    record = rails.read(message.raw, profile)
    if not isinstance(record, PaymentStatus) or record.status not in _OPPOSITE:
        return None
    status = _OPPOSITE[record.status]
    said = replace(
        record,
        message_id=ids.new_message_id(),
        created_at=stage.clock(),
        status=status,
        reason=_CODE if status is Status.RJCT else None,
        reason_texts=(),
    )
    return Envelope(said.message_id, message.name, said.uetr, rails.build(said, profile))
