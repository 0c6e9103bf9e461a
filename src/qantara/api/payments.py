"""What every kind of payment says at its doors."""

from collections.abc import Sequence

from qantara import texts
from qantara.api.shapes import Event, Refusal
from qantara.clock import to_text
from qantara.db.events import Happening
from qantara.errors import Reason


def told(happened: Sequence[Happening]) -> list[Event]:
    return [Event(each.sequence, each.state, to_text(each.recorded_at)) for each in happened]


def refusal(
    reason: Reason | None,
    iso_code: str | None,
    rule: str | None,
    citation: str | None,
    spoken: str,
) -> Refusal | None:
    """Why a payment came to nothing, in the words of the one who asks."""
    if reason is None:
        return None
    return Refusal(texts.sentence(reason, spoken), iso_code, rule or None, citation or None)
