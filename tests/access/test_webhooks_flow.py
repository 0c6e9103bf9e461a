"""Endpoints and their queue, on a real database and without the network."""

from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest

from moments import NOW
from qantara import webhook
from qantara.access import flow as access
from qantara.access.model import INSTALLER, NewPrincipal, PrincipalKind, Role, Scope
from qantara.access.webhooks import flow
from qantara.access.webhooks.model import (
    Change,
    Endpoint,
    EndpointEvent,
    EndpointState,
    Mark,
    Marks,
    NewDelivery,
    NewEndpoint,
    Rotate,
    Terms,
    Told,
)
from qantara.db import events
from qantara.errors import Conflict, NotFound
from qantara.ids import CustomerId, PrincipalId

APP, OTHER = PrincipalId("prn_app"), PrincipalId("prn_other")
TERMS = Terms(backoff_seconds=(10, 60), disable_after_seconds=3600, order_attempts=2)
SECRET = webhook.new_secret()


def new(number: int = 1, by: PrincipalId = APP, most: int = 10) -> NewEndpoint:
    customer, url = CustomerId("cus_a"), "https://app.example/hook"
    return NewEndpoint(f"whe_{number}", by, customer, url, ("*",), "ours", SECRET, most)


def delivery(name: str, subject: str = "rem_1", endpoint: str = "whe_1") -> NewDelivery:
    return NewDelivery(
        f"whd_{name}", endpoint, f"evt_{name}", "remittance.completed", subject, b"{}"
    )


@pytest.fixture
async def tx(fresh_both):
    connection = await fresh_both("access", "access.webhooks")
    people = [
        NewPrincipal(each, PrincipalKind.CLIENT_APP, "App", (Role.CUSTOMER,), "cus_a")
        for each in (APP, OTHER)
    ]
    await access.register_principals(connection, people, NOW)
    for each in (APP, OTHER):
        await access.issue_key(connection, INSTALLER, each, [Scope.WEBHOOKS_MANAGE], NOW)
    return connection


async def added(tx, *asked: NewEndpoint) -> list[Endpoint]:
    made = await flow.add(tx, None, asked or [new()], NOW)
    assert all(isinstance(each, Endpoint) for each in made)
    return [each for each in made if isinstance(each, Endpoint)]


async def due(tx, now: datetime = NOW, without: tuple[str, ...] = ()) -> list[str]:
    return [each.id for each in await flow.due(tx, without, TERMS, now)]


async def failed(tx, name: str, now: datetime, again: datetime | None, **said) -> None:
    mark = Mark(f"whd_{name}", "whe_1", delivered=False, again_at=again, **said)
    await flow.marked(tx, None, [Marks("whe_1", (mark,), TERMS)], now)


async def stands(tx) -> Endpoint:
    return await flow.endpoint(tx, APP, "whe_1")


async def test_the_same_endpoint_asked_for_again_keeps_its_first_secret(tx) -> None:
    (made,) = await added(tx)
    (again,) = await added(tx, replace(new(), secret=webhook.new_secret()))
    assert again == made
    assert again.secret == SECRET
    assert SECRET not in repr(made)


async def test_a_principal_has_so_many_endpoints_and_no_more(tx) -> None:
    outcomes = await flow.add(tx, None, [new(n, most=2) for n in range(4)], NOW)
    assert [isinstance(each, Conflict) for each in outcomes] == [False, False, True, True]
    await flow.change(tx, None, [Change("whe_0", APP, event=EndpointEvent.DELETE)], NOW)
    (made,) = await flow.add(tx, None, [new(9, most=2)], NOW)
    assert isinstance(made, Endpoint)


async def test_an_endpoint_is_its_owners_alone(tx) -> None:
    await added(tx)
    with pytest.raises(NotFound):
        await flow.endpoint(tx, OTHER, "whe_1")
    for outcome in (
        *await flow.change(tx, None, [Change("whe_1", OTHER, url="https://evil.example")], NOW),
        *await flow.rotate(tx, None, [Rotate("whe_1", OTHER, SECRET)], NOW),
        *await flow.change(tx, None, [Change("whe_none", APP)], NOW),
    ):
        assert isinstance(outcome, NotFound)
    assert await flow.listed(tx, OTHER, None, 10) == []
    assert (await stands(tx)).url == "https://app.example/hook"


