"""Whether a role lives, and whether it can work."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from qantara.api.answers import json
from qantara.db import Tx
from qantara.edge.calls import door_of

gets = APIRouter(tags=["health"])


async def _beat(_tx: Tx, _node: object, commands: Sequence[None], _now: datetime) -> list[None]:
    return [None] * len(commands)


@gets.get("/healthz", response_class=Response)
async def healthz(request: Request) -> Response:
    """The process answers."""
    return json({"role": door_of(request).role, "status": "alive"})


@gets.get("/readyz", response_class=Response)
async def readyz(request: Request) -> Response:
    """The writer commits and the readers read."""
    door = door_of(request)
    async with door.database.look() as tx:
        await tx.fetchval("SELECT 1")
    # Anybody may ask, so it rides: asked by many at once, it costs one commit.
    await door.batcher.run(_beat, None, rides=True)
    return json({"role": door.role, "status": "ready"})
