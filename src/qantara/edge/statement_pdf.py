"""A statement as a PDF: A4, fonts inside, Urdu shaped and written from right to left.

Fonts are those of the pages. A letter that none of them has is shown as a box, never left out.
"""

import re
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.dates import format_date
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from qantara import texts
from qantara.edge import statement_page
from qantara.money import Money
from qantara.texts import RIGHT_TO_LEFT, Language
from qantara.wallet.statement_model import Line, Statement

_MARGIN, _FOOT, _TITLE, _TEXT, _SMALL = 15, 20, 18, 9, 8
_SANS, _URDU, _DISPLAY = "noto-sans", "noto-nastaliq-urdu", "familjen-grotesk-600"
_HEADS = ("date", "kind", "details", "amount", "fee", "balance")
_WIDTHS = (20, 28, 62, 24, 18, 28)
_AMOUNTS = frozenset({"amount", "fee", "balance"})
_LEADING, _URDU_LEADING = 1.45, 2.2
_LTR = "\u200e"
"""Before a number: it keeps its own direction among words that run the other way."""
_ARABIC = re.compile("[\u0600-\u06ff]").search
_ISOLATES = {ord(sign): None for sign in "\u2066\u2067\u2068\u2069"}
"""They steer screens; a line of one table cell needs none."""


def pdf(found: Statement, spoken: str) -> bytes:
    """The document; the same statement gives the same bytes."""
    words = (word for line in found.lines for word in (line.counterpart, line.note) if word)
    paper = _Paper(Language(spoken), letters_of_urdu=any(map(_ARABIC, words)))
    paper.set_title(f"{paper.say('title')} {found.begins_on} - {found.ends_on}")
    paper.set_creation_date(found.ends_at)
    paper.add_page()
    paper.heading(paper.say("title"))
    paper.facts(_facts(paper, found))
    paper.lines(found.lines)
    paper.note(paper.say("days"))
    return bytes(paper.output())


@cache
def _folder() -> TemporaryDirectory[str]:
    """Where the fonts lie unpacked as long as this process lives: unpacking takes longest."""
    return TemporaryDirectory(prefix="qantara-fonts-")


@cache
def _unpacked(name: str) -> Path:
    path = Path(_folder().name) / f"{name}.ttf"
    with as_file(files(texts) / "fonts" / f"{name}.woff2") as packed, TTFont(packed) as font:
        font.flavor = None
        font.save(path)
    return path


class _Paper(FPDF):
    """`letters_of_urdu` says that some of its words need them, in whatever language it is."""

    def __init__(self, spoken: Language, *, letters_of_urdu: bool) -> None:
        super().__init__(format="A4")
        self.spoken, self.rtl = spoken, spoken in RIGHT_TO_LEFT
        self.set_lang(spoken.value)
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_FOOT)
        names = (_SANS, _URDU) if letters_of_urdu or self.rtl else (_SANS,)
        for name in (*names, _DISPLAY):
            self.add_font(name, fname=_unpacked(name))
        self.set_fallback_fonts(list(names), exact_match=False)
        self.face = _URDU if self.rtl else _SANS
        direction = "rtl" if self.rtl else "ltr"
        self.set_text_shaping(use_shaping_engine=True, direction=direction)

    @property
    def leading(self) -> float:
        return _URDU_LEADING if self.rtl else _LEADING

    @property
    def start(self) -> str:
        return "R" if self.rtl else "L"

    def say(self, key: str) -> str:
        return self.plain(texts.phrase("statement", "label", key, self.spoken))

    def plain(self, text: str) -> str:
        return text.translate(_ISOLATES)

    def amount(self, money: Money) -> str:
        return _LTR + statement_page.amount(money, self.spoken.value)

    def day(self, day: date) -> str:
        return format_date(day, "d MMM y", locale=self.spoken.value)

    def footer(self) -> None:
        self.set_y(-_MARGIN)
        self.set_font(_SANS, size=_SMALL)
        self.cell(0, 5, f"{_LTR}{self.page_no()}", align="C")

    def heading(self, text: str) -> None:
        self.set_font(_URDU if self.rtl else _DISPLAY, size=_TITLE)
        self.cell(
            0,
            _TITLE * self.leading / 2.6,
            text,
            align=self.start,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def facts(self, pairs: list[tuple[str, str]]) -> None:
        """Label and value, a pair a row."""
        self.set_font(self.face, size=_TEXT)
        label, value = 50, self.epw - 50
        for name, told in pairs:
            self._pair((label, name), (value, told))
        self.ln(4)

    def _pair(self, label: tuple[int, str], value: tuple[float, str]) -> None:
        ordered = [value, label] if self.rtl else [label, value]
        height = _TEXT * self.leading / 2.6
        for place, (width, text) in enumerate(ordered):
            last = place == 1
            self.cell(
                width,
                height,
                text,
                align=self.start,
                new_x=XPos.LMARGIN if last else XPos.RIGHT,
                new_y=YPos.NEXT if last else YPos.TOP,
            )

    def lines(self, lines: tuple[Line, ...]) -> None:
        """The movements; the heads stand again on every page."""
        self.set_font(self.face, size=_SMALL)
        heads = [self.say(key) for key in _HEADS]
        aligns = ["R" if key in _AMOUNTS else self.start for key in _HEADS]
        rows = [heads, *(self._row(each) for each in lines)]
        if not lines:
            rows.append([self.say("nothing"), "", "", "", "", ""])
        order = -1 if self.rtl else 1
        with self.table(
            col_widths=_WIDTHS[::order],
            text_align=tuple(aligns[::order]),
            line_height=_SMALL * self.leading / 2.6,
            borders_layout="HORIZONTAL_LINES",
            cell_fill_mode=TableCellFillMode.NONE,
            headings_style=FontFace(emphasis=None),
            width=self.epw,
        ) as table:
            for cells in rows:
                row = table.row()
                for cell in cells[::order]:
                    row.cell(cell)

    def _row(self, line: Line) -> list[str]:
        kind = self.plain(texts.phrase("statement", "kind", line.kind.value, self.spoken))
        words = (line.counterpart, line.reference, line.note, line.uetr)
        return [
            self.day(line.booked_at.date()),
            kind,
            "\n".join(self.plain(each) for each in words if each),
            self.amount(line.amount),
            "" if line.fee is None else self.amount(line.fee),
            self.amount(line.balance),
        ]

    def note(self, text: str) -> None:
        self.ln(3)
        self.set_font(self.face, size=_SMALL)
        self.multi_cell(self.epw, _SMALL * self.leading / 2.6, text, align=self.start)


def _facts(paper: _Paper, found: Statement) -> list[tuple[str, str]]:
    account, days = found.holding.account, (found.begins_on, found.ends_on)
    period = " \u2013 ".join(
        format_date(each, "d MMM y", locale=paper.spoken.value) for each in days
    )
    told = {
        "owner": paper.plain(found.holding.customer.display_name),
        "account": account.number,
        "currency": account.currency.code,
        "period": period,
        "opening": paper.amount(found.opening),
        "credits": paper.amount(found.came),
        "debits": paper.amount(found.went),
        "closing": paper.amount(found.closing),
    }
    return [(paper.say(name), value) for name, value in told.items()]
