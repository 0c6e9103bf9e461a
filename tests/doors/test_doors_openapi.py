import json
import os
from collections.abc import Iterator

import httpx
import pytest
from door_world import opened

from qantara.api.app import app
from source_tree import ROOT

KINDS = ("institution", "gateway", "ips", "sap", "fxp", "psp")


CARRYING = {"/v1/messages", "/iso20022/acmt023", "/iso20022/pacs008"}
"""Messages bring their own ids."""
ASKING = {
    "/v1/ussd",
    *("/v1/payment-codes/scanned", "/v1/policy/decide", "/v1/policy/whatif", "/v1/cash/lookups"),
}
"""A question that does not fit into an address changes nothing."""
OPEN = "/v1/onboarding/"
"""For people who have no key yet: a secret of their own stands for it once a code is proved."""


def committed(kind: str, written: str) -> str:
    """The description in the documentation; the institution's is the one most readers want."""
    name = "openapi.json" if kind == "institution" else f"openapi-{kind}.json"
    page = ROOT / "docs" / name
    if os.environ.get("QANTARA_BLESS"):
        page.write_text(written, encoding="utf-8")
    return page.read_text(encoding="utf-8")


@pytest.fixture
async def world(servers):
    async with opened(servers(18)) as made:
        yield made


def operations(described: dict) -> Iterator[tuple[str, str, dict]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@pytest.mark.parametrize("kind", KINDS)
async def test_the_committed_description_is_the_one_of_the_code(world, kind):
    described = app(kind, world.my.door).openapi()
    written = json.dumps(described, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    assert committed(kind, written) == written, "run this test with QANTARA_BLESS=1"
    assert described["openapi"].startswith("3.1")


@pytest.mark.parametrize("kind", KINDS)
async def test_the_description_is_whole(world, kind):
    described = app(kind, world.my.door).openapi()
    text = json.dumps(described)
    for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert name in described["components"]["schemas"], name
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(described):
        assert operation.get("description"), path
        if path.startswith("/v1"):
            assert {"4XX", "5XX"} <= set(operation["responses"]), path
        if method == "POST" and path not in CARRYING | ASKING and not path.startswith(OPEN):
            names = [each["name"] for each in operation.get("parameters", [])]
            assert "Idempotency-Key" in names, path


async def test_every_described_route_is_closed_to_strangers(world):
    for method, path, _ in operations(world.my.app.openapi()):
        if path.startswith(OPEN):
            continue
        answer = await world.my.client.request(method, path.replace("{", "").replace("}", ""))
        expected = httpx.codes.OK if path in {"/healthz", "/readyz"} else httpx.codes.UNAUTHORIZED
        assert answer.status_code == expected, path


async def test_every_kind_of_role_has_an_app(world):
    for kind in KINDS:
        paths = app(kind, world.my.door).openapi()["paths"]
        assert {"/v1/messages", "/healthz", "/readyz", "/metrics"} <= set(paths)
