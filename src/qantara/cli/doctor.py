"""`qantara doctor`: what this machine offers, what is configured, whether it works."""

from rich.markup import escape
from rich.table import Table

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, out
from qantara.clock import utc_now
from qantara.db import binaries
from qantara.errors import NotFound, QantaraError
from qantara.settings import Settings
from qantara.world import worlds
from qantara.world.checkup import Check, State, databases, machine, places
from qantara.world.checkup.model import well
from qantara.world.worlds import Folder

_COLOURS = {State.OK: "green", State.WARN: "yellow", State.BAD: "red"}


async def run(*, as_json: bool) -> int:
    chosen = settings.load()
    checks = machine.machine(chosen.home)
    if chosen.database_url is None:
        checks.append(_programs(chosen))
    try:
        place = worlds.chosen(chosen)
    except NotFound:
        checks += await _databases(chosen, None)
        checks.append(well("world", "none yet; `qantara demo` makes one"))
    else:
        checks += await _databases(chosen, place)
        checks += await _world(place)
    healthy = all(check.ok for check in checks)
    if as_json:
        told = [check.to_json() for check in checks]
        worst = max((check.state for check in checks), key=list(State).index)
        as_json_line({"healthy": healthy, "state": worst.value, "checks": told})
    else:
        out.print(_table(checks))
    return 0 if healthy else EXIT_WRONG


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("check", "state", "found"):
        table.add_column(column, overflow="fold")
    for check in checks:
        colour = _COLOURS[check.state]
        state = f"[{colour}]{check.state.value}[/{colour}]"
        table.add_row(escape(check.name), state, escape(check.found))
        if check.todo and check.state is not State.OK:
            table.add_row("", "", f"[dim]{escape(check.todo)}[/dim]")
    return table


def _programs(chosen: Settings) -> Check:
    name = "postgresql programs"
    try:
        how = binaries.runner(chosen.postgres_version)
    except QantaraError as error:
        todo = "Install the wheel for this platform, or name a server in QANTARA_DATABASE_URL."
        return Check(name, State.BAD, str(error), todo)
    way = how.user or ("user namespace" if how.prefix else "this user")
    return well(name, f"{how.programs}, run as {way}")


async def _databases(chosen: Settings, place: Folder | None) -> list[Check]:
    """The server, and what the roles' databases say; a server that stood still is stopped again."""
    world = place.spec() if place is not None and place.config.exists() else None
    roles = 0 if world is None else len(world.roles)
    try:
        async with worlds.database_server(chosen, lambda _: None) as server:
            checks = await databases.server(server, roles)
            if world is not None and place is not None:
                checks += await databases.roles(server, world, sorted(place.running()))
    except QantaraError as error:
        todo = "Start it, or correct QANTARA_DATABASE_URL."
        return [Check("database", State.BAD, str(error), todo)]
    return checks


async def _world(place: Folder) -> list[Check]:
    running = place.running()
    state = f"running: {', '.join(sorted(running))}" if running else "not running"
    checks = [well("world", f"{place.name}, {state}"), *await places.doors(running)]
    checks += places.certificates(place.tls)
    if place.config.exists():
        world = place.spec()
        law = [each for each in world.rulebook.entries if not each.label]
        verified = [each.verified_on for each in law]
        checks.append(places.rulebook(verified, utc_now().date()))
        checks.append(machine.ports(world, running))
    return checks