async def test_it_hears_what_happens_after_it_was_added_or_opened_again(tx) -> None:
    await events.add(tx, [("rem_1", "accepted")], NOW)
    (made,) = await added(tx)
    assert made.started_after == 1
    await flow.change(tx, None, [Change("whe_1", APP, event=EndpointEvent.DISABLE)], NOW)
    assert await flow.live(tx, NOW) == []
    assert not await flow.any_enabled(tx)
    await events.add(tx, [("rem_1", "completed")], NOW)
    await flow.change(tx, None, [Change("whe_1", APP, event=EndpointEvent.ENABLE)], NOW)
    assert [each.started_after for each in await flow.live(tx, NOW)] == [2]


async def test_who_holds_no_open_key_hears_nothing_more(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("a")], NOW)
    assert len(await flow.live(tx, NOW)) == 1
    key = await tx.fetchval("SELECT id FROM access.api_key WHERE principal_id = $1", APP)
    await access.revoke_key(tx, INSTALLER, key, NOW)
    assert await flow.live(tx, NOW) == []
    assert await due(tx) == []


async def test_closing_cancels_what_waits(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("a")], NOW)
    await flow.change(tx, None, [Change("whe_1", APP, event=EndpointEvent.DISABLE)], NOW)
    (left,) = await flow.deliveries(tx, "whe_1", None, 10)
    assert left.state == "cancelled"
    assert await due(tx) == []


async def test_a_secret_that_is_replaced_signs_for_a_while(tx) -> None:
    await added(tx)
    fresh = webhook.new_secret()
    (made,) = await flow.rotate(tx, None, [Rotate("whe_1", APP, fresh, 60)], NOW)
    assert isinstance(made, Endpoint)
    assert made.secrets(NOW) == [fresh, SECRET]
    assert made.secrets(NOW + timedelta(seconds=60)) == [fresh]
    await flow.deliver(tx, None, [delivery("a")], NOW)
    soon, late = NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)
    assert (await flow.due(tx, (), TERMS, soon))[0].secrets == (fresh, SECRET)
    assert (await flow.due(tx, (), TERMS, late))[0].secrets == (fresh,)


async def test_what_is_queued_twice_is_told_once_and_the_position_only_grows(tx) -> None:
    await added(tx)
    told = Told((delivery("a"), delivery("b", "rem_2")), 7)
    await flow.queue(tx, None, [told, told], NOW)
    await flow.queue(tx, None, [Told((), 5)], NOW)
    assert await flow.position(tx) == 7
    assert await due(tx) == ["whd_a", "whd_b"]


async def test_one_subject_is_told_in_order_and_others_do_not_wait_for_it(tx) -> None:
    await added(tx)
    names = [("a", "rem_1"), ("b", "rem_1"), ("c", "rem_2")]
    await flow.deliver(tx, None, [delivery(*each) for each in names], NOW)
    assert await due(tx) == ["whd_a", "whd_c"]
    again = NOW + timedelta(seconds=10)
    await failed(tx, "a", NOW, again)
    await tx.execute("UPDATE webhooks.endpoint SET failures = 0, failing_since = NULL")
    assert await due(tx) == ["whd_c"]
    await failed(tx, "a", again, again + timedelta(seconds=60))
    await tx.execute(
        "UPDATE webhooks.endpoint SET failures = 0, failing_since = NULL, rest_until = NULL"
    )
    assert await due(tx, again) == ["whd_b", "whd_c"]  # it was held up long enough


async def test_an_endpoint_that_fails_is_tried_with_one_and_left_alone_between(tx) -> None:
    await added(tx, new(1), new(2))
    waiting = [delivery(f"{n}", f"rem_{n}") for n in range(12)]
    await flow.deliver(tx, None, [*waiting, delivery("x", "rem_x", "whe_2")], NOW)
    assert len(await due(tx)) == TERMS.per_endpoint + 1
    assert await due(tx, NOW, ("whe_1",)) == ["whd_x"]
    await failed(tx, "0", NOW, NOW + timedelta(seconds=10), status=500)
    assert await due(tx) == ["whd_1", "whd_x"]
    await failed(tx, "1", NOW, NOW + timedelta(seconds=10), error="timed_out")
    assert await due(tx) == ["whd_x"]  # it rests now
    assert await due(tx, NOW + timedelta(seconds=10)) == ["whd_0", "whd_x"]
    good = Mark("whd_2", "whe_1", delivered=True, status=200)
    await flow.marked(tx, None, [Marks("whe_1", (good,), TERMS)], NOW)
    assert ((await stands(tx)).failures, (await stands(tx)).failing_since) == (0, None)
    assert len(await due(tx)) == TERMS.per_endpoint + 1


