import asyncpg
import pytest
from msgspec.structs import replace
from policy_cases import EXAMPLE, LAW, ON, payment

from conftest import NOW
from qantara.errors import Conflict, NotFound, Reason
from qantara.policy import flow
from qantara.policy.model import Decision, DecisionRecord, NewDecision


@pytest.fixture
async def tx(fresh_both):
    connection = await fresh_both("policy")
    async with connection.transaction():
        await flow.keep_rulebook(connection, EXAMPLE, NOW)
        yield connection


def decided(rulebook, id_: str, **facts) -> NewDecision:
    given = payment(**facts)
    return NewDecision(id_, "quo_1", given, flow.decide(rulebook, given, ON))


async def kept(tx, *new: NewDecision) -> list[DecisionRecord]:
    await flow.record_decisions(tx, new, NOW)
    found = await flow.decisions(tx, [each.id for each in new])
    assert all(isinstance(record, DecisionRecord) for record in found)
    return found


async def test_a_decision_is_kept_with_its_facts_trace_and_version(tx):
    allowed, refused = await kept(
        tx, decided(EXAMPLE, "dec_1"), decided(EXAMPLE, "dec_2", purpose=None)
    )
    assert allowed.facts == payment()
    assert allowed.rulebook_version == EXAMPLE.version
    assert allowed.outcome["reason"] is None
    assert allowed.outcome["labels"] == ["example"]
    assert refused.outcome["reason"] == "purpose_required"
    assert refused.outcome["rule"] == "purpose.required"
    assert [record.id for record in await flow.decisions_about(tx, "quo_1")] == ["dec_1", "dec_2"]


async def test_kept_facts_and_the_kept_rulebook_decide_again_bit_for_bit(tx):
    new = [decided(EXAMPLE, "dec_1"), decided(EXAMPLE, "dec_2", purpose=None)]
    for record, before in zip(await kept(tx, *new), new, strict=True):
        rulebook = await flow.kept_rulebook(tx, record.rulebook_version)
        again = flow.replay(rulebook, record)
        assert isinstance(again, Decision)
        assert again == before.decision
        assert again.digest == record.digest


async def test_a_replay_that_comes_out_otherwise_is_a_conflict(tx):
    (record,) = await kept(tx, decided(EXAMPLE, "dec_1"))
    for forged in (
        replace(record, facts=payment(purpose=None)),
        replace(record, digest="0" * 64),
        replace(record, outcome={**record.outcome, "labels": []}),
    ):
        assert isinstance(flow.replay(EXAMPLE, forged), Conflict)


async def test_another_version_replays_nothing(tx):
    (record,) = await kept(tx, decided(EXAMPLE, "dec_1"))
    assert isinstance(flow.replay(LAW, record), Conflict)


async def test_a_decision_without_its_rulebook_is_not_kept(tx):
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await flow.record_decisions(tx, [decided(LAW, "dec_1")], NOW)


async def test_keeping_a_rulebook_again_changes_nothing(tx):
    await flow.keep_rulebook(tx, EXAMPLE, NOW)
    assert await tx.fetchval("SELECT count(*) FROM policy.rulebook") == 1


async def test_a_rulebook_stored_under_a_version_not_its_own_is_refused(tx):
    with pytest.raises(asyncpg.CheckViolationError):
        await tx.execute("INSERT INTO policy.rulebook VALUES ('0', '[]', now())")


async def test_what_was_never_kept_is_not_found(tx):
    with pytest.raises(NotFound) as caught:
        await flow.kept_rulebook(tx, "0")
    assert caught.value.reason is Reason.RULEBOOK_UNKNOWN
    (missing,) = await flow.decisions(tx, ["dec_none"])
    assert isinstance(missing, NotFound)
    assert missing.reason is Reason.DECISION_NOT_FOUND


@pytest.mark.parametrize("table", ["decision", "rulebook"])
@pytest.mark.parametrize(
    ("role", "error"),
    [
        ("qantara_app", asyncpg.InsufficientPrivilegeError),
        ("NONE", asyncpg.IntegrityConstraintViolationError),
    ],
)
async def test_history_cannot_be_changed_by_program_or_owner(tx, table, role, error):
    await tx.execute(f"SET LOCAL ROLE {role}")
    for change in (
        f"UPDATE policy.{table} SET recorded_at = now()",
        f"DELETE FROM policy.{table}",
        f"TRUNCATE policy.{table} CASCADE",
    ):
        savepoint = tx.transaction()
        await savepoint.start()
        with pytest.raises(error):
            await tx.execute(change)
        await savepoint.rollback()
