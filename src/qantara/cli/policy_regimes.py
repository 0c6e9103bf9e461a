"""`qantara policy compare` and `diff`: regimes side by side, and from one day to another."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from rich.markup import escape
from rich.table import Table

from qantara.cli.policy import NOTICE, day, rulebook
from qantara.cli.show import as_json_line, out
from qantara.errors import Malformed, Reason
from qantara.policy import flow
from qantara.policy.model import Comparison, Reading, Row, Topic, Value, ValueType

_CODE = re.compile("[A-Z]{3}")
MOST = 12
"""Places before or behind the point that a rate may begin at."""


def rates(given: Sequence[str]) -> dict[tuple[str, str], Decimal]:
    """Rates as they are typed: `MYR:EUR=0.20`."""
    found = {}
    for each in given:
        pair, _, figure = each.partition("=")
        one, _, other = pair.partition(":")
        try:
            rate = Decimal(figure)
        except InvalidOperation:
            raise Malformed(Reason.FIELD_INVALID, param="rate", value=each) from None
        fits = rate.is_finite() and rate > 0 and abs(rate.adjusted()) <= MOST
        if not fits or one == other or not all(map(_CODE.fullmatch, (one, other))):
            raise Malformed(Reason.FIELD_INVALID, param="rate", value=each)
        found[one, other] = rate
    return found


def topic(text: str) -> Topic:
    try:
        return Topic(text)
    except ValueError:
        raise Malformed(Reason.FIELD_INVALID, param="topic", value=text) from None


async def compare(
    about: str, countries: Sequence[str], on: str | None, given: Sequence[str], *, as_json: bool
) -> int:
    found = flow.compare(rulebook(example=False), topic(about), countries, day(on), rates(given))
    if as_json:
        as_json_line({**found.to_json(), "notice": NOTICE})
    else:
        _show(found)
    return 0


def _show(found: Comparison) -> None:
    table = Table(title=f"{found.topic.value.replace('_', ' ')} on {found.on}", pad_edge=False)
    table.add_column("aspect")
    for country in found.countries:
        table.add_column(country)
    table.add_column("strictest")
    for row in found.rows:
        cells = [_cell(row, reading) for reading in row.readings]
        table.add_row(row.aspect, *cells, row.strictest or f"[dim]{row.why_not}[/dim]")
    out.print(table)
    for line in found.rules:
        rule = line.rule
        out.print(f"{line.country} [bold]{rule.id}[/bold] {rule.means} [dim]{rule.citation}[/dim]")
    for country in found.gaps:
        out.print(f"[yellow]{country}: nothing in force on this topic[/yellow]")
    out.print(f"[dim]{NOTICE}[/dim]")


def _cell(row: Row, reading: Reading) -> str:
    value = reading.entry
    if value is None:
        return "[dim]no equivalent[/dim]"
    text = _figure(value)
    if not value.binding:
        text = f"[yellow]{text} ({value.status})[/yellow]"
    elif row.strictest == reading.country:
        text = f"[bold]{text}[/bold]"
    return f"{text} [dim]{value.confidence}[/dim]"


def _figure(value: Value) -> str:
    told = value.value
    if told is None:
        return "not published"
    if isinstance(told, bool):
        return "yes" if told else "no"
    if isinstance(told, tuple):
        return ", ".join(told)
    bare = value.type in {ValueType.CHOICE, ValueType.DATE}
    return str(told) if bare else f"{told} {value.unit}"


async def diff(first: str, second: str, books: Sequence[str], *, as_json: bool) -> int:
    changes = flow.diff(rulebook(example=False), day(first), day(second), books)
    if as_json:
        told = {"from": first, "to": second, "changes": changes, "notice": NOTICE}
        as_json_line(told)
        return 0
    for change in changes:
        out.print(f"[bold]{change.entry}[/bold] ({change.book}, {change.topic}) {change.means}")
        for word, reading in (("before", change.before), ("after", change.after)):
            if reading is None:
                out.print(f"  {word}: [dim]nothing[/dim]")
            elif "value" in reading:
                cited = reading["citation"]
                out.print(
                    f"  {word}: {reading['value']} {reading['unit']} ({reading['status']})"
                    f" [dim]{cited['instrument']}, {cited['provision']}[/dim]"
                )
            else:
                out.print(f"  {word}: {reading['requires'] or reading['effect']}")
        for each in change.affects:
            out.print(f"  affects {each['act']} where {each['when']} ({each['rule']})")
    out.print(f"{len(changes)} changes from {first} to {second}")
    out.print(f"[dim]{NOTICE}[/dim]")
    return 0


async def table(
    source: str, destination: str, on: str | None, *, example: bool, as_json: bool
) -> int:
    """What all rules of a corridor together ask, and who asks it."""
    found = flow.harmonise(rulebook(example=example), source, destination, day(on))
    if as_json:
        as_json_line({**found.to_json(), "notice": NOTICE})
        return 0
    for section in found.sections:
        out.print(f"[bold]{section.subject}[/bold] ({section.effect}, {section.side})")
        for row in section.rows:
            where = "; ".join(each.words for each in row.conditions) or "every payment"
            out.print(f"  [dim]{escape(where)}[/dim]", soft_wrap=True)
            for term in row.terms:
                told = term.to_json()
                out.print(
                    f"    {told['kind']} {told['is']} {told['unit']}: {told['rule']}"
                    f" [dim]{told['provision']} ({told['confidence']})[/dim]",
                    soft_wrap=True,
                )
    for rule in found.silent:
        out.print(f"[dim]no figure stands for {rule}[/dim]")
    out.print(f"[dim]{NOTICE}[/dim]")
    return 0


async def equivalences(*, as_json: bool) -> int:
    found = flow.equivalences()
    if as_json:
        as_json_line({"equivalences": found, "notice": NOTICE})
        return 0
    for each in found:
        until = "" if each.until is None else f" until {each.until}"
        out.print(
            f"[bold]{each.id}[/bold] {each.finding}: {each.authority}, accepted by"
            f" {each.accepted_by} for {each.scope}{until} [dim]{each.citation}[/dim]"
        )
    out.print(f"{len(found)} recognised equivalences")
    return 0
