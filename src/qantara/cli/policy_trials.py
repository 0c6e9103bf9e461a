"""`qantara policy whatif`, `prove` and `mutate`: the rules put to the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from qantara import settings
from qantara.cli.policy import NOTICE, books, day, rulebook
from qantara.cli.policy_regimes import rates
from qantara.cli.show import EXIT_WRONG, as_json_line, err, out
from qantara.errors import Malformed, Reason
from qantara.money import Rate, asset
from qantara.policy import flow
from qantara.policy.model import Example, Payment, Report, Rulebook
from qantara.world import worlds

if TYPE_CHECKING:
    from qantara.policy.bridge.trying import Trial


@dataclass(frozen=True, slots=True)
class Wish:
    """Which other rules, and on which payments: a file of them, or those of the world's book."""

    draft: Path | None
    adopt: Sequence[str]
    lend: str | None
    rates: Sequence[str]
    payments: Path | None
    examples: int


async def whatif(wish: Wish, *, as_json: bool) -> int:
    given = [wish.draft is not None, bool(wish.adopt), wish.lend is not None]
    if sum(given) != 1:
        raise Malformed(Reason.FIELD_INVALID, param="draft, adopt or as", value=str(sum(given)))
    law = rulebook(example=True)
    payments = await _payments(law, wish.payments)
    trial = _trial(law, wish, payments)
    if as_json:
        as_json_line({**trial.to_json(), "labels": ["example"], "notice": NOTICE})
    else:
        _tell(trial)
    return 0


def _trial(law: Rulebook, wish: Wish, payments: Sequence[Payment]) -> Trial:
    if wish.lend is not None:
        country, _, other = wish.lend.partition(":")
        typed = [Rate(asset(a), asset(b), rate) for (a, b), rate in rates(wish.rates).items()]
        return flow.try_as(law, country, other, typed, payments, examples=wish.examples)
    if wish.draft is not None:
        then = flow.drafted(law, wish.draft)
    else:
        then = flow.adopting(law, wish.adopt)
    return flow.try_out(law, then, payments, examples=wish.examples)


async def _payments(law: Rulebook, file: Path | None) -> list[Payment]:
    if file is not None:
        return flow.read_payments(law, file)
    chosen = settings.load()

    def progress(text: str) -> None:
        err.print(f"[dim]· {text}[/dim]")

    async with worlds.database_server(chosen, progress) as server:
        return await worlds.payments_asked(server, worlds.chosen(chosen), progress)


def _tell(trial: Trial) -> None:
    table = Table(title=f"{trial.payments:,} payments under other rules", box=None)
    for column in ("", "payments", "value", "customers", "corridors"):
        table.add_column(column, justify="right" if column == "payments" else "left")
    for each in trial.changes:
        value = ", ".join(f"{code} {money}" for code, money in sorted(each.total.value.items()))
        ways = ", ".join(f"{way} {total.payments}" for way, total in each.corridors.items())
        count = str(len(each.customers) or "")
        table.add_row(each.change.value, f"{each.total.payments:,}", value, count, ways)
    out.print(table)
    for each in trial.changes:
        for rule in each.rules:
            out.print(
                f"{each.change}: [bold]{rule.rule}[/bold] {rule.total.payments:,}"
                f" [dim]{rule.provision}[/dim]",
                soft_wrap=True,
            )
        for example in each.examples:
            step = next((s for s in example.after.trace if s.finding in {"failed", "noted"}), None)
            told = "" if step is None else f"{step.rule}: {step.observed}, limit {step.threshold}"
            out.print(f"  {example.payment.id} on {example.payment.on} {told}", soft_wrap=True)
    if trial.outside:
        out.print(f"{len(trial.outside)} payments of days for which no rules are known")
    out.print("[yellow]Figures marked 'example' are no law.[/yellow]")
    out.print(f"[dim]{NOTICE}[/dim]")


