import re
from datetime import timedelta

import asyncpg
import pytest

from moments import NOW
from qantara.access import flow
from qantara.access.model import (
    INSTALLER,
    Action,
    AuditEntry,
    Event,
    IssuedKey,
    NewPrincipal,
    Principal,
    PrincipalKind,
    Proposal,
    Role,
    Scope,
    State,
)
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused, Unauthorised
from qantara.ids import PrincipalId

AMINAH = NewPrincipal(PrincipalId("prn_aminah"), PrincipalKind.PERSON, "Aminah", (Role.COMPLIANCE,))
BILAL = NewPrincipal(PrincipalId("prn_bilal"), PrincipalKind.PERSON, "Bilal", (Role.COMPLIANCE,))
PAYROLL = NewPrincipal(
    PrincipalId("prn_payroll"),
    PrincipalKind.CLIENT_APP,
    "Payroll",
    (Role.CUSTOMER,),
    "cus_employer",
)
SWITCH = NewPrincipal(
    PrincipalId("prn_duitnow"),
    PrincipalKind.COUNTERPARTY,
    "DuitNow",
    (Role.COUNTERPARTY,),
    "duitnow",
)
ALL = [AMINAH, BILAL, PAYROLL, SWITCH]


@pytest.fixture
async def tx(fresh_both):
    connection = await fresh_both("access")
    transaction = connection.transaction()
    await transaction.start()
    await flow.register_principals(connection, ALL, NOW)
    yield connection
    await transaction.rollback()


async def people(tx) -> tuple[Principal, Principal]:
    aminah, bilal = await flow.principals(tx, [AMINAH.id, BILAL.id])
    assert isinstance(aminah, Principal)
    assert isinstance(bilal, Principal)
    return aminah, bilal


async def key_of(tx, owner=PAYROLL, scopes=(Scope.REMITTANCES_READ,), **more) -> IssuedKey:
    return await flow.issue_key(tx, INSTALLER, owner.id, scopes, NOW, **more)


async def refused_by_database(tx, sql: str) -> str:
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with tx.transaction():
            await tx.execute(sql)
    return type(caught.value).__name__


async def test_registering_again_answers_the_same_and_other_content_conflicts(tx):
    other = NewPrincipal(AMINAH.id, AMINAH.kind, "Somebody else", AMINAH.roles)
    again, conflict = await flow.register_principals(tx, [AMINAH, other], NOW)
    assert isinstance(again, Principal)
    assert again.name == "Aminah"
    assert isinstance(conflict, Conflict)
    assert conflict.reason is Reason.ID_REUSED


async def test_a_key_opens_with_the_scopes_it_was_given_and_no_more(tx):
    key = await key_of(tx)
    principal = (await flow.authenticate(tx, [key.presented], NOW))[key.presented]
    assert principal.id == PAYROLL.id
    assert principal.subject == "cus_employer"
    assert principal.scopes == {Scope.REMITTANCES_READ}
    with pytest.raises(Unauthorised) as caught:
        flow.require(principal, Scope.REMITTANCES_WRITE)
    assert caught.value.reason is Reason.KEY_SCOPE


async def test_the_secret_is_shown_once_and_stored_nowhere(tx):
    key = await key_of(tx)
    secret = key.presented.split(".")[1]
    assert secret not in repr(key)
    rows = await tx.fetch(
        "SELECT k::text AS row FROM access.api_key k UNION ALL"
        " SELECT a::text FROM access.audit_entry a"
    )
    assert not any(secret in row["row"] or secret.encode().hex() in row["row"] for row in rows)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text.replace("key_", "kez_"),
        lambda text: text.split(".")[0] + ".",
        lambda text: "key_" + "0" * 26 + "." + text.split(".")[1],
        lambda text: text + "\x00",
        lambda _: "key_" + "9" * 5000,
        lambda text: 'key_"\\{},NULL,"' + text,
    ],
)
async def test_a_key_that_is_not_exactly_right_opens_nothing(tx, spoil):
    key = await key_of(tx)
    spoilt = spoil(key.presented)
    assert list(await flow.authenticate(tx, [spoilt, key.presented], NOW)) == [key.presented]
    assert await flow.authenticate(tx, [spoilt], NOW) == {}


