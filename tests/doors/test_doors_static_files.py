"""Files of the pages go out as small as the asker can read them, and always the same."""

import httpx
import pytest
from console_world import office

from qantara.web import statics

pytestmark = pytest.mark.asyncio(loop_scope="module")
CODINGS = (
    ("gzip, deflate, br", "br"),
    ("gzip;q=1.0, br;q=0", "gzip"),
    ("br; q=0.000,gzip", "gzip"),
    ("GZIP", "gzip"),
    ("identity", None),
    ("brotli, x-gzip", None),
    ("", None),
)


async def test_a_file_is_packed_as_it_is_asked_for(servers):
    whole = statics.content("series-chart.js")
    async with office(servers(18)) as world:
        for asked, coding in CODINGS:
            path = statics.address("series-chart.js")
            answer = await world.my.client.get(path, headers={"accept-encoding": asked})
            assert answer.status_code == httpx.codes.OK
            assert answer.headers.get("content-encoding") == coding
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.content == whole
            assert (int(answer.headers["content-length"]) < len(whole)) == bool(coding)
        path = statics.address("familjen-grotesk-600.woff2")
        answer = await world.my.client.get(path, headers={"accept-encoding": "br, gzip"})
        assert "content-encoding" not in answer.headers
