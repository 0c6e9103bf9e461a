"""Live events over HTTP (server-sent events), each with an id to go on from."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from fastapi import Request
from fastapi.responses import StreamingResponse

from qantara.clock import to_text
from qantara.db import events
from qantara.db.events import Happening
from qantara.edge.calls import Call, still_valid
from qantara.edge.watch import Stream
from qantara.errors import Malformed, Reason

HEARTBEAT_SECONDS = 5.0
"""How often a quiet stream shows that it lives, and whether its key still opens is asked."""

MEDIA_TYPE = "text/event-stream"
_encode = msgspec.json.Encoder().encode


def last_event_id(request: Request) -> int:
    """The sequence after which a reader goes on; 0 for all there is."""
    text = request.headers.get("last-event-id", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        raise Malformed(Reason.CURSOR_MALFORMED, param="Last-Event-ID", value=text)
    return int(text)


_DIGITS = 18


def live(request: Request, call: Call, subject: str, final: frozenset[str]) -> StreamingResponse:
    """What has happened to a subject since the last event the reader saw, and then what does."""
    told = _events(request, call, subject, final, last_event_id(request))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(told, media_type=MEDIA_TYPE, headers=headers)


async def _events(
    request: Request, call: Call, subject: str, final: frozenset[str], seen: int
) -> AsyncIterator[bytes]:
    async with call.door.watch.follow([subject]) as stream:
        async with call.door.database.read() as tx:
            known = await events.of(tx, subject)
        for happened in known:
            if happened.sequence > seen:
                seen = happened.sequence
                yield _event(happened)
        if known and known[-1].state in final:
            return
        while True:
            happening = await _next(stream)
            if happening is None:
                if not await still_valid(request):
                    return
                yield b": alive\n\n"
            elif happening.sequence > seen:
                seen = happening.sequence
                yield _event(happening)
                if happening.state in final:
                    return


async def _next(stream: Stream) -> Happening | None:
    """The next event, None after a quiet while."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            return await anext(stream)
    except TimeoutError:
        return None


def _event(happening: Happening) -> bytes:
    data = {
        "id": happening.subject,
        "state": happening.state,
        "recorded_at": to_text(happening.recorded_at),
    }
    said = (
        f"id: {happening.sequence}\nevent: {happening.state}\ndata: ".encode(),
        _encode(data),
        b"\n\n",
    )
    return b"".join(said)
