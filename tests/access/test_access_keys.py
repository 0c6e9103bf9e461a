from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from moments import NOW
from qantara import ids
from qantara.access import flow, keys
from qantara.access.model import (
    GUARDED_SCOPES,
    Key,
    NewKey,
    NewPrincipal,
    Principal,
    PrincipalKind,
    Proposal,
    ReplaceKey,
    RevokeKey,
    Role,
    Scope,
)
from qantara.errors import Conflict, Malformed, NotFound, Reason, Unauthorised
from qantara.ids import PrincipalId

ADMIN = NewPrincipal(PrincipalId("prn_admin"), PrincipalKind.PERSON, "Ann", (Role.ADMINISTRATOR,))
SECOND = NewPrincipal(PrincipalId("prn_second"), PrincipalKind.PERSON, "Ben", (Role.ADMINISTRATOR,))
APP = NewPrincipal(
    PrincipalId("prn_app"), PrincipalKind.CLIENT_APP, "App", (Role.CUSTOMER,), "cus_a"
)
READ, WRITE = Scope.ACCOUNTS_READ, Scope.REMITTANCES_WRITE


@pytest.fixture
async def tx(fresh_both):
    connection = await fresh_both("access")
    await flow.register_principals(connection, [ADMIN, SECOND, APP], NOW)
    return connection


async def who(tx, new: NewPrincipal) -> Principal:
    (found,) = await flow.principals(tx, [new.id])
    assert isinstance(found, Principal)
    return found


async def asked(tx, *scopes: Scope, **other) -> tuple[Key | Proposal, str]:
    """What asking for a key brings, and the text its holder would present."""
    key_id = ids.new("key")
    drawn = keys.draw(key_id)
    by = other.pop("by", None) or await who(tx, ADMIN)
    new = NewKey(key_id, by, APP.id, drawn.digest, frozenset(scopes), **other)
    (made,) = await keys.issue(tx, None, [new], NOW)
    return made, drawn.presented


async def signed_in(tx, presented: str, now=NOW) -> Principal:
    return (await flow.authenticate(tx, [presented], now))[presented]


async def opens(tx, presented: str, now=NOW) -> bool:
    return presented in await flow.authenticate(tx, [presented], now)


async def open_key(tx, *scopes: Scope, **other) -> tuple[Key, str]:
    made, presented = await asked(tx, *scopes, **other)
    if isinstance(made, Proposal):
        second = await who(tx, SECOND)
        proposal = await flow.approve(tx, second, made.id, NOW)
        assert isinstance(proposal, Proposal)
        made = await keys.issue_approved(tx, proposal, second, NOW)
    return made, presented


async def test_a_key_that_only_reads_opens_at_once_and_does_no_more(tx) -> None:
    made, presented = await asked(tx, READ, label="reader")
    assert isinstance(made, Key)
    caller = await signed_in(tx, presented)
    assert (caller.id, caller.scopes, caller.key_id) == (APP.id, {READ}, made.id)


@pytest.mark.parametrize("scope", sorted(GUARDED_SCOPES & {WRITE}))
async def test_a_key_that_moves_money_opens_when_a_second_person_has_approved(tx, scope) -> None:
    made, presented = await asked(tx, READ, scope)
    assert isinstance(made, Proposal)
    assert not await opens(tx, presented)
    secret = presented.partition(".")[2]
    kept = await tx.fetch("SELECT payload::text FROM access.proposal")
    assert secret not in str([row["payload"] for row in kept])
    second = await who(tx, SECOND)
    proposal = await flow.approve(tx, second, made.id, NOW)
    assert isinstance(proposal, Proposal)
    key = await keys.issue_approved(tx, proposal, second, NOW)
    assert await opens(tx, presented)
    (entry,) = await flow.audit(tx, key.id)
    assert (entry.entry.actor, entry.entry.details["proposal"]) == (SECOND.id, made.id)


async def test_every_scope_that_writes_money_or_opens_doors_is_guarded() -> None:
    unguarded = {scope for scope in Scope if scope not in GUARDED_SCOPES}
    assert {scope for scope in unguarded if scope.value.endswith("ments:write")} == set()
    assert {Scope.KEYS_MANAGE, Scope.LEDGER_CORRECT, Scope.REMITTANCES_WRITE} <= GUARDED_SCOPES


async def test_the_same_request_again_finds_the_first_key_and_draws_no_second(tx) -> None:
    key_id = ids.new("key")
    by, first, again = await who(tx, ADMIN), keys.draw(key_id), keys.draw(key_id)
    new = NewKey(key_id, by, APP.id, first.digest, frozenset({READ}))
    made = await keys.issue(tx, None, [new, replace(new, digest=again.digest)], NOW)
    assert [each.digest for each in made if isinstance(each, Key)] == [first.digest] * 2
    assert await opens(tx, first.presented)
    assert not await opens(tx, again.presented)


async def test_a_key_is_only_issued_by_who_may_for_who_is_and_within_its_roles(tx) -> None:
    for expected, scopes, other in (
        (Unauthorised, [READ], {"by": await who(tx, APP)}),
        (Unauthorised, [Scope.LEDGER_CORRECT], {}),
        (Malformed, [], {}),
        (Malformed, [READ], {"expires_at": NOW}),
    ):
        with pytest.raises(expected):
            await asked(tx, *scopes, **other)
    drawn = keys.draw("key_x")
    stranger = NewKey(
        "key_x", await who(tx, ADMIN), PrincipalId("prn_no"), drawn.digest, frozenset({READ})
    )
    with pytest.raises(NotFound):
        await keys.issue(tx, None, [stranger], NOW)


