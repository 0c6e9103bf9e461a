"""The chain of batches, worked out again from the rows: SQL of its own beside the ledger's.

A batch's hash is SHA-256 of the hash before it and the text of the batch: its head, then a line
for each transfer by sequence, each refused item and each account event by place. Free text
stands behind its length, times are seconds since 1970, what is missing is `-`.
"""

_LINES = """
WITH line AS (
    SELECT b.number, 1 AS kind, t.sequence AS place, concat_ws('|', 'T', t.sequence, t.id, t.kind,
        CASE WHEN t.linked THEN 'true' ELSE 'false' END, t.balancing, t.debit_id, t.credit_id,
        t.requested, t.amount, coalesce(t.hold_id::text, '-'),
        length(t.code) || ':' || t.code, length(t.reference) || ':' || t.reference,
        extract(epoch FROM t.occurred_at),
        coalesce(extract(epoch FROM t.expires_at)::text, '-'),
        t.debit_balance, t.credit_balance, t.debit_held, t.credit_held) AS words,
        t.recorded_at <> b.recorded_at AS is_late
    FROM ledger.batch b JOIN ledger.transfer t
        ON t.sequence BETWEEN b.first_sequence AND b.last_sequence
    UNION ALL
    SELECT r.batch, 2, r.item, concat_ws('|', 'R', r.id, r.result, r.content), false
    FROM ledger.refused r
    UNION ALL
    SELECT e.batch, 3, e.item, concat_ws('|', 'A', e.account_id, e.event,
        length(e.terms) || ':' || e.terms, length(e.legal_reason) || ':' || e.legal_reason,
        length(e.citation) || ':' || e.citation, length(e.by) || ':' || e.by), false
    FROM ledger.account_event e
), body AS (
    SELECT number, string_agg(words, chr(10) ORDER BY kind, place) AS lines,
        count(*) FILTER (WHERE kind = 1) AS transfers,
        count(*) FILTER (WHERE kind = 2) AS refused,
        count(*) FILTER (WHERE kind = 3) AS events, bool_or(is_late) AS is_late
    FROM line GROUP BY number
), batch AS (
    SELECT b.*, lag(b.hash, 1, ''::bytea) OVER w AS hash_before,
        lag(b.number, 1, 0::bigint) OVER w AS number_before,
        lag(b.last_sequence, 1, 0::bigint) OVER w AS last_before
    FROM ledger.batch b WINDOW w AS (ORDER BY b.number)
)
"""

BATCHES = (
    _LINES
    + """
SELECT coalesce('batch ' || b.number, 'batch ' || o.number) AS subject, wrong.sentence
FROM batch b FULL JOIN body o ON o.number = b.number
CROSS JOIN LATERAL (VALUES
    (b.number IS NULL, 'rows belong to a batch that is not there'),
    (o.number IS NULL, 'none of its rows is there'),
    (b.number <> b.number_before + 1, 'the batch before it is not there'),
    (b.first_sequence <> b.last_before + 1, 'it does not begin where the one before it ends'),
    (o.transfers <> b.last_sequence - b.first_sequence + 1,
        format('it has %s transfers and should have %s', o.transfers,
            b.last_sequence - b.first_sequence + 1)),
    ((o.refused, o.events) <> (b.refused, b.events),
        format('it has %s refused items and %s events and should have %s and %s',
            o.refused, o.events, b.refused, b.events)),
    (o.is_late, 'one of its transfers was recorded at another time'),
    (b.previous <> b.hash_before, 'it does not continue the chain of hashes'),
    (b.hash <> sha256(b.previous || convert_to(concat_ws('|', 'B', b.number, b.first_sequence,
        b.last_sequence, b.refused, b.events, extract(epoch FROM b.recorded_at))
        || chr(10) || o.lines, 'UTF8')), 'its rows do not give its hash')
) AS wrong (is_so, sentence) WHERE wrong.is_so
"""
)

BOOK = """
SELECT 'book' AS subject, wrong.sentence FROM ledger.book k
LEFT JOIN LATERAL (SELECT * FROM ledger.batch ORDER BY number DESC LIMIT 1) AS b ON true
CROSS JOIN (SELECT count(*) AS rows, coalesce(max(sequence), 0) AS last FROM ledger.transfer) AS t
CROSS JOIN LATERAL (VALUES
    (k.batch <> coalesce(b.number, 0) OR k.hash <> coalesce(b.hash, ''::bytea),
        'it does not stand at its last batch'),
    (k.sequence <> t.last, format('it stands at transfer %s, the last one is %s', k.sequence,
        t.last)),
    (t.rows <> t.last, format('%s of its transfers are missing', t.last - t.rows))
) AS wrong (is_so, sentence) WHERE wrong.is_so
UNION ALL
SELECT t.sequence::text, 'the transfer before it is missing' FROM (
    SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS before
    FROM ledger.transfer) AS t WHERE t.sequence <> t.before + 1
"""

ACCOUNTS = """
SELECT a.code AS subject, wrong.sentence FROM ledger.account a
LEFT JOIN ledger.asset x ON x.code = a.asset
LEFT JOIN (SELECT account_id, min(terms) FILTER (WHERE event = 'opened') AS terms,
        count(*) FILTER (WHERE event = 'opened') AS opened,
        (array_agg(event ORDER BY batch DESC, item DESC))[1] AS last
    FROM ledger.account_event GROUP BY account_id) AS e ON e.account_id = a.id
CROSS JOIN LATERAL (VALUES
    (coalesce(e.opened, 0) <> 1, format('it was opened %s times', coalesce(e.opened, 0))),
    (e.terms <> concat_ws('|', a.id, length(a.code) || ':' || a.code,
        length(a.asset) || ':' || a.asset, x.scale, a.class,
        coalesce(a.floor::text, '-'), coalesce(a.ceiling::text, '-'),
        coalesce(length(a.keeper) || ':' || a.keeper, '-'),
        coalesce(length(a.holder) || ':' || a.holder, '-')),
        'its terms are not those it was opened on'),
    (a.status <> CASE e.last WHEN 'freeze' THEN 'frozen' WHEN 'close' THEN 'closed'
        ELSE 'open' END, 'it is ' || a.status || ', its history says otherwise')
) AS wrong (is_so, sentence) WHERE wrong.is_so
"""
