"""Payments whose decision asks for a person: they wait, unless the like of them was cleared."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx, deadlines
from qantara.errors import Conflict, Reason
from qantara.remittance import review_store
from qantara.remittance.model import KIND, Institution
from qantara.remittance.review_model import Review


async def open_reviews(
    tx: Tx, node: Institution, asked: Sequence[Review], now: datetime
) -> set[str]:
    """Open reviews; the ids of the remittances that have to wait.

    A person who let a payment go after its quote had run out has cleared the next one like it:
    the first that comes uses that clearance up and does not wait. Like a review it stands for
    `review_seconds`.
    """
    if not asked:
        return set()
    since = now - timedelta(seconds=node.review_seconds)
    unused = await review_store.lock_unused(tx, [each.about.account_id for each in asked], since)
    used: list[tuple[str, str]] = []
    waiting: list[Review] = []
    for each in asked:
        clearance = next((one for one in unused if one.about.covers(each.about)), None)
        if clearance is None:
            waiting.append(each)
        else:
            unused.remove(clearance)
            used.append((clearance.remittance_id, each.remittance_id))
    if not all(await review_store.use(tx, used)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a clearance was used meanwhile")
    await review_store.add(tx, waiting)
    lapses_at = now + timedelta(seconds=node.review_seconds)
    await deadlines.set(tx, KIND, [(each.remittance_id, lapses_at) for each in waiting])
    return {each.remittance_id for each in waiting}
