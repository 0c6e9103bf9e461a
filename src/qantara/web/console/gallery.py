"""Every component with invented content: what a page is made of, in this language and theme."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi.responses import Response

from qantara.db.events import Happening
from qantara.db.letters import Letter
from qantara.ledger.model import LedgerRow, TransferKind
from qantara.money import MYR, PKR, Money
from qantara.web import charts
from qantara.web.charts import Chart, Column, Row
from qantara.web.console.payments import Line
from qantara.web.console.viewing import Opened, coloured
from qantara.web.sites import Page
from qantara.web.visits import Visit
from qantara.web.words import Words

_ID = "rem_01kaq7m2v9x4"
_UETR = "9b1d7c1e-0000-4000-8000-00000000e07c"
_XML = "<Document><IntrBkSttlmAmt Ccy='MYR'>497.00</IntrBkSttlmAmt><ChrgBr>SHAR</ChrgBr></Document>"
_SENT, _GOT = (2, 3, 3, 7, 5, 8), (1, 2, None, None, 2, 1)
_STEPS = ("quoted", "in_review", "accepted", "submitted", "completed")
_STATES = (*_STEPS, "overdue", "rejected")


async def show(visit: Visit) -> Response:
    now = visit.caller.now
    paid, got = Money(500_00, MYR), Money(32_706_18, PKR)
    lines = [
        Line(f"{_ID}{place}", "/console/gallery", state, paid, got, "Aisyah Contoh", "PK", now)
        for place, state in enumerate(_STATES)
    ]
    steps = [
        Happening(place, _ID, state, now + timedelta(seconds=place))
        for place, state in enumerate(_STEPS)
    ]
    rows = [
        LedgerRow(TransferKind.HOLD, "aisyah", "clearing/outgoing", paid, "remittance.accept", now),
        LedgerRow(TransferKind.POST, "aisyah", "clearing/outgoing", paid, "remittance.settle", now),
    ]
    series = drawn(visit.words, charts.DAY.starts(now)[-len(_SENT) :])
    debt = Money(-12_345_67, MYR)
    return visit.shown(
        "gallery.html",
        lines=lines,
        steps=steps,
        rows=rows,
        debt=debt,
        message=_message(now),
        series=series,
    )


def drawn(words: Words, hours: Sequence[datetime]) -> Chart:
    """Two lines, one of them with a gap."""
    rows = [
        Row(
            charts.at(words, hour),
            [charts.counted(words, sent), None if got is None else charts.counted(words, got)],
        )
        for hour, sent, got in zip(hours, _SENT, _GOT, strict=True)
    ]
    return Chart([Column("MYR"), Column("EUR")], rows)


def _message(now: datetime) -> Opened:
    letter = Letter(
        peer="duitnow",
        place="1",
        inward=False,
        key="01kaq7",
        name="pacs.008.001.13",
        uetr=_UETR,
        size=len(_XML),
        recorded_at=now,
    )
    return Opened(letter, "/console/gallery", coloured(_XML), cut=False, judged=True, defects=[])


PAGES = (Page("gallery", "/gallery", show, section="system"),)
