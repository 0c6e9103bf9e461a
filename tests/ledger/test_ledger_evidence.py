"""History cannot be changed, and where somebody with power over it did, it is found."""

import re
import uuid

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moments import NOW
from qantara import merkle
from qantara.ledger import evidence, flow
from qantara.ledger.model import (
    MEANINGS,
    TRANSITIONS,
    AccountClass,
    AccountStatus,
    NewAccount,
    ResultCode,
    Transfer,
    TransferKind,
    Wrong,
)
from qantara.money import MYR

HISTORY = ["asset", "transfer", "refused", "account_event", "batch", "seal"]
IDS = [str(uuid.UUID(int=number)) for number in range(1, 40)]
A_BYTE = "decode(repeat('ab', 32), 'hex')"


def _transfer(number, amount, debit="equity", credit="customer/ana", **terms):
    return Transfer(
        id=IDS[number],
        amount=amount,
        debit=debit,
        credit=credit,
        asset="MYR",
        code="test",
        reference="überweisung | 1\n",
        occurred_at=NOW,
        **terms,
    )


async def _sound(tx):
    """Four batches of transfers, 1-5, 6-7, 8 and 9, one refusal, an open hold, two seals."""
    await flow.open_accounts(
        tx,
        [
            NewAccount("equity", MYR, AccountClass.EQUITY),
            NewAccount("customer/ana", MYR, AccountClass.E_MONEY, floor=0),
        ],
        NOW,
    )
    await flow.post(tx, [_transfer(n, 100) for n in range(5)], NOW)
    hold = _transfer(5, 60, "customer/ana", "equity", kind=TransferKind.HOLD)
    part = Transfer(
        id=IDS[6], amount=20, kind=TransferKind.POST, hold_id=hold.id, code="t", occurred_at=NOW
    )
    await flow.post(tx, [hold, part], NOW)
    await flow.seal(tx, NOW)
    too_much = _transfer(7, 5000, "customer/ana", "equity")
    await flow.post(tx, [_transfer(8, 1), too_much], NOW)
    await flow.post(tx, [_transfer(9, 2)], NOW)
    await flow.seal(tx, NOW)
    await flow.enter(tx, 8)
    return tx


@pytest.fixture
async def book(fresh):
    return await _sound(await fresh("ledger"))


async def _corrupt(tx, statement):
    """Do by hand what only the owner can, with the guard switched off."""
    await tx.execute("SET ROLE NONE")
    table = re.search(r"ledger\.(\w+)", statement)[1]
    guarded = table in HISTORY
    if guarded:
        await tx.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER history")
    await tx.execute(statement)
    if guarded:
        await tx.execute(f"ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER history")
    await tx.execute("SET ROLE qantara_app")


def _case(value):
    return value if isinstance(value, str) and "ledger." in value else ""


async def _report(tx):
    async with tx.transaction():
        return await flow.verify_book(tx)


async def test_a_sound_book_is_clean(fresh_both):
    report = await _report(await _sound(await fresh_both("ledger")))
    assert report.clean
    assert report.first is None
    counts = (report.accounts, report.transfers, report.refused, report.batches, report.seals)
    assert counts == (2, 9, 1, 5, 2)
    assert report.open_holds == 1