async def replaced(tx, old: Key, caller: Principal, overlap_seconds: int = 0):
    new_id = ids.new("key")
    drawn = keys.draw(new_id)
    command = ReplaceKey(new_id, caller, old.id, drawn.digest, overlap_seconds)
    (made,) = await keys.replace_keys(tx, None, [command], NOW)
    return made, drawn.presented


async def test_a_holder_replaces_its_key_and_both_open_for_a_while(tx) -> None:
    old, presented = await open_key(tx, READ, WRITE)
    made, fresh = await replaced(tx, old, await signed_in(tx, presented), 60)
    assert isinstance(made, Key)
    assert (made.scopes, made.replaces, made.expires_at) == (old.scopes, old.id, None)
    late = NOW + timedelta(seconds=60)
    assert [await opens(tx, each) for each in (presented, fresh)] == [True, True]
    assert [await opens(tx, each, late) for each in (presented, fresh)] == [False, True]


async def test_without_overlap_the_old_key_is_closed_at_once(tx) -> None:
    old, presented = await open_key(tx, READ)
    caller = await signed_in(tx, presented)
    _, fresh = await replaced(tx, old, caller)
    assert [await opens(tx, each) for each in (presented, fresh)] == [False, True]
    closed, _ = await replaced(tx, old, caller)
    assert isinstance(closed, Conflict)


async def test_a_replacement_lives_no_longer_than_what_was_approved(tx) -> None:
    ends = NOW + timedelta(days=30)
    old, presented = await open_key(tx, WRITE, expires_at=ends)
    made, fresh = await replaced(tx, old, await signed_in(tx, presented))
    assert isinstance(made, Key)
    assert made.expires_at == ends
    assert not await opens(tx, fresh, ends)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await tx.execute("UPDATE access.api_key SET expires_at = NULL WHERE id = $1", made.id)


async def test_a_narrow_key_neither_becomes_a_wide_one_nor_closes_it(tx) -> None:
    wide, presented = await open_key(tx, READ, WRITE)
    _, narrow = await open_key(tx, READ)
    caller = await signed_in(tx, narrow)
    with pytest.raises(Unauthorised):
        await replaced(tx, wide, caller)
    with pytest.raises(Unauthorised):
        await keys.revoke(tx, None, [RevokeKey(wide.id, caller)], NOW)
    assert await opens(tx, presented)


async def test_nobody_replaces_anothers_key_not_even_who_manages_keys(tx) -> None:
    old, presented = await open_key(tx, READ, WRITE)
    outcome, _ = await replaced(tx, old, await who(tx, ADMIN))
    assert isinstance(outcome, NotFound)
    assert await opens(tx, presented)


async def test_a_key_is_closed_by_its_holder_or_by_who_manages_keys(tx) -> None:
    for by_holder in (True, False):
        made, presented = await open_key(tx, READ)
        by = await (signed_in(tx, presented) if by_holder else who(tx, ADMIN))
        (closed,) = await keys.revoke(tx, None, [RevokeKey(made.id, by)], NOW)
        assert isinstance(closed, Key)
        assert closed.revoked_at == NOW
        assert not await opens(tx, presented)
        (again,) = await keys.revoke(tx, None, [RevokeKey(made.id, by)], NOW)
        assert again == closed
        acts = [each.entry.act for each in await flow.audit(tx, made.id)]
        assert acts == ["key_revoked", "key_issued"]
    other = await who(tx, SECOND)
    stranger = replace(other, scopes=frozenset())
    made, presented = await open_key(tx, READ)
    (outcome,) = await keys.revoke(tx, None, [RevokeKey(made.id, stranger)], NOW)
    assert isinstance(outcome, NotFound)
    assert outcome.reason is Reason.KEY_NOT_FOUND
    assert await opens(tx, presented)


async def test_use_is_noted_once_a_minute(tx) -> None:
    made, presented = await open_key(tx, READ)

    async def noted(seconds: int):
        await keys.used(tx, None, [made.id, "key_none"], NOW + timedelta(seconds=seconds))
        return await tx.fetchval("SELECT last_used_at FROM access.api_key WHERE id = $1", made.id)

    assert await noted(0) == NOW
    assert await noted(59) == NOW
    assert await noted(61) == NOW + timedelta(seconds=61)
    by = await signed_in(tx, presented)
    await keys.revoke(tx, None, [RevokeKey(made.id, by)], NOW)
    assert await noted(300) == NOW + timedelta(seconds=61)


async def test_a_list_has_the_newest_first_and_goes_on_where_it_stopped(tx) -> None:
    made = [(await open_key(tx, READ))[0].id for _ in range(5)]
    first = await keys.of_principal(tx, APP.id, None, 2)
    rest = await keys.of_principal(tx, APP.id, first[-1].id, 9)
    assert [each.id for each in first + rest] == sorted(made, reverse=True)
    assert await keys.of_principal(tx, ADMIN.id, None, 9) == []
