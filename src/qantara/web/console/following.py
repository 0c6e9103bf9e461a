"""What pages of the console follow: one payment, or what waits for somebody."""

from collections.abc import Collection, Hashable, Mapping

from qantara.access import flow as access
from qantara.access.model import Scope
from qantara.db import Tx
from qantara.remittance import figures, flow
from qantara.web.live import Live
from qantara.web.sites import Site, Topic
from qantara.web.visits import Visit

PAYMENT, QUEUES = "payment", "queues"
_LOOKED_AT = 100
_REVIEWS, _HELD, _OVERDUE, _PROPOSALS = "reviews", "held", "overdue", "proposals"


def payment(subject: str, since: int) -> Live:
    return Live((f"{PAYMENT}:{subject}",), since)


async def _payment(_tx: Tx, visit: Visit, what: str) -> Collection[str]:
    access.require(visit.caller.principal, Scope.REMITTANCES_READ)
    return (what,)


async def _queues(_tx: Tx, visit: Visit, _what: str) -> Collection[str]:
    """The queues that this person sees."""
    keys = {_PROPOSALS}
    if visit.holds(Scope.ACCOUNTS_FREEZE):
        keys |= {_REVIEWS, _HELD}
    if visit.holds(Scope.REMITTANCES_READ):
        keys.add(_OVERDUE)
    return keys


async def _waiting(tx: Tx, site: Site, keys: Collection[str]) -> Mapping[str, Hashable]:
    found: dict[str, Hashable] = {}
    if _REVIEWS in keys:
        found[_REVIEWS] = await figures.reviews_waiting(tx)
    if _HELD in keys:
        found[_HELD] = await flow.count_held(tx)
    if _OVERDUE in keys:
        found[_OVERDUE] = tuple(each.id for each in await flow.overdue_payments(tx, _LOOKED_AT))
    if _PROPOSALS in keys:
        pending = await access.pending(tx, site.door.clock(), _LOOKED_AT)
        found[_PROPOSALS] = tuple(each.id for each in pending)
    return found


TOPICS = (Topic(PAYMENT, _payment), Topic(QUEUES, _queues, _waiting))
