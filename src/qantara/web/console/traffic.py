"""Payments over time by how they ended: a picture of the last hour or day."""

from datetime import datetime

from qantara.db import Tx
from qantara.remittance import flow
from qantara.remittance.daily_model import Outcome
from qantara.web import charts
from qantara.web.charts import Chart, Column, Row, Window
from qantara.web.visits import Visit
from qantara.web.words import Words

WINDOWS = (charts.HOUR, charts.DAY)
TRAFFIC_SECONDS = 15
_TRAFFIC = "traffic"
_TONES = {
    Outcome.COMPLETED: "teal",
    Outcome.RECEIVED: "leaf",
    Outcome.REJECTED: "clay",
    Outcome.REFUSED: "brass",
}

Counts = dict[tuple[datetime, Outcome], int]


async def traffic(tx: Tx, visit: Visit, window: Window) -> Chart:
    """The payments of a window, counted anew once in a while: it reads every one of them."""
    now = visit.caller.now
    kept: dict[str, tuple[datetime, Counts]] = visit.site.kept.setdefault(_TRAFFIC, {})
    at, counts = kept.get(window.name, (datetime.min.replace(tzinfo=now.tzinfo), Counts()))
    if (now - at).total_seconds() > TRAFFIC_SECONDS:
        ended = await flow.ended_by_step(tx, window.starts(now)[0], window.step)
        at, counts = now, {(each.at, each.outcome): each.count for each in ended}
        kept[window.name] = at, counts
    return drawn(visit.words, window.starts(at), counts)


def drawn(words: Words, starts: list[datetime], counts: Counts) -> Chart:
    """A step in which nothing ended is a zero and no gap."""
    columns = [Column(words(f"traffic.{each}"), _TONES[each]) for each in Outcome]
    rows = [
        Row(
            charts.at(words, start),
            [charts.counted(words, counts.get((start, each), 0)) for each in Outcome],
        )
        for start in starts
    ]
    return Chart(columns, rows)
