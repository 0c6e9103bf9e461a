"""The rules of re-adding: what each row must be, given all rows before it."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qantara import merkle
from qantara.ledger.evidence import (
    AccountRow,
    BatchRow,
    EventRow,
    HoldRow,
    RefusedRow,
    Standing,
    TransferRow,
)
from qantara.ledger.model import (
    TRANSITIONS,
    AccountEvent,
    AccountStatus,
    Balancing,
    Finding,
    Seal,
    TransferKind,
    Wrong,
)


@dataclass(slots=True)
class Told:
    """The first finding of each kind, and how many there were."""

    first: dict[Wrong, Finding] = field(default_factory=dict)
    counts: dict[Wrong, int] = field(default_factory=dict)

    def expect(
        self, wrong: Wrong, table: str, key: object, name: str, expected: object, found: object
    ) -> bool:
        """Whether it was found as expected; if not, it is told."""
        if expected == found:
            return True
        finding = Finding(wrong, table, str(key), name, _text(expected), _text(found))
        self.first.setdefault(wrong, finding)
        self.counts[wrong] = self.counts.get(wrong, 0) + 1
        return False


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


@dataclass(slots=True)
class _Sums:
    balance: int = 0
    held_debit: int = 0
    held_credit: int = 0


@dataclass(slots=True)
class _Hold:
    debit_id: int
    credit_id: int
    amount: int
    left: int
    expires_at: datetime | None


@dataclass(slots=True)
class Replay:
    """What history adds up to, so far."""

    told: Told
    sums: dict[int, _Sums] = field(default_factory=lambda: defaultdict(_Sums))
    holds: dict[str, _Hold] = field(default_factory=dict)
    opened: dict[int, str] = field(default_factory=dict)
    statuses: dict[int, AccountStatus] = field(default_factory=dict)
    hashes: list[bytes] = field(default_factory=list)
    sequence: int = 0
    number: int = 0

    def batch(
        self,
        batch: BatchRow,
        transfers: Sequence[TransferRow],
        refused: Sequence[RefusedRow],
        events: Sequence[EventRow],
    ) -> None:
        """Take the rows of one batch, then check the batch itself and its link."""
        expect, number = self.told.expect, batch.number
        expect(Wrong.BATCH, "batch", self.number + 1, "number", self.number + 1, number)
        first = self.sequence + 1
        for row in transfers:
            self._transfer(row, batch.recorded_at)
        self._gap(batch.last_sequence + 1)
        for event in events:
            self._event(event)
        expect(Wrong.BATCH, "batch", number, "first_sequence", first, batch.first_sequence)
        expect(Wrong.BATCH, "refused", f"batch {number}", "rows", batch.refused, len(refused))
        expect(Wrong.BATCH, "account_event", f"batch {number}", "rows", batch.events, len(events))
        previous = self.hashes[-1] if self.hashes else b""
        expect(Wrong.BATCH_HASH, "batch", number, "previous", previous, batch.previous)
        lines = [row.line() for rows in (transfers, refused, events) for row in rows]
        body = "\n".join((batch.head(), *lines))
        link = hashlib.sha256(previous + body.encode()).digest()
        expect(Wrong.BATCH_HASH, "batch", number, "hash", link, batch.hash)
        self.hashes.append(batch.hash)
        self.number = number

    def leftover(self, rows: Sequence[TransferRow]) -> None:
        for row in rows:
            self.told.expect(Wrong.BATCH, "transfer", row.sequence, "batch", "a batch", "none")
            self._transfer(row, row.recorded_at)

    def _gap(self, following: int) -> None:
        """Between the last row seen and the one that follows there must be no number."""
        if following != self.sequence + 1:
            self.told.expect(
                Wrong.SEQUENCE, "transfer", self.sequence + 1, "row", "a transfer", "none"
            )
        self.sequence = max(self.sequence, following - 1)

    def _transfer(self, row: TransferRow, recorded_at: datetime) -> None:
        self._gap(row.sequence)
        self.sequence = row.sequence
        key, expect = row.sequence, self.told.expect
        if row.recorded_at != recorded_at:
            expect(Wrong.TIME, "transfer", key, "recorded_at", recorded_at, row.recorded_at)
        if row.occurred_at > row.recorded_at:
            expect(Wrong.TIME, "transfer", key, "occurred_at", recorded_at, row.occurred_at)
        amount = self._amount(row)
        debit, credit = self.sums[row.debit_id], self.sums[row.credit_id]
        if row.moves:
            debit.balance -= amount
            credit.balance += amount
        if row.kind != TransferKind.DIRECT:
            reserved = amount if row.kind == TransferKind.HOLD else -amount
            debit.held_debit += reserved
            credit.held_credit += reserved
        for name, expected, found in (
            ("debit_balance", debit.balance, row.debit_balance),
            ("credit_balance", credit.balance, row.credit_balance),
            ("debit_held", debit.held_debit, row.debit_held),
            ("credit_held", credit.held_credit, row.credit_held),
        ):
            if str(expected) != found:
                expect(Wrong.RUNNING_BALANCE, "transfer", key, name, str(expected), found)

    def _amount(self, row: TransferRow) -> int:
        """What the row moves: its wish where that says it, else what it says itself."""
        requested, amount = int(row.requested), int(row.amount)
        if row.hold_id is not None:
            requested = self._take(row, requested or None, amount)
        elif row.balancing != Balancing.NONE:
            requested = min(requested or amount, amount)
        if requested != amount:
            self.told.expect(Wrong.AMOUNT, "transfer", row.sequence, "amount", requested, amount)
        if row.kind == TransferKind.HOLD:
            self.holds[row.id] = _Hold(
                row.debit_id, row.credit_id, requested, requested, row.expires_at
            )
        return requested

    def _take(self, row: TransferRow, requested: int | None, amount: int) -> int:
        """What a POST, VOID or EXPIRE takes of its hold."""
        key, expect = row.sequence, self.told.expect
        hold = self.holds.get(row.hold_id or "")
        if hold is None:
            expect(Wrong.HOLD, "transfer", key, "hold_id", "an open hold", row.hold_id)
            return requested or amount
        expect(Wrong.HOLD, "transfer", key, "debit_id", hold.debit_id, row.debit_id)
        expect(Wrong.HOLD, "transfer", key, "credit_id", hold.credit_id, row.credit_id)
        taken = requested or hold.left
        hold.left -= taken
        if hold.left <= 0:
            expect(Wrong.HOLD, "transfer", key, "amount", taken + hold.left, taken)
            del self.holds[row.hold_id or ""]
        return taken

    def _event(self, row: EventRow) -> None:
        account, event = row.account_id, row.event
        if event is AccountEvent.OPENED:
            self.opened[account] = row.terms
            self.statuses[account] = AccountStatus.OPEN
            return
        status = self.statuses.get(account)
        new = None if status is None else TRANSITIONS.get((status, event))
        expected = f"an event of an account that is {status}"
        self.told.expect(
            Wrong.ACCOUNT,
            "account_event",
            f"batch {row.batch}",
            "event",
            event if new else expected,
            event,
        )
        if new is not None:
            self.statuses[account] = new

    def entry(self, wrong: tuple[int, int, bool] | None) -> None:
        """The first entry that does not follow from the transfers, if there is one."""
        if wrong is not None:
            sequence, account_id, missing = wrong
            expected, found = (account_id, "none") if missing else ("none", account_id)
            self.told.expect(Wrong.ENTRY, "entry", sequence, "account_id", expected, found)

    def compare(self, standing: Standing) -> None:
        """What the book says of itself, against what its history adds up to."""
        expect, book = self.told.expect, standing.book
        for account in standing.accounts:
            self._account(account)
        missing = self.opened.keys() - {account.id for account in standing.accounts}
        for account_id in sorted(missing):
            expect(Wrong.ACCOUNT, "account", account_id, "row", self.opened[account_id], "none")
        self._holds(standing.holds)
        totals: dict[str, int] = defaultdict(int)
        for account in standing.accounts:
            totals[account.asset] += account.balance
        for asset, total in sorted(totals.items()):
            expect(Wrong.SUM, "account", asset, "sum of balances", 0, total)
        last = self.hashes[-1] if self.hashes else b""
        expect(Wrong.BOOK, "book", "1", "sequence", self.sequence, book.sequence)
        expect(Wrong.BOOK, "book", "1", "batch", self.number, book.batch)
        expect(Wrong.BOOK, "book", "1", "hash", last, book.hash)
        expect(Wrong.SEQUENCE, "transfer", book.last, "sequence", book.sequence, book.last)

    def _account(self, row: AccountRow) -> None:
        expect, sums = self.told.expect, self.sums[row.id]
        terms, status = self.opened.get(row.id, "none"), self.statuses.get(row.id)
        expect(Wrong.ACCOUNT, "account", row.code, "terms", terms, row.terms())
        expect(Wrong.ACCOUNT, "account", row.code, "status", status, row.status)
        expect(Wrong.ACCOUNT, "account", row.code, "balance", sums.balance, row.balance)
        expect(Wrong.ACCOUNT, "account", row.code, "held_debit", sums.held_debit, row.held_debit)
        expect(Wrong.ACCOUNT, "account", row.code, "held_credit", sums.held_credit, row.held_credit)

    def _holds(self, rows: Sequence[HoldRow]) -> None:
        expect, there = self.told.expect, {row.id: row for row in rows}
        for id_, hold in self.holds.items():
            row = there.pop(id_, None)
            stands = None if row is None else row[1:]
            should = (hold.debit_id, hold.credit_id, hold.amount, hold.left, hold.expires_at)
            expect(Wrong.HOLD, "hold", id_, "row", should, stands)
        for id_ in there:
            expect(Wrong.HOLD, "hold", id_, "row", "none", "an open hold")

    def seals(self, seals: Sequence[Seal]) -> None:
        last = 0
        for number, seal in enumerate(seals, 1):
            expect = self.told.expect
            expect(Wrong.SEAL, "seal", number, "number", number, seal.number)
            expect(Wrong.SEAL, "seal", number, "first_batch", last + 1, seal.first_batch)
            leaves = self.hashes[seal.first_batch - 1 : seal.last_batch]
            expect(Wrong.SEAL, "seal", number, "root", merkle.root(leaves), seal.root)
            last = seal.last_batch
        expected = min(last, self.number)
        self.told.expect(Wrong.SEAL, "seal", len(seals), "last_batch", expected, last)
