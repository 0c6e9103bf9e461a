"""A world in two processes over HTTP; one of them is killed in the middle of payments."""

import asyncio
import json
import re
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from world_trials import Home, Servers

from qantara.client import AsyncClient, Order, Payee, Problem, calls, plans
from qantara.client.model import Remittance
from qantara.clock import utc_now
from qantara.world import setup, worlds

pytestmark = [
    pytest.mark.xdist_group("world-processes"),
    pytest.mark.asyncio(loop_scope="module"),
]
NAME = "pair"
HERE = ("my", "pk", "sap-my", "sap-pk", "fxp")
SCHEME = ("duitnow", "raast", "nexus")
PAYMENTS = 20


def with_free_ports(text: str) -> str:
    count = len(re.findall(r"^port = ", text, re.MULTILINE))
    bound = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = iter([each.getsockname()[1] for each in bound])
    for each in bound:
        each.close()
    return re.sub(r"^port = \d+", lambda _: f"port = {next(ports)}", text, flags=re.MULTILINE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A world made before, all of it at rest."""
    made = Home(tmp_path_factory.mktemp("pair-home"), servers(18))
    place = made.folder(NAME)
    await made.server.prepare()
    await worlds.erase(made.server, place)
    place.path.mkdir(parents=True)
    place.config.write_text(with_free_ports((files("qantara.world") / "demo.toml").read_text()))
    async with worlds.started(made.server, place, lambda _: None):
        pass
    yield made
    await worlds.erase(made.server, place)


def serve(house: Home, roles: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    with (house.path / f"{roles[0]}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [*house.command, "serve", *roles, "--world", NAME],
            env=house.environ,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


async def answering(house: Home, roles: tuple[str, ...]) -> None:
    async with asyncio.timeout(120):
        while not set(roles) <= set(house.folder(NAME).running()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def processes(house: Home) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    made = {"here": serve(house, HERE), "scheme": serve(house, SCHEME)}
    yield made
    for process in made.values():
        process.send_signal(signal.SIGTERM)
    assert [process.wait(20) for process in made.values()] == [0, 0]
    assert list(house.folder(NAME).notes.glob("*")) == []


@pytest_asyncio.fixture(loop_scope="module")
async def employer(
    house: Home, processes: dict[str, "subprocess.Popen[bytes]"]
) -> AsyncIterator[AsyncClient]:
    await answering(house, HERE + SCHEME)
    place = house.folder(NAME)
    key = place.read_keys()["my"]["employer"]
    async with AsyncClient(place.running()["my"], key) as client:
        yield client


def friends(house: Home) -> list[str]:
    spec = house.folder(NAME).spec()
    residents = setup.residents("PK", spec.rulebook, utc_now().date())
    return [each.customer.phone or "" for each in residents[2:]]


async def order(house: Home, client: AsyncClient, number: int) -> Order:
    account = (await client.do(calls.accounts())).data[0].id
    payee = Payee("PK", "MBNO", friends(house)[number])
    return Order(account, payee, f"{100 + number}.00", "MYR", purpose="SALA")


async def test_a_payment_goes_through_two_processes(house: Home, employer: AsyncClient) -> None:
    paid = await employer.run(plans.pay(await order(house, employer, 0), "first"))
    assert paid.remittance.state == "completed"
    assert paid.remittance.received == paid.quote.received


async def test_a_role_cannot_be_run_twice(house: Home, employer: AsyncClient) -> None:
    said = await asyncio.to_thread(house.run, "serve", "nexus", "--world", NAME)
    assert said.status == 2
    assert "nexus" in said.err


async def test_a_scheme_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    house: Home, employer: AsyncClient, processes: dict[str, "subprocess.Popen[bytes]"]
) -> None:
    orders = [await order(house, employer, number) for number in range(PAYMENTS)]
    wishes = []
    for number, wish in enumerate(orders):
        quote = await employer.do(calls.new_quote(wish, f"quote-{number}"))
        check = await employer.do(calls.new_payee_check(wish.payee, f"check-{number}"))
        wishes.append((wish, quote, check))
    accepting = [
        asyncio.create_task(
            employer.do(calls.accept(wish, quote.id, check.id, f"kill-{number}", wait_seconds=1))
        )
        for number, (wish, quote, check) in enumerate(wishes)
    ]
    await asyncio.sleep(0.15)
    processes["scheme"].kill()
    processes["scheme"].wait()
    accepted = await asyncio.gather(*accepting)
    assert any(not each.final for each in accepted), "the kill came too late to show anything"
    processes["scheme"] = serve(house, SCHEME)
    await answering(house, SCHEME)
    done = await asyncio.gather(*(_final(employer, each) for each in accepted))
    assert [each.state for each in done] == ["completed"] * PAYMENTS
    assert len({each.uetr for each in done}) == PAYMENTS
    said = await asyncio.to_thread(house.run, "verify", "--json")
    assert said.status == 0, json.dumps(said.json["first_wrong"])
    credited = await _credited(house, [each.uetr or "" for each in done])
    promised = {each.uetr or "": int(each.received.amount.replace(".", "")) for each in done}
    assert credited == [(uetr, promised[uetr]) for uetr in sorted(promised)]


async def _final(client: AsyncClient, remittance: Remittance) -> Remittance:
    async with asyncio.timeout(40):
        while not remittance.final:
            await asyncio.sleep(0.1)
            remittance = await client.do(calls.remittance(remittance.id))
    return remittance


async def _credited(house: Home, uetrs: list[str]) -> list[tuple[str, int]]:
    """Every credit to a customer in Lahore for these payments, as the book there has it."""
    owner = await house.server.connect(f"qantara_{NAME}_pk")
    try:
        rows = await owner.fetch(
            "SELECT t.reference, t.amount FROM ledger.transfer t"
            " JOIN ledger.account a ON a.id = t.credit_id"
            " WHERE a.class = 'e_money' AND t.reference = ANY($1::text[]) ORDER BY 1",
            uetrs,
        )
    finally:
        await owner.close()
    return [(row["reference"], int(row["amount"])) for row in rows]


async def test_a_signed_day_is_told_to_the_authority_of_another_jurisdiction(
    house: Home, employer: AsyncClient
) -> None:
    paid = await employer.run(plans.pay(await order(house, employer, 1), "before-the-day"))
    assert paid.remittance.state == "completed"
    place, day = house.folder(NAME), utc_now().date().isoformat()
    keys, at = place.read_keys(), place.running()
    async with AsyncClient(at["my"], keys["my"]["operations"]) as staff:
        await staff.do(calls.post("/v1/supervision/aggregates", dict, {"day": day}, None))
    key = keys["pk"][setup.supervisor("SBP")]
    async with AsyncClient(at["pk"], key) as authority, asyncio.timeout(60):
        told = await _told(authority, day)
    (said,) = told["data"]
    raw = said["body"].encode()
    issuer = Ed25519PublicKey.from_public_bytes(await _issuer_key(house, said["key_id"]))
    issuer.verify(bytes.fromhex(said["signature"]), b"qantara supervision.aggregate/1\0" + raw)
    body = json.loads(raw)
    assert (body["issuer"], body["jurisdiction"], body["day"]) == ("my", "MY", day)
    assert [row["destination"] for row in body["rows"]] == ["PK"]


async def _told(authority: AsyncClient, day: str) -> dict[str, Any]:
    while True:
        try:
            path = f"/v1/supervision/aggregates/my/{day}"
            return await authority.do(calls.get(path, dict[str, Any]))
        except Problem as error:
            if error.code != "aggregate_not_found":
                raise
        await asyncio.sleep(0.2)


async def _issuer_key(house: Home, key_id: str) -> bytes:
    """What Lahore learnt of Kuala Lumpur's keys when the world was made."""
    owner = await house.server.connect(f"qantara_{NAME}_pk")
    try:
        found = await owner.fetchval(
            "SELECT public_key FROM supervision.issuer_key WHERE key_id = $1", key_id
        )
    finally:
        await owner.close()
    return bytes(found)
