from datetime import date

import asyncpg
import pytest
from msgspec.structs import replace
from policy_cases import EXAMPLE, LAW, ON, account, book, payment, rule, value

from moments import NOW
from qantara.db import leaving
from qantara.errors import Conflict, NotFound, Reason
from qantara.policy import flow
from qantara.policy.model import (
    Act,
    Decision,
    DecisionRecord,
    Facts,
    Finding,
    NewDecision,
    Party,
)


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
    assert (allowed.decided_on, allowed.recorded_at) == (ON, NOW)
    assert allowed.outcome["reason"] is None
    assert allowed.outcome["labels"] == ["example"]
    assert refused.outcome["reason"] == "purpose_required"
    assert refused.outcome["rule"] == "purpose.required"
    assert refused.outcome["outcome"] == "refused"
    assert [record.id for record in await flow.decisions_about(tx, "quo_1")] == ["dec_1", "dec_2"]
    assert await flow.decisions_about(tx, "quo_2") == []


async def test_what_is_kept_is_the_record_of_the_decision_to_the_last_finding(tx):
    new = decided(EXAMPLE, "dec_1", purpose=None)
    (record,) = await kept(tx, new)
    assert record.outcome == new.decision.record
    assert record.digest == new.decision.digest
    seen = [step[1] for step in record.outcome["trace"] if step[0] == "purpose.required"]
    assert seen == [Finding.FAILED]


async def test_kept_facts_and_the_kept_rulebook_decide_again_bit_for_bit(tx):
    new = [decided(EXAMPLE, "dec_1"), decided(EXAMPLE, "dec_2", purpose=None)]
    for record, before in zip(await kept(tx, *new), new, strict=True):
        rulebook = await flow.kept_rulebook(tx, record.rulebook_version)
        assert rulebook.version == EXAMPLE.version
        for law in (rulebook, EXAMPLE):
            again = flow.replay(law, record)
            assert isinstance(again, Decision)
            assert again.digest == record.digest
            assert again.record == before.decision.record
        assert flow.replay(EXAMPLE, record) == before.decision


async def test_acts_of_every_kind_of_fact_are_kept_and_replay(tx):
    facts = account(
        "PK",
        account_class="asaan",
        balance_after=50_000_001,
        false_acceptance=1,
        biometric=True,
        originator_data=frozenset({"name", "account"}),
        breach_hours=3,
    )
    on = date(2022, 4, 12)
    (record,) = await kept(tx, NewDecision("dec_1", "acc", facts, flow.decide(EXAMPLE, facts, on)))
    assert record.facts == facts
    assert record.decided_on == on
    assert record.outcome["rule"] == "pk.asaan.balance"
    assert flow.replay(EXAMPLE, record).digest == record.digest


async def test_a_replay_that_comes_out_otherwise_is_a_conflict(tx):
    (record,) = await kept(tx, decided(EXAMPLE, "dec_1"))
    for forged in (
        replace(record, facts=payment(purpose=None)),
        replace(record, facts=payment(source_country="PK")),
        replace(record, decided_on=date(2011, 1, 1)),
        replace(record, digest="0" * 64),
        replace(record, outcome={**record.outcome, "labels": []}),
        replace(record, outcome={**record.outcome, "outcome": "allowed"}),
        replace(record, outcome={**record.outcome, "trace": record.outcome["trace"][1:]}),
        replace(record, outcome={**record.outcome, "pack_hash": "0" * 64}),
    ):
        found = flow.replay(EXAMPLE, forged)
        assert isinstance(found, Conflict)
        assert found.reason is Reason.STATE_CONFLICT


async def test_another_version_replays_nothing(tx):
    (record,) = await kept(tx, decided(EXAMPLE, "dec_1"))
    assert isinstance(flow.replay(LAW, record), Conflict)


async def test_each_version_that_was_kept_decides_as_it_did(tx):
    """A change of law between two decisions: both stand, each under its own book."""
    facts = account(sent_today=15_000)
    before = book([value()], [rule()])
    after = book([value(value=replace(value().value, minor=20_000))], [rule()])
    new = [
        NewDecision(f"dec_{place}", "acc", facts, flow.decide(law, facts, ON))
        for place, law in enumerate((before, after))
    ]
    for law in (before, after):
        await flow.keep_rulebook(tx, law, NOW)
    records = await kept(tx, *new)
    assert [record.outcome["outcome"] for record in records] == ["refused", "allowed"]
    for record in records:
        law = await flow.kept_rulebook(tx, record.rulebook_version)
        assert flow.replay(law, record).digest == record.digest


async def test_a_decision_without_its_rulebook_is_not_kept(tx):
    await flow.record_decisions(tx, [decided(LAW, "dec_1")], NOW)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await leaving.written(tx)


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


async def test_a_record_of_a_day_before_all_editions_is_a_conflict(tx):
    (record,) = await kept(tx, decided(EXAMPLE, "dec_1"))
    facts = Facts(act=Act.CASH, sender=Party(country="FR", currency="EUR"))
    forged = replace(record, facts=facts, decided_on=date(1900, 1, 1))
    assert isinstance(flow.replay(EXAMPLE, forged), Conflict)
