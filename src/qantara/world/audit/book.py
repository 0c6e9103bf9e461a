"""One book, added up again by SQL from nothing but its transfers.

`balance = credits - debits`. A direct transfer and a post move money; a hold reserves it on both
sides until posts, voids and expiries have ended it. A difference is told where it begins: the
rows after it, which only carry it on, are not.
"""

from dataclasses import dataclass
from typing import NamedTuple

from qantara.db import Tx
from qantara.world.audit import chain_sql
from qantara.world.audit.model import Finding, Told, Wrong


class Account(NamedTuple):
    """`balance` is what its transfers add up to."""

    code: str
    asset: str
    kind: str
    keeper: str | None
    holder: str | None
    balance: int


class Moved(NamedTuple):
    """What all transfers of one reference have left on one account."""

    reference: str
    account: int
    amount: int


@dataclass(frozen=True, slots=True)
class Book:
    accounts: dict[int, Account]
    moved: list[Moved]
    told: list[Told]
    transfers: int


_LEGS = """
WITH t AS MATERIALIZED (
    SELECT sequence, kind, debit_id, credit_id, amount, reference, code,
        debit_balance, credit_balance, debit_held, credit_held,
        CASE WHEN kind IN ('direct', 'post') THEN amount ELSE 0 END AS moves,
        CASE kind WHEN 'direct' THEN 0 WHEN 'hold' THEN amount ELSE -amount END AS holds
    FROM ledger.transfer
), leg AS MATERIALIZED (
    SELECT sequence, debit_id AS account, reference, 'debit' AS side, -moves AS moved, holds,
        debit_balance AS balance, debit_held AS held FROM t
    UNION ALL
    SELECT sequence, credit_id, reference, 'credit', moves, holds,
        credit_balance, credit_held FROM t
)
"""

_ACCOUNTS = (
    _LEGS
    + """
SELECT a.id, a.code, a.asset, a.class, a.keeper, a.holder, coalesce(s.balance, 0)::text AS added,
    concat_ws('; ',
        CASE WHEN a.balance <> coalesce(s.balance, 0) THEN
            'its balance stands at ' || a.balance || ', its transfers add up to '
            || coalesce(s.balance, 0) END,
        CASE WHEN a.held_debit <> coalesce(s.held_debit, 0) THEN
            a.held_debit || ' of its debits are held, its transfers say '
            || coalesce(s.held_debit, 0) END,
        CASE WHEN a.held_credit <> coalesce(s.held_credit, 0) THEN
            a.held_credit || ' of its credits are held, its transfers say '
            || coalesce(s.held_credit, 0) END,
        CASE WHEN a.balance - a.held_debit < a.floor THEN 'it stands below its floor' END,
        CASE WHEN a.balance + a.held_credit > a.ceiling THEN 'it stands above its ceiling' END
    ) AS wrong
FROM ledger.account a LEFT JOIN (
    SELECT account, sum(moved) AS balance,
        sum(holds) FILTER (WHERE side = 'debit') AS held_debit,
        sum(holds) FILTER (WHERE side = 'credit') AS held_credit
    FROM leg GROUP BY account) s ON s.account = a.id
"""
)

_ROWS = (
    _LEGS
    + """
, added AS (
    SELECT *, balance - sum(moved) OVER (PARTITION BY account ORDER BY sequence) AS balance_off,
        held - sum(holds) OVER (PARTITION BY account, side ORDER BY sequence) AS held_off
    FROM leg
), begun AS (
    SELECT *, lag(balance_off, 1, 0::numeric) OVER (PARTITION BY account ORDER BY sequence)
            AS balance_before,
        lag(held_off, 1, 0::numeric) OVER (PARTITION BY account, side ORDER BY sequence)
            AS held_before
    FROM added WHERE balance_off <> 0 OR held_off <> 0
        OR account IN (SELECT account FROM added WHERE balance_off <> 0 OR held_off <> 0)
)
SELECT b.sequence::text AS subject,
    format('after it %s stood at %s with %s held, which its %ss until then do not add up to',
        coalesce(a.code, 'an account that is not there'), b.balance, b.held, b.side) AS sentence
FROM begun b LEFT JOIN ledger.account a ON a.id = b.account
WHERE (balance_off <> 0 AND balance_off <> balance_before)
    OR (held_off <> 0 AND held_off <> held_before)
"""
)

