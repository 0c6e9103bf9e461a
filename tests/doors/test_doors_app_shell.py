"""The app as something to install: its manifest, its worker, and what is said without a network."""

from collections.abc import AsyncIterator

import pytest
from console_world import Browser
from door_world import World, opened

from qantara.texts import Language


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


@pytest.mark.parametrize("language", list(Language))
async def test_a_phone_can_install_it_in_its_language(world, language):
    me = Browser(world, language)
    answer = await me.get("/app/manifest.webmanifest")
    told = answer.json()
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (told["lang"], told["scope"], told["start_url"]) == (language, "/app", "/app")
    assert told["dir"] == ("rtl" if language is Language.UR else "ltr")
    icon = await me.get(told["icons"][0]["src"])
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
    assert f'lang="{language}"' in await me.page("/app/offline")


async def test_the_worker_sees_the_app_alone_and_keeps_no_form(world):
    me = Browser(world)
    answer = await me.get("/app/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == "/app"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    assert 'request.method === "GET" && answer.ok' in answer.text
    sign_in = await me.page("/app/sign-in")
    assert 'worker="/app/worker.js" scope="/app"' in sign_in
