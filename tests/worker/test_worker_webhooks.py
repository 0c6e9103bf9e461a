"""Webhooks on their way: real receivers that are slow, rude, wrong or gone."""

import asyncio
import datetime as dt
import ssl
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qantara import webhook
from qantara.access import flow as access
from qantara.access.model import INSTALLER, NewPrincipal, PrincipalKind, Role, Scope
from qantara.access.webhooks import flow
from qantara.access.webhooks.model import Endpoint, NewDelivery, NewEndpoint, Terms
from qantara.clock import utc_now
from qantara.db import Batcher, Database, Server, Tx, events
from qantara.edge.outward import Outward
from qantara.ids import CustomerId, PrincipalId
from qantara.worker import Webhooks
from webhook_receiver import Answer, Receiver, listening

Servers = Callable[[int], Server]
APP = PrincipalId("prn_app")
PACKAGES = (
    *("access", "access.webhooks", "policy", "parties", "ledger", "payees"),
    *("remittance", "domestic", "wallet"),
)
TERMS = Terms(private=True, backoff_seconds=(1, 60), timeout_seconds=1, at_once=6, per_endpoint=4)


@dataclass
class Post:
    """A role with a client, and what makes it deliver."""

    database: Database
    batcher: Batcher
    committed: list[Callable[[], None]]

    def worker(self, terms: Terms = TERMS, **how: Any) -> Webhooks:
        made = Webhooks("here", self.database, self.batcher, Outward(terms, **how), utc_now)
        self.committed[:] = [made.wake]
        return made

    async def endpoint(self, url: str, number: int = 1) -> Endpoint:
        secret = webhook.new_secret()
        new = NewEndpoint(
            f"whe_{number}", APP, CustomerId("cus_a"), url, ("*",), "", secret, most=99
        )
        return await self.batcher.run(flow.add, new)

    async def queue(self, count: int, number: int = 1, subject: str = "") -> list[str]:
        """Leave deliveries for an endpoint, each of a subject of its own or all of one."""
        made = []
        for _ in range(count):
            name = uuid.uuid4().hex
            about = subject or name
            made.append(NewDelivery(f"whd_{name}", f"whe_{number}", name, "x.y", about, b'{"n":1}'))
        await self.batcher.run_all(flow.deliver, made)
        return [each.webhook_id for each in made]

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.database.read() as tx:
            return [tuple(row) for row in await tx.fetch(sql)]

    async def until(self, sql: str, wanted: object) -> None:
        async with asyncio.timeout(20):
            while await self.rows(sql) != wanted:  # noqa: ASYNC110 - as a person looks
                await asyncio.sleep(0.02)


@pytest.fixture
async def post(servers: Servers) -> AsyncIterator[Post]:
    server = servers(18)
    await server.prepare()
    name = f"qantara_test_{uuid.uuid4().hex[:12]}"
    database = await server.create(name, PACKAGES)
    await database.open()
    wakes: list[Callable[[], None]] = []
    batcher = Batcher(database, None, utc_now, lambda _: [wake() for wake in wakes])
    await batcher.start()
    await batcher.run(_client, None)
    try:
        yield Post(database, batcher, wakes)
    finally:
        await batcher.stop()
        await database.close()
        await server.drop(name)


async def _client(tx: Tx, _node: object, commands: Sequence[Any], now: datetime) -> list[None]:
    app = NewPrincipal(APP, PrincipalKind.CLIENT_APP, "App", (Role.CUSTOMER,), "cus_a")
    await access.register_principals(tx, [app], now)
    await access.issue_key(tx, INSTALLER, APP, [Scope.WEBHOOKS_MANAGE], now)
    return [None] * len(commands)


@asynccontextmanager
async def running(worker: Webhooks) -> AsyncIterator[None]:
    worker.start()
    try:
        yield
    finally:
        await worker.stop()


LEFT = "SELECT count(*) FROM webhooks.delivery WHERE state = 'pending'"
TRIED = "SELECT status, error, answer, attempts FROM webhooks.delivery ORDER BY sequence"


async def test_many_deliveries_are_made_a_few_at_a_time_each_once(post: Post) -> None:
    async with listening() as hook, running(post.worker()):
        hook.always = Answer(seconds=0.02)
        await post.endpoint(hook.url)
        names = await post.queue(60)
        await post.until(LEFT, [(0,)])
        assert sorted(each.headers["webhook-id"] for each in hook.received) == sorted(names)
        assert 1 < hook.most_at_once <= TERMS.per_endpoint


async def test_one_subject_is_delivered_in_order(post: Post) -> None:
    async with listening() as hook, running(post.worker()):
        await post.endpoint(hook.url)
        names = await post.queue(8, subject="rem_1")
        await post.until(LEFT, [(0,)])
        assert [each.headers["webhook-id"] for each in hook.received] == names
        assert hook.most_at_once == 1


async def test_a_slow_endpoint_holds_up_nobody_else_and_is_given_up_in_time(post: Post) -> None:
    async with listening() as slow, listening() as hook, running(post.worker()):
        slow.always = Answer(seconds=30)
        await post.endpoint(slow.url, 1)
        await post.endpoint(hook.url, 2)
        await post.queue(3, 1)
        await slow.waits(3)
        began = asyncio.get_running_loop().time()
        await post.queue(10, 2)
        await hook.waits(10)
        assert asyncio.get_running_loop().time() - began < TERMS.timeout_seconds
        timed_out = "SELECT count(*) FROM webhooks.delivery WHERE error = 'timed_out'"
        await post.until(timed_out, [(3,)])


