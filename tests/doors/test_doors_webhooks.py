"""Webhooks as a caller has them: over HTTP in, over real HTTP out."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from door_world import World, opened

from moments import NOW
from qantara import webhook
from qantara.access.model import Role, Scope
from qantara.access.webhooks.model import Terms
from qantara.edge.outward import Outward
from qantara.rails.model import Status
from qantara.worker import Webhooks
from webhook_receiver import Answer, Received, Receiver, listening

PATH = "/v1/webhook-endpoints"
TERMS = Terms(private=True, backoff_seconds=(10, 60), timeout_seconds=2)


@asynccontextmanager
async def telling(world: World) -> AsyncIterator[None]:
    """The role's worker, woken all the time."""
    door = world.my.door
    worker = Webhooks(door.role, door.database, door.batcher, door.webhooks, door.clock)

    async def nudge() -> None:
        while True:
            worker.wake()
            await asyncio.sleep(0.02)

    worker.start()
    task = asyncio.create_task(nudge())
    try:
        yield
    finally:
        task.cancel()
        await worker.stop()


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18), webhooks=Outward(TERMS)) as made, telling(made):
        made.keys["clerk"] = await made.my.key("clerk", Role.OPERATIONS, None)
        yield made


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


async def added(world: World, hook: Receiver, by: str = "aisha", *types: str) -> dict:
    body = {"url": hook.url, "event_types": list(types) or ["*"], "description": "ours"}
    answer = await world.post(PATH, body, by)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    return dict(answer.json())


