"""A process that writes one row after another for a role: `URL NAME`. It says what it does."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime

from qantara.clock import utc_now
from qantara.db import Batcher, Database, Fence, Tx, fence
from qantara.errors import Unavailable


async def keep(tx: Tx, _node: object, names: Sequence[str], now: datetime) -> list[None]:
    await tx.execute(
        "INSERT INTO db.job (id, name, due_at) SELECT n, 'test', $2 FROM unnest($1::text[]) AS n",
        names,
        now,
    )
    return [None] * len(names)


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - what it says is what it is for


async def main(url: str, name: str) -> None:
    fence.SILENT_SECONDS = 1
    own = Fence("my")
    batcher = Batcher(Database(url), None, utc_now, fence=own)
    await batcher.start(wait=True)
    say("writing", own.epoch)
    number = 0
    while True:
        number += 1
        try:
            await batcher.run(keep, f"{name}-{number}")
        except Unavailable as error:
            say("refused", error.reason.value)
            return
        say("kept", f"{name}-{number}")
        await asyncio.sleep(0.05)


asyncio.run(main(*sys.argv[1:3]))