@pytest.mark.parametrize(
    ("statement", "wrong", "table", "key", "field", "expected", "found"),
    [
        (
            "UPDATE ledger.transfer SET amount = 101 WHERE sequence = 3",
            Wrong.AMOUNT, "transfer", "3", "amount", "100", "101",
        ),
        (
            "UPDATE ledger.transfer SET amount = 101, requested = 101 WHERE sequence = 3",
            Wrong.RUNNING_BALANCE, "transfer", "3", "debit_balance", "-301", "-300",
        ),
        (
            "UPDATE ledger.transfer SET credit_balance = 301 WHERE sequence = 3",
            Wrong.RUNNING_BALANCE, "transfer", "3", "credit_balance", "300", "301",
        ),
        (
            "UPDATE ledger.transfer SET debit_held = 0 WHERE sequence = 6",
            Wrong.RUNNING_BALANCE, "transfer", "6", "debit_held", "60", "0",
        ),
        (
            "DELETE FROM ledger.transfer WHERE sequence = 4",
            Wrong.SEQUENCE, "transfer", "4", "row", "a transfer", "none",
        ),
        (
            "DELETE FROM ledger.transfer WHERE sequence = 9",
            Wrong.SEQUENCE, "transfer", "9", "row", "a transfer", "none",
        ),
        (
            f"UPDATE ledger.transfer SET hold_id = '{IDS[0]}' WHERE sequence = 7",
            Wrong.HOLD, "transfer", "7", "hold_id", "an open hold", IDS[0],
        ),
        (
            "DELETE FROM ledger.refused",
            Wrong.BATCH, "refused", "batch 4", "rows", "1", "0",
        ),
        (
            "DELETE FROM ledger.batch WHERE number = 3",
            Wrong.BATCH, "batch", "3", "number", "3", "4",
        ),
        (
            "UPDATE ledger.account SET balance = 1 WHERE code = 'customer/ana'",
            Wrong.ACCOUNT, "account", "customer/ana", "balance", "483", "1",
        ),
        (
            "UPDATE ledger.account SET status = 'frozen' WHERE code = 'customer/ana'",
            Wrong.ACCOUNT, "account", "customer/ana", "status", "open", "frozen",
        ),
        (
            "UPDATE ledger.book SET sequence = 12",
            Wrong.BOOK, "book", "1", "sequence", "9", "12",
        ),
    ],
    ids=_case,
)  # fmt: skip
async def test_the_first_wrong_row_is_named(
    book, statement, wrong, table, key, field, expected, found
):
    await _corrupt(book, statement)
    first = (await _report(book)).first
    assert (first.wrong, first.table, first.key, first.field, first.expected, first.found) == (
        wrong, table, key, field, expected, found,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "wrong", "table", "key", "field"),
    [
        (
            "UPDATE ledger.transfer SET reference = 'x' WHERE sequence = 7",
            Wrong.BATCH_HASH, "batch", "3", "hash",
        ),
        (
            "UPDATE ledger.refused SET result = 'ok'",
            Wrong.BATCH_HASH, "batch", "4", "hash",
        ),
        (
            f"UPDATE ledger.batch SET hash = {A_BYTE} WHERE number = 2",
            Wrong.BATCH_HASH, "batch", "2", "hash",
        ),
        (
            f"UPDATE ledger.batch SET previous = {A_BYTE} WHERE number = 3",
            Wrong.BATCH_HASH, "batch", "3", "previous",
        ),
        (
            f"UPDATE ledger.seal SET root = {A_BYTE} WHERE number = 2",
            Wrong.SEAL, "seal", "2", "root",
        ),
        (
            "DELETE FROM ledger.seal WHERE number = 1",
            Wrong.SEAL, "seal", "1", "number",
        ),
        (
            "UPDATE ledger.account SET floor = -100 WHERE code = 'customer/ana'",
            Wrong.ACCOUNT, "account", "customer/ana", "terms",
        ),
        (
            "DELETE FROM ledger.entry WHERE sequence = 7 AND account_id = 2",
            Wrong.ENTRY, "entry", "7", "account_id",
        ),
        (
            "UPDATE ledger.entry SET account_id = 3 WHERE sequence = 5 AND account_id = 2",
            Wrong.ENTRY, "entry", "5", "account_id",
        ),
        (
            "INSERT INTO ledger.entry VALUES (2, 9)",
            Wrong.ENTRY, "entry", "9", "account_id",
        ),
        (
            "UPDATE ledger.entered SET sequence = 9",
            Wrong.ENTRY, "entry", "9", "account_id",
        ),
        (
            "UPDATE ledger.hold SET remaining = 5",
            Wrong.HOLD, "hold", IDS[5], "row",
        ),
        (
            "DELETE FROM ledger.hold",
            Wrong.HOLD, "hold", IDS[5], "row",
        ),
        (
            "UPDATE ledger.account_event SET terms = 'x' WHERE item = 2",
            Wrong.BATCH_HASH, "batch", "1", "hash",
        ),
    ],
    ids=_case,
)  # fmt: skip
async def test_the_wrong_row_is_named(book, statement, wrong, table, key, field):
    await _corrupt(book, statement)
    first = (await _report(book)).first
    assert (first.wrong, first.table, first.key, first.field) == (wrong, table, key, field)


