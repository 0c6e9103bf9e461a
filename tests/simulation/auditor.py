"""An auditor who trusts nobody: every book re-added with SQL and arithmetic of its own.

It reads the tables and shares no code with the ledger that wrote them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import ends

GATEWAY = "nexus"
"""It keeps no book."""
ACCOUNTS = (
    "SELECT id, code, asset, class, floor, ceiling, keeper, holder, balance, held_debit,"
    " held_credit FROM ledger.account ORDER BY id"
)
TRANSFERS = (
    "SELECT sequence, id::text, kind, debit_id, credit_id, amount, hold_id::text, code, reference,"
    " debit_balance, credit_balance FROM ledger.transfer ORDER BY sequence"
)
SENT = (
    "SELECT r.id, r.state, r.uetr, q.received, q.total_debit, q.account_id"
    " FROM remittance.remittance r JOIN remittance.quote q ON q.id = r.quote_id"
    " WHERE r.uetr IS NOT NULL"
)
ARRIVED = "SELECT uetr, state, account_code, credited, interbank FROM remittance.inbound"
BLOCKED = "blocked/incoming"
MOVES = ("direct", "post")


@dataclass
class Book:
    """One role's tables as they stand."""

    accounts: dict[int, asyncpg.Record]
    transfers: list[asyncpg.Record]
    open_holds: list[str]
    sent: list[asyncpg.Record] = field(default_factory=list)
    arrived: list[asyncpg.Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.balances: defaultdict[int, int] = defaultdict(int)

    def by_class(self, wanted: str) -> dict[str, int]:
        totals: defaultdict[str, int] = defaultdict(int)
        for number, account in self.accounts.items():
            if account["class"] == wanted:
                totals[account["asset"]] += self.balances[number]
        return dict(totals)


async def read(url: str) -> Book:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            book = Book(
                {row["id"]: row for row in await connection.fetch(ACCOUNTS)},
                await connection.fetch(TRANSFERS),
                [row["id"] for row in await connection.fetch("SELECT id::text FROM ledger.hold")],
            )
            if await connection.fetchval("SELECT to_regclass('remittance.remittance') IS NOT NULL"):
                book.sent = await connection.fetch(SENT)
                book.arrived = await connection.fetch(ARRIVED)
    finally:
        await connection.close()
    return book


async def audit(urls: dict[str, str]) -> list[str]:
    """Everything that is wrong in these books, in words; nothing where all is well."""
    books = {role: await read(url) for role, url in urls.items() if role != GATEWAY}
    wrong: list[str] = await ends.compared(urls)
    for role, book in books.items():
        told = [*_movements(book), *_holds(book), *_standing(book), *_classes(book)]
        wrong += [f"{role}: {what}" for what in told]
    wrong += _mirrors(books)
    issuers = {role: book for role, book in books.items() if book.sent or book.arrived}
    for role, book in issuers.items():
        others = [other for name, other in issuers.items() if name != role]
        wrong += [f"{role}: {what}" for what in _remittances(book, others)]
    return wrong


def _movements(book: Book) -> list[str]:
    """Add every movement in order; no account may at any moment be below its floor."""
    wrong = []
    for row in book.transfers:
        if row["amount"] <= 0:
            wrong.append(f"transfer {row['sequence']} moves {row['amount']}")
        if row["kind"] in MOVES:
            book.balances[row["debit_id"]] -= int(row["amount"])
            book.balances[row["credit_id"]] += int(row["amount"])
        for side in ("debit", "credit"):
            account = book.accounts[row[f"{side}_id"]]
            balance = book.balances[account["id"]]
            if row[f"{side}_balance"] != balance:
                wrong.append(f"transfer {row['sequence']}: {account['code']} stood at {balance}")
            if side == "debit" and account["floor"] is not None and balance < account["floor"]:
                wrong.append(f"transfer {row['sequence']}: {account['code']} below its floor")
            if account["ceiling"] is not None and balance > account["ceiling"]:
                wrong.append(f"transfer {row['sequence']}: {account['code']} above its ceiling")
    return wrong


def _holds(book: Book) -> list[str]:
    """A hold has ended when its posts and its release add up to it, and it ends once."""
    held: dict[str, int] = {}
    for row in book.transfers:
        if row["kind"] == "hold":
            held[row["id"]] = int(row["amount"])
        elif row["hold_id"] is not None:
            held[row["hold_id"]] -= int(row["amount"])
    wrong = [f"hold {number} has {left} left" for number, left in held.items() if left]
    return wrong + [f"hold {number} stands open" for number in book.open_holds]


def _standing(book: Book) -> list[str]:
    """What each account says of itself, and that the whole adds to nothing."""
    wrong, sums = [], defaultdict(int)
    for number, account in book.accounts.items():
        balance = book.balances[number]
        sums[account["asset"]] += balance
        if balance != account["balance"]:
            wrong.append(f"{account['code']} says {account['balance']}, history says {balance}")
        if account["held_debit"] or account["held_credit"]:
            wrong.append(f"{account['code']} still holds something")
    return wrong + [f"{asset} adds to {total}" for asset, total in sums.items() if total]


def _classes(book: Book) -> list[str]:
    wrong = [
        f"{account['code']} is left with {book.balances[number]}"
        for number, account in book.accounts.items()
        if account["class"] == "clearing" and book.balances[number]
    ]
    money, kept = book.by_class("e_money"), book.by_class("safeguarded")
    for asset, total in money.items():
        if total + kept.get(asset, 0):
            wrong.append(f"{total} {asset} of e-money, {-kept.get(asset, 0)} safeguarded")
    return wrong


def _mirrors(books: dict[str, Book]) -> list[str]:
    sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for role, book in books.items():
        for number, account in book.accounts.items():
            if account["keeper"] is not None:
                sums[role, account["keeper"], account["asset"]] += book.balances[number]
            if account["holder"] is not None:
                sums[account["holder"], role, account["asset"]] += book.balances[number]
    return [f"mirror {key}: {difference}" for key, difference in sums.items() if difference]


def _gained(book: Book, uetr: str) -> dict[str, int]:
    """What a payment has left on each account of customers' money, what was taken back off."""
    gained: defaultdict[str, int] = defaultdict(int)
    for row in book.transfers:
        if row["reference"] == uetr and row["kind"] in MOVES:
            for side, sign in (("credit", 1), ("debit", -1)):
                account = book.accounts[row[f"{side}_id"]]
                if account["class"] == "e_money":
                    gained[account["code"]] += sign * int(row["amount"])
    return {code: amount for code, amount in gained.items() if amount}


def _due(row: asyncpg.Record, promised: int) -> dict[str, int]:
    """What a payment that arrived must have left: what the sender was promised, or, blocked,
    all that came.
    """
    if row["state"] == "blocked":
        return {BLOCKED: int(row["interbank"])}
    return {row["account_code"]: promised} if row["state"] == "credited" else {}


def _remittances(book: Book, others: list[Any]) -> list[str]:
    """A payment that has gone has one debit here and one credit there; any other has neither."""
    wrong = []
    for sent in book.sent:
        uetr, state = sent["uetr"], sent["state"]
        there = [gain for other in others for gain in _gained(other, uetr).items()]
        rows = [row for other in others for row in other.arrived if row["uetr"] == uetr]
        due = [each for row in rows for each in _due(row, int(sent["received"])).items()]
        gone = state in {"completed", "blocked"}
        if len(due) != int(gone) or there != due:
            wrong.append(f"{uetr} is {state}: credited {there}, promised {due}")
        here = list(_gained(book, uetr).values())
        if here != ([-int(sent["total_debit"])] if gone else []):
            wrong.append(f"{uetr} is {state}: debited {here}")
    return wrong
