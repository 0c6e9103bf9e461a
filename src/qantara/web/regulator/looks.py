"""What several pages show: the goal for costs, and what other institutions told."""

from collections.abc import Iterable
from typing import NamedTuple

from qantara.money import Money, asset
from qantara.supervision import flow
from qantara.supervision.model import Corridor, Cost, Document, Row, Target, Way
from qantara.web.policies import law_of
from qantara.web.regulator.spans import Span
from qantara.web.visits import Visit


class Told(NamedTuple):
    """What other institutions told of one corridor, all their days together."""

    corridor: Corridor
    payments: int
    sent: Money
    cost: Cost


def goal_of(visit: Visit, span: Span) -> Target | None:
    return flow.targets(law_of(visit), span.last).get(flow.TARGET)


def told_between_others(documents: Iterable[Document], here: str) -> list[Told]:
    """What was sent between other countries, as their institutions told it; what they left out for
    being of few payments is not in it.
    """
    rows: dict[Corridor, list[Row]] = {}
    for each in documents:
        for row in each.aggregate.rows:
            is_ours = here in {each.aggregate.jurisdiction, row.source, row.destination}
            if row.way is Way.OUT and row.sent and not is_ours:
                rows.setdefault(row.corridor, []).append(row)
    return [_summed(corridor, rows[corridor]) for corridor in sorted(rows)]


def _summed(corridor: Corridor, rows: list[Row]) -> Told:
    money = asset(corridor.source_currency)
    sent, fees, margin = (
        sum(Money.parse(getattr(row, name) or str(Money(0, money)), money).minor for row in rows)
        for name in ("sent", "fees", "margin")
    )
    payments = sum(row.completed or 0 for row in rows)
    return Told(corridor, payments, Money(sent, money), flow.cost(sent, fees, margin))