async def told(world: World, endpoint: dict, by: str = "aisha") -> list[dict]:
    answer = await world.get(f"{PATH}/{endpoint['id']}/deliveries", by)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def tried(world: World, endpoint: dict) -> dict:
    """The oldest delivery of the page, once an attempt has been made."""
    async with asyncio.timeout(15):
        while not (found := await told(world, endpoint)) or not found[-1]["attempts"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found[-1]


async def settled(world: World, endpoint: dict, state: str, count: int = 1) -> list[dict]:
    """The deliveries, once so many stand in a state."""
    async with asyncio.timeout(15):
        while True:
            found = await told(world, endpoint)
            if len([each for each in found if each["state"] == state]) >= count:
                return found
            await asyncio.sleep(0.02)


def signatures(secret: str, came: Received) -> str:
    """As the specification says, beside the code under test."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode()
    digest = hmac.digest(key, signed + came.body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


async def test_a_payment_is_told_step_by_step_signed_and_in_order(world, hook):
    endpoint = await added(world, hook, "aisha", "remittance.*")
    made = await world.remitted()
    await world.concluded(Status.ACCC)
    came = await hook.waits(2)
    assert [each.said["type"] for each in came] == ["remittance.accepted", "remittance.completed"]
    first, last = came
    assert last.said["data"]["id"] == made["id"]
    assert last.said["data"]["state"] == "completed"
    assert last.said["data"]["customer_id"] == "cus_aisha"
    assert last.said["data"]["sequence"] > first.said["data"]["sequence"]
    assert last.said["timestamp"] == "2026-03-02T08:00:00.000Z"
    assert first.headers["webhook-id"] != last.headers["webhook-id"]
    for each in came:
        assert each.path == "/hook?of=us"
        assert each.headers["content-type"] == "application/json"
        assert each.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
        assert each.headers["webhook-signature"] == signatures(endpoint["secret"], each)
        now = int(NOW.timestamp())
        assert webhook.verify(endpoint["secret"], each.headers, each.body, now)
        assert "authorization" not in each.headers
    found = await settled(world, endpoint, "delivered", 2)
    assert [(each["attempts"], each["status"]) for each in found] == [(1, 204), (1, 204)]


async def test_everybody_hears_of_their_own_and_staff_of_all(world, hook):
    async with listening() as other, listening() as staff:
        await added(world, hook)
        await added(world, other, "bo")
        await added(world, staff, "clerk")
        made = await world.remitted()
        await hook.waits(2)
        await staff.waits(2)
        await asyncio.sleep(0.3)
    assert other.received == []
    assert {each.said["type"] for each in hook.received} == {
        "payee_check.confirmed",
        "remittance.accepted",
    }
    assert [each.body for each in staff.received] == [each.body for each in hook.received]
    ids = {each.said["data"]["id"] for each in hook.received}
    assert ids == {made["id"], made["payee_check_id"]}


async def test_only_what_was_asked_for_and_only_from_then_on(world, hook):
    await world.remitted()
    await added(world, hook, "aisha", "remittance.completed")
    await world.concluded(Status.ACCC)
    (came,) = await hook.waits(1)
    await asyncio.sleep(0.3)
    assert [each.said["type"] for each in hook.received] == ["remittance.completed"]
    assert came.said["data"]["state"] == "completed"


async def test_a_failure_is_tried_again_later_and_the_next_event_waits_for_it(world, hook):
    endpoint = await added(world, hook, "aisha", "remittance.*")
    hook.answers.append(Answer(500, b"x" * 5000))
    await world.remitted()
    await world.concluded(Status.ACCC)
    await hook.waits(1)
    seen = await tried(world, endpoint)
    await asyncio.sleep(0.3)
    assert len(hook.received) == 1
    assert (seen["state"], seen["status"], seen["answer"]) == ("pending", 500, "x" * 1000)
    assert seen["next_attempt_at"] == "2026-03-02T08:00:10.000Z"
    world.clock.forward(10)
    came = await hook.waits(3)
    assert came[0].headers["webhook-id"] == came[1].headers["webhook-id"]
    assert came[0].body == came[1].body
    assert came[1].headers["webhook-timestamp"] == str(int(NOW.timestamp()) + 10)
    assert came[2].said["type"] == "remittance.completed"
    await settled(world, endpoint, "delivered", 2)


async def test_a_new_secret_signs_beside_the_old_one_for_a_while(world, hook):
    endpoint = await added(world, hook)
    path = f"{PATH}/{endpoint['id']}"
    rotated = (await world.post(f"{path}/rotate", {"overlap_seconds": 60})).json()
    assert rotated["secret"] != endpoint["secret"]
    stands = (await world.get(f"{PATH}/{endpoint['id']}")).json()
    assert stands["previous_secret_until"] == "2026-03-02T08:01:00.000Z"  # noqa: S105 - a time
    assert (await world.post(f"{path}/test", {})).status_code == 202
    (both,) = await hook.waits(1)
    said = both.headers["webhook-signature"].split(" ")
    assert said == [signatures(rotated["secret"], both), signatures(endpoint["secret"], both)]
    now = int(NOW.timestamp())
    for secret in (rotated["secret"], endpoint["secret"]):
        assert webhook.verify(secret, both.headers, both.body, now)
    world.clock.forward(60)
    await world.post(f"{path}/test", {})
    one = (await hook.waits(2))[1]
    assert one.headers["webhook-signature"] == signatures(rotated["secret"], one)


async def test_a_secret_is_told_once_and_kept_in_no_answer(world, hook):
    body = {"url": hook.url, "event_types": ["*"]}
    first = await world.post(PATH, body, key="one")
    again = await world.post(PATH, body, key="one")
    assert first.json()["secret"].startswith("whsec_")
    assert (again.status_code, again.json()["secret"]) == (201, None)
    assert again.headers["idempotent-replayed"] == "true"
    shown = await world.get(f"{PATH}/{first.json()['id']}")
    listed = await world.get(PATH)
    async with world.my.door.database.read() as tx:
        kept = await tx.fetchval("SELECT body FROM edge.answer WHERE key = 'one'")
    for each in (shown.text, listed.text, kept.decode()):
        assert "whsec_" not in each


async def test_a_test_and_a_redelivery_are_deliveries_of_their_own(world, hook):
    endpoint = await added(world, hook)
    path = f"{PATH}/{endpoint['id']}"
    queued = await world.post(f"{path}/test", {})
    assert queued.json()["type"] == "endpoint.tested"
    (came,) = await hook.waits(1)
    assert came.said["data"] == {"id": endpoint["id"], "state": "tested"}
    (done,) = await settled(world, endpoint, "delivered")
    once_more = await world.post(f"{path}/deliveries/{done['id']}/redeliver", {})
    assert once_more.status_code == 202
    assert once_more.json()["id"] != done["id"]
    assert once_more.json()["webhook_id"] == done["webhook_id"]
    again = (await hook.waits(2))[1]
    assert (again.body, again.headers["webhook-id"]) == (came.body, came.headers["webhook-id"])
    found = await settled(world, endpoint, "delivered", 2)
    page = await world.get(f"{path}/deliveries?limit=1")
    assert (page.json()["data"], page.json()["has_more"]) == (found[:1], True)
    rest = await world.get(f"{path}/deliveries?limit=1&starting_after={found[0]['id']}")
    assert (rest.json()["data"], rest.json()["has_more"]) == (found[1:], False)


async def test_redelivering_what_still_waits_tries_it_at_once(world, hook):
    endpoint = await added(world, hook)
    hook.answers.append(Answer(hangs_up=True))
    await world.post(f"{PATH}/{endpoint['id']}/test", {})
    seen = await tried(world, endpoint)
    assert seen["error"] == "connection_failed"
    path = f"{PATH}/{endpoint['id']}/deliveries/{seen['id']}/redeliver"
    assert (await world.post(path, {})).json()["id"] == seen["id"]
    await hook.waits(2)
    (done,) = await settled(world, endpoint, "delivered")
    assert done["attempts"] == 2


async def test_an_endpoint_is_changed_disabled_and_deleted(world, hook):
    endpoint = await added(world, hook)
    path, auth = f"{PATH}/{endpoint['id']}", {"authorization": f"Bearer {world.keys['aisha']}"}

    async def change(**said: object) -> dict:
        answer = await world.my.client.patch(path, json=said, headers=auth)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    changed = await change(event_types=["payee_check.*"], description="theirs")
    assert changed["event_types"] == ["payee_check.*"]
    assert changed["description"] == "theirs"
    assert (await change(enabled=False))["state"] == "disabled"
    assert (await change(enabled=False))["state"] == "disabled"
    refused = await world.post(f"{path}/test", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    await world.checked()
    assert (await change(enabled=True))["state"] == "enabled"
    await world.checked()
    await hook.waits(1)
    await asyncio.sleep(0.2)
    assert len(hook.received) == 1
    assert (await world.my.client.delete(path, headers=auth)).status_code == 204
    gone = await world.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "webhook_not_found")
    assert (await world.my.client.delete(path, headers=auth)).status_code == 404
    assert (await world.get(PATH)).json() == {"data": [], "has_more": False}


async def test_an_endpoint_is_nobody_elses(world, hook):
    endpoint = await added(world, hook)
    await world.post(f"{PATH}/{endpoint['id']}/test", {})
    (done,) = await settled(world, endpoint, "delivered")
    theirs = await added(world, hook, "bo")
    path = f"{PATH}/{endpoint['id']}"
    auth = {"authorization": f"Bearer {world.keys['bo']}"}
    for answer in (
        await world.get(path, "bo"),
        await world.get(f"{path}/deliveries", "bo"),
        await world.get(f"{PATH}?starting_after={endpoint['id']}", "bo"),
        await world.get(f"{PATH}/{theirs['id']}/deliveries?starting_after={done['id']}", "bo"),
        await world.post(f"{path}/rotate", {}, "bo"),
        await world.post(f"{path}/test", {}, "bo"),
        await world.post(f"{path}/deliveries/{done['id']}/redeliver", {}, "bo"),
        await world.post(f"{PATH}/{theirs['id']}/deliveries/{done['id']}/redeliver", {}, "bo"),
        await world.my.client.patch(path, json={"enabled": False}, headers=auth),
        await world.my.client.delete(path, headers=auth),
        await world.get(path, "clerk"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found")
    assert (await world.get(path)).json()["state"] == "enabled"


async def test_what_an_endpoint_asks_for_must_exist_and_be_the_callers_to_know(world, hook):
    for types in (["remittance.flown"], ["remittance"], ["**"], [""], []):
        answer = await world.post(PATH, {"url": hook.url, "event_types": types})
        assert (answer.status_code, answer.json()["param"][:11]) == (400, "event_types")
    narrow = {"manages": Scope.WEBHOOKS_MANAGE, "reads": Scope.REMITTANCES_READ}
    for name, scope in narrow.items():
        world.keys[name] = await world.my.key(name, Role.CUSTOMER, "cus_aisha", scope)
        answer = await world.post(PATH, {"url": hook.url, "event_types": ["*"]}, name)
        assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")
    assert (await world.get(PATH, "maker")).status_code == 403


async def test_nobody_has_endpoints_without_number(world, hook):
    for number in range(TERMS.endpoints_most):
        body = {"url": f"{hook.url}&n={number}", "event_types": ["*"]}
        assert (await world.post(PATH, body)).status_code == 201
    one_more = await world.post(PATH, {"url": hook.url, "event_types": ["*"]})
    assert (one_more.status_code, one_more.json()["code"]) == (409, "webhook_endpoints_too_many")


class Names:
    """A resolver as an attacker runs one: it answers as it likes, each time anew."""

    def __init__(self, *addresses: str) -> None:
        self.addresses: Sequence[str] = addresses
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        if not self.addresses:
            raise OSError("no such host")
        return self.addresses


async def test_addresses_inside_are_refused_when_an_endpoint_is_made_or_moved(servers, hook):
    async with opened(servers(18)) as world:
        urls = [f"https://{host}/x" for host in ("127.0.0.1", "localhost", "2130706433", "127.1")]
        urls += [f"https://{host}/x" for host in ("[::1]", "[::ffff:10.0.0.1]", "169.254.169.254")]
        urls += ["https://0x7f000001:8443/", "https://0/", "https://no-such-host.invalid/"]
        for url in urls:
            answer = await world.post(PATH, {"url": url, "event_types": ["*"]})
            assert (answer.status_code, answer.json()["code"]) == (422, "webhook_address_refused")
        for url in (hook.url, "http://93.184.216.34/", "ftp://app.example/"):
            answer = await world.post(PATH, {"url": url, "event_types": ["*"]})
            assert (answer.status_code, answer.json()["param"]) == (400, "url")
        made = await world.post(PATH, {"url": "https://93.184.216.34/", "event_types": ["*"]})
        path = f"{PATH}/{made.json()['id']}"
        auth = {"authorization": f"Bearer {world.keys['aisha']}"}
        moved = await world.my.client.patch(path, json={"url": urls[0]}, headers=auth)
        assert (moved.status_code, moved.json()["code"]) == (422, "webhook_address_refused")
        assert (await world.get(path)).json()["url"] == "https://93.184.216.34/"


async def test_a_name_that_leads_inside_later_is_not_followed(servers):
    names = Names("93.184.216.34")
    async with (
        listening() as inside,
        opened(servers(18), webhooks=Outward(Terms(), names)) as world,
        telling(world),
    ):
        url = f"https://rebind.example:{inside.port}/x"
        for answers in (["127.0.0.1"], ["93.184.216.34", "169.254.169.254"], []):
            names.addresses = ["93.184.216.34"]
            endpoint = (await world.post(PATH, {"url": url, "event_types": ["*"]})).json()
            names.addresses = answers
            await world.post(f"{PATH}/{endpoint['id']}/test", {})
            assert (await tried(world, endpoint))["error"] == "webhook_address_refused"
        assert inside.received == []
        assert set(names.asked) == {("rebind.example", inside.port)}
