"""The desk's verbs, and what its operator sees."""

from qantara.db import Tx
from qantara.errors import NotFound, Reason
from qantara.scheme.desk import store
from qantara.scheme.desk.model import Case, Happened
from qantara.scheme.desk.moving import answer, expire, say
from qantara.scheme.desk.opening import open_case
from qantara.scheme.desk.store import page

__all__ = ["answer", "case", "expire", "open_case", "page", "say"]


async def case(tx: Tx, case_id: str) -> tuple[Case, list[Happened]]:
    """A case and all that happened in it; `NotFound` if there is none."""
    found = (await store.by_ids(tx, [case_id])).get(case_id)
    if found is None:
        raise NotFound(Reason.CASE_NOT_FOUND, id=case_id)
    return found, await store.events(tx, case_id)