async def test_an_expired_key_opens_nothing(tx):
    key = await key_of(tx, expires_at=NOW + timedelta(hours=1))
    (principal,) = (await flow.authenticate(tx, [key.presented], NOW)).values()
    assert principal.id == PAYROLL.id
    assert await flow.authenticate(tx, [key.presented], NOW + timedelta(hours=1)) == {}


async def test_a_revoked_key_opens_nothing_and_cannot_be_revived(tx):
    key = await key_of(tx)
    assert await flow.revoke_key(tx, INSTALLER, key.id, NOW)
    assert not await flow.revoke_key(tx, INSTALLER, key.id, NOW)
    assert await flow.authenticate(tx, [key.presented], NOW) == {}
    revive = "UPDATE access.api_key SET revoked_at = NULL"
    assert await refused_by_database(tx, revive) == "IntegrityConstraintViolationError"


async def test_a_key_never_gives_more_than_its_holders_roles(tx):
    with pytest.raises(Unauthorised) as caught:
        await key_of(tx, scopes=[Scope.KEYS_MANAGE])
    assert caught.value.reason is Reason.KEY_SCOPE


async def test_only_who_manages_keys_issues_them_and_only_to_somebody_and_for_the_future(tx):
    aminah, _ = await people(tx)
    with pytest.raises(Unauthorised):
        await flow.issue_key(tx, aminah, PAYROLL.id, [], NOW)
    with pytest.raises(NotFound):
        await flow.issue_key(tx, INSTALLER, PrincipalId("prn_nobody"), [], NOW)
    with pytest.raises(Malformed):
        await key_of(tx, expires_at=NOW)


async def test_authenticating_is_one_read_by_index(tx):
    plan = await tx.fetch(
        "EXPLAIN SELECT * FROM access.api_key k"
        " JOIN access.principal p ON p.id = k.principal_id WHERE k.id = 'key_x'"
    )
    assert not any("Seq Scan" in row[0] for row in plan)


async def test_a_proposal_is_approved_by_another_person(tx):
    aminah, bilal = await people(tx)
    proposal = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {"account": "acc_1"}, NOW)
    assert await flow.pending(tx, NOW) == [proposal]
    approved = await flow.approve(tx, bilal, proposal.id, NOW)
    assert isinstance(approved, Proposal)
    assert approved.state is State.APPROVED
    assert approved.decided_by == bilal.id
    assert approved.payload == {"account": "acc_1"}
    assert await flow.pending(tx, NOW) == []


async def test_the_proposer_is_refused_and_the_refusal_is_on_record(tx):
    aminah, _ = await people(tx)
    proposal = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    refusal = await flow.approve(tx, aminah, proposal.id, NOW)
    assert isinstance(refusal, Refused)
    assert refusal.reason is Reason.APPROVAL_NEEDS_SECOND
    trail = await flow.audit(tx, target=proposal.id)
    assert [found.entry.act for found in trail] == ["approval_refused", "proposed"]


async def test_the_database_itself_refuses_that_the_proposer_approves(tx):
    aminah, _ = await people(tx)
    await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    forge = (
        "UPDATE access.proposal SET state = 'approved', decided_by = proposed_by,"
        " decided_at = proposed_at"
    )
    assert await refused_by_database(tx, forge) == "CheckViolationError"


async def test_without_the_scope_nobody_proposes_or_decides(tx):
    aminah, _ = await people(tx)
    (payroll,) = await flow.principals(tx, [PAYROLL.id])
    proposal = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    with pytest.raises(Unauthorised):
        await flow.propose(tx, payroll, Action.ACCOUNT_FREEZE, {}, NOW)
    with pytest.raises(Unauthorised):
        await flow.approve(tx, payroll, proposal.id, NOW)
    with pytest.raises(Unauthorised):
        await flow.reject(tx, payroll, proposal.id, NOW)


