-- The text of a batch, and its link in the chain of hashes. Text of free length stands behind
-- its length, so that no two batches share a body.

CREATE FUNCTION ledger.measured(words text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN length(words) || ':' || words;

-- Seconds since 1970 with six decimals: the same for every time zone and version.
CREATE FUNCTION ledger.moment(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN coalesce(extract(epoch FROM at)::text, '-');

-- What an id stands for: the same content again is the same wish.
CREATE FUNCTION ledger.content(
    kind text, debit text, credit text, amount numeric, asset text, hold_id uuid,
    balancing text, code text, reference text
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN kind || '|' || amount || '|' || balancing || '|' || coalesce(hold_id::text, '-')
    || '|' || ledger.measured(asset) || '|' || ledger.measured(debit)
    || '|' || ledger.measured(credit) || '|' || ledger.measured(code)
    || '|' || ledger.measured(reference);

CREATE FUNCTION ledger.line(t ledger.transfer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN concat_ws('|', 'T', t.sequence, t.id, t.kind, t.linked::text, t.balancing,
    t.debit_id, t.credit_id, t.requested, t.amount, coalesce(t.hold_id::text, '-'),
    ledger.measured(t.code), ledger.measured(t.reference),
    ledger.moment(t.occurred_at), ledger.moment(t.expires_at),
    t.debit_balance, t.credit_balance, t.debit_held, t.credit_held);

CREATE FUNCTION ledger.terms(account ledger.account, scale smallint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN account.id || '|' || ledger.measured(account.code)
    || '|' || ledger.measured(account.asset) || '|' || scale || '|' || account.class
    || '|' || coalesce(account.floor::text, '-') || '|' || coalesce(account.ceiling::text, '-')
    || '|' || coalesce(ledger.measured(account.keeper), '-')
    || '|' || coalesce(ledger.measured(account.holder), '-');

CREATE FUNCTION ledger.line(r ledger.refused) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN 'R|' || r.id || '|' || r.result || '|' || r.content;

CREATE FUNCTION ledger.line(e ledger.account_event) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN 'A|' || e.account_id || '|' || e.event || '|' || ledger.measured(e.terms)
    || '|' || ledger.measured(e.legal_reason) || '|' || ledger.measured(e.citation)
    || '|' || ledger.measured(e.by);

-- Ends a batch: the caller holds the book row, and `lines` are its new rows, joined by line feeds.
CREATE FUNCTION ledger.append_batch(
    transfers bigint, refused integer, events integer, at timestamptz, lines text
) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    WITH next AS (
        SELECT b.batch + 1 AS number, b.sequence + 1 AS first, b.sequence + transfers AS last,
            b.hash AS previous,
            sha256(b.hash || convert_to(concat_ws('|', 'B', b.batch + 1, b.sequence + 1,
                b.sequence + transfers, refused, events, ledger.moment(at))
                || chr(10) || lines, 'UTF8')) AS hash
        FROM ledger.book b),
    noted AS (
        INSERT INTO ledger.batch
        SELECT n.number, n.first, n.last, refused, events, at, n.previous, n.hash FROM next n)
    UPDATE ledger.book SET sequence = n.last, batch = n.number, hash = n.hash, recorded_at = at
        FROM next n;
END $$;