async def test_every_kind_of_wrong_is_reported(book):
    await _corrupt(book, "UPDATE ledger.transfer SET amount = 101 WHERE sequence = 3")
    await _corrupt(book, "UPDATE ledger.account SET balance = balance + 5 WHERE id = 2")
    await _corrupt(book, f"UPDATE ledger.seal SET root = {A_BYTE}")
    report = await _report(book)
    assert not report.clean
    assert report.counts == {
        Wrong.AMOUNT: 1,
        Wrong.BATCH_HASH: 1,
        Wrong.ACCOUNT: 1,
        Wrong.SUM: 1,
        Wrong.SEAL: 2,
    }


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("act", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_history_refuses_change_by_the_program_and_by_its_owner(fresh, table, act):
    tx = await fresh("ledger")
    column = await tx.fetchval(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum = 1",
        f"ledger.{table}",
    )
    statement = {
        "UPDATE": f"UPDATE ledger.{table} SET {column} = {column}",
        "DELETE": f"DELETE FROM ledger.{table}",
        "TRUNCATE": f"TRUNCATE ledger.{table} CASCADE",
    }[act]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute(statement)
    await tx.execute("SET ROLE NONE")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await tx.execute(statement)


@pytest.mark.parametrize("table", [*HISTORY[1:-1], "account", "hold", "book", "entry", "entered"])
async def test_the_program_writes_the_book_only_through_its_functions(fresh, table):
    tx = await fresh("ledger")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute(f"INSERT INTO ledger.{table} DEFAULT VALUES")


async def test_seals_cover_every_batch_once_with_a_merkle_root(book):
    hashes = [row["hash"] for row in await book.fetch("SELECT hash FROM ledger.batch ORDER BY 1")]
    rows = await book.fetch("SELECT * FROM ledger.seal ORDER BY number")
    assert [(row["first_batch"], row["last_batch"]) for row in rows] == [(1, 3), (4, 5)]
    assert sorted(hashes) == sorted(
        row["hash"] for row in await book.fetch("SELECT hash FROM ledger.batch")
    )
    ordered = [
        row["hash"] for row in await book.fetch("SELECT hash FROM ledger.batch ORDER BY number")
    ]
    assert rows[0]["root"] == merkle.root(ordered[:3])
    assert await flow.seal(book, NOW) is None


@given(st.datetimes(timezones=st.just(NOW.tzinfo)))
def test_a_moment_reads_as_seconds_with_six_decimals(at):
    seconds, _, rest = evidence.moment(at).partition(".")
    assert len(rest) == 6
    assert abs(int(seconds) - at.timestamp()) <= 1


def test_every_result_has_a_meaning():
    assert set(MEANINGS) == set(ResultCode)
    assert [code for code in ResultCode if MEANINGS[code].reason is None] == [
        ResultCode.OK,
        ResultCode.EXISTS,
    ]


def test_every_account_status_is_reached_and_only_closed_is_final():
    assert {AccountStatus.OPEN, *TRANSITIONS.values()} == set(AccountStatus)
    assert {status for status, _ in TRANSITIONS} == set(AccountStatus) - {AccountStatus.CLOSED}
