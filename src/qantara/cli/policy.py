"""`qantara policy`: what the law says of an act, and whether the books are sound."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, out
from qantara.clock import utc_now
from qantara.errors import Malformed, Reason
from qantara.policy import flow
from qantara.policy.model import Act, Decision, Facts, Finding, Outcome, Rulebook, Step

NOTICE = "Not legal advice. A figure is as sure as its mark says; the instrument cited decides."
LONGEST = 18
"""Digits of a whole number; what has more is none that a fact could have."""
COLOURS = {
    Outcome.ALLOWED: "green",
    Outcome.ALLOWED_WITH_DUTIES: "green",
    Outcome.REVIEW: "yellow",
    Outcome.REFUSED: "red",
}


@dataclass(frozen=True, slots=True)
class Question:
    """An act as a person types it: amounts as `MYR:500.00`, other facts as `name=value`."""

    act: str
    source: str
    destination: str | None
    amount: str | None
    received: str | None
    kind: str
    via: str | None
    purpose: str | None
    sender: Sequence[str]
    recipient: Sequence[str]
    on: str | None
    example: bool
    language: str = "en"


def day(text: str | None) -> date:
    """A day as it is typed; today if none."""
    if text is None:
        return utc_now().date()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param="on", value=text) from None
    if found.isoformat() != text:
        raise Malformed(Reason.TIME_MALFORMED, param="on", value=text)
    return found


def books() -> Path:
    """The rulebooks that the settings name, or those that came with the program."""
    return settings.load().rulebooks or flow.BOOKS


def rulebook(*, example: bool) -> Rulebook:
    """The law, or the law with the example world's figures over it."""
    return flow.load(flow.EXAMPLE if example else None, books())


def facts(book: Rulebook, asked: Question) -> Facts:
    """What was asked, typed; every wrong word is `Malformed` with its name."""
    payment = asked.act == Act.PAYMENT
    _check_told_once(asked)
    told: dict[str, Any] = {
        "act": asked.act,
        "sender": _side(book, asked.source, asked.amount, asked.sender, payment=payment)
        | {"customer_kind": asked.kind},
    }
    if asked.destination is not None:
        told["recipient"] = _side(
            book, asked.destination, asked.received, asked.recipient, payment=payment
        )
    crosses = asked.destination not in {None, asked.source}
    if asked.via is not None or (payment and crosses):
        told["via"] = "nexus" if asked.via is None else asked.via
    if asked.purpose is not None:
        told["purpose"] = asked.purpose
    if payment:
        told["elements"] = [] if asked.purpose is None else ["purposeCode"]
    return flow.read_facts(book, told)


def _check_told_once(asked: Question) -> None:
    """What an option says, a fact cannot say otherwise."""
    fixed = {"country", "customer_kind"} | ({"amount"} if asked.amount is not None else set())
    there = {"country"} | ({"amount"} if asked.received is not None else set())
    for given, options in ((asked.sender, fixed), (asked.recipient, there)):
        for each in given:
            if each.partition("=")[0] in options:
                raise Malformed(Reason.FIELD_INVALID, param="fact", value=each)


def _side(
    book: Rulebook, country: str, amount: str | None, extra: Sequence[str], *, payment: bool
) -> dict[str, Any]:
    told: dict[str, Any] = {"country": country}
    known = book.jurisdictions.get(country)
    if payment and known is not None and known.rail is not None:
        told["rail"] = known.rail
    if amount is not None:
        currency, _, figure = amount.partition(":")
        told |= {"currency": currency, "amount": _major(figure)}
    for each in extra:
        name, sign, value = each.partition("=")
        if not sign:
            raise Malformed(Reason.FIELD_INVALID, param="fact", value=each)
        told[name] = _typed(value)
    return told


def _major(figure: str) -> str:
    """`60000` is as good as `60000.00` on a command line."""
    return figure if "." in figure else f"{figure}.00"


def _typed(value: str) -> Any:
    """Words that JSON would write without quotes."""
    if value in {"true", "false"}:
        return value == "true"
    if value.isascii() and value.isdigit() and len(value) <= LONGEST:
        return int(value)
    return value.split(",") if "," in value else value


async def decide(asked: Question, *, as_json: bool) -> int:
    book = rulebook(example=asked.example)
    given = facts(book, asked)
    decision = flow.decide(book, given, day(asked.on))
    if as_json:
        as_json_line({"facts": flow.facts_shown(given), **decision.to_json(), "notice": NOTICE})
    else:
        show(decision)
    return 0 if decision.allowed else EXIT_WRONG


async def explain(asked: Question, *, as_json: bool) -> int:
    """The same answer in sentences."""
    book = rulebook(example=asked.example)
    decision = flow.decide(book, facts(book, asked), day(asked.on))
    told = flow.explain(decision, asked.language)
    if as_json:
        as_json_line(told.to_json())
        return 0 if decision.allowed else EXIT_WRONG
    colour = COLOURS[decision.outcome]
    out.print(f"[bold {colour}]{told.title}[/bold {colour}]  {told.sentence}", soft_wrap=True)
    for line in told.lines:
        out.print(f"{MARKS[line.finding]} {line.text}", soft_wrap=True)
        for more in (line.change, line.remedy):
            if more:
                out.print(f"    {more}", soft_wrap=True)
        out.print(f"    [dim]{line.provision} ({line.confidence_text})[/dim]", soft_wrap=True)
    for notice in told.notices:
        out.print(f"[dim]{notice}[/dim]", soft_wrap=True)
    return 0 if decision.allowed else EXIT_WRONG