async def test_a_proposal_is_decided_once(tx):
    aminah, bilal = await people(tx)
    proposal = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    assert isinstance(await flow.reject(tx, bilal, proposal.id, NOW), Proposal)
    again = await flow.approve(tx, bilal, proposal.id, NOW)
    assert isinstance(again, Conflict)
    assert again.reason is Reason.APPROVAL_NOT_PENDING


async def test_the_proposer_may_withdraw(tx):
    aminah, _ = await people(tx)
    proposal = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    withdrawn = await flow.reject(tx, aminah, proposal.id, NOW)
    assert isinstance(withdrawn, Proposal)
    assert withdrawn.state is State.REJECTED


async def test_an_unknown_proposal_is_not_found(tx):
    aminah, _ = await people(tx)
    for verb in (flow.approve, flow.reject):
        outcome = await verb(tx, aminah, "prp_none", NOW)
        assert isinstance(outcome, NotFound)
        assert outcome.reason is Reason.APPROVAL_NOT_FOUND


async def test_a_proposal_approved_too_late_expires_and_says_so(tx):
    aminah, bilal = await people(tx)
    proposal = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    late = await flow.approve(tx, bilal, proposal.id, proposal.expires_at)
    assert isinstance(late, Conflict)
    assert late.facts["state"] == "expired"
    assert await tx.fetchval("SELECT event FROM access.proposal_event") == Event.EXPIRE


async def test_the_job_expires_exactly_those_whose_time_is_up(tx):
    aminah, _ = await people(tx)
    first = await flow.propose(tx, aminah, Action.ACCOUNT_FREEZE, {}, NOW)
    later = await flow.propose(tx, aminah, Action.ACCOUNT_RELEASE, {}, NOW)
    assert await flow.expire(tx, first.expires_at - timedelta(microseconds=1)) == []
    assert await flow.expire(tx, first.expires_at) == [first.id]
    assert await flow.expire(tx, first.expires_at) == []
    assert await flow.pending(tx, first.expires_at) == [later]


async def test_the_trail_tells_who_did_what_newest_first_and_in_pages(tx):
    entries = [AuditEntry(AMINAH.id, f"act_{n}", "acc_1", {"n": n}) for n in range(5)]
    await flow.record(tx, entries, NOW)
    newest = await flow.audit(tx, target="acc_1", limit=2)
    assert [found.entry for found in newest] == [entries[4], entries[3]]
    older = await flow.audit(tx, "acc_1", before_sequence=newest[-1].sequence)
    assert [found.entry for found in older] == [entries[2], entries[1], entries[0]]
    assert {found.recorded_at for found in newest + older} == {NOW}


@pytest.mark.parametrize("table", ["audit_entry", "principal", "proposal_event"])
async def test_history_cannot_be_changed_by_the_program(tx, table):
    for change in (
        f"UPDATE access.{table} SET recorded_at = now()",
        f"DELETE FROM access.{table}",
        f"TRUNCATE access.{table} CASCADE",
    ):
        assert await refused_by_database(tx, change) == "InsufficientPrivilegeError"


@pytest.mark.parametrize("table", ["audit_entry", "principal", "proposal_event"])
async def test_history_cannot_be_changed_by_the_owner_either(tx, table):
    await tx.execute("SET ROLE NONE")
    for change in (
        f"UPDATE access.{table} SET recorded_at = now()",
        f"DELETE FROM access.{table}",
        f"TRUNCATE access.{table} CASCADE",
    ):
        assert await refused_by_database(tx, change) == "IntegrityConstraintViolationError"


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("principal", "kind", PrincipalKind),
        ("principal", "roles", Role),
        ("proposal", "action", Action),
        ("proposal", "state", State),
        ("proposal_event", "event", Event),
    ],
)
async def test_the_enums_equal_the_check_constraints(tx, table, column, enum):
    definition = await tx.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1",
        f"{table}_{column}_check",
    )
    assert set(re.findall(r"'([a-z_]+)'", definition)) == {member.value for member in enum}
