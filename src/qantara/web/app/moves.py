"""The movements of an account, in the words of its owner."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from qantara.money import Money
from qantara.wallet.statement_model import Line, LineKind
from qantara.web.visits import Visit

_PAYMENTS = frozenset(LineKind) - {
    *(LineKind.FEE, LineKind.POT_IN, LineKind.POT_OUT, LineKind.OTHER),
}


class Movement(NamedTuple):
    """A line as lists show it."""

    path: str
    title: str
    kind: str
    amount: Money
    at: datetime
    kind_key: LineKind
    sequence: int


def movements(visit: Visit, account_id: str, lines: Iterable[Line]) -> list[Movement]:
    return [movement(visit, account_id, each) for each in lines]


def movement(visit: Visit, account_id: str, line: Line) -> Movement:
    kind = visit.words(f"moved.{line.kind}")
    path = f"{visit.site.path}/activity/{account_id}/{line.sequence}"
    if line.uetr and line.kind in _PAYMENTS:
        path = f"{visit.site.path}/payments/{line.uetr}"
    return Movement(
        path,
        line.counterpart or line.note or kind,
        kind if line.counterpart or line.note else "",
        line.amount,
        line.booked_at,
        line.kind,
        line.sequence,
    )
