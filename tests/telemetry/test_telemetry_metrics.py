"""Figures equal the books, readiness is proved, and whoever may not read them does not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from telemetry_world import World, opened

from qantara.access.model import Role
from qantara.db import Server
from qantara.ledger.model import AccountClass
from qantara.world import worlds

pytestmark = pytest.mark.asyncio(loop_scope="module")
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(servers: Callable[[int], Server]) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.pay("500.00", "one")
        await made.pay("250.00", "two")
        yield made


async def figures(world: World, role: str) -> Samples:
    key = await world.staff_key(role, Role.OPERATIONS if role in {"my", "pk"} else Role.OPERATOR)
    answer = await world.get(role, "/metrics", key)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def one(found: Samples, name: str, **labels: str) -> float:
    """The only sample of this name with these labels; 0 if there is none."""
    wanted = set(labels.items())
    values = [value for (given, known), value in found.items() if given == name and wanted <= known]
    assert len(values) <= 1, (name, labels)
    return values[0] if values else 0.0


async def test_payments_are_counted_as_the_books_have_them(world: World) -> None:
    found = await figures(world, "my")
    out = {"way": "out", "state": "completed"}
    assert one(found, "qantara_payments_total", corridor="MYR-PKR", **out) == 2
    assert one(found, "qantara_payment_seconds_count", way="out") == 2
    async with world.runtime.roles["my"].database.read() as tx:
        minor = await tx.fetchval(
            "SELECT sum(q.total_debit) FROM remittance.remittance r"
            " JOIN remittance.quote q ON q.id = r.quote_id WHERE r.state = 'completed'"
        )
    assert one(found, "qantara_payment_minor_total", currency="MYR", **out) == int(minor) > 0
    there = await figures(world, "pk")
    assert one(there, "qantara_payments_total", way="in", state="credited") == 2
    hub = await figures(world, "nexus")
    assert one(hub, "qantara_payments_total", way="through", state="completed") == 2
    system = await figures(world, "duitnow")
    assert one(system, "qantara_payments_total", way="out", state="settled") == 2


async def test_money_stands_as_the_auditor_adds_it_up(world: World) -> None:
    found = await figures(world, "my")
    books = await worlds.read_books(world.runtime)
    (issuer,) = [each for each in books.safeguarding if each.issuer == "my"]
    assert one(found, "qantara_e_money_minor", asset="MYR") == issuer.outstanding > 0
    assert one(found, "qantara_safeguarded_minor", asset="MYR") == issuer.safeguarded
    assert one(found, "qantara_own_funds_minor", asset="MYR") > 0
    classes = {dict(known).get("class") for name, known in found if name == "qantara_balance_minor"}
    assert classes <= {each.value for each in AccountClass}
    assert one(found, "qantara_holds_overdue", asset="MYR") == 0


async def test_messages_and_batches_are_counted(world: World) -> None:
    found = await figures(world, "duitnow")
    took = {"peer": "my", "message": "pacs.008.001.13", "outcome": "accepted"}
    assert one(found, "qantara_messages_received_total", **took) == 2
    sent = {"peer": "duitnow", "message": "pacs.008.001.13", "outcome": "accepted"}
    mine = await figures(world, "my")
    assert one(mine, "qantara_messages_sent_total", **sent) == 2
    assert one(mine, "qantara_commands_total", verb="remittance.accept", outcome="done") == 2
    assert one(mine, "qantara_batch_seconds_count") > 4
    assert one(mine, "qantara_peer_answered", peer="duitnow") == 1
    assert one(mine, "qantara_database_up") == 1
    assert 0 <= one(mine, "qantara_rate_age_seconds", pair="MYR-PKR") < 600


async def test_a_key_that_does_not_open_is_counted(world: World) -> None:
    before = one(await figures(world, "my"), "qantara_sign_ins_rejected_total")
    assert (await world.get("my", "/v1/accounts", "key_none.secret")).status_code == 401
    await asyncio.sleep(0)
    after = await figures(world, "my")
    assert one(after, "qantara_sign_ins_rejected_total", reason="key_invalid") == before + 1


async def test_figures_are_for_those_who_may_read_them(world: World) -> None:
    assert (await world.get("my", "/metrics")).status_code == 401
    assert (await world.get("my", "/metrics", world.key)).status_code == 403
    auditor = await world.staff_key("my", Role.AUDITOR)
    assert (await world.get("my", "/metrics", auditor)).status_code == 403


async def test_labels_name_nobody(world: World) -> None:
    key = await world.staff_key("my", Role.OPERATIONS)
    text = (await world.get("my", "/metrics", key)).text
    people = (world.payer, world.payee)
    named = [person.customer.legal_name for person in people] + [
        person.account.number for person in people
    ]
    assert [each for each in (*named, world.payer.customer.id) if each in text] == []


async def test_a_role_without_its_writer_is_not_ready_and_comes_back(world: World) -> None:
    role = world.runtime.roles["sap-my"]
    assert (await world.get("sap-my", "/readyz")).status_code == 200
    key = await world.staff_key("sap-my", Role.OPERATOR)
    assert (await world.get("sap-my", "/metrics", key)).status_code == 200
    name = world.runtime.world.database("sap-my")
    owner = await world.server.connect()
    try:
        await owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        down = await _until(world, 503)
        assert down["status"] == "unready"
        assert set(down["reasons"]) == {"writer", "readers"}
        assert (await world.get("sap-my", "/healthz")).status_code == 200
        await asyncio.sleep(1)
        blind = await world.get("sap-my", "/metrics", key)
        assert blind.status_code == 200
        assert 'qantara_database_up{role="sap-my"} 0.0' in blind.text
        assert (await world.get("sap-my", "/metrics", "key_none.secret")).status_code == 503
    finally:
        await owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await owner.close()
    assert (await _until(world, 200))["reasons"] == []
    assert role.witness.failed[()] > 0


async def _until(world: World, status: int) -> dict[str, object]:
    async with asyncio.timeout(30):
        while True:
            answer = await world.get("sap-my", "/readyz")
            if answer.status_code == status:
                return dict(answer.json())
            await asyncio.sleep(0.2)


async def test_a_database_of_another_version_is_not_ready(world: World) -> None:
    name = world.runtime.world.database("fxp")
    owner = await world.server.connect(name)
    try:
        await owner.execute(
            "INSERT INTO db.migration (package, name, checksum) VALUES ('fxp', '9999', 'x')"
        )
        await asyncio.sleep(0.6)
        answer = await world.get("fxp", "/readyz")
        assert (answer.status_code, answer.json()["reasons"]) == (503, ["migrations"])
        assert "fxp" not in answer.text.replace('"role":"fxp"', "")
    finally:
        await owner.execute("DELETE FROM db.migration WHERE name = '9999'")
        await owner.close()