async def test_a_redirect_is_no_yes_and_is_not_followed(post: Post) -> None:
    async with listening() as elsewhere, listening() as hook, running(post.worker()):
        hook.always = Answer(307, headers={"location": elsewhere.url})
        await post.endpoint(hook.url)
        await post.queue(1)
        await post.until(TRIED, [(307, None, "", 1)])
        assert elsewhere.received == []


async def test_of_a_long_answer_only_the_beginning_is_read_and_kept(post: Post) -> None:
    async with listening() as hook, running(post.worker()):
        hook.always = Answer(200, b"\0\xff" + b"a" * 50_000_000)
        await post.endpoint(hook.url)
        await post.queue(1)
        await post.until(LEFT, [(0,)])
        ((status, error, answer, attempts),) = await post.rows(TRIED)
        assert (status, error, attempts) == (200, None, 1)
        assert answer == "\ufffd\ufffd" + "a" * 998


async def test_an_endpoint_that_is_gone_is_told_nothing_more(post: Post) -> None:
    async with listening() as hook, running(post.worker()):
        hook.always = Answer(410)
        await post.endpoint(hook.url)
        await post.queue(6)
        await post.until("SELECT state FROM webhooks.endpoint", [("failed",)])
        await asyncio.sleep(0.3)
        assert len(hook.received) <= TERMS.per_endpoint
        states = "SELECT DISTINCT state FROM webhooks.delivery WHERE state <> 'pending'"
        assert set(await post.rows(states)) >= {("cancelled",)}


async def test_nobody_home_is_tried_again_by_the_schedule(post: Post) -> None:
    async with listening() as hook:
        url = hook.url
    async with running(post.worker()):
        await post.endpoint(url)
        await post.queue(1)
        await post.until(TRIED, [(None, "connection_failed", None, 1)])
        await post.until(TRIED, [(None, "connection_failed", None, 2)])
        (waits,) = await post.rows(
            "SELECT due_at - tried_at > interval '50 seconds' FROM webhooks.delivery"
        )
        assert waits == (True,)


async def test_what_was_on_its_way_at_a_stop_is_delivered_after_the_restart(post: Post) -> None:
    async with listening() as hook:
        hook.answers.append(Answer(seconds=30))
        await post.endpoint(hook.url)
        (name,) = await post.queue(1)
        async with running(post.worker()):
            await hook.waits(1)
        assert await post.rows(LEFT) == [(1,)]
        async with running(post.worker()):
            await post.until(LEFT, [(0,)])
        assert [each.headers["webhook-id"] for each in hook.received] == [name, name]


async def test_what_happened_before_anybody_listened_is_not_told_later(
    post: Post,
) -> None:
    async with listening() as hook, running(post.worker()):
        for _ in range(50):
            await post.batcher.run(_happen, None)
        assert await post.rows("SELECT count(*) FROM webhooks.delivery") == [(0,)]
        await post.endpoint(hook.url)
        await post.queue(1)
        await hook.waits(1)
        await asyncio.sleep(0.2)
        assert await post.rows("SELECT type FROM webhooks.delivery") == [("x.y",)]


async def _happen(tx: Tx, _node: object, commands: Sequence[Any], now: datetime) -> list[None]:
    await events.add(tx, [("rem_none", "completed")] * len(commands), now)
    return [None] * len(commands)


async def test_events_that_nobody_owns_do_not_stop_the_tail(post: Post) -> None:
    async with listening() as hook, running(post.worker()):
        await post.endpoint(hook.url)
        await post.batcher.run_all(_happen, [None] * 1200)
        await post.queue(1)
        await hook.waits(1)
        await asyncio.sleep(0.2)
        assert len(hook.received) == 1


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself and for one host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
    return pem, secret


@asynccontextmanager
async def secure(folder: Path, name: str) -> AsyncIterator[tuple[Receiver, Path]]:
    pem, secret = _certificate(folder, name)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem, secret)
    async with listening(tls) as hook:
        yield hook, pem


async def _here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_the_checked_address_is_called_under_the_name_that_was_given(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secure(tmp_path, "hooks.example") as (hook, pem):
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        async with running(post.worker(resolve=_here)):
            await post.endpoint(f"https://hooks.example:{hook.port}/hook")
            await post.queue(1)
            (came,) = await hook.waits(1)
            assert came.headers["host"] == f"hooks.example:{hook.port}"
            await post.until(LEFT, [(0,)])


async def test_a_certificate_of_another_name_or_of_nobody_ends_the_call(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secure(tmp_path, "hooks.example") as (hook, pem):
        await post.endpoint(f"https://other.example:{hook.port}/hook", 1)
        await post.endpoint(f"https://hooks.example:{hook.port}/hook", 2)
        await post.queue(1, 1)
        with monkeypatch.context() as trusting:
            trusting.setenv("SSL_CERT_FILE", str(pem))
            async with running(post.worker(resolve=_here)):
                await post.until(TRIED, [(None, "connection_failed", None, 1)])
        await post.queue(1, 2)
        failed = "SELECT count(*) FROM webhooks.delivery WHERE error = 'connection_failed'"
        async with running(post.worker(replace(TERMS), resolve=_here)):
            await post.until(failed, [(2,)])
        assert hook.received == []


async def test_the_environments_proxy_is_not_used(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening() as proxy, listening() as hook:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with running(post.worker()):
            await post.endpoint(hook.url)
            await post.queue(1)
            await hook.waits(1)
        assert proxy.received == []
