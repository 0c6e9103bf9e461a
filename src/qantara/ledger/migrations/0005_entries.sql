-- Which transfers moved an account's money, in order: what statements are read by. It is made
-- after the commit and in bulk, because two more indexes on each new transfer cost a quarter of
-- the commit. Readers take what is entered from here, and what is not yet from the end of
-- ledger.transfer, so they miss nothing.

CREATE TABLE ledger.entry (
    account_id bigint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (account_id, sequence)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

-- One row: every transfer up to this sequence number has its entries.
CREATE TABLE ledger.entered (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    sequence bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
INSERT INTO ledger.entered DEFAULT VALUES;

-- Enters the next transfers, at most that many; how many they were. Several may ask at a time:
-- one does it, the others find it done or find nothing to do.
CREATE FUNCTION ledger.enter(most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_variable
DECLARE
    done bigint;
    upto bigint;
BEGIN
    SELECT least(b.sequence, e.sequence + most), e.sequence INTO upto, done
        FROM ledger.book b, ledger.entered e WHERE e.sequence < b.sequence
        FOR NO KEY UPDATE OF e SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    INSERT INTO ledger.entry (account_id, sequence)
        SELECT side.account_id, t.sequence FROM ledger.transfer t
        CROSS JOIN LATERAL (VALUES (t.debit_id), (t.credit_id)) AS side (account_id)
        WHERE t.sequence > done AND t.sequence <= upto AND t.kind IN ('direct', 'post')
        ORDER BY side.account_id, t.sequence;
    UPDATE ledger.entered SET sequence = upto;
    RETURN upto - done;
END $$;

REVOKE ALL ON FUNCTION ledger.enter FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.enter TO qantara_app;
GRANT SELECT ON ledger.entry, ledger.entered TO qantara_app;
