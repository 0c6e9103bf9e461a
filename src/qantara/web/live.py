"""What moves on a page by itself: the browser is told that a thing it follows has changed, and
asks for the page again as its person would. A stream says that something happened, never what a
page has to say about it.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from qantara.db import events
from qantara.edge.sse import MEDIA_TYPE, last_event_id
from qantara.errors import Malformed, Reason
from qantara.web import rules, streams, visits
from qantara.web.sites import Site, Topic
from qantara.web.streams import Followed, Streams
from qantara.web.visits import Visit

PATH = "/live"
TOPICS_MOST = 16
_LONGEST = 200
_KEPT = "streams"


@dataclass(frozen=True, slots=True)
class Live:
    """What a page follows, and the last event it knew when it was drawn."""

    topics: Sequence[str]
    since: int

    @property
    def query(self) -> str:
        return urlencode([*(("topic", each) for each in self.topics), ("since", str(self.since))])


async def stream(request: Request, site: Site) -> Response:
    """A stream of a session: it ends with it, and tells what was missed since the last event."""
    headers = {"X-Accel-Buffering": "no"}
    visit = await visits.signed(request, site, None, by_person=False)
    if visit is None:
        said, status = streams.ENDED, HTTPStatus.UNAUTHORIZED
        return Response(said, status, headers, MEDIA_TYPE)
    request.state.visit = visit
    returning = "last-event-id" in request.headers
    since = last_event_id(request) if returning else visit.place("since")
    followed = await _followed(visit, request.query_params.getlist("topic"))
    told = _told(visit, followed, since or 0)
    return StreamingResponse(told, media_type=MEDIA_TYPE, headers=headers)


async def _followed(visit: Visit, asked: Collection[str]) -> list[Followed]:
    known = {each.name: each for each in visit.site.kind.topics}
    if not asked or len(asked) > TOPICS_MOST or any(len(each) > _LONGEST for each in asked):
        raise Malformed(Reason.FIELD_INVALID, param="topic", value=str(len(asked)))
    found: list[Followed] = []
    async with visit.door.database.read() as tx:
        for each in asked:
            name, _, what = each.partition(":")
            topic: Topic | None = known.get(name)
            if topic is None:
                raise Malformed(Reason.FIELD_INVALID, param="topic", value=each)
            found += [Followed(topic.name, key) for key in await topic.keys(tx, visit, what)]
    return found


async def _told(visit: Visit, followed: Collection[Followed], seen: int) -> AsyncIterator[bytes]:
    async with _streams(visit.site).opened(rules.digest(visit.secret), followed) as mine:
        looked = {each.name for each in visit.site.kind.topics if each.look is not None}
        told_of = [each for each in followed if each.name not in looked]
        async with visit.door.database.read() as tx:
            newest = await events.last(tx)
            missed = await events.since(tx, {each.key for each in told_of}, seen)
        for happening in missed:
            yield streams.said(happening, told_of)
        if newest > seen:
            for name in sorted({each.name for each in followed} & looked):
                yield streams.changed(name)
        seen = max(seen, newest)
        yield streams.place(seen)
        async for told in mine:
            if told.sequence is None or told.sequence > seen:
                yield told.said


def _streams(site: Site) -> Streams:
    found = site.kept.get(_KEPT)
    if not isinstance(found, Streams):
        found = site.kept[_KEPT] = Streams(site)
    return found