async def test_after_the_last_attempt_a_delivery_lapses_and_is_told_as_it_went(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("a")], NOW)
    await failed(tx, "a", NOW, NOW + timedelta(seconds=10), status=503, answer="busy")
    await failed(tx, "a", NOW, None, error="timed_out")
    (told,) = await flow.deliveries(tx, "whe_1", None, 10)
    assert (told.state, told.attempts, told.status, told.error) == ("lapsed", 2, None, "timed_out")
    assert told.finished_at == NOW


async def test_an_endpoint_that_fails_for_days_is_closed_and_its_owner_can_read_it(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("a"), delivery("b")], NOW)
    await failed(tx, "a", NOW, NOW, status=500)
    late = NOW + timedelta(seconds=TERMS.disable_after_seconds)
    await failed(tx, "a", late - timedelta(seconds=1), late, status=500)
    assert (await stands(tx)).state is EndpointState.ENABLED
    await failed(tx, "a", late, late, status=500)
    closed = await stands(tx)
    assert (closed.state, closed.failing_since) == (EndpointState.FAILED, NOW)
    assert {each.state for each in await flow.deliveries(tx, "whe_1", None, 10)} == {"cancelled"}
    acts = await access.audit(tx, "whe_1")
    assert acts[0].entry.act == "webhook_endpoint_failed"
    (opened,) = await flow.change(
        tx, None, [Change("whe_1", APP, event=EndpointEvent.ENABLE)], late
    )
    assert isinstance(opened, Endpoint)
    assert (opened.state, opened.failures) == (EndpointState.ENABLED, 0)


async def test_an_endpoint_that_says_it_is_gone_is_closed_at_once(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("a")], NOW)
    await failed(tx, "a", NOW, NOW, status=410, gone=True)
    assert (await stands(tx)).state is EndpointState.FAILED


async def test_hastening_ends_the_wait_of_a_delivery_and_of_its_endpoint(tx) -> None:
    await added(tx)
    (queued,) = await flow.deliver(tx, None, [delivery("a")], NOW)
    for _ in range(3):
        await failed(tx, "a", NOW, NOW + timedelta(seconds=60))
    assert await due(tx) == []
    (hastened,) = await flow.hasten(tx, None, [queued], NOW)
    assert (hastened.due_at, hastened.attempts) == (NOW, 3)
    assert await due(tx) == ["whd_a"]


async def test_pages_go_on_where_they_stopped(tx) -> None:
    await added(tx, *(new(n) for n in range(5)))
    await flow.deliver(tx, None, [delivery(f"{n}", f"rem_{n}") for n in range(5)], NOW)
    first = await flow.deliveries(tx, "whe_1", None, 2)
    rest = await flow.deliveries(tx, "whe_1", first[-1].id, 9)
    assert [each.id for each in first + rest] == [f"whd_{n}" for n in (4, 3, 2, 1, 0)]
    top = await flow.listed(tx, APP, None, 3)
    below = await flow.listed(tx, APP, top[-1].id, 9)
    assert [each.id for each in top + below] == [f"whe_{n}" for n in (4, 3, 2, 1, 0)]


async def test_old_deliveries_are_let_go(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("old")], NOW)
    later = NOW + timedelta(seconds=flow.KEPT_SECONDS + 1)
    await flow.deliver(tx, None, [delivery("new")], later)
    await flow.forget(tx, None, [None], later)
    assert [each.id for each in await flow.deliveries(tx, "whe_1", None, 9)] == ["whd_new"]


async def test_every_change_is_in_the_audit_trail_without_secrets(tx) -> None:
    await added(tx)
    await flow.change(tx, None, [Change("whe_1", APP, event_types=("remittance.*",))], NOW)
    await flow.rotate(tx, None, [Rotate("whe_1", APP, webhook.new_secret(), 60)], NOW)
    trail = await access.audit(tx, "whe_1")
    assert [each.entry.act for each in reversed(trail)] == [
        "webhook_endpoint_added",
        "webhook_endpoint_changed",
        "webhook_secret_rotated",
    ]
    assert "whsec_" not in str(trail)


async def test_programs_cannot_rewrite_what_was_told(tx) -> None:
    await added(tx)
    await flow.deliver(tx, None, [delivery("a")], NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute("UPDATE webhooks.delivery SET body = ''")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute("DELETE FROM webhooks.endpoint")
