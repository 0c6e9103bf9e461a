"""`qantara supervision`: what an authority sees, and days told to other institutions.

Signed in with the key of an authority of the example world, or of its operations where a day is
to be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from qantara.cli.show import as_json_line, guarded, out
from qantara.client.calls import Call, get, part, post
from qantara.later import Later

if TYPE_CHECKING:
    from qantara.cli import staff
    from qantara.supervision import flow as supervision
    from qantara.world import setup
    from qantara.world.worlds import Folder
else:
    staff = Later("qantara.cli.staff")
    setup = Later("qantara.world.setup")
    supervision = Later("qantara.supervision.flow")

PATH = "/v1/supervision"
OPERATIONS = "operations"
Told = dict[str, Any]

app = typer.Typer(help="What authorities see.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Institution = Annotated[str, typer.Option(help="Which institution of the world.")]
Authority = Annotated[
    str | None, typer.Option(help="As whom, such as BNM; the first of the jurisdiction if none.")
]
Last = Annotated[str | None, typer.Option(help="The last day, as 2026-11-22; today if none.")]
Days = Annotated[int, typer.Option(min=1, max=366, help="How many days.")]


@dataclass(frozen=True, slots=True)
class Wish:
    """One question and its options as they were given."""

    view: str
    role: str = "my"
    authority: str | None = None
    query: Mapping[str, object] = field(default_factory=dict)
    report: str | None = None


async def run(wish: Wish, *, as_json: bool) -> int:
    async with staff.signed_in(wish.role, partial(_whose, wish), as_json=as_json) as client:
        found = await client.do(_call(wish))
    if as_json:
        as_json_line(found)
    else:
        _show(found)
    return 0


def _whose(wish: Wish, place: "Folder") -> str:
    if wish.report is not None:
        return OPERATIONS
    if wish.authority is not None:
        return setup.supervisor(wish.authority)
    world = place.spec()
    here = supervision.of_jurisdiction(world.rulebook, world.role(wish.role).country)
    return setup.supervisor(here[0].code) if here else ""


def _call(wish: Wish) -> Call[Told]:
    if wish.report is not None:
        return post(f"{PATH}/aggregates", Told, {"day": wish.report}, None)
    return get(f"{PATH}/{wish.view}", Told, **wish.query)


def _show(found: Told) -> None:
    """Plain facts first, then what there is a list of."""
    facts = Table.grid(padding=(0, 2))
    for name, value in found.items():
        if not _is_list(value):
            facts.add_row(Text(name, "dim"), Text(_word(value)))
    out.print(facts)
    for name, value in found.items():
        if _is_list(value):
            out.print(_table(name, value))


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = [key for key in (rows[0] if rows else {}) if key not in {"aggregate", "body"}]
    table = Table(*columns, title=f"{name}: {len(rows)}", title_justify="left")
    for row in rows:
        table.add_row(*(Text(_word(row[column])) for column in columns))
    return table


def _word(value: object) -> str:
    match value:
        case None:
            return ""
        case {"amount": amount, "currency": currency, **_others}:
            return f"{currency} {amount}"
        case {"percent": percent, **_others}:
            return f"{percent} %"
        case dict():
            return ", ".join(f"{name} {_word(each)}" for name, each in value.items() if each)
        case list():
            return f"{len(value)}"
    return str(value)


def _span(last: str | None, days: int) -> dict[str, object]:
    return {"last": last, "days": days}


@app.command()
def overview(
    role: Institution = "my",
    authority: Authority = None,
    last: Last = None,
    days: Days = 1,
    *,
    as_json: Json = False,
) -> None:
    """A span of days in a few figures."""
    wish = Wish("overview", role, authority, _span(last, days))
    guarded(run(wish, as_json=as_json), as_json=as_json)


@app.command()
def corridors(
    role: Institution = "my",
    authority: Authority = None,
    last: Last = None,
    days: Days = 1,
    *,
    as_json: Json = False,
) -> None:
    """Each corridor: value, cost, times, and what payments came to."""
    wish = Wish("corridors", role, authority, _span(last, days))
    guarded(run(wish, as_json=as_json), as_json=as_json)


@app.command()
def costs(
    role: Institution = "my",
    authority: Authority = None,
    last: Last = None,
    days: Days = 30,
    *,
    as_json: Json = False,
) -> None:
    """What sending abroad cost day by day, beside what it shall cost at most."""
    wish = Wish("costs", role, authority, _span(last, days))
    guarded(run(wish, as_json=as_json), as_json=as_json)


@app.command()
def aggregates(
    role: Institution = "my",
    authority: Authority = None,
    last: Last = None,
    days: Days = 30,
    *,
    as_json: Json = False,
) -> None:
    """Days as institutions told and signed them."""
    wish = Wish("aggregates", role, authority, _span(last, days))
    guarded(run(wish, as_json=as_json), as_json=as_json)


@app.command()
def signed(
    issuer: Annotated[str, typer.Argument(help="The institution that told the day.")],
    day: Annotated[str, typer.Argument(help="As 2026-11-22.")],
    role: Institution = "my",
    authority: Authority = None,
    *,
    as_json: Json = False,
) -> None:
    """Every revision of one day, as it was signed."""
    wish = Wish(f"aggregates/{part(issuer)}/{part(day)}", role, authority)
    guarded(run(wish, as_json=as_json), as_json=as_json)


@app.command()
def complaints(
    role: Institution = "my",
    authority: Authority = None,
    last: Last = None,
    days: Days = 30,
    *,
    as_json: Json = False,
) -> None:
    """Complaints by kind: opened, closed, open and overdue."""
    wish = Wish("complaints", role, authority, _span(last, days))
    guarded(run(wish, as_json=as_json), as_json=as_json)


@app.command("access-log")
def access_log(
    role: Institution = "my", authority: Authority = None, *, as_json: Json = False
) -> None:
    """What the authority asked for."""
    guarded(run(Wish("access-log", role, authority), as_json=as_json), as_json=as_json)


@app.command()
def report(
    day: Annotated[str, typer.Argument(help="As 2026-11-22.")],
    role: Institution = "my",
    *,
    as_json: Json = False,
) -> None:
    """Have a day signed and told to the institutions of other jurisdictions now."""
    guarded(run(Wish("", role, report=day), as_json=as_json), as_json=as_json)