# What a row says of itself: its accounts, its bounds, and how much of its wish it did.
_TERMS = """
SELECT t.sequence::text AS subject, wrong.sentence FROM ledger.transfer t
LEFT JOIN ledger.account d ON d.id = t.debit_id
LEFT JOIN ledger.account c ON c.id = t.credit_id
CROSS JOIN LATERAL (VALUES
    (d.id IS NULL OR c.id IS NULL, 'one of its accounts is not there'),
    (d.asset <> c.asset, 'it debits ' || d.asset || ' and credits ' || c.asset),
    (t.amount <= 0, 'it moves nothing'),
    (t.kind IN ('direct', 'hold') AND t.balancing = 'none' AND t.amount <> t.requested
        OR t.hold_id IS NOT NULL AND t.requested > 0 AND t.amount <> t.requested
        OR t.balancing <> 'none' AND t.requested > 0 AND t.amount > t.requested,
        format('it moves %s where %s was asked for', t.amount, t.requested)),
    (t.kind IN ('direct', 'hold') AND t.debit_balance - t.debit_held < d.floor,
        d.code || ' fell below its floor by it'),
    (t.kind IN ('direct', 'hold') AND t.credit_balance + t.credit_held > c.ceiling,
        c.code || ' rose above its ceiling by it')
) AS wrong (is_so, sentence) WHERE wrong.is_so
"""

_HOLDS = """
WITH h AS MATERIALIZED (
    SELECT id, sequence, debit_id, credit_id, amount, expires_at FROM ledger.transfer
    WHERE kind = 'hold'
), e AS MATERIALIZED (
    SELECT sequence, hold_id, debit_id, credit_id, requested,
        sum(amount) OVER (PARTITION BY hold_id ORDER BY sequence) AS taken
    FROM ledger.transfer WHERE hold_id IS NOT NULL
), rest AS (
    SELECT h.id, h.debit_id, h.credit_id, h.amount, h.expires_at,
        h.amount - coalesce(max(e.taken), 0) AS remaining
    FROM h LEFT JOIN e ON e.hold_id = h.id
    GROUP BY h.id, h.debit_id, h.credit_id, h.amount, h.expires_at
)
SELECT e.sequence::text AS subject,
    CASE WHEN h.id IS NULL THEN 'it ends a hold that is not in this book'
        WHEN e.sequence < h.sequence THEN 'it ends a hold made after it'
        WHEN (e.debit_id, e.credit_id) <> (h.debit_id, h.credit_id)
            THEN 'it ends a hold between other accounts'
        WHEN e.taken > h.amount THEN 'the hold it ends had less left than it takes'
        ELSE 'it should have taken all that was left of its hold' END AS sentence
FROM e LEFT JOIN h ON h.id = e.hold_id
WHERE h.id IS NULL OR e.sequence < h.sequence OR e.taken > h.amount
    OR (e.debit_id, e.credit_id) <> (h.debit_id, h.credit_id)
    OR (e.requested = 0 AND e.taken <> h.amount)
UNION ALL
SELECT coalesce(o.id, l.id)::text,
    CASE WHEN o.id IS NULL
        THEN format('%s of this hold is left, and it does not stand open', l.remaining)
        WHEN l.id IS NULL THEN 'this hold stands open and no transfer made it'
        ELSE format('this hold stands open with %s of %s, its transfers leave %s of %s',
            o.remaining, o.amount, l.remaining, l.amount) END
FROM (SELECT * FROM rest WHERE remaining > 0
    OR id IN (SELECT id FROM ledger.hold)) l FULL JOIN ledger.hold o ON o.id = l.id
WHERE o.id IS NULL OR l.id IS NULL
    OR (o.remaining, o.amount, o.debit_id, o.credit_id, coalesce(o.expires_at, 'infinity'))
        <> (l.remaining, l.amount, l.debit_id, l.credit_id, coalesce(l.expires_at, 'infinity'))
"""

