"""The measurement of pages and streams in miniature: its shape, and that everything was heard."""

from pathlib import Path

from world_trials import Home, Servers

from qantara.world import pages
from qantara.world.bench import web
from qantara.world.bench.web import Plan


async def test_pages_and_streams_are_told_beside_a_stored_file(
    servers: Servers, tmp_path: Path
) -> None:
    house = Home(tmp_path, servers(18))
    await house.server.prepare()
    plan = Plan(asks=2, warm=1, streams=30, per_session=10, events=2)
    found = (await web.measure(house.settings, lambda _: None, plan)).to_json()
    assert found["yardstick"]["per_second"] > 0
    *drawn, heard = found["results"]
    assert [each["name"] for each in drawn] == [each.path for each in pages.EVERY]
    assert all(0 < each["document_gzip_bytes"] < each["first_load_gzip_bytes"] for each in drawn)
    assert (heard["streams"], heard["sessions"]) == (30, 3)
    assert not house.folder(web.WORLD).path.exists()
