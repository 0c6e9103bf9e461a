"""The independent auditor: content with a world at rest, and never with one row of it wrong."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio
from audit_corruptions import CORRUPTIONS, Corruption, corrupted

from qantara.client import AsyncClient, Order, Payee, calls, plans
from qantara.clock import utc_now
from qantara.db import Server
from qantara.host.config import WorldSpec
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Cycle
from qantara.settings import Settings
from qantara.world import setup, worlds
from qantara.world.audit import Wrong, audit

pytestmark = [pytest.mark.xdist_group("audit"), pytest.mark.asyncio(loop_scope="module")]
Servers = Callable[[int], Server]


@dataclass(frozen=True)
class World:
    """A world at rest: of two payments one went through and one came back."""

    server: Server
    spec: WorldSpec
    names: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = servers(18)
    settings = Settings(tmp_path_factory.mktemp("audit-home"), server.url, 18, 60)
    place = worlds.folder(settings, "audited")
    await server.prepare()
    await worlds.erase(server, place)
    async with worlds.started(server, place, lambda _: None) as runtime:
        keys = place.read_keys()
        async with AsyncClient(runtime.addresses["my"], keys["my"]["employer"]) as client:
            names = await _pay(client, place.spec())
        async with AsyncClient(runtime.addresses["pk"], keys["pk"]["employer"]) as client:
            await _pay_back(client, place.spec())
        await worlds.quiet(runtime)
        await runtime.roles["duitnow"].batcher.run(ips.settle_cycle, Cycle("first"))
    yield World(server, place.spec(), names)
    await worlds.erase(server, place)


async def _pay(client: AsyncClient, spec: WorldSpec) -> dict[str, str]:
    account = (await client.do(calls.accounts())).data[0].id
    friends = setup.residents("PK", spec.rulebook, utc_now().date())
    uetrs = {}
    for name, friend, amount in (
        ("paid", friends[2], "400.00"),
        ("refused", friends[setup.FULL_WALLET], "120.00"),
        ("other", friends[3], "55.55"),
    ):
        payee = Payee("PK", "MBNO", friend.customer.phone or "")
        done = await client.run(plans.pay(Order(account, payee, amount, "MYR", purpose="FAMI")))
        uetrs[name] = done.remittance.uetr or ""
    neighbour = setup.residents("MY", spec.rulebook, utc_now().date())[3]
    payee = Payee("MY", "ACCT", neighbour.account.number, "WAUEMYK0")
    check = await client.do(calls.new_payee_check(payee))
    body = {"account_id": account, "payee_check_id": check.id, "amount": "12.00"}
    await client.do(calls.post("/v1/transfers", dict, {**body, "currency": "MYR"}, None))
    return uetrs


async def _pay_back(client: AsyncClient, spec: WorldSpec) -> None:
    account = (await client.do(calls.accounts())).data[0].id
    friend = setup.residents("MY", spec.rulebook, utc_now().date())[2]
    payee = Payee("MY", "MBNO", friend.customer.phone or "")
    await client.run(plans.pay(Order(account, payee, "9000.00", "PKR", purpose="FAMI")))


async def test_a_world_at_rest_has_nothing_wrong_and_all_of_it_was_looked_at(world: World) -> None:
    found = await audit(world.server, world.spec)
    assert found.clean, found.to_json()["findings"]
    assert found.looked["books"] == len(world.spec.roles) - len(world.spec.of_kind("gateway"))
    assert found.looked["payments"] == 5
    assert found.to_json()["lost"] == 0


@pytest.mark.parametrize("one", CORRUPTIONS, ids=lambda one: one.name)
async def test_one_wrong_row_is_found_and_named(world: World, one: Corruption) -> None:
    async with corrupted(world.server, world.spec, one, world.names) as subjects:
        found = await audit(world.server, world.spec)
    assert subjects, "the corruption touched nothing"
    words = one.words.replace("{paid}", world.names["paid"])
    named = [
        finding
        for finding in found.of(one.wrong)
        if finding.role == (one.told_by or one.role)
        and finding.subject in subjects
        and words in finding.sentence
    ]
    assert named, found.to_json()["findings"]
    assert not found.clean


async def test_every_kind_of_wrong_is_provoked() -> None:
    assert {one.wrong for one in CORRUPTIONS} == set(Wrong)


async def test_what_was_dropped_on_purpose_is_not_lost(world: World) -> None:
    one = next(each for each in CORRUPTIONS if each.table == "db.inbox")
    async with corrupted(world.server, world.spec, one, world.names) as keys:
        dropped = {("raast", "pk", key) for key in keys}
        assert (await audit(world.server, world.spec, dropped=dropped)).clean
    assert (await audit(world.server, world.spec)).clean
