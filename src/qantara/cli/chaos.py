"""`qantara chaos`: a seed decides what goes wrong, an auditor says whether anything came of it."""

from rich.table import Table

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, err, out
from qantara.world.chaos import running
from qantara.world.chaos.model import Chaos

SHOWN = 5


async def run(
    seed: int, schedules: int, only: int | None, real_kills: int, *, as_json: bool
) -> int:
    """0 only if nothing was lost, doubled, stuck or unbalanced, every kind of fault was met, and
    the row that was corrupted on purpose was found.
    """

    def progress(text: str) -> None:
        err.print(f"[dim]· {text}[/dim]")

    numbers = range(schedules) if only is None else [only]
    done = await running.run(settings.load(), seed, numbers, real_kills, progress)
    if only is not None:
        for line in done.ran[0].lines:
            err.print(line, markup=False, soft_wrap=True)
    if as_json:
        as_json_line(done.to_json())
    else:
        _tell(done)
    return 0 if done.good else EXIT_WRONG


def _tell(done: Chaos) -> None:
    table = Table(title=f"Seed {done.seed}: {len(done.ran)} schedules", box=None)
    for column in ("fault", "times", "places"):
        table.add_column(column, justify="left" if column == "fault" else "right")
    for fault, count in done.faults.items():
        table.add_row(fault.value, f"{count:,}", str(done.places[fault]))
    if done.kills is not None:
        for name, count in done.kills.by_kind.items():
            table.add_row(f"real kill of a {name}", str(count), "")
    out.print(table)
    wrong = ", ".join(f"{count} {kind.value}" for kind, count in done.wrong().items())
    colour = "red" if any(done.wrong().values()) else "green"
    out.print(f"{done.payments:,} payments: [{colour}]{wrong}[/{colour}]")
    for each in done.failing[:SHOWN]:
        out.print(f"[red]{each.replay}[/red]")
        for finding in each.audit.to_json()["findings"][:SHOWN]:
            said = f"{finding['wrong']}: {finding['role']} {finding['subject']}: "
            out.print(f"  {said}{finding['sentence']}", markup=False)
    _tell_found(done)


def _tell_found(done: Chaos) -> None:
    found = done.found
    if found is None:
        return
    said = "[green]found[/green]" if found.named else "[red]NOT found[/red]"
    out.print(f"Corrupted on purpose ({found.role}, {found.row}, {found.change}): {said}")
    for sentence in found.said:
        out.print(f"  {sentence}", markup=False)
