"""`python -m qantara.world.bench.elsewhere WORLD FORM ROLE...`: roles of a measured world.

Answers every line on its standard input with what the process has used so far, one JSON object a
line; ends when the input does.
"""

import asyncio
import sys
from collections.abc import Sequence

import msgspec
import uvloop

from qantara import settings
from qantara.world import worlds
from qantara.world.bench import costs
from qantara.world.bench.costs import Sampler
from qantara.world.bench.layouts import FORMS


async def run(world: str, form: str, roles: Sequence[str]) -> None:
    chosen = settings.load()
    place = worlds.folder(chosen, world)
    async with (
        worlds.database_server(chosen, _silent) as server,
        worlds.started(server, place, _silent, roles, FORMS[form]) as runtime,
    ):
        sampler = Sampler()
        sampler.start()
        asked = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(asked), sys.stdin
        )
        while await asked.readline():
            told = msgspec.json.encode(costs.spent(sampler, runtime.roles))
            sys.stdout.write(told.decode() + "\n")
            sys.stdout.flush()
        sampler.stop()


def _silent(_text: str) -> None:
    """What goes on here is told by the process that started this one."""


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], sys.argv[2], sys.argv[3:]))
