"""`qantara scheme codes`: every code of the scheme, provoked by its trigger."""

import logging
from collections import Counter
from typing import Any

from rich.table import Table
from rich.text import Text

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, out
from qantara.world import codes, worlds
from qantara.world.codes import Told


async def run(*, as_json: bool) -> int:
    """0 only if every code was received as expected and the books balanced after each."""
    # The roles complain of what is done to them here on purpose; the codes tell it all.
    logging.getLogger("qantara").setLevel(logging.CRITICAL)

    def progress(text: str) -> None:
        if not as_json:
            out.print(f"[dim]· {text}[/dim]")

    told: list[Told] = []
    async with worlds.database_server(settings.load(), progress) as server:
        progress("building a world of simulators")
        async for each in codes.provoke(server):
            told.append(each)
            if not as_json:
                _tell(each)
    good = all(each.right for each in told)
    if as_json:
        as_json_line(
            {
                "codes": [_entry(each) for each in told if each.row.counted],
                "besides": [_entry(each) for each in told if not each.row.counted],
                "balanced": all(each.balanced for each in told),
            }
        )
    else:
        _sum_up(told)
    return 0 if good else EXIT_WRONG


def _entry(told: Told) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": told.row.code,
        "message": told.row.message,
        "meaning": told.row.meaning,
        "said_by": told.row.said_by,
        "expected": told.row.code,
        "received": told.received,
        "trigger": told.row.trigger,
        "balanced": told.balanced,
    }
    return entry | ({"fault": told.fault} if told.fault else {})


def _tell(told: Told) -> None:
    line = Table.grid(padding=(0, 2))
    line.add_column(width=8, no_wrap=True)
    line.add_column(width=4, no_wrap=True)
    line.add_column(width=9, no_wrap=True)
    line.add_column(overflow="fold")
    sign = Text("as said", "green") if told.right else Text(_wrong(told), "red")
    line.add_row(told.row.message, Text(told.row.code, "bold"), sign, Text(told.row.trigger, "dim"))
    out.print(line)


def _wrong(told: Told) -> str:
    if told.received != told.row.code:
        return told.received or "no code"
    return "books" if not told.balanced else "fault"


def _sum_up(told: list[Told]) -> None:
    right = Counter(each.row.message for each in told if each.right and each.row.counted)
    every = Counter(each.row.message for each in told if each.row.counted)
    for message, count in every.items():
        out.print(f"[bold]{message}[/bold]: {right[message]} of {count} codes as expected")
    balanced = all(each.balanced for each in told)
    verdict = "[green]balanced[/green]" if balanced else "[red]did not balance[/red]"
    out.print(f"Books, re-added after each code, {verdict}.")