_TWICE = """
SELECT reference AS subject,
    format('%s times %s from %s to %s: transfers %s', count(*), t.code, d.code, c.code,
        string_agg(t.sequence::text, ', ' ORDER BY t.sequence)) AS sentence
FROM ledger.transfer t
JOIN ledger.account d ON d.id = t.debit_id JOIN ledger.account c ON c.id = t.credit_id
WHERE t.kind IN ('direct', 'post')
    AND t.reference LIKE '________-____-____-____-____________'
GROUP BY t.reference, t.code, d.code, c.code HAVING count(*) > 1
"""

_MOVED = """
SELECT reference, account, sum(amount)::text AS amount FROM (
    SELECT reference, debit_id AS account, -amount AS amount FROM ledger.transfer
    WHERE kind IN ('direct', 'post')
    UNION ALL
    SELECT reference, credit_id, amount FROM ledger.transfer WHERE kind IN ('direct', 'post')
) AS leg
WHERE reference LIKE '________-____-____-____-____________'
GROUP BY reference, account HAVING sum(amount) <> 0
"""

# The list by which statements find an account's transfers, as far as it has been written.
_ENTRIES = """
WITH wanted AS (
    SELECT leg.account, t.sequence FROM ledger.transfer t
    CROSS JOIN LATERAL (VALUES (t.debit_id), (t.credit_id)) AS leg (account)
    WHERE t.kind IN ('direct', 'post') AND t.sequence <= (SELECT sequence FROM ledger.entered)
)
SELECT coalesce(w.sequence, e.sequence)::text AS subject,
    CASE WHEN e.sequence IS NULL
        THEN format('the entries of %s leave it out', a.code)
        ELSE format('it stands among the entries of %s, which it did not move', a.code) END
FROM wanted w FULL JOIN ledger.entry e ON e.account_id = w.account AND e.sequence = w.sequence
LEFT JOIN ledger.account a ON a.id = coalesce(w.account, e.account_id)
WHERE w.sequence IS NULL OR e.sequence IS NULL
"""

_AHEAD = """
SELECT coalesce(max(t.sequence), 0)::text AS subject,
    format('entries are said to be written up to %s, and the book ends here', e.sequence)
        AS sentence
FROM ledger.entered e LEFT JOIN ledger.transfer t ON true
GROUP BY e.sequence HAVING e.sequence > coalesce(max(t.sequence), 0)
"""

_FINDINGS = (
    (Wrong.UNBALANCED, _ROWS),
    (Wrong.UNBALANCED, _TERMS),
    (Wrong.UNBALANCED, _HOLDS),
    (Wrong.UNBALANCED, _ENTRIES),
    (Wrong.UNBALANCED, _AHEAD),
    (Wrong.UNBALANCED, chain_sql.BATCHES),
    (Wrong.UNBALANCED, chain_sql.BOOK),
    (Wrong.UNBALANCED, chain_sql.ACCOUNTS),
    (Wrong.DOUBLED, _TWICE),
)


async def read(tx: Tx, role: str) -> Book:
    """A book as its rows add up, and what is wrong with it by itself."""
    told: list[Told] = []
    accounts: dict[int, Account] = {}
    for row in await tx.fetch(_ACCOUNTS):
        number, code, asset, kind, keeper, holder, added, sentence = row
        accounts[number] = Account(code, asset, kind, keeper, holder, int(added))
        if sentence:
            told.append(Told(Wrong.UNBALANCED, Finding(role, code, sentence)))
    for wrong, sql in _FINDINGS:
        told += [Told(wrong, Finding(role, *row)) for row in await tx.fetch(sql)]
    moved = [Moved(row[0], row[1], int(row[2])) for row in await tx.fetch(_MOVED)]
    told += [
        Told(Wrong.UNBALANCED, Finding(role, account.code, _left(account)))
        for account in accounts.values()
        if account.kind == "clearing" and account.balance
    ]
    count = await tx.fetchval("SELECT count(*) FROM ledger.transfer")
    return Book(accounts, moved, told, int(count))


def _left(account: Account) -> str:
    return f"this clearing account is left with {account.balance} {account.asset}"
