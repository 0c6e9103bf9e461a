"""`qantara verify`: re-add every book, and name the first wrong row."""

from rich.table import Table

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, out
from qantara.world import worlds
from qantara.world.verify import Books


async def run(role: str | None, *, as_json: bool) -> int:
    chosen = settings.load()
    place = worlds.chosen(chosen)

    def progress(text: str) -> None:
        if not as_json:
            out.print(f"[dim]· {text}[/dim]")

    async with worlds.database_server(chosen, progress) as server:
        books = await worlds.read_stored_books(server, place, role, progress)
    if as_json:
        wrong = books.first_wrong
        first = {"role": wrong[0], "table": wrong[1].table, "key": wrong[1].key} if wrong else None
        as_json_line({"world": place.name, "first_wrong": first, **books.to_json()})
    else:
        show(place.name, books)
    return 0 if books.balanced else EXIT_WRONG


def show(world: str, books: Books) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("book", "accounts", "transfers", "batches", "seals", "open holds", "state"):
        table.add_column(name, justify="left" if name in {"book", "state"} else "right")
    for role, report in books.reports.items():
        state = "[green]clean[/green]" if report.clean else "[red]wrong[/red]"
        figures = (
            *(report.accounts, report.transfers, report.batches, report.seals),
            report.open_holds,
        )
        table.add_row(role, *(str(figure) for figure in figures), state)
    out.print(table)
    told = books.to_json()
    for kind in ("mirrors", "clearing", "safeguarding"):
        off = [
            entry for entry in told[kind] if entry.get("difference", entry.get("amount")) != "0.00"
        ]
        for entry in off:
            out.print(f"[red]{kind}[/red] {entry}")
        if not off:
            out.print(f"{len(told[kind])} {kind} agree")
    wrong = books.first_wrong
    if wrong is not None:
        role, finding = wrong
        out.print(
            f"[red]First wrong row:[/red] {role}, {finding.table} {finding.key}: {finding.field}"
            f" should be {finding.expected}, found {finding.found}"
        )
    verdict = "[green]balanced[/green]" if books.balanced else "[red]not balanced[/red]"
    out.print(f"World {world}: {verdict}")