async def prove(
    source: str, destination: str, on: str | None, *, example: bool, as_json: bool
) -> int:
    """Everything proved, contradicted or left open about a corridor."""
    report = flow.prove(rulebook(example=example), source, destination, day(on))
    if as_json:
        as_json_line({**report.to_json(), "notice": NOTICE})
    else:
        _tell_report(report)
    return 0 if report.sound else EXIT_WRONG


def _tell_report(report: Report) -> None:
    """Proofs first, then what a person has to know: conflicts, gaps, and what is remarkable."""
    colours = {"proved": "green", "counterexample": "red", "unknown": "yellow"}
    out.print(f"[bold]{report.source} to {report.destination} on {report.on}[/bold]")
    for claim in (*report.claims, report.exact):
        colour = colours[claim.verdict]
        told = claim.rule or "the table refuses nothing that no rule refuses"
        out.print(
            f"[{colour}]{claim.verdict}[/{colour}] {told} [dim]{claim.provision}[/dim]",
            soft_wrap=True,
        )
        _tell_payment(claim.example)
    for conflict in report.conflicts:
        one, other = conflict.rules
        out.print(f"[red]conflict[/red] {one} and {other} cannot both be met")
        _tell_payment(conflict.example)
    for gap in report.gaps:
        out.print(
            f"[yellow]gap[/yellow] {gap.topic}: {gap.rule} ({gap.jurisdiction}), no equivalent in"
            f" {gap.other} [dim]{gap.provision}[/dim]",
            soft_wrap=True,
        )
        _tell_payment(gap.example)
    for note in report.notes:
        others = f" ({', '.join(note.others)})" if note.others else ""
        out.print(f"[dim]{note.kind.replace('_', ' ')}: {note.rule}{others}[/dim]")
    passage = report.passage
    out.print(
        f"[red]no payment passes:[/red] {', '.join(passage.closed_by)}"
        if passage.closed_by
        else f"[green]some payments pass[/green] ({passage.verdict})"
    )
    out.print(
        f"{report.probe.payments} payments at and around the boundaries decided by engine and"
        f" solver: {len(report.probe.disagreements)} disagreements"
    )
    for question in report.open_questions:
        out.print(f"[yellow]left open:[/yellow] {question}")
    out.print(f"[dim]{NOTICE}[/dim]")


def _tell_payment(example: Example | None) -> None:
    if example is None:
        return
    told = flow.facts_shown(example.facts)
    sides = [
        " ".join(f"{name}={value}" for name, value in told[side].items() if name != "currency")
        for side in ("sender", "recipient")
        if side in told
    ]
    out.print(f"    [dim]{' -> '.join(sides)}: {example.decision.outcome}[/dim]", soft_wrap=True)


async def mutate(seed: int, count: int, *, as_json: bool) -> int:
    """Put faults into the books and see what catches each."""
    found = flow.mutate(seed, count, books())
    if as_json:
        as_json_line(found.to_json())
    else:
        table = Table(title=f"seed {seed}, {found.mutants} faults", box=None)
        for column in ("kind", "records", "drawn", *found.tallies[0].caught, "rate"):
            table.add_column(column, justify="left" if column == "kind" else "right")
        for tally in found.tallies:
            caught = [str(tally.caught.get(judge, 0)) for judge in tally.caught]
            rate = "" if tally.rate is None else f"{tally.rate:.1%}"
            table.add_row(tally.kind, str(tally.records), str(tally.mutants), *caught, rate)
        out.print(table)
        for each in found.survivors:
            out.print(f"[red]survived[/red] {each.kind} {each.entry} ({each.place}): {each.told}")
        if found.rate is not None:
            out.print(f"{found.rate:.1%} caught")
    enough = found.rate is not None and found.rate >= LEAST_CAUGHT
    return 0 if enough else EXIT_WRONG


LEAST_CAUGHT = 0.95
"""Below this share the books are not watched closely enough."""
