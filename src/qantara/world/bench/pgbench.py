"""PostgreSQL's own TPC-B-like run as a yardstick, by the program of the same wheel."""

import asyncio
import re
import subprocess

from qantara.db import Server, binaries
from qantara.errors import Reason, Unavailable
from qantara.settings import Settings

DATABASE = "qantara_bench_pgbench"
SCALE = 10
_LOAD = ("-M", "prepared", "-c", "32", "-j", "2")
_RATE = re.compile(rb"^tps = ([0-9.]+)", re.MULTILINE)


def name(scale: int = SCALE) -> str:
    return f"pgbench TPC-B-like {' '.join(_LOAD)} -s {scale}"


async def prepare(settings: Settings, server: Server, scale: int = SCALE) -> None:
    """Fresh tables of pgbench, in a database of their own on the measured server."""
    await drop(server)
    await server.create(DATABASE, ())
    await _run(settings, server, "-i", "-q", "-s", str(scale))


async def rate(settings: Settings, server: Server, seconds: float) -> float:
    """Transactions a second of one run, connecting not counted."""
    said = await _run(settings, server, *_LOAD, "-T", str(max(1, round(seconds))))
    found = _RATE.search(said)
    if found is None:
        raise Unavailable(Reason.INTERNAL, detail=f"pgbench said no rate: {said.decode()}")
    return float(found[1])


async def drop(server: Server) -> None:
    await server.drop(DATABASE)


async def _run(settings: Settings, server: Server, *options: str) -> bytes:
    how = binaries.runner(settings.postgres_version)
    command = how.command("pgbench", *options, server.url_of(DATABASE))
    run = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, check=False, user=how.user, cwd="/"
    )
    said = run.stdout + run.stderr
    if run.returncode != 0:
        raise Unavailable(Reason.INTERNAL, detail=f"pgbench failed: {said.decode()}")
    return said
