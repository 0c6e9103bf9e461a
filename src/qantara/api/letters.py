"""The ISO 20022 messages that an institution exchanged, oldest first."""

from collections.abc import Sequence

from qantara.api import shapes
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge import flow as edge
from qantara.edge.model import Carried
from qantara.rails import flow as rails
from qantara.rails.model import Profile, guideline


async def letters_of(tx: Tx, uetr: str | None, profile: Profile) -> shapes.LetterPage:
    """Those about one payment."""
    return page([] if uetr is None else await edge.carried(tx, uetr), profile)


def page(carried: Sequence[Carried], profile: Profile) -> shapes.LetterPage:
    """Messages as a list tells of them; each is judged anew by the guideline of its rail."""
    letters = [
        shapes.Letter(
            each.name.partition("/")[0],
            "in" if each.inward else "out",
            each.peer,
            to_text(each.recorded_at),
            not rails.validate(each.raw, guideline(each.name, profile)),
        )
        for each in carried
    ]
    return shapes.LetterPage(letters, has_more=False)
