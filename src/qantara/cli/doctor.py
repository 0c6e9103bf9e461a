"""`qantara doctor`: what this machine offers, what is configured, whether it works."""

import platform
from typing import Any

from rich.table import Table

from qantara import __version__, settings
from qantara.cli.show import EXIT_WRONG, as_json_line, out
from qantara.db import binaries
from qantara.errors import NotFound, QantaraError
from qantara.world import worlds


async def run(*, as_json: bool) -> int:
    chosen = settings.load()
    checks: list[dict[str, Any]] = [
        {"check": "qantara", "ok": True, "found": __version__},
        {"check": "python", "ok": True, "found": platform.python_version()},
        {"check": "home", "ok": True, "found": str(chosen.home)},
    ]
    if chosen.database_url is None:
        checks.append(_programs(chosen))
    checks.append(await _database(chosen))
    checks.append(_world(chosen))
    if as_json:
        as_json_line({"healthy": all(check["ok"] for check in checks), "checks": checks})
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("check", "state", "found"):
            table.add_column(column, overflow="fold")
        for check in checks:
            table.add_row(
                check["check"], "ok" if check["ok"] else "[red]wrong[/red]", check["found"]
            )
        out.print(table)
    return 0 if all(check["ok"] for check in checks) else EXIT_WRONG


def _programs(chosen: settings.Settings) -> dict[str, Any]:
    try:
        how = binaries.runner(chosen.postgres_version)
    except QantaraError as error:
        return {"check": "postgresql programs", "ok": False, "found": str(error)}
    way = how.user or ("user namespace" if how.prefix else "this user")
    return {"check": "postgresql programs", "ok": True, "found": f"{how.programs}, run as {way}"}


async def _database(chosen: settings.Settings) -> dict[str, Any]:
    try:
        async with worlds.database_server(chosen, lambda _: None) as server:
            connection = await server.connect()
            try:
                found = await connection.fetchval("SELECT version()")
            finally:
                await connection.close()
    except QantaraError as error:
        return {"check": "database", "ok": False, "found": str(error)}
    return {"check": "database", "ok": True, "found": str(found)}


def _world(chosen: settings.Settings) -> dict[str, Any]:
    try:
        place = worlds.chosen(chosen)
    except NotFound:
        return {"check": "world", "ok": True, "found": "none yet; `qantara demo` makes one"}
    addresses = place.running()
    state = f"running: {', '.join(sorted(addresses))}" if addresses else "not running"
    return {"check": "world", "ok": True, "found": f"{place.name}, {state}"}