def show(decision: Decision) -> None:
    colour = COLOURS[decision.outcome]
    title = decision.outcome.value.replace("_", " ")
    out.print(f"[bold {colour}]{title}[/bold {colour}] on {decision.decided_on}")
    order = list(Finding)
    for step in sorted(decision.trace, key=lambda step: _gravity(order, step)):
        _tell(step)
    for duty in decision.duties:
        asked = " ".join(each for each in (", ".join(duty.fields), duty.within) if each)
        out.print(f"[bold]duty[/bold] {duty.duty}{': ' if asked else ''}{asked}")
    unknown = sorted({fact for step in decision.unknown for fact in step.missing})
    if unknown:
        count = len(decision.unknown)
        out.print(f"[dim]{count} rules not decided; not given: {', '.join(unknown)}[/dim]")
    for step in decision.trace:
        change = step.least_change
        if step.finding in {Finding.FAILED, Finding.NOTED} and change is not None:
            out.print(f"It would pass {step.rule} with {change['fact']} {change['to']}.")
    for label in sorted(decision.labels):
        out.print(f"[yellow]Figures marked {label!r} are no law.[/yellow]")
    out.print(f"[dim]{NOTICE}[/dim]")


def _gravity(order: list[Finding], step: Step) -> int:
    told = {Finding.FAILED: 0, Finding.NOTED: 1, Finding.DUE: 2}
    return told.get(step.finding, 3 + order.index(step.finding))


MARKS = {
    Finding.FAILED: "[red]x[/red]",
    Finding.NOTED: "[yellow]?[/yellow]",
    Finding.DUE: "[blue]![/blue]",
    Finding.PASSED: "[green]v[/green]",
    Finding.UNDETERMINED: "[dim]-[/dim]",
}


def _tell(step: Step) -> None:
    """Two lines: what was found, and where it stands."""
    seen = step.observed
    if step.threshold:
        seen += f", limit {step.threshold}" if step.frame.operator else f" {step.threshold}"
    if step.margin:
        seen += f", left {step.margin}"
    unit = f" {step.unit}" if seen and step.unit not in {"flag", "choice", "ratio"} else ""
    out.print(f"{MARKS[step.finding]} [bold]{step.rule}[/bold] {step.finding}  {seen}{unit}")
    mark = f"{step.frame.confidence}{', ' + step.label if step.label else ''}"
    out.print(f"    [dim]{step.provision} ({mark})[/dim]", soft_wrap=True)


async def lint(*, as_json: bool) -> int:
    """Every defect of the books, and how many values there are of each status and confidence."""
    book = flow.read(books())
    defects = flow.lint(book, utc_now().date())
    wrong = [each for each in defects if not each.warning]
    entries = (*book.entries, *book.rules)
    counts = Counter((e.jurisdiction, e.status.value, e.confidence.value) for e in entries)
    if as_json:
        as_json_line(
            {
                "values": len(book.entries),
                "rules": len(book.rules),
                "unknown_values": sum(value.value is None for value in book.entries),
                "by_status": Counter(each.status.value for each in entries),
                "by_confidence": Counter(each.confidence.value for each in entries),
                "by_book": [
                    {"book": b, "status": s, "confidence": c, "count": count}
                    for (b, s, c), count in sorted(counts.items())
                ],
                "defects": defects,
                "clean": not wrong,
            }
        )
        return EXIT_WRONG if wrong else 0
    _counted(book, counts)
    for each in defects:
        colour = "yellow" if each.warning else "red"
        out.print(f"[{colour}]{each.kind}[/{colour}] {each.entry} ({each.place}): {each.detail}")
    out.print("[red]not clean[/red]" if wrong else "[green]clean[/green]")
    return EXIT_WRONG if wrong else 0


def _counted(book: Rulebook, counts: Counter[tuple[str, str, str]]) -> None:
    table = Table(title=f"{len(book.entries)} values, {len(book.rules)} rules", box=None)
    for column in ("book", "status", "high", "medium", "low"):
        table.add_column(column, justify="left" if column in {"book", "status"} else "right")
    for name, status in sorted({(b, s) for b, s, _ in counts}):
        figures = [str(counts[name, status, sure] or "") for sure in ("high", "medium", "low")]
        table.add_row(name, status, *figures)
    out.print(table)


async def cases(*, as_json: bool) -> int:
    """Decide every situation written beside the values and rules."""
    run = flow.run_cases(flow.read(books()))
    if as_json:
        as_json_line({"cases": run.cases, "misses": run.misses, "clean": not run.misses})
    else:
        for miss in run.misses:
            out.print(
                f"[red]{miss.entry}[/red] ({miss.place}) {miss.kind} on {miss.on}:"
                f" expected {miss.expected}, found {miss.found}"
            )
        verdict = "[red]not clean[/red]" if run.misses else "[green]clean[/green]"
        out.print(f"{run.cases} cases: {verdict}")
    return EXIT_WRONG if run.misses else 0
