"""`qantara scheme run`: many payments through a world of its own, and everything compared."""

from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, err, out
from qantara.world import rehearsal, worlds
from qantara.world.rehearsal import Rehearsed

WORLD = "rehearsal"


async def run(payments: int, schemas: Path | None, *, as_json: bool) -> int:
    """0 only if every payment arrived, every record agrees and every message is right."""
    chosen = settings.load()
    place = worlds.folder(chosen, WORLD)

    def say(text: str) -> None:
        if not as_json:
            err.print(f"[dim]· {text}[/dim]")

    async with worlds.database_server(chosen, say) as server:
        await worlds.erase(server, place)
        try:
            async with worlds.started(server, place, say) as runtime:
                with _bars(quiet=as_json) as bars:
                    tasks = {"payments": bars.add_task("payments", total=payments)}

                    def progress(what: str, more: int) -> None:
                        if what not in tasks:
                            tasks[what] = bars.add_task(what, total=None)
                        bars.advance(tasks[what], more)

                    done = await rehearsal.rehearse(runtime, payments, schemas, progress)
                    bars.update(tasks["messages"], total=sum(done.messages.values()))
        finally:
            await worlds.erase(server, place)
    if as_json:
        as_json_line(rehearsal.to_json(done))
    else:
        _tell(done)
    return 0 if done.good else EXIT_WRONG


def _bars(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=quiet,
    )


def _tell(done: Rehearsed) -> None:
    pace = done.payments / done.seconds
    out.print(f"{done.payments} payments in {done.seconds:.1f} s ({pace:.0f} a second)")
    table = Table(title="What institutions recorded and what camt.054 says", box=None)
    for column in ("system", "side", "payments", "institution", "camt.054", ""):
        table.add_column(column, justify="right" if column == "payments" else "left")
    for each in done.comparisons:
        table.add_row(
            each.system,
            each.booking.value,
            str(each.reported.count),
            f"{each.institution.total} {each.institution.total.asset}",
            f"{each.reported.total} {each.reported.total.asset}",
            "[green]agrees[/green]" if each.agrees else "[red]differs[/red]",
        )
    out.print(table)
    count = sum(done.messages.values())
    judged = f", {done.judged_officially} by official schemas" if done.judged_officially else ""
    out.print(f"{count} messages judged{judged}, {len(done.defects)} defects")
    for told in done.defects[:10]:
        out.print(f"[red]{told}[/red]")
    books = "[green]balanced[/green]" if done.books.balanced else "[red]not balanced[/red]"
    gateway = "[green]reconciled[/green]" if done.gateway_balanced else "[red]not reconciled[/red]"
    out.print(f"Gateway {gateway}. Books {books}.")
