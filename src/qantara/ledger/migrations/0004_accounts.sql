-- Accounts: opened once, and frozen, unfrozen or closed by an event that stays.

-- Adds the codes that are not there yet, the first of a code winning; the caller compares terms.
CREATE FUNCTION ledger.open_accounts(
    at timestamptz, codes text[], assets text[], scales smallint[], classes text[],
    floors numeric[], ceilings numeric[], keepers text[], holders text[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_variable
DECLARE
    batch bigint;
    made integer;
    lines text;
BEGIN
    SELECT b.batch + 1, greatest(at, b.recorded_at) INTO batch, at
        FROM ledger.book b FOR NO KEY UPDATE;
    INSERT INTO ledger.asset AS x (code, scale)
        SELECT DISTINCT ON (w.asset) w.asset, w.scale
        FROM unnest(assets, scales) WITH ORDINALITY AS w (asset, scale, place)
        ORDER BY w.asset, w.place
        ON CONFLICT DO NOTHING;
    WITH new AS (
        INSERT INTO ledger.account AS a
            (code, asset, class, floor, ceiling, keeper, holder)
        SELECT w.code, w.asset, w.class, w.floor, w.ceiling, w.keeper, w.holder
            FROM (SELECT DISTINCT ON (u.code) u.*
                FROM unnest(codes, assets, scales, classes, floors, ceilings, keepers, holders)
                    WITH ORDINALITY AS u (code, asset, scale, class, floor, ceiling, keeper,
                    holder, place)
                ORDER BY u.code, u.place) w
            JOIN ledger.asset x ON x.code = w.asset AND x.scale = w.scale
            WHERE NOT EXISTS (SELECT FROM ledger.account o WHERE o.code = w.code)
            ORDER BY w.place
        RETURNING a.id, a.asset, a AS account),
    noted AS (
        INSERT INTO ledger.account_event AS e
            (batch, item, account_id, event, terms, legal_reason, citation, by, recorded_at)
        SELECT batch, row_number() OVER (ORDER BY new.id), new.id, 'opened',
            ledger.terms(new.account, x.scale), '', '', '', at
        FROM new JOIN ledger.asset x ON x.code = new.asset
        RETURNING e.item, ledger.line(e) AS line)
    SELECT count(*), string_agg(noted.line, chr(10) ORDER BY noted.item)
        INTO made, lines FROM noted;
    IF made > 0 THEN
        PERFORM ledger.append_batch(0, 0, made, at, lines);
    END IF;
END $$;

-- Moves an account from one status to another, if it has the first, and, where `only_empty`, if
-- nothing stands or is held in it. False: it is not so (any more).
CREATE FUNCTION ledger.move_account(
    at timestamptz, account bigint, from_status text, to_status text, event text,
    only_empty boolean, legal_reason text, citation text, by text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    batch bigint;
    lines text;
BEGIN
    SELECT b.batch + 1, greatest(at, b.recorded_at) INTO batch, at
        FROM ledger.book b FOR NO KEY UPDATE;
    UPDATE ledger.account a SET status = to_status
        WHERE a.id = account AND a.status = from_status
            AND (NOT only_empty OR (a.balance, a.held_debit, a.held_credit) = (0, 0, 0));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    WITH new AS (
        INSERT INTO ledger.account_event AS e
            (batch, item, account_id, event, terms, legal_reason, citation, by, recorded_at)
        VALUES (batch, 1, account, event, '', legal_reason, citation, by, at)
        RETURNING ledger.line(e) AS line)
    SELECT new.line INTO lines FROM new;
    PERFORM ledger.append_batch(0, 0, 1, at, lines);
    RETURN true;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.open_accounts, ledger.move_account TO qantara_app;
