"""Where the pages are of what others name by its id."""

from collections.abc import Iterable, Mapping

from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.web.visits import Visit

_PAGES: Mapping[str, str] = {
    "acc": "accounts",
    "dis": "disputes",
    "mrq": "request",
    "rem": "payments",
    "sch": "schedules",
    "trf": "payments",
}
"""The pages of things, by the prefix of their ids."""
_UETR_LENGTH = 36


async def pages_of(tx: Tx, visit: Visit, subjects: Iterable[str]) -> dict[str, str]:
    """The page of each subject that has one; what came from others is followed by its UETR."""
    wanted = list(subjects)
    came = [each for each in wanted if each.startswith("arr_")]
    arrivals = await domestic.arrivals_by_id(tx, came) if came else []
    found = {each.id: f"payments/{each.uetr}" for each in arrivals}
    for each in wanted:
        prefix, underscore, _ = each.partition("_")
        if underscore and prefix in _PAGES:
            found[each] = f"{_PAGES[prefix]}/{each}"
        elif not underscore and len(each) == _UETR_LENGTH:
            found[each] = f"payments/{each}"
    return {each: f"{visit.site.path}/{place}" for each, place in found.items()}
