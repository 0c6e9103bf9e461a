CREATE SCHEMA access;
CREATE SCHEMA agents;
CREATE SCHEMA credentials;
CREATE SCHEMA db;
CREATE SCHEMA desk;
CREATE SCHEMA disputes;
CREATE SCHEMA domestic;
CREATE SCHEMA edge;
CREATE SCHEMA fxp;
CREATE SCHEMA gateway;
CREATE SCHEMA ips;
CREATE SCHEMA ledger;
CREATE SCHEMA onboarding;
CREATE SCHEMA parties;
CREATE SCHEMA payees;
CREATE SCHEMA policy;
CREATE SCHEMA psp;
CREATE SCHEMA remittance;
CREATE SCHEMA sap;
CREATE SCHEMA supervision;
CREATE SCHEMA triggers;
CREATE SCHEMA ussd;
CREATE SCHEMA wallet;
CREATE SCHEMA web;
CREATE SCHEMA webhooks;
CREATE DOMAIN ledger.account_class AS text
	CONSTRAINT account_class_check CHECK ((VALUE = ANY (ARRAY['e_money'::text, 'safeguarded'::text, 'claim'::text, 'own_funds'::text, 'income'::text, 'expense'::text, 'clearing'::text, 'settlement'::text, 'fx_position'::text, 'central_bank'::text, 'equity'::text])));
CREATE DOMAIN ledger.account_status AS text
	CONSTRAINT account_status_check CHECK ((VALUE = ANY (ARRAY['open'::text, 'frozen'::text, 'closed'::text])));
CREATE DOMAIN ledger.balancing AS text
	CONSTRAINT balancing_check CHECK ((VALUE = ANY (ARRAY['none'::text, 'debit'::text, 'credit'::text])));
CREATE DOMAIN ledger.held AS numeric(38,0)
	CONSTRAINT held_check CHECK ((VALUE >= (0)::numeric));
CREATE DOMAIN ledger.moved AS numeric(38,0)
	CONSTRAINT moved_check CHECK ((VALUE > (0)::numeric));
CREATE DOMAIN ledger.transfer_kind AS text
	CONSTRAINT transfer_kind_check CHECK ((VALUE = ANY (ARRAY['direct'::text, 'hold'::text, 'post'::text, 'void'::text, 'expire'::text])));

CREATE FUNCTION access.keep_expiry() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the life of a key is only ever shortened'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION access.keep_revoked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a revoked key stays revoked'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION db.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is history: % is refused', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION db.refuse_old_epoch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.epoch <> OLD.epoch + 1 THEN
        RAISE EXCEPTION 'epoch % cannot follow %', NEW.epoch, OLD.epoch
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger.append_batch(transfers bigint, refused integer, events integer, at timestamp with time zone, lines text) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION ledger.measured(words text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((length(words) || ':'::text) || words);

CREATE FUNCTION ledger.content(kind text, debit text, credit text, amount numeric, asset text, hold_id uuid, balancing text, code text, reference text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((((((((((((((((kind || '|'::text) || amount) || '|'::text) || balancing) || '|'::text) || COALESCE((hold_id)::text, '-'::text)) || '|'::text) || ledger.measured(asset)) || '|'::text) || ledger.measured(debit)) || '|'::text) || ledger.measured(credit)) || '|'::text) || ledger.measured(code)) || '|'::text) || ledger.measured(reference));

CREATE FUNCTION ledger.enter(most bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
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

CREATE TABLE ledger.account_event (
    batch bigint NOT NULL,
    item integer NOT NULL,
    account_id bigint NOT NULL,
    event text NOT NULL,
    terms text NOT NULL,
    legal_reason text NOT NULL,
    citation text NOT NULL,
    by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT account_event_event_check CHECK ((event = ANY (ARRAY['opened'::text, 'freeze'::text, 'unfreeze'::text, 'close'::text])))
);

CREATE FUNCTION ledger.line(e ledger.account_event) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((((((((((('A|'::text || (e).account_id) || '|'::text) || (e).event) || '|'::text) || ledger.measured((e).terms)) || '|'::text) || ledger.measured((e).legal_reason)) || '|'::text) || ledger.measured((e).citation)) || '|'::text) || ledger.measured((e).by));

CREATE TABLE ledger.refused (
    id uuid NOT NULL,
    batch bigint NOT NULL,
    item integer NOT NULL,
    result text NOT NULL,
    content text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE FUNCTION ledger.line(r ledger.refused) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((((('R|'::text || (r).id) || '|'::text) || (r).result) || '|'::text) || (r).content);

CREATE FUNCTION ledger.moment(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((EXTRACT(epoch FROM at))::text, '-'::text);

CREATE TABLE ledger.transfer (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    kind ledger.transfer_kind NOT NULL,
    linked boolean NOT NULL,
    balancing ledger.balancing NOT NULL,
    debit_id bigint NOT NULL,
    credit_id bigint NOT NULL,
    requested numeric(38,0) NOT NULL,
    amount ledger.moved NOT NULL,
    hold_id uuid,
    code text NOT NULL,
    reference text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    debit_balance numeric(38,0) NOT NULL,
    credit_balance numeric(38,0) NOT NULL,
    debit_held numeric(38,0) NOT NULL,
    credit_held numeric(38,0) NOT NULL,
    CONSTRAINT transfer_check CHECK ((credit_id <> debit_id)),
    CONSTRAINT transfer_check1 CHECK (((hold_id IS NULL) = ((kind)::text = ANY (ARRAY['direct'::text, 'hold'::text])))),
    CONSTRAINT transfer_check2 CHECK ((occurred_at <= recorded_at))
)
WITH (autovacuum_vacuum_insert_scale_factor='0.05');

CREATE FUNCTION ledger.line(t ledger.transfer) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN concat_ws('|'::text, 'T', (t).sequence, (t).id, (t).kind, ((t).linked)::text, (t).balancing, (t).debit_id, (t).credit_id, (t).requested, (t).amount, COALESCE(((t).hold_id)::text, '-'::text), ledger.measured((t).code), ledger.measured((t).reference), ledger.moment((t).occurred_at), ledger.moment((t).expires_at), (t).debit_balance, (t).credit_balance, (t).debit_held, (t).credit_held);

CREATE FUNCTION ledger.move_account(at timestamp with time zone, account bigint, from_status text, to_status text, event text, only_empty boolean, legal_reason text, citation text, by text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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

CREATE FUNCTION ledger.open_accounts(at timestamp with time zone, codes text[], assets text[], scales smallint[], classes text[], floors numeric[], ceilings numeric[], keepers text[], holders text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
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

CREATE FUNCTION ledger.post(at timestamp with time zone, codes text[], hold_ids uuid[], ids uuid[], kinds text[], debit_at integer[], credit_at integer[], hold_at integer[], first_at integer[], amounts numeric[], assets text[], links boolean[], balancings text[], business_codes text[], refs text[], occurred timestamp with time zone[], expires timestamp with time zone[], OUT r_code text[], OUT r_sequence bigint[], OUT r_amount numeric[], OUT r_debit_balance numeric[], OUT r_credit_balance numeric[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_variable
DECLARE
    amount_max CONSTANT numeric := 1e30 - 1;
    n CONSTANT integer := cardinality(ids);
    base bigint;
    batch bigint;
    -- Accounts by position, in order of their codes: their terms (moves: the asset, if it is open),
    -- what they hold now, whether that changed.
    a_id bigint[]; a_row tid[]; a_code text[]; a_asset text[]; a_status text[]; a_moves text[];
    a_floor numeric[]; a_ceiling numeric[];
    a_balance numeric[]; a_out numeric[]; a_in numeric[];
    a_changed boolean[]; written integer;
    -- Positions of the accounts that items name; codes that all exist and come in order are them.
    debit integer[] := debit_at; credit integer[] := credit_at;
    -- Holds by place in `hold_ids`; state: none, open, posted (or voided), expired.
    h_debit bigint[]; h_credit bigint[]; h_left numeric[]; h_expires timestamptz[];
    h_state text[]; h_before numeric[];
    holds_made boolean := false; holds_changed boolean := false;
    -- What ids of this batch already stand for, and whether for the same content.
    any_known boolean;
    k_code text[]; k_same boolean[]; k_sequence bigint[]; k_amount numeric[];
    k_debit_balance numeric[]; k_credit_balance numeric[];
    -- For the rows of accepted items: positions of the accounts, amounts held after.
    r_debit integer[]; r_credit integer[]; r_debit_held numeric[]; r_credit_held numeric[];
    accepted integer := 0;
    refused_items integer[] := '{}';
    chain_start integer := 0; chain_end integer := 0; chain_known integer; accepted_before integer;
    broken boolean := false;
    j integer; d integer; c integer; h integer;
    code text; kind text; amount numeric; lines text; refused_lines text;
BEGIN
    SELECT b.sequence, b.batch + 1, greatest(at, b.recorded_at) INTO base, batch, at
        FROM ledger.book b FOR NO KEY UPDATE;
    IF cardinality(hold_ids) > 0 THEN
        SELECT array_agg(o.debit_id ORDER BY w.place), array_agg(o.credit_id ORDER BY w.place),
               array_agg(o.remaining ORDER BY w.place), array_agg(o.expires_at ORDER BY w.place),
               array_agg(CASE WHEN o.id IS NOT NULL THEN 'open' END ORDER BY w.place)
            INTO h_debit, h_credit, h_left, h_expires, h_state
            FROM unnest(hold_ids) WITH ORDINALITY AS w (id, place)
            LEFT JOIN LATERAL (SELECT * FROM ledger.hold x WHERE x.id = w.id OFFSET 0) o ON true;
        h_before := h_left;
        IF array_position(h_state, NULL) > 0 THEN
            SELECT array_agg(coalesce(w.state, CASE WHEN t.id IS NULL THEN 'none'
                    WHEN e.id IS NULL THEN 'posted' ELSE 'expired' END) ORDER BY w.place)
                INTO h_state
                FROM unnest(hold_ids, h_state) WITH ORDINALITY AS w (id, state, place)
                LEFT JOIN LATERAL (SELECT x.id FROM ledger.transfer x
                    WHERE x.id = w.id AND x.kind = 'hold' OFFSET 0) t ON true
                LEFT JOIN LATERAL (SELECT x.id FROM ledger.transfer x
                    WHERE x.hold_id = w.id AND x.kind = 'expire' OFFSET 0) e ON true;
        END IF;
    END IF;
    SELECT array_agg(x.id), array_agg(x.ctid), array_agg(x.code), array_agg(x.asset),
           array_agg(x.status), array_agg(CASE x.status WHEN 'open' THEN x.asset END),
           array_agg(x.floor), array_agg(x.ceiling),
           array_agg(x.balance), array_agg(x.held_debit), array_agg(x.held_credit)
        INTO a_id, a_row, a_code, a_asset, a_status, a_moves, a_floor, a_ceiling, a_balance,
           a_out, a_in
        FROM (SELECT a.ctid, a.id, a.code, a.asset, a.status::text, a.floor, a.ceiling, a.balance,
                a.held_debit::numeric, a.held_credit::numeric
              FROM ledger.account a
              WHERE a.code = ANY (codes) OR a.id = ANY (h_debit || h_credit)
              ORDER BY a.code) x;
    a_changed := array_fill(false, ARRAY[coalesce(cardinality(a_id), 0)]);
    IF cardinality(codes) > 0 AND a_code IS DISTINCT FROM codes THEN
        SELECT array_agg(p.place ORDER BY w.place), array_agg(q.place ORDER BY w.place)
            INTO debit, credit
            FROM unnest(debit_at, credit_at) WITH ORDINALITY AS w (debit, credit, place)
            LEFT JOIN unnest(a_code) WITH ORDINALITY AS p (code, place) ON p.code = codes[w.debit]
            LEFT JOIN unnest(a_code) WITH ORDINALITY AS q (code, place) ON q.code = codes[w.credit];
    END IF;
    IF cardinality(hold_ids) > 0 THEN
        SELECT array_agg(p.place ORDER BY w.place), array_agg(q.place ORDER BY w.place)
            INTO h_debit, h_credit
            FROM unnest(h_debit, h_credit) WITH ORDINALITY AS w (debit, credit, place)
            LEFT JOIN unnest(a_id) WITH ORDINALITY AS p (id, place) ON p.id = w.debit
            LEFT JOIN unnest(a_id) WITH ORDINALITY AS q (id, place) ON q.id = w.credit;
    END IF;
    any_known := EXISTS (SELECT FROM ledger.transfer t WHERE t.id = ANY (ids))
        OR EXISTS (SELECT FROM ledger.refused r WHERE r.id = ANY (ids));
    IF any_known THEN
        SELECT array_agg(k.code ORDER BY k.place), array_agg(k.was = k.wish ORDER BY k.place),
               array_agg(k.sequence ORDER BY k.place), array_agg(k.amount ORDER BY k.place),
               array_agg(k.debit_balance ORDER BY k.place),
               array_agg(k.credit_balance ORDER BY k.place)
            INTO k_code, k_same, k_sequence, k_amount, k_debit_balance, k_credit_balance
            FROM (SELECT w.place, t.sequence, t.amount, t.debit_balance, t.credit_balance,
                    CASE WHEN t.id IS NULL THEN r.result ELSE 'ok' END AS code,
                    ledger.content(w.kind, coalesce(codes[w.debit], ''),
                        coalesce(codes[w.credit], ''), w.amount, w.asset,
                        CASE WHEN w.kind NOT IN ('direct', 'hold') THEN hold_ids[w.hold] END,
                        w.balancing, w.code, w.ref) AS wish,
                    CASE WHEN t.id IS NULL THEN r.content
                         WHEN t.hold_id IS NULL THEN
                            ledger.content(t.kind, x.code, y.code, t.requested, x.asset, NULL,
                                t.balancing, t.code, t.reference)
                         ELSE ledger.content(t.kind, '', '', t.requested, '', t.hold_id,
                                t.balancing, t.code, t.reference) END AS was
                FROM unnest(ids, kinds, debit_at, credit_at, hold_at, amounts, assets, balancings,
                    business_codes, refs) WITH ORDINALITY
                    AS w (id, kind, debit, credit, hold, amount, asset, balancing, code, ref, place)
                LEFT JOIN ledger.transfer t ON t.id = w.id AND t.id = ANY (ids)
                LEFT JOIN ledger.account x ON x.id = t.debit_id
                LEFT JOIN ledger.account y ON y.id = t.credit_id
                LEFT JOIN ledger.refused r ON r.id = w.id AND r.id = ANY (ids)) k;
    END IF;
    r_code := array_fill('ok'::text, ARRAY[n]);
    r_sequence := array_fill(NULL::bigint, ARRAY[n]);
    r_amount := array_fill(0::numeric, ARRAY[n]);
    r_debit_balance := array_fill(NULL::numeric, ARRAY[n]);
    r_credit_balance := r_debit_balance;
    r_debit_held := r_debit_balance;
    r_credit_held := r_debit_balance;
    r_debit := array_fill(NULL::integer, ARRAY[n]);
    r_credit := r_debit;
    FOR i IN 1 .. n LOOP
        -- A chain begins: is it whole, and are its ids all new?
        IF i > chain_end AND links[i] THEN
            chain_start := i; chain_end := i; chain_known := 0; broken := false;
            accepted_before := accepted;
            LOOP
                IF first_at[chain_end] >= chain_start THEN
                    broken := true;
                ELSIF first_at[chain_end] > 0 OR k_code[chain_end] IS NOT NULL THEN
                    chain_known := chain_known + 1;
                END IF;
                EXIT WHEN chain_end = n OR NOT links[chain_end];
                chain_end := chain_end + 1;
            END LOOP;
            broken := broken OR links[chain_end] OR chain_known > 0;
        END IF;
        -- An id that is known never acts again; it is told its first outcome.
        IF any_known AND k_code[i] IS NOT NULL THEN
            IF NOT k_same[i] THEN
                r_code[i] := 'id_reused';
            ELSIF k_code[i] <> 'ok' THEN
                r_code[i] := k_code[i];
            ELSE
                r_code[i] := 'exists'; r_sequence[i] := k_sequence[i]; r_amount[i] := k_amount[i];
                r_debit_balance[i] := k_debit_balance[i];
                r_credit_balance[i] := k_credit_balance[i];
            END IF;
            CONTINUE;
        ELSIF first_at[i] > 0 THEN
            j := first_at[i];
            IF (kinds[i], debit_at[i], credit_at[i], amounts[i], assets[i], balancings[i],
                    business_codes[i], refs[i])
                <> (kinds[j], debit_at[j], credit_at[j], amounts[j], assets[j], balancings[j],
                    business_codes[j], refs[j])
                OR (hold_at[i] <> hold_at[j] AND kinds[i] NOT IN ('direct', 'hold')) THEN
                r_code[i] := 'id_reused';
            ELSIF r_code[j] <> 'ok' THEN
                r_code[i] := r_code[j];
            ELSE
                r_code[i] := 'exists'; r_sequence[i] := r_sequence[j]; r_amount[i] := r_amount[j];
                r_debit_balance[i] := r_debit_balance[j];
                r_credit_balance[i] := r_credit_balance[j];
            END IF;
            CONTINUE;
        END IF;
        kind := kinds[i]; amount := amounts[i]; code := 'ok';
        -- What is wrong with an item is asked in one expression, and named only if there is.
        IF (i <= chain_end AND broken) OR amount <= 0 OR amount > amount_max OR occurred[i] > at THEN
            code := CASE
                WHEN i <= chain_end AND broken THEN
                    CASE WHEN i = n AND links[i] THEN 'chain_open' ELSE 'chain_broken' END
                WHEN amount < 0
                        OR (amount = 0 AND kind IN ('direct', 'hold') AND balancings[i] = 'none')
                    THEN 'amount_not_positive'
                WHEN amount > amount_max THEN 'amount_too_large'
                WHEN occurred[i] > at THEN 'event_in_future'
                ELSE 'ok' END;
        END IF;
        IF code <> 'ok' THEN
            NULL;
        ELSIF kind IN ('direct', 'hold') THEN
            d := debit[i]; c := credit[i];
            IF d = c OR a_moves[d] IS DISTINCT FROM assets[i]
                    OR a_moves[c] IS DISTINCT FROM assets[i] THEN
                code := CASE
                    WHEN debit_at[i] = credit_at[i] THEN 'same_account'
                    WHEN d IS NULL THEN 'debit_not_found'
                    WHEN c IS NULL THEN 'credit_not_found'
                    WHEN a_asset[d] <> assets[i] OR a_asset[c] <> assets[i] THEN 'asset_mismatch'
                    WHEN a_status[d] = 'closed' THEN 'debit_closed'
                    WHEN a_status[c] = 'closed' THEN 'credit_closed'
                    WHEN a_status[d] = 'frozen' THEN 'debit_frozen' ELSE 'credit_frozen' END;
            ELSE
                IF balancings[i] <> 'none' THEN
                    amount := least(nullif(amount, 0), CASE balancings[i]
                        WHEN 'debit' THEN a_balance[d] - a_out[d] - a_floor[d]
                        ELSE a_ceiling[c] - a_balance[c] - a_in[c] END);
                END IF;
                -- Where there is no bound, a comparison with it is null, which is no refusal.
                IF amount IS NULL OR amount > amount_max
                        OR greatest(amount, 1) > a_balance[d] - a_out[d] - a_floor[d]
                        OR greatest(amount, 1) > a_ceiling[c] - a_balance[c] - a_in[c] THEN
                    code := CASE
                        WHEN amount IS NULL THEN 'amount_not_positive'
                        WHEN greatest(amount, 1) > a_balance[d] - a_out[d] - a_floor[d]
                            THEN 'insufficient_funds'
                        WHEN greatest(amount, 1) > a_ceiling[c] - a_balance[c] - a_in[c]
                            THEN 'balance_above_ceiling'
                        ELSE 'amount_too_large' END;
                END IF;
            END IF;
        ELSE
            h := hold_at[i];
            IF h_state[h] <> 'open' THEN
                code := CASE h_state[h] WHEN 'none' THEN 'hold_not_found'
                    WHEN 'expired' THEN 'hold_expired' ELSE 'hold_not_pending' END;
            ELSIF kind = 'expire' AND (h_expires[h] IS NULL OR h_expires[h] > at) THEN
                code := 'hold_not_due';
            ELSIF amount > h_left[h] THEN
                code := 'hold_exceeded';
            ELSE
                d := h_debit[h]; c := h_credit[h];
                IF amount = 0 THEN
                    amount := h_left[h];
                END IF;
            END IF;
        END IF;
        IF code <> 'ok' THEN
            IF i <= chain_end AND NOT broken THEN
                -- Take back what the chain did before this item.
                FOR j IN REVERSE i - 1 .. chain_start LOOP
                    d := r_debit[j]; c := r_credit[j]; h := hold_at[j]; amount := r_amount[j];
                    IF kinds[j] IN ('direct', 'post') THEN
                        a_balance[d] := a_balance[d] + amount;
                        a_balance[c] := a_balance[c] - amount;
                    END IF;
                    IF kinds[j] = 'hold' THEN
                        a_out[d] := a_out[d] - amount; a_in[c] := a_in[c] - amount;
                        IF h > 0 THEN
                            h_state[h] := 'none';
                        END IF;
                    ELSIF kinds[j] <> 'direct' THEN
                        a_out[d] := a_out[d] + amount; a_in[c] := a_in[c] + amount;
                        h_left[h] := h_left[h] + amount; h_state[h] := 'open';
                    END IF;
                    r_code[j] := 'chain_broken'; r_sequence[j] := NULL; r_amount[j] := 0;
                    r_debit_balance[j] := NULL; r_credit_balance[j] := NULL;
                END LOOP;
                FOR j IN chain_start .. i - 1 LOOP
                    refused_items := refused_items || j;
                END LOOP;
                accepted := accepted_before; broken := true;
            END IF;
            r_code[i] := code; refused_items := refused_items || i;
            CONTINUE;
        END IF;
        IF kind IN ('direct', 'post') THEN
            a_balance[d] := a_balance[d] - amount;
            a_balance[c] := a_balance[c] + amount;
        END IF;
        IF kind = 'direct' THEN
            NULL;
        ELSIF kind = 'hold' THEN
            a_out[d] := a_out[d] + amount; a_in[c] := a_in[c] + amount;
            holds_made := true; h := hold_at[i];
            IF h > 0 THEN
                h_debit[h] := d; h_credit[h] := c; h_left[h] := amount;
                h_expires[h] := expires[i]; h_state[h] := 'open';
            END IF;
        ELSE
            a_out[d] := a_out[d] - amount; a_in[c] := a_in[c] - amount;
            holds_changed := true; h_left[h] := h_left[h] - amount;
            IF h_left[h] = 0 THEN
                h_state[h] := CASE kind WHEN 'expire' THEN 'expired' ELSE 'posted' END;
            END IF;
        END IF;
        a_changed[d] := true; a_changed[c] := true;
        accepted := accepted + 1;
        r_sequence[i] := base + accepted; r_amount[i] := amount;
        r_debit[i] := d; r_credit[i] := c;
        r_debit_balance[i] := a_balance[d]; r_credit_balance[i] := a_balance[c];
        r_debit_held[i] := a_out[d]; r_credit_held[i] := a_in[c];
    END LOOP;
    IF accepted > 0 THEN
        WITH new AS (
            INSERT INTO ledger.transfer AS t (sequence, id, kind, linked, balancing, debit_id,
                credit_id, requested, amount, hold_id, code, reference, occurred_at, expires_at,
                recorded_at, debit_balance, credit_balance, debit_held, credit_held)
            SELECT w.sequence, w.id, w.kind, w.link, w.balancing, a_id[w.debit], a_id[w.credit],
                w.requested, w.amount,
                CASE WHEN w.kind NOT IN ('direct', 'hold') THEN hold_ids[w.hold] END,
                w.code, w.ref, w.occurred, w.expires, at,
                w.debit_balance, w.credit_balance, w.debit_held, w.credit_held
            FROM unnest(r_code, r_sequence, ids, kinds, links, balancings, r_debit, r_credit,
                amounts, r_amount, hold_at, business_codes, refs, occurred, expires,
                r_debit_balance, r_credit_balance, r_debit_held, r_credit_held)
                AS w (result, sequence, id, kind, link, balancing, debit, credit,
                requested, amount, hold, code, ref, occurred, expires,
                debit_balance, credit_balance, debit_held, credit_held)
            WHERE w.result = 'ok'
            RETURNING t.sequence, ledger.line(t) AS line)
        SELECT string_agg(new.line, chr(10) ORDER BY new.sequence) INTO lines FROM new;
        UPDATE ledger.account a
            SET balance = w.balance, held_debit = w.held_out, held_credit = w.held_in
            FROM unnest(a_row, a_changed, a_balance, a_out, a_in)
                AS w (place, changed, balance, held_out, held_in)
            WHERE a.ctid = w.place AND w.changed;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(array_positions(a_changed, true)) THEN
            RAISE EXCEPTION 'an account was changed by somebody who did not hold the book';
        END IF;
    END IF;
    IF holds_made THEN
        INSERT INTO ledger.hold (id, debit_id, credit_id, amount, remaining, expires_at)
            SELECT w.id, a_id[w.debit], a_id[w.credit], w.amount,
                CASE w.hold WHEN 0 THEN w.amount ELSE h_left[w.hold] END, w.expires
            FROM unnest(r_code, kinds, ids, r_debit, r_credit, r_amount, hold_at, expires)
                AS w (result, kind, id, debit, credit, amount, hold, expires)
            WHERE w.result = 'ok' AND w.kind = 'hold'
                AND (w.hold = 0 OR h_state[w.hold] = 'open');
    END IF;
    IF holds_changed THEN
        DELETE FROM ledger.hold o WHERE o.id = ANY (ARRAY(
            SELECT w.id FROM unnest(hold_ids, h_left, h_before) AS w (id, rest, before)
            WHERE w.rest = 0 AND w.before > 0));
        UPDATE ledger.hold o SET remaining = w.rest
            FROM unnest(hold_ids, h_left, h_before) AS w (id, rest, before)
            WHERE o.id = ANY (hold_ids) AND o.id = w.id AND w.rest > 0 AND w.rest < w.before;
    END IF;
    IF cardinality(refused_items) > 0 THEN
        WITH new AS (
            INSERT INTO ledger.refused AS r (id, batch, item, result, content, recorded_at)
            SELECT ids[w.i], batch, w.place, r_code[w.i],
                ledger.content(kinds[w.i], coalesce(codes[debit_at[w.i]], ''),
                    coalesce(codes[credit_at[w.i]], ''), amounts[w.i], assets[w.i],
                    CASE WHEN kinds[w.i] NOT IN ('direct', 'hold')
                        THEN hold_ids[hold_at[w.i]] END,
                    balancings[w.i], business_codes[w.i], refs[w.i]), at
            FROM unnest(refused_items) WITH ORDINALITY AS w (i, place)
            RETURNING r.item, ledger.line(r) AS line)
        SELECT string_agg(new.line, chr(10) ORDER BY new.item) INTO refused_lines FROM new;
    END IF;
    IF accepted > 0 OR refused_lines IS NOT NULL THEN
        PERFORM ledger.append_batch(accepted, cardinality(refused_items), 0, at,
            concat_ws(chr(10), lines, refused_lines));
    END IF;
END $$;

CREATE TABLE ledger.account (
    id bigint NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    asset text NOT NULL,
    class ledger.account_class NOT NULL,
    floor numeric(38,0),
    ceiling numeric(38,0),
    keeper text,
    holder text,
    status ledger.account_status DEFAULT 'open'::text NOT NULL,
    balance numeric(38,0) DEFAULT 0 NOT NULL,
    held_debit ledger.held DEFAULT 0 NOT NULL,
    held_credit ledger.held DEFAULT 0 NOT NULL,
    CONSTRAINT account_check CHECK ((ceiling >= floor)),
    CONSTRAINT account_check1 CHECK ((((status)::text <> 'closed'::text) OR ((balance = (0)::numeric) AND ((held_debit)::numeric = (0)::numeric) AND ((held_credit)::numeric = (0)::numeric)))),
    CONSTRAINT account_code_check CHECK ((code <> ''::text))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='1000');

CREATE FUNCTION ledger.terms(account ledger.account, scale smallint) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (((((((((((((((((account).id || '|'::text) || ledger.measured((account).code)) || '|'::text) || ledger.measured((account).asset)) || '|'::text) || scale) || '|'::text) || ((account).class)::text) || '|'::text) || COALESCE(((account).floor)::text, '-'::text)) || '|'::text) || COALESCE(((account).ceiling)::text, '-'::text)) || '|'::text) || COALESCE(ledger.measured((account).keeper), '-'::text)) || '|'::text) || COALESCE(ledger.measured((account).holder), '-'::text));

CREATE FUNCTION parties.keep_identity() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an identity that was shown stays'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TABLE access.api_key (
    id text NOT NULL,
    principal_id text NOT NULL,
    digest bytea NOT NULL,
    scopes text[] NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    label text DEFAULT ''::text NOT NULL,
    replaces text,
    last_used_at timestamp with time zone,
    CONSTRAINT api_key_check CHECK ((expires_at > issued_at)),
    CONSTRAINT api_key_digest_check CHECK ((octet_length(digest) = 32))
);

CREATE TABLE access.audit_entry (
    sequence bigint NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    target text NOT NULL,
    details jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE access.audit_entry ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME access.audit_entry_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE access.certificate (
    principal_id text NOT NULL,
    thumbprint text NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT certificate_thumbprint_check CHECK ((thumbprint ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE access.principal (
    id text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    subject text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT principal_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'client_app'::text, 'counterparty'::text]))),
    CONSTRAINT principal_name_check CHECK ((name <> ''::text)),
    CONSTRAINT principal_roles_check CHECK ((roles <@ ARRAY['administrator'::text, 'agent'::text, 'auditor'::text, 'compliance'::text, 'counterparty'::text, 'customer'::text, 'operations'::text, 'operator'::text, 'supervisor'::text, 'ussd_gateway'::text]))
);

CREATE TABLE access.proposal (
    id text NOT NULL,
    action text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    CONSTRAINT proposal_action_check CHECK ((action = ANY (ARRAY['account_freeze'::text, 'account_release'::text, 'agent_close'::text, 'agent_register'::text, 'agent_resume'::text, 'agent_suspend'::text, 'case_return'::text, 'customer_deceased'::text, 'key_issue'::text, 'key_revoke'::text, 'ledger_correct'::text, 'participant_resume'::text, 'participant_suspend'::text, 'payment_block'::text, 'payment_refuse'::text, 'payment_release'::text, 'review_refuse'::text, 'review_release'::text]))),
    CONSTRAINT proposal_check CHECK ((expires_at > proposed_at)),
    CONSTRAINT proposal_check1 CHECK (((state <> 'approved'::text) OR (decided_by <> proposed_by))),
    CONSTRAINT proposal_check2 CHECK (((state = 'pending'::text) = (decided_at IS NULL))),
    CONSTRAINT proposal_check3 CHECK (((state = ANY (ARRAY['approved'::text, 'rejected'::text])) = (decided_by IS NOT NULL))),
    CONSTRAINT proposal_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'expired'::text])))
);

CREATE TABLE access.proposal_event (
    sequence bigint NOT NULL,
    proposal_id text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    principal_id text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT proposal_event_event_check CHECK ((event = ANY (ARRAY['approve'::text, 'reject'::text, 'expire'::text])))
);
ALTER TABLE access.proposal_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME access.proposal_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE agents.agent (
    id text NOT NULL,
    sequence bigint NOT NULL,
    name text NOT NULL,
    district text NOT NULL,
    state text NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    CONSTRAINT agent_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])))
);
ALTER TABLE agents.agent ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME agents.agent_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE agents.cash_order (
    id text NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    state text NOT NULL,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    code_digest bytea NOT NULL,
    identity_last text NOT NULL,
    recipient_name text,
    recipient_phone text,
    recipient_identity_type text,
    recipient_identity_digest bytea,
    misses integer DEFAULT 0 NOT NULL,
    renewal text,
    ordered_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    receipt_id text,
    CONSTRAINT cash_order_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT cash_order_check CHECK (((kind = 'pickup'::text) = (recipient_name IS NOT NULL))),
    CONSTRAINT cash_order_check1 CHECK (((state = 'paid'::text) = (receipt_id IS NOT NULL))),
    CONSTRAINT cash_order_code_digest_check CHECK ((octet_length(code_digest) = 32)),
    CONSTRAINT cash_order_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT cash_order_kind_check CHECK ((kind = ANY (ARRAY['withdrawal'::text, 'pickup'::text]))),
    CONSTRAINT cash_order_recipient_identity_digest_check CHECK ((octet_length(recipient_identity_digest) = 32)),
    CONSTRAINT cash_order_reference_check CHECK ((reference ~ '^[0-9]{12}$'::text)),
    CONSTRAINT cash_order_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'locked'::text, 'paid'::text, 'cancelled'::text, 'expired'::text])))
)
WITH (fillfactor='70');
ALTER TABLE agents.cash_order ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME agents.cash_order_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE agents.miss (
    id text NOT NULL,
    order_id text NOT NULL,
    agent_id text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE agents.receipt (
    id text NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    agent_id text NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    person text NOT NULL,
    order_id text,
    reference text,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    commission numeric(38,0) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT receipt_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT receipt_commission_check CHECK ((commission >= (0)::numeric)),
    CONSTRAINT receipt_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT receipt_kind_check CHECK ((kind = ANY (ARRAY['deposit'::text, 'withdrawal'::text, 'pickup'::text])))
);
ALTER TABLE agents.receipt ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME agents.receipt_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE credentials.attempt (
    whose bytea NOT NULL,
    failures integer NOT NULL,
    opens_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT attempt_failures_check CHECK ((failures > 0)),
    CONSTRAINT attempt_whose_check CHECK ((octet_length(whose) = 32))
);

CREATE TABLE credentials.challenge (
    id text NOT NULL,
    purpose text NOT NULL,
    principal_id text,
    challenge bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT challenge_challenge_check CHECK ((octet_length(challenge) >= 16)),
    CONSTRAINT challenge_purpose_check CHECK ((purpose = ANY (ARRAY['register'::text, 'sign_in'::text])))
);

CREATE TABLE credentials.confirmation (
    id text NOT NULL,
    principal_id text NOT NULL,
    digest bytea NOT NULL,
    payee bytea NOT NULL,
    challenge bytea NOT NULL,
    code_digest bytea,
    state text NOT NULL,
    method text,
    factors smallint DEFAULT 0 NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT confirmation_check CHECK ((expires_at > asked_at)),
    CONSTRAINT confirmation_check1 CHECK ((POSITION((digest) IN (challenge)) > 0)),
    CONSTRAINT confirmation_check2 CHECK (((method IS NULL) = (factors = 0))),
    CONSTRAINT confirmation_check3 CHECK (((state <> ALL (ARRAY['proved'::text, 'used'::text, 'void'::text])) OR (method IS NOT NULL))),
    CONSTRAINT confirmation_check4 CHECK (((state = ANY (ARRAY['asked'::text, 'proved'::text])) = (ended_at IS NULL))),
    CONSTRAINT confirmation_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT confirmation_method_check CHECK ((method = ANY (ARRAY['pin'::text, 'pin_and_code'::text, 'passkey'::text]))),
    CONSTRAINT confirmation_payee_check CHECK ((octet_length(payee) = 32)),
    CONSTRAINT confirmation_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'proved'::text, 'used'::text, 'failed'::text, 'void'::text, 'expired'::text])))
)
WITH (fillfactor='70');

CREATE TABLE credentials.holder (
    principal_id text NOT NULL,
    alias text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    frozen_at timestamp with time zone,
    CONSTRAINT holder_alias_check CHECK ((alias <> ''::text))
);

CREATE TABLE credentials.known_payee (
    principal_id text NOT NULL,
    payee bytea NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    CONSTRAINT known_payee_payee_check CHECK ((octet_length(payee) = 32))
);

CREATE TABLE credentials.passkey (
    id text NOT NULL,
    principal_id text NOT NULL,
    handle bytea NOT NULL,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    label text NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT passkey_counter_check CHECK ((counter >= 0)),
    CONSTRAINT passkey_handle_check CHECK (((octet_length(handle) >= 1) AND (octet_length(handle) <= 1023)))
);

CREATE TABLE credentials.pin (
    id text NOT NULL,
    principal_id text NOT NULL,
    hash text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone,
    CONSTRAINT pin_hash_check CHECK ((hash ~~ '$argon2id$%'::text))
);

CREATE TABLE db.deadline (
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE db.event (
    sequence bigint NOT NULL,
    subject text NOT NULL,
    state text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE db.event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME db.event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE db.fanout (
    stream text NOT NULL,
    "position" bigint NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE db.inbox (
    sender text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    uetr text,
    raw bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY db.inbox ALTER COLUMN raw SET STATISTICS 0;

CREATE TABLE db.job (
    id text NOT NULL,
    name text NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_at timestamp with time zone NOT NULL,
    every_seconds integer,
    attempts integer DEFAULT 0 NOT NULL,
    error text,
    CONSTRAINT job_every_seconds_check CHECK ((every_seconds > 0))
)
WITH (fillfactor='50');

CREATE TABLE db.migration (
    package text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE db.outbox (
    sequence bigint NOT NULL,
    recipient text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    refused text,
    again boolean DEFAULT false NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE db.refusal (
    sender text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    reason text NOT NULL,
    facts text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE db.sent (
    sequence bigint NOT NULL,
    recipient text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    uetr text,
    raw bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY db.sent ALTER COLUMN raw SET STATISTICS 0;
ALTER TABLE db.sent ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME db.sent_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE db.writer (
    one boolean DEFAULT true NOT NULL,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    CONSTRAINT writer_one_check CHECK (one)
);

CREATE TABLE desk.case_event (
    sequence bigint NOT NULL,
    case_id text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    by text NOT NULL,
    reason text,
    text text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE desk.case_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME desk.case_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE desk.case_file (
    id text NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    cause text NOT NULL,
    uetr text NOT NULL,
    opened_by text NOT NULL,
    assigned_to text NOT NULL,
    state text NOT NULL,
    text text,
    source text NOT NULL,
    source_amount numeric(38,0) NOT NULL,
    destination text,
    destination_amount numeric(38,0),
    owes_return boolean NOT NULL,
    message_id text NOT NULL,
    reason text,
    returned_by text,
    due_at timestamp with time zone,
    escalated_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    CONSTRAINT case_file_check CHECK ((assigned_to <> opened_by)),
    CONSTRAINT case_file_kind_check CHECK ((kind = ANY (ARRAY['investigation'::text, 'recall'::text, 'dispute'::text]))),
    CONSTRAINT case_file_state_check CHECK ((state = ANY (ARRAY['opened'::text, 'accepted'::text, 'refused'::text, 'returned'::text, 'withdrawn'::text, 'expired'::text, 'closed'::text])))
)
WITH (fillfactor='70');
ALTER TABLE desk.case_file ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME desk.case_file_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE disputes.dispute (
    id text NOT NULL,
    sequence bigint NOT NULL,
    number text NOT NULL,
    customer_id text NOT NULL,
    payment_id text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    words text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    end_due_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT dispute_check CHECK (((due_at IS NULL) = (state = ANY (ARRAY['resolved'::text, 'rejected'::text, 'withdrawn'::text])))),
    CONSTRAINT dispute_check1 CHECK (((ended_at IS NULL) = (state = ANY (ARRAY['open'::text, 'answered'::text])))),
    CONSTRAINT dispute_kind_check CHECK ((kind = ANY (ARRAY['not_received'::text, 'wrong_amount'::text, 'not_authorised'::text, 'wrong_payee'::text, 'other'::text]))),
    CONSTRAINT dispute_state_check CHECK ((state = ANY (ARRAY['open'::text, 'answered'::text, 'resolved'::text, 'rejected'::text, 'withdrawn'::text])))
)
WITH (fillfactor='70');
ALTER TABLE disputes.dispute ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME disputes.dispute_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE disputes.entry (
    sequence bigint NOT NULL,
    dispute_id text NOT NULL,
    act text NOT NULL,
    actor text,
    words text,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT entry_act_check CHECK ((act = ANY (ARRAY['open'::text, 'say'::text, 'answer'::text, 'resolve'::text, 'reject'::text, 'withdraw'::text, 'time_out'::text]))),
    CONSTRAINT entry_check CHECK (((act = 'time_out'::text) = (actor IS NULL)))
);
ALTER TABLE disputes.entry ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME disputes.entry_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE disputes.file (
    id text NOT NULL,
    sequence bigint NOT NULL,
    dispute_id text NOT NULL,
    media_type text NOT NULL,
    digest bytea NOT NULL,
    content bytea NOT NULL,
    added_by text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT file_check CHECK ((digest = sha256(content))),
    CONSTRAINT file_content_check CHECK (((octet_length(content) >= 1) AND (octet_length(content) <= 4194304))),
    CONSTRAINT file_media_type_check CHECK ((media_type = ANY (ARRAY['image/png'::text, 'image/jpeg'::text, 'image/webp'::text, 'application/pdf'::text])))
);
ALTER TABLE ONLY disputes.file ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE disputes.file ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME disputes.file_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE disputes.number (
    year integer NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT number_last_check CHECK ((last > 0))
);

CREATE TABLE domestic.arrival (
    id text NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    uetr text NOT NULL,
    state text NOT NULL,
    account_id text,
    account_code text,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    sender_name text NOT NULL,
    sender_account text NOT NULL,
    sender_bic text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    message_id text NOT NULL,
    note text,
    reason text,
    recorded_at timestamp with time zone NOT NULL,
    reversed_at timestamp with time zone,
    CONSTRAINT arrival_kind_check CHECK ((kind = ANY (ARRAY['payment'::text, 'return'::text]))),
    CONSTRAINT arrival_state_check CHECK ((state = ANY (ARRAY['received'::text, 'credited'::text, 'refused'::text, 'reversed'::text])))
)
WITH (fillfactor='70');
ALTER TABLE domestic.arrival ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME domestic.arrival_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE domestic.demand (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text,
    account_id text,
    state text NOT NULL,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    payee_name text NOT NULL,
    payee_number text NOT NULL,
    payee_is_iban boolean NOT NULL,
    payee_bic text NOT NULL,
    request_id text NOT NULL,
    end_to_end_id text NOT NULL,
    message_id text NOT NULL,
    pay_on date,
    expires_at timestamp with time zone NOT NULL,
    note text,
    reference text,
    transfer_id text,
    reason text,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT demand_state_check CHECK ((state = ANY (ARRAY['received'::text, 'shown'::text, 'accepted'::text, 'paying'::text, 'paid'::text, 'rejected'::text, 'failed'::text, 'expired'::text, 'refused'::text])))
)
WITH (fillfactor='50');
ALTER TABLE domestic.demand ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME domestic.demand_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE domestic.own_account (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    label text NOT NULL,
    number text NOT NULL,
    is_iban boolean NOT NULL,
    bic text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    forgotten_at timestamp with time zone
);
ALTER TABLE domestic.own_account ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME domestic.own_account_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE domestic.recall (
    id text NOT NULL,
    transfer_id text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    message_id text NOT NULL,
    asked_by text NOT NULL,
    answer_code text,
    asked_at timestamp with time zone NOT NULL,
    CONSTRAINT recall_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'overdue'::text, 'granted'::text, 'refused'::text, 'returned'::text])))
)
WITH (fillfactor='50');

CREATE TABLE domestic.request (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    state text NOT NULL,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    payer_name text NOT NULL,
    payer_shown text,
    payer_number text NOT NULL,
    payer_is_iban boolean NOT NULL,
    payer_bic text NOT NULL,
    payer_check_id text NOT NULL,
    end_to_end_id text NOT NULL,
    message_id text NOT NULL,
    pay_on date,
    expires_at timestamp with time zone NOT NULL,
    note text,
    reference text,
    reason_code text,
    uetr text,
    asked_at timestamp with time zone NOT NULL,
    CONSTRAINT request_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT request_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'shown'::text, 'agreed'::text, 'paid'::text, 'rejected'::text, 'expired'::text])))
)
WITH (fillfactor='50');
ALTER TABLE domestic.request ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME domestic.request_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE domestic.return (
    id text NOT NULL,
    sequence bigint NOT NULL,
    uetr text NOT NULL,
    state text NOT NULL,
    account_code text,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    reason text NOT NULL,
    case_id text NOT NULL,
    case_creator_bic text NOT NULL,
    cancellation_id text NOT NULL,
    original_message_id text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    message_id text NOT NULL,
    refusal text,
    return_message_id text,
    attempts integer DEFAULT 0 NOT NULL,
    decided_by text,
    asked_at timestamp with time zone NOT NULL,
    CONSTRAINT return_state_check CHECK ((state = ANY (ARRAY['received'::text, 'open'::text, 'overdue'::text, 'returning'::text, 'returned'::text, 'refused'::text])))
)
WITH (fillfactor='50');
ALTER TABLE domestic.return ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME domestic.return_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE domestic.transfer (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    state text NOT NULL,
    currency text NOT NULL,
    amount numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    payee_name text NOT NULL,
    payee_shown text,
    payee_number text NOT NULL,
    payee_is_iban boolean NOT NULL,
    payee_bic text NOT NULL,
    uetr text NOT NULL,
    end_to_end_id text NOT NULL,
    message_id text NOT NULL,
    payee_check_id text,
    demand_id text,
    purpose text,
    note text,
    reference text,
    reason text,
    reason_code text,
    rule text,
    citation text,
    ordered_at timestamp with time zone NOT NULL,
    submitted_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT transfer_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT transfer_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT transfer_state_check CHECK ((state = ANY (ARRAY['ordered'::text, 'accepted'::text, 'submitted'::text, 'overdue'::text, 'completed'::text, 'rejected'::text, 'blocked'::text, 'refused'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05');
ALTER TABLE domestic.transfer ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME domestic.transfer_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE edge.answer (
    principal_id text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    status integer NOT NULL,
    media_type text NOT NULL,
    location text,
    body bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);
CREATE UNLOGGED TABLE edge.turn (
    principal_id text NOT NULL,
    key text NOT NULL,
    holder text NOT NULL,
    lease_until timestamp with time zone NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE fxp.exchange (
    uetr text NOT NULL,
    rate_id text NOT NULL,
    quote_id text NOT NULL,
    source text NOT NULL,
    given numeric(38,0) NOT NULL,
    destination text NOT NULL,
    paid numeric(38,0) NOT NULL,
    rate numeric(21,10) NOT NULL,
    mid numeric(21,10) NOT NULL,
    margin numeric(38,0) NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT exchange_given_check CHECK ((given > (0)::numeric)),
    CONSTRAINT exchange_paid_check CHECK ((paid > (0)::numeric))
);

CREATE TABLE fxp.rate (
    id text NOT NULL,
    pair text NOT NULL,
    tick bigint NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    mid numeric(21,10) NOT NULL,
    rate numeric(21,10) NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT rate_mid_check CHECK ((mid > (0)::numeric)),
    CONSTRAINT rate_rate_check CHECK ((rate > (0)::numeric)),
    CONSTRAINT rate_tick_check CHECK ((tick > 0))
);

CREATE TABLE gateway.payment (
    uetr text NOT NULL,
    message_id text NOT NULL,
    instruction_id text,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    clearing_reference text,
    priority text NOT NULL,
    source_ips text NOT NULL,
    destination_ips text,
    source_psp text NOT NULL,
    source_sap text NOT NULL,
    destination_sap text NOT NULL,
    destination_psp text NOT NULL,
    quote_id text,
    source text NOT NULL,
    source_amount numeric(38,0) NOT NULL,
    destination text,
    destination_amount numeric(38,0),
    fee numeric(38,0),
    rate numeric(21,10),
    returns text,
    answer_to text,
    state text NOT NULL,
    reason text,
    text text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_check CHECK (((state <> 'rejected'::text) OR (reason IS NOT NULL))),
    CONSTRAINT payment_check1 CHECK (((state = 'rejected'::text) OR (destination_ips IS NOT NULL))),
    CONSTRAINT payment_check2 CHECK (((state = 'rejected'::text) OR (destination_amount IS NOT NULL))),
    CONSTRAINT payment_check3 CHECK (((destination_amount IS NULL) = (destination IS NULL))),
    CONSTRAINT payment_check4 CHECK (((destination_amount IS NULL) = (fee IS NULL))),
    CONSTRAINT payment_check5 CHECK (((destination_amount IS NULL) = (rate IS NULL))),
    CONSTRAINT payment_destination_amount_check CHECK ((destination_amount > (0)::numeric)),
    CONSTRAINT payment_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT payment_priority_check CHECK ((priority = ANY (ARRAY['NORM'::text, 'HIGH'::text]))),
    CONSTRAINT payment_rate_check CHECK ((rate > (0)::numeric)),
    CONSTRAINT payment_source_amount_check CHECK ((source_amount > (0)::numeric)),
    CONSTRAINT payment_state_check CHECK ((state = ANY (ARRAY['received'::text, 'forwarded'::text, 'completed'::text, 'rejected'::text, 'blocked'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE gateway.payment_event (
    sequence bigint NOT NULL,
    uetr text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    reason text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_event_event_check CHECK ((event = ANY (ARRAY['refuse'::text, 'forward'::text, 'postpone'::text, 'complete'::text, 'reject'::text, 'block'::text, 'time_out'::text])))
);
ALTER TABLE gateway.payment_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gateway.payment_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gateway.quote (
    id text NOT NULL,
    psp text NOT NULL,
    fxp text NOT NULL,
    source_country text NOT NULL,
    destination_country text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    rate numeric(21,10) NOT NULL,
    source_amount numeric(38,0) NOT NULL,
    destination_amount numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    credited numeric(38,0) NOT NULL,
    capped boolean NOT NULL,
    rate_id text NOT NULL,
    tier_threshold numeric(38,0) NOT NULL,
    tier_bps integer NOT NULL,
    psp_bps integer NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT quote_check CHECK ((destination_amount = (credited + fee))),
    CONSTRAINT quote_credited_check CHECK ((credited > (0)::numeric)),
    CONSTRAINT quote_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT quote_rate_check CHECK ((rate > (0)::numeric)),
    CONSTRAINT quote_source_amount_check CHECK ((source_amount > (0)::numeric))
);

CREATE TABLE gateway.rate (
    sequence bigint NOT NULL,
    id text NOT NULL,
    fxp text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    value numeric(21,10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT rate_check CHECK ((destination <> source)),
    CONSTRAINT rate_check1 CHECK ((expires_at > created_at)),
    CONSTRAINT rate_value_check CHECK ((value > (0)::numeric))
);
ALTER TABLE gateway.rate ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gateway.rate_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gateway.rate_withdrawal (
    rate_id text NOT NULL,
    withdrawn_by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE gateway.reference (
    sequence bigint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    value jsonb,
    applies_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT reference_kind_check CHECK ((kind = ANY (ARRAY['country'::text, 'fee'::text, 'tier'::text, 'relationship'::text, 'institution'::text])))
);
ALTER TABLE gateway.reference ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gateway.reference_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gateway.report (
    ips text NOT NULL,
    begins_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    pages integer NOT NULL,
    sent integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT report_check CHECK ((ends_at > begins_at)),
    CONSTRAINT report_check1 CHECK (((sent >= 0) AND (sent <= pages))),
    CONSTRAINT report_pages_check CHECK ((pages > 0))
);

CREATE TABLE gateway.resolution (
    first_agent text NOT NULL,
    message_id text NOT NULL,
    asked_by text NOT NULL,
    asked_of text NOT NULL,
    answer_to text,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE ips.alias (
    proxy_type text NOT NULL,
    proxy_value text NOT NULL,
    iban text,
    other text,
    agent text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    town text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT alias_check CHECK (((iban IS NULL) <> (other IS NULL)))
);

CREATE TABLE ips.alias_event (
    sequence bigint NOT NULL,
    proxy_type text NOT NULL,
    proxy_value text NOT NULL,
    act text NOT NULL,
    iban text,
    other text,
    agent text NOT NULL,
    name text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT alias_event_act_check CHECK ((act = ANY (ARRAY['register'::text, 'deregister'::text])))
);
ALTER TABLE ips.alias_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ips.alias_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ips.cycle (
    id text NOT NULL,
    asset text NOT NULL,
    total numeric(38,0) NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    CONSTRAINT cycle_total_check CHECK ((total >= (0)::numeric))
);

CREATE TABLE ips.cycle_position (
    cycle_id text NOT NULL,
    role text NOT NULL,
    net numeric(38,0) NOT NULL,
    CONSTRAINT cycle_position_net_check CHECK ((net <> (0)::numeric))
);

CREATE TABLE ips.lookup (
    creator_id text NOT NULL,
    window_at timestamp with time zone NOT NULL,
    count integer NOT NULL,
    CONSTRAINT lookup_count_check CHECK ((count > 0))
)
WITH (fillfactor='50');

CREATE TABLE ips.onward (
    uetr text NOT NULL,
    raw bytea NOT NULL
)
WITH (toast_tuple_target='8160');

CREATE TABLE ips.payment (
    uetr text NOT NULL,
    message_id text NOT NULL,
    sender text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    amount numeric(38,0) NOT NULL,
    asset text NOT NULL,
    pays text CONSTRAINT payment_psp_not_null NOT NULL,
    pays_bic text CONSTRAINT payment_psp_bic_not_null NOT NULL,
    paid text CONSTRAINT payment_sap_not_null NOT NULL,
    paid_bic text CONSTRAINT payment_sap_bic_not_null NOT NULL,
    state text NOT NULL,
    reason text,
    text text,
    recorded_at timestamp with time zone NOT NULL,
    route text NOT NULL,
    priority text NOT NULL,
    steps smallint NOT NULL,
    due_at timestamp with time zone,
    CONSTRAINT payment_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT payment_check CHECK (
CASE state
    WHEN 'rejected'::text THEN (reason IS NOT NULL)
    WHEN 'blocked'::text THEN true
    WHEN 'at_block_confirmation'::text THEN true
    WHEN 'held'::text THEN true
    ELSE (reason IS NULL)
END),
    CONSTRAINT payment_priority_check CHECK ((priority = ANY (ARRAY['NORM'::text, 'HIGH'::text]))),
    CONSTRAINT payment_route_check CHECK ((route = ANY (ARRAY['out'::text, 'in'::text, 'inside'::text]))),
    CONSTRAINT payment_state_check CHECK ((state = ANY (ARRAY['received'::text, 'at_source_sap'::text, 'at_gateway'::text, 'at_destination_sap'::text, 'at_payee_psp'::text, 'at_confirmation'::text, 'at_block_confirmation'::text, 'held'::text, 'settled'::text, 'blocked'::text, 'rejected'::text]))),
    CONSTRAINT payment_steps_check CHECK ((steps = ANY (ARRAY[4, 5])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE ips.payment_event (
    sequence bigint NOT NULL,
    uetr text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    reason text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_event_event_check CHECK ((event = ANY (ARRAY['refuse'::text, 'submit'::text, 'submit_own'::text, 'sap_accept'::text, 'sap_reject'::text, 'deliver'::text, 'deliver_own'::text, 'carry'::text, 'psp_accept'::text, 'psp_validate'::text, 'psp_hold'::text, 'psp_block'::text, 'psp_will_block'::text, 'psp_reject'::text, 'hold'::text, 'confirm'::text, 'block'::text, 'reject'::text, 'expire'::text])))
);
ALTER TABLE ips.payment_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ips.payment_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ips.payment_return (
    uetr text NOT NULL,
    message_id text NOT NULL,
    return_id text NOT NULL,
    amount numeric(38,0) NOT NULL,
    asset text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_return_amount_check CHECK ((amount > (0)::numeric))
);

CREATE TABLE ips.recall (
    uetr text NOT NULL,
    cancellation_id text NOT NULL,
    message_id text NOT NULL,
    case_id text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE ips.request (
    creditor_bic text NOT NULL,
    request_id text NOT NULL,
    message_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    end_to_end_id text NOT NULL,
    creditor text NOT NULL,
    debtor text NOT NULL,
    debtor_bic text NOT NULL,
    amount numeric(38,0) NOT NULL,
    asset text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT request_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT request_state_check CHECK ((state = ANY (ARRAY['received'::text, 'asked'::text, 'shown'::text, 'accepted'::text, 'paid'::text, 'refused'::text, 'expired'::text])))
)
WITH (fillfactor='70');

CREATE TABLE ips.request_event (
    sequence bigint NOT NULL,
    creditor_bic text NOT NULL,
    request_id text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    reason text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT request_event_event_check CHECK ((event = ANY (ARRAY['ask'::text, 'decline'::text, 'show'::text, 'accept'::text, 'refuse'::text, 'pay'::text, 'expire'::text])))
);
ALTER TABLE ips.request_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ips.request_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ips.resolution (
    first_agent text NOT NULL,
    message_id text NOT NULL,
    asked_by text NOT NULL,
    asked_by_bic text NOT NULL,
    asked_of text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    profile text NOT NULL
);

CREATE TABLE ips.suspension (
    role text NOT NULL,
    why text NOT NULL,
    suspended_at timestamp with time zone NOT NULL
);

CREATE TABLE ips.suspension_event (
    sequence bigint NOT NULL,
    role text NOT NULL,
    act text NOT NULL,
    why text NOT NULL,
    by text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT suspension_event_act_check CHECK ((act = ANY (ARRAY['suspend'::text, 'resume'::text])))
);
ALTER TABLE ips.suspension_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ips.suspension_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ledger.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ledger.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ledger.asset (
    code text NOT NULL,
    scale smallint NOT NULL,
    CONSTRAINT asset_scale_check CHECK (((scale >= 0) AND (scale <= 18)))
);

CREATE TABLE ledger.batch (
    number bigint NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    refused integer NOT NULL,
    events integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE ledger.book (
    one boolean DEFAULT true NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    batch bigint DEFAULT 0 NOT NULL,
    hash bytea DEFAULT '\x'::bytea NOT NULL,
    recorded_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    CONSTRAINT book_one_check CHECK (one)
)
WITH (fillfactor='10', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='200');

CREATE TABLE ledger.entered (
    one boolean DEFAULT true NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    CONSTRAINT entered_one_check CHECK (one)
)
WITH (fillfactor='10', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='200');

CREATE TABLE ledger.entry (
    account_id bigint NOT NULL,
    sequence bigint NOT NULL
)
WITH (autovacuum_vacuum_insert_scale_factor='0.1');

CREATE TABLE ledger.hold (
    id uuid NOT NULL,
    debit_id bigint NOT NULL,
    credit_id bigint NOT NULL,
    amount numeric(38,0) NOT NULL,
    remaining numeric(38,0) NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT hold_check CHECK (((remaining > (0)::numeric) AND (remaining <= amount)))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE ledger.seal (
    number bigint NOT NULL,
    first_batch bigint NOT NULL,
    last_batch bigint NOT NULL,
    root bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    CONSTRAINT seal_check CHECK ((last_batch >= first_batch))
);
CREATE SEQUENCE onboarding.account_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE onboarding.application (
    id text NOT NULL,
    phone text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    secret_digest bytea,
    said jsonb NOT NULL,
    outcome jsonb NOT NULL,
    held text NOT NULL,
    asked text NOT NULL,
    customer_id text,
    account_id text,
    started_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT application_check CHECK (((state <> 'opened'::text) OR ((customer_id IS NOT NULL) AND (account_id IS NOT NULL)))),
    CONSTRAINT application_check1 CHECK (((customer_id IS NULL) = (account_id IS NULL))),
    CONSTRAINT application_state_check CHECK ((state = ANY (ARRAY['filling'::text, 'in_review'::text, 'opened'::text, 'refused'::text, 'expired'::text])))
)
WITH (fillfactor='70');

CREATE TABLE onboarding.application_event (
    sequence bigint NOT NULL,
    application_id text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT application_event_event_check CHECK ((event = ANY (ARRAY['open'::text, 'review'::text, 'refuse'::text, 'amend'::text, 'time_out'::text]))),
    CONSTRAINT application_event_state_check CHECK ((state = ANY (ARRAY['filling'::text, 'in_review'::text, 'opened'::text, 'refused'::text, 'expired'::text])))
);
ALTER TABLE onboarding.application_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME onboarding.application_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE onboarding.code (
    id text NOT NULL,
    phone text NOT NULL,
    language text NOT NULL,
    digest bytea NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT code_digest_check CHECK ((octet_length(digest) = 32))
);

CREATE TABLE onboarding.simulated_sms (
    sequence bigint NOT NULL,
    phone text NOT NULL,
    text text NOT NULL,
    sent_at timestamp with time zone NOT NULL
);
ALTER TABLE onboarding.simulated_sms ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME onboarding.simulated_sms_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE parties.account (
    id text NOT NULL,
    customer_id text NOT NULL,
    country text NOT NULL,
    number text NOT NULL,
    currency text NOT NULL,
    ledger_code text NOT NULL,
    state text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    stopped_at timestamp with time zone,
    CONSTRAINT account_check CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT account_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT account_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT account_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

CREATE TABLE parties.alias (
    id text NOT NULL,
    type text NOT NULL,
    value text NOT NULL,
    account_id text NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    CONSTRAINT alias_type_check CHECK ((type = ANY (ARRAY['MBNO'::text, 'NIDN'::text, 'EMAL'::text, 'CCPT'::text]))),
    CONSTRAINT alias_value_check CHECK ((value <> ''::text))
);

CREATE TABLE parties.customer (
    id text NOT NULL,
    kind text NOT NULL,
    legal_name text NOT NULL,
    display_name text NOT NULL,
    country text NOT NULL,
    street text NOT NULL,
    town text NOT NULL,
    identity_type text,
    identity_value text,
    born_on date,
    phone text,
    email text,
    state text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    rails_name text NOT NULL,
    rails_street text NOT NULL,
    rails_town text NOT NULL,
    CONSTRAINT customer_check CHECK (((kind = 'person'::text) = (born_on IS NOT NULL))),
    CONSTRAINT customer_check1 CHECK (((identity_type IS NULL) = (identity_value IS NULL))),
    CONSTRAINT customer_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT customer_display_name_check CHECK ((display_name <> ''::text)),
    CONSTRAINT customer_identity_type_check CHECK ((identity_type = ANY (ARRAY['nric'::text, 'cnic'::text, 'passport'::text, 'siren'::text, 'registration'::text, 'lei'::text]))),
    CONSTRAINT customer_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'company'::text]))),
    CONSTRAINT customer_legal_name_check CHECK ((legal_name <> ''::text)),
    CONSTRAINT customer_phone_check CHECK ((phone ~ '^\+[1-9][0-9]{6,14}$'::text)),
    CONSTRAINT customer_rails_name_check CHECK ((rails_name ~ '^[ -~]*$'::text)),
    CONSTRAINT customer_rails_street_check CHECK ((rails_street ~ '^[ -~]*$'::text)),
    CONSTRAINT customer_rails_town_check CHECK ((rails_town ~ '^[ -~]*$'::text)),
    CONSTRAINT customer_state_check CHECK ((state = ANY (ARRAY['active'::text, 'closed'::text, 'deceased'::text])))
);

CREATE TABLE parties.former_place (
    account_id text NOT NULL,
    ledger_code text NOT NULL,
    left_at timestamp with time zone NOT NULL
);

CREATE TABLE parties.institution (
    role text NOT NULL,
    bic text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    lei text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT institution_bic_check CHECK ((bic ~ '^[A-Z0-9]{8}([A-Z0-9]{3})?$'::text)),
    CONSTRAINT institution_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT institution_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT institution_lei_check CHECK ((lei ~ '^[A-Z0-9]{18}[0-9]{2}$'::text)),
    CONSTRAINT institution_name_check CHECK ((name <> ''::text))
);

CREATE TABLE payees.payee_check (
    id text NOT NULL,
    customer_id text NOT NULL,
    state text NOT NULL,
    country text NOT NULL,
    address_type text NOT NULL,
    address text NOT NULL,
    agent_bic text,
    name text,
    source text NOT NULL,
    message_id text NOT NULL,
    match text,
    display_name text,
    legal_name text,
    town text,
    account_number text,
    account_is_iban boolean,
    account_agent_bic text,
    reason text,
    warning text,
    answer_id text,
    valid_until timestamp with time zone,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    CONSTRAINT payee_check_check CHECK (((state = 'asked'::text) = (answered_at IS NULL))),
    CONSTRAINT payee_check_check1 CHECK (((state = 'confirmed'::text) = (account_number IS NOT NULL))),
    CONSTRAINT payee_check_check2 CHECK (((state = 'confirmed'::text) = (valid_until IS NOT NULL))),
    CONSTRAINT payee_check_match_check CHECK ((match = ANY (ARRAY['MTCH'::text, 'CMTC'::text, 'NMTC'::text, 'NOAP'::text]))),
    CONSTRAINT payee_check_source_check CHECK ((source = ANY (ARRAY['nexus'::text, 'duitnow'::text, 'raast'::text, 'vop'::text, 'here'::text]))),
    CONSTRAINT payee_check_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'confirmed'::text, 'not_found'::text, 'timed_out'::text])))
)
WITH (fillfactor='50');

CREATE TABLE policy.decision (
    id text NOT NULL,
    subject text NOT NULL,
    decided_on date NOT NULL,
    rulebook_version text NOT NULL,
    allowed boolean NOT NULL,
    facts jsonb NOT NULL,
    outcome jsonb NOT NULL,
    digest text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT decision_digest_check CHECK ((digest ~ '^[0-9a-f]{64}$'::text))
);
ALTER TABLE ONLY policy.decision ALTER COLUMN facts SET STATISTICS 0;
ALTER TABLE ONLY policy.decision ALTER COLUMN outcome SET STATISTICS 0;

CREATE TABLE policy.rulebook (
    version text NOT NULL,
    content text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT rulebook_check CHECK ((version = encode(sha256(convert_to(content, 'UTF8'::name)), 'hex'::text)))
);

CREATE TABLE psp.account (
    number text NOT NULL,
    iban boolean NOT NULL,
    name text NOT NULL,
    country text,
    town text,
    street text,
    national_id text,
    conditions text[] NOT NULL,
    minimum numeric(38,0),
    maximum numeric(38,0),
    ceiling numeric(38,0),
    payers text[] NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE psp.account_change (
    sequence bigint NOT NULL,
    number text NOT NULL,
    conditions text[] NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE psp.account_change ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME psp.account_change_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE psp.asked (
    message_id text NOT NULL,
    first_agent text NOT NULL,
    creator_id text NOT NULL,
    request_id text NOT NULL,
    reason text,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE psp.enquiry (
    sequence bigint NOT NULL,
    message_id text NOT NULL,
    domestic boolean NOT NULL,
    verified boolean,
    reason text,
    display_name text,
    match text,
    recorded_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone
);
ALTER TABLE psp.enquiry ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME psp.enquiry_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE psp.payment (
    sequence bigint NOT NULL,
    uetr text NOT NULL,
    message_id text NOT NULL,
    sender_bic text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    instruction_id text,
    reference text,
    payer text NOT NULL,
    account text NOT NULL,
    amount numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    asset text NOT NULL,
    domestic boolean NOT NULL,
    state text NOT NULL,
    reason text,
    text text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_state_check CHECK ((state = ANY (ARRAY['arrived'::text, 'refused'::text, 'reserved'::text, 'credited'::text, 'released'::text, 'reversed'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE psp.payment_event (
    sequence bigint NOT NULL,
    uetr text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    reason text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_event_event_check CHECK ((event = ANY (ARRAY['refuse'::text, 'reserve'::text, 'credit'::text, 'confirm'::text, 'release'::text, 'reverse'::text])))
);
ALTER TABLE psp.payment_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME psp.payment_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE psp.payment ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME psp.payment_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE psp.sent (
    sequence bigint NOT NULL,
    message_id text NOT NULL,
    uetr text NOT NULL,
    account text NOT NULL,
    amount numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    asset text NOT NULL,
    domestic boolean NOT NULL,
    booked boolean NOT NULL,
    state text NOT NULL,
    status text,
    reason text,
    text text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT sent_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'completed'::text, 'rejected'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE psp.sent_event (
    sequence bigint NOT NULL,
    message_id text NOT NULL,
    event text,
    status text NOT NULL,
    reason text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT sent_event_event_check CHECK ((event = ANY (ARRAY['complete'::text, 'reject'::text])))
);
ALTER TABLE psp.sent_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME psp.sent_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE psp.sent ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME psp.sent_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE remittance.case_event (
    sequence bigint NOT NULL,
    case_id text NOT NULL,
    act text NOT NULL,
    state text NOT NULL,
    by text NOT NULL,
    reason text,
    text text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE remittance.case_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME remittance.case_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE remittance.case_file (
    id text NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    cause text NOT NULL,
    uetr text NOT NULL,
    side text NOT NULL,
    opened_by text NOT NULL,
    assigned_to text,
    state text NOT NULL,
    text text,
    customer_id text,
    fault text,
    reason text,
    returned_by text,
    sent_currency text,
    sent numeric(38,0),
    arrived_currency text,
    arrived numeric(38,0),
    message_id text,
    by text,
    due_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    CONSTRAINT case_file_fault_check CHECK ((fault = ANY (ARRAY['source'::text, 'destination'::text]))),
    CONSTRAINT case_file_kind_check CHECK ((kind = ANY (ARRAY['investigation'::text, 'recall'::text, 'dispute'::text]))),
    CONSTRAINT case_file_side_check CHECK ((side = ANY (ARRAY['source'::text, 'destination'::text]))),
    CONSTRAINT case_file_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'opened'::text, 'accepted'::text, 'refused'::text, 'returned'::text, 'withdrawn'::text, 'expired'::text, 'closed'::text])))
)
WITH (fillfactor='70');
ALTER TABLE remittance.case_file ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME remittance.case_file_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE remittance.inbound (
    uetr text NOT NULL,
    sequence bigint NOT NULL,
    state text NOT NULL,
    account_id text,
    account_code text,
    currency text NOT NULL,
    interbank numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    credited numeric(38,0) NOT NULL,
    sender_name text NOT NULL,
    sender_account text NOT NULL,
    sender_bic text NOT NULL,
    sent_amount numeric(38,0) NOT NULL,
    sent_currency text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    message_id text NOT NULL,
    instructing_bic text NOT NULL,
    priority text NOT NULL,
    note text,
    paid_from text NOT NULL,
    hold_id text,
    reason text,
    confirmed boolean DEFAULT false NOT NULL,
    taken_back numeric(38,0),
    recorded_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT inbound_check CHECK (((taken_back >= (0)::numeric) AND (taken_back <= credited))),
    CONSTRAINT inbound_check1 CHECK (((state = 'reversed'::text) = (taken_back IS NOT NULL))),
    CONSTRAINT inbound_priority_check CHECK ((priority = ANY (ARRAY['NORM'::text, 'HIGH'::text]))),
    CONSTRAINT inbound_state_check CHECK ((state = ANY (ARRAY['received'::text, 'held'::text, 'credited'::text, 'blocked'::text, 'refused'::text, 'released'::text, 'reversed'::text])))
)
WITH (fillfactor='50');
ALTER TABLE remittance.inbound ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME remittance.inbound_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE remittance.instruction (
    remittance_id text NOT NULL,
    payee_check_id text NOT NULL,
    payee_name text NOT NULL,
    purpose text,
    note text,
    reference text,
    priority text NOT NULL,
    message_id text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT instruction_priority_check CHECK ((priority = ANY (ARRAY['NORM'::text, 'HIGH'::text])))
);

CREATE TABLE remittance.own_rate (
    base text CONSTRAINT reference_rate_base_not_null NOT NULL,
    quote text CONSTRAINT reference_rate_quote_not_null NOT NULL,
    value numeric(24,10) CONSTRAINT reference_rate_value_not_null NOT NULL,
    source text CONSTRAINT reference_rate_source_not_null NOT NULL,
    as_of timestamp with time zone CONSTRAINT reference_rate_as_of_not_null NOT NULL,
    recorded_at timestamp with time zone CONSTRAINT reference_rate_recorded_at_not_null NOT NULL,
    CONSTRAINT reference_rate_value_check CHECK ((value > (0)::numeric))
);

CREATE TABLE remittance.quote (
    id text NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    fixed text NOT NULL,
    source_country text NOT NULL,
    destination_country text NOT NULL,
    source_currency text NOT NULL,
    destination_currency text NOT NULL,
    total_debit numeric(38,0) NOT NULL,
    sender_fee numeric(38,0) NOT NULL,
    interbank_source numeric(38,0) NOT NULL,
    rate numeric(24,10) NOT NULL,
    interbank_destination numeric(38,0) NOT NULL,
    recipient_fee numeric(38,0) NOT NULL,
    received numeric(38,0) NOT NULL,
    mid_rate numeric(24,10) NOT NULL,
    mid_source text NOT NULL,
    mid_as_of timestamp with time zone NOT NULL,
    total_cost_percent numeric(8,2) NOT NULL,
    gateway_quote_id text,
    fxp_bic text NOT NULL,
    source_sap_bic text NOT NULL,
    source_sap_account text NOT NULL,
    destination_sap_bic text NOT NULL,
    destination_sap_account text NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT quote_check CHECK ((total_debit = (interbank_source + sender_fee))),
    CONSTRAINT quote_check1 CHECK ((interbank_destination = (received + recipient_fee))),
    CONSTRAINT quote_fixed_check CHECK ((fixed = ANY (ARRAY['source'::text, 'destination'::text]))),
    CONSTRAINT quote_interbank_destination_check CHECK ((interbank_destination > (0)::numeric)),
    CONSTRAINT quote_interbank_source_check CHECK ((interbank_source > (0)::numeric)),
    CONSTRAINT quote_rate_check CHECK ((rate > (0)::numeric)),
    CONSTRAINT quote_received_check CHECK ((received > (0)::numeric)),
    CONSTRAINT quote_recipient_fee_check CHECK ((recipient_fee >= (0)::numeric)),
    CONSTRAINT quote_sender_fee_check CHECK ((sender_fee >= (0)::numeric)),
    CONSTRAINT quote_total_debit_check CHECK ((total_debit > (0)::numeric))
);

CREATE TABLE remittance.reference_rate (
    base text NOT NULL,
    quote text NOT NULL,
    value numeric(24,10) NOT NULL,
    source text NOT NULL,
    as_of timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT reference_rate_value_check CHECK ((value > (0)::numeric))
);

CREATE TABLE remittance.remittance (
    id text NOT NULL,
    sequence bigint NOT NULL,
    quote_id text NOT NULL,
    customer_id text NOT NULL,
    state text NOT NULL,
    uetr text,
    hold_id text,
    reason text,
    reason_code text,
    rule text,
    citation text,
    resends integer DEFAULT 0 NOT NULL,
    accepted_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT remittance_state_check CHECK ((state = ANY (ARRAY['quoted'::text, 'in_review'::text, 'accepted'::text, 'submitted'::text, 'overdue'::text, 'completed'::text, 'rejected'::text, 'blocked'::text, 'refused'::text, 'expired'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05');
ALTER TABLE remittance.remittance ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME remittance.remittance_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE remittance.return (
    uetr text NOT NULL,
    sequence bigint NOT NULL,
    case_id text NOT NULL,
    original text NOT NULL,
    state text NOT NULL,
    fault text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    taken numeric(38,0) NOT NULL,
    borne numeric(38,0) NOT NULL,
    difference numeric(38,0) NOT NULL,
    fee numeric(38,0) NOT NULL,
    sent numeric(38,0) NOT NULL,
    arrives_currency text NOT NULL,
    arrives numeric(38,0) NOT NULL,
    recipient_fee numeric(38,0) NOT NULL,
    rate numeric(24,10) NOT NULL,
    quote_id text,
    paid_to text NOT NULL,
    abroad text,
    paid_abroad numeric(38,0),
    message_id text NOT NULL,
    by text NOT NULL,
    hold_id text,
    reason text,
    reason_code text,
    resends integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT return_arrives_check CHECK ((arrives > (0)::numeric)),
    CONSTRAINT return_borne_check CHECK ((borne >= (0)::numeric)),
    CONSTRAINT return_check CHECK ((((taken + borne) + difference) = (sent + fee))),
    CONSTRAINT return_check1 CHECK (((abroad IS NULL) = (paid_abroad IS NULL))),
    CONSTRAINT return_check2 CHECK (((hold_id IS NULL) = (taken = (0)::numeric))),
    CONSTRAINT return_difference_check CHECK ((difference >= (0)::numeric)),
    CONSTRAINT return_fault_check CHECK ((fault = ANY (ARRAY['source'::text, 'destination'::text]))),
    CONSTRAINT return_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT return_rate_check CHECK ((rate > (0)::numeric)),
    CONSTRAINT return_recipient_fee_check CHECK ((recipient_fee >= (0)::numeric)),
    CONSTRAINT return_sent_check CHECK ((sent > (0)::numeric)),
    CONSTRAINT return_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'overdue'::text, 'settled'::text, 'rejected'::text, 'blocked'::text]))),
    CONSTRAINT return_taken_check CHECK ((taken >= (0)::numeric))
)
WITH (fillfactor='70');
ALTER TABLE remittance.return ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME remittance.return_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE remittance.review (
    remittance_id text NOT NULL,
    sequence bigint NOT NULL,
    decision_id text NOT NULL,
    account_id text NOT NULL,
    payee text NOT NULL,
    grounds jsonb NOT NULL,
    state text NOT NULL,
    proposed_by text,
    decided_by text,
    used_by text,
    recorded_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT review_check CHECK (((state = 'waiting'::text) = (ended_at IS NULL))),
    CONSTRAINT review_check1 CHECK (((state = ANY (ARRAY['released'::text, 'refused'::text])) = (decided_by IS NOT NULL))),
    CONSTRAINT review_check2 CHECK (((decided_by IS NULL) = (proposed_by IS NULL))),
    CONSTRAINT review_check3 CHECK ((proposed_by <> decided_by)),
    CONSTRAINT review_check4 CHECK (((used_by IS NULL) OR (state = 'released'::text))),
    CONSTRAINT review_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'released'::text, 'refused'::text, 'lapsed'::text])))
)
WITH (fillfactor='70');
ALTER TABLE remittance.review ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME remittance.review_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sap.payment (
    uetr text NOT NULL,
    message_id text NOT NULL,
    sender text NOT NULL,
    side text NOT NULL,
    customer text NOT NULL,
    amount numeric(38,0) NOT NULL,
    asset text NOT NULL,
    state text NOT NULL,
    reason text,
    text text,
    recorded_at timestamp with time zone NOT NULL,
    remind_at timestamp with time zone,
    CONSTRAINT payment_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT payment_check CHECK (((state = 'rejected'::text) = (reason IS NOT NULL))),
    CONSTRAINT payment_side_check CHECK ((side = ANY (ARRAY['source'::text, 'destination'::text]))),
    CONSTRAINT payment_state_check CHECK ((state = ANY (ARRAY['received'::text, 'reserved'::text, 'settled'::text, 'rejected'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE sap.payment_event (
    sequence bigint NOT NULL,
    uetr text NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    reason text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_event_event_check CHECK ((event = ANY (ARRAY['refuse'::text, 'reserve'::text, 'settle'::text, 'reject'::text])))
);
ALTER TABLE sap.payment_event ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sap.payment_event_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE supervision.complaint (
    day date NOT NULL,
    kind text NOT NULL,
    origin text NOT NULL,
    opened bigint NOT NULL,
    closed bigint NOT NULL,
    CONSTRAINT complaint_closed_check CHECK ((closed >= 0)),
    CONSTRAINT complaint_opened_check CHECK ((opened >= 0)),
    CONSTRAINT complaint_origin_check CHECK ((origin = ANY (ARRAY['customer'::text, 'institution'::text])))
);

CREATE TABLE supervision.document (
    issuer text NOT NULL,
    day date NOT NULL,
    revision integer NOT NULL,
    jurisdiction text NOT NULL,
    complete boolean NOT NULL,
    message_id text NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,
    body bytea NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT document_revision_check CHECK ((revision > 0)),
    CONSTRAINT document_signature_check CHECK ((length(signature) = 64))
);

CREATE TABLE supervision.elapsed (
    day date NOT NULL,
    way text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    source_currency text NOT NULL,
    destination_currency text NOT NULL,
    rail text NOT NULL,
    bucket integer NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT elapsed_bucket_check CHECK ((bucket >= 0)),
    CONSTRAINT elapsed_count_check CHECK ((count > 0))
);

CREATE TABLE supervision.issuer_key (
    sequence bigint NOT NULL,
    issuer text NOT NULL,
    key_id text NOT NULL,
    public_key bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT issuer_key_public_key_check CHECK ((length(public_key) = 32))
);
ALTER TABLE supervision.issuer_key ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME supervision.issuer_key_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE supervision.outcome (
    day date NOT NULL,
    way text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    source_currency text NOT NULL,
    destination_currency text NOT NULL,
    rail text NOT NULL,
    outcome text NOT NULL,
    count bigint NOT NULL,
    sent numeric(38,0) NOT NULL,
    received numeric(38,0) NOT NULL,
    fees numeric(44,6) NOT NULL,
    margin numeric(44,6) NOT NULL,
    CONSTRAINT outcome_count_check CHECK ((count > 0)),
    CONSTRAINT outcome_outcome_check CHECK ((outcome = ANY (ARRAY['completed'::text, 'rejected'::text, 'refused'::text, 'held'::text, 'overdue'::text, 'blocked'::text, 'returned'::text]))),
    CONSTRAINT outcome_way_check CHECK ((way = ANY (ARRAY['out'::text, 'in'::text])))
);

CREATE TABLE supervision.progress (
    source text NOT NULL,
    "position" bigint NOT NULL
);

CREATE TABLE triggers.held (
    sequence bigint NOT NULL,
    id text NOT NULL,
    peer text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    uetr text,
    raw bytea NOT NULL,
    due_at timestamp with time zone NOT NULL
);
ALTER TABLE triggers.held ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME triggers.held_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE triggers.removal (
    trigger_id text NOT NULL,
    removed_by text NOT NULL,
    removed_at timestamp with time zone NOT NULL
);

CREATE TABLE triggers.strike (
    sequence bigint NOT NULL,
    trigger_id text NOT NULL,
    peer text NOT NULL,
    key text NOT NULL,
    uetr text,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE triggers.strike ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME triggers.strike_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE triggers.trigger (
    sequence bigint NOT NULL,
    id text NOT NULL,
    effect text NOT NULL,
    message text,
    fields jsonb NOT NULL,
    direction text NOT NULL,
    code text,
    seconds integer,
    repeats integer,
    times integer,
    set_by text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    CONSTRAINT trigger_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT trigger_effect_check CHECK ((effect = ANY (ARRAY['reject'::text, 'delay'::text, 'repeat'::text, 'lose'::text, 'halt'::text]))),
    CONSTRAINT trigger_repeats_check CHECK ((repeats > 0)),
    CONSTRAINT trigger_seconds_check CHECK ((seconds > 0)),
    CONSTRAINT trigger_times_check CHECK ((times > 0))
);
ALTER TABLE triggers.trigger ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME triggers.trigger_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ussd.session (
    gateway text NOT NULL,
    id text NOT NULL,
    phone text NOT NULL,
    turns integer NOT NULL,
    state text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT session_check CHECK ((expires_at > opened_at)),
    CONSTRAINT session_turns_check CHECK ((turns >= 0))
);

CREATE TABLE ussd.speaker (
    phone text NOT NULL,
    language text NOT NULL,
    CONSTRAINT speaker_language_check CHECK ((language = ANY (ARRAY['en'::text, 'ms'::text, 'ur'::text, 'fr'::text])))
);

CREATE TABLE wallet.beneficiary (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    state text NOT NULL,
    payee_check_id text NOT NULL,
    country text NOT NULL,
    address_type text NOT NULL,
    address text NOT NULL,
    agent_bic text,
    name text,
    asked_name text,
    nickname text,
    saved_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    removed_at timestamp with time zone,
    CONSTRAINT beneficiary_check CHECK (((state = 'removed'::text) = (removed_at IS NOT NULL))),
    CONSTRAINT beneficiary_state_check CHECK ((state = ANY (ARRAY['saved'::text, 'removed'::text])))
)
WITH (fillfactor='70');
ALTER TABLE wallet.beneficiary ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME wallet.beneficiary_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE wallet.money_request (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    asker_shown text NOT NULL,
    payer_id text NOT NULL,
    payer_check_id text NOT NULL,
    payer_shown text NOT NULL,
    state text NOT NULL,
    amount numeric(38,0) NOT NULL,
    currency text NOT NULL,
    note text,
    split_id text,
    transfer_id text,
    expires_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT money_request_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT money_request_check CHECK ((customer_id <> payer_id)),
    CONSTRAINT money_request_check1 CHECK (((state = 'paid'::text) = (transfer_id IS NOT NULL))),
    CONSTRAINT money_request_check2 CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT money_request_state_check CHECK ((state = ANY (ARRAY['open'::text, 'paid'::text, 'declined'::text, 'cancelled'::text, 'expired'::text])))
)
WITH (fillfactor='70');
ALTER TABLE wallet.money_request ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME wallet.money_request_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE wallet.notice_read (
    customer_id text NOT NULL,
    up_to bigint NOT NULL,
    read_at timestamp with time zone NOT NULL,
    CONSTRAINT notice_read_up_to_check CHECK ((up_to >= 0))
)
WITH (fillfactor='70');

CREATE TABLE wallet.pot (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    state text NOT NULL,
    ledger_code text NOT NULL,
    account_code text NOT NULL,
    currency text NOT NULL,
    name text NOT NULL,
    goal numeric(38,0),
    goal_on date,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT pot_check CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT pot_goal_check CHECK ((goal > (0)::numeric)),
    CONSTRAINT pot_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
)
WITH (fillfactor='70');
ALTER TABLE wallet.pot ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME wallet.pot_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE wallet.run (
    id text NOT NULL,
    schedule_id text NOT NULL,
    state text NOT NULL,
    due_on date NOT NULL,
    check_id text NOT NULL,
    payment_id text,
    reason text,
    rule text,
    citation text,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT run_check CHECK (((state = 'placed'::text) = (payment_id IS NOT NULL))),
    CONSTRAINT run_check1 CHECK (((state = 'refused'::text) = (reason IS NOT NULL))),
    CONSTRAINT run_state_check CHECK ((state = ANY (ARRAY['checking'::text, 'quoting'::text, 'placed'::text, 'refused'::text])))
)
WITH (fillfactor='70');

CREATE TABLE wallet.schedule (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    beneficiary_id text NOT NULL,
    state text NOT NULL,
    amount numeric(38,0) NOT NULL,
    currency text NOT NULL,
    fixed text NOT NULL,
    ceiling numeric(38,0) NOT NULL,
    ceiling_currency text NOT NULL,
    rhythm text NOT NULL,
    first_on date NOT NULL,
    ends_on date,
    purpose text,
    note text,
    reference text,
    next_on date,
    reminded_on date,
    planned_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT schedule_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT schedule_ceiling_check CHECK ((ceiling > (0)::numeric)),
    CONSTRAINT schedule_check CHECK ((ends_on >= first_on)),
    CONSTRAINT schedule_check1 CHECK (((state = 'active'::text) = (ended_at IS NULL))),
    CONSTRAINT schedule_check2 CHECK (((state = 'active'::text) = (next_on IS NOT NULL))),
    CONSTRAINT schedule_fixed_check CHECK ((fixed = ANY (ARRAY['source'::text, 'destination'::text]))),
    CONSTRAINT schedule_rhythm_check CHECK ((rhythm = ANY (ARRAY['once'::text, 'monthly'::text]))),
    CONSTRAINT schedule_state_check CHECK ((state = ANY (ARRAY['active'::text, 'ended'::text, 'cancelled'::text])))
)
WITH (fillfactor='70');
ALTER TABLE wallet.schedule ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME wallet.schedule_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE wallet.split (
    id text NOT NULL,
    sequence bigint NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    total numeric(38,0) NOT NULL,
    own numeric(38,0) NOT NULL,
    currency text NOT NULL,
    note text,
    expires_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT split_check CHECK ((own < total)),
    CONSTRAINT split_own_check CHECK ((own >= (0)::numeric)),
    CONSTRAINT split_total_check CHECK ((total > (0)::numeric))
);
ALTER TABLE wallet.split ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME wallet.split_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE wallet.use (
    payee_check_id text NOT NULL,
    beneficiary_id text NOT NULL,
    used_at timestamp with time zone NOT NULL
);

CREATE TABLE web.session (
    digest bytea NOT NULL,
    site text NOT NULL,
    principal_id text NOT NULL,
    credential text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT session_check CHECK ((seen_at >= opened_at)),
    CONSTRAINT session_check1 CHECK ((expires_at > opened_at)),
    CONSTRAINT session_digest_check CHECK ((length(digest) = 32))
);

CREATE TABLE webhooks.delivery (
    id text NOT NULL,
    sequence bigint NOT NULL,
    endpoint_id text NOT NULL,
    webhook_id text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    tried_at timestamp with time zone,
    status integer,
    error text,
    answer text,
    recorded_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT delivery_answer_check CHECK ((octet_length(answer) <= 4096)),
    CONSTRAINT delivery_check CHECK (((state = 'pending'::text) = (finished_at IS NULL))),
    CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'lapsed'::text, 'cancelled'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');
ALTER TABLE webhooks.delivery ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhooks.delivery_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE webhooks.endpoint (
    id text NOT NULL,
    sequence bigint NOT NULL,
    principal_id text NOT NULL,
    customer_id text,
    url text NOT NULL,
    event_types text[] NOT NULL,
    description text NOT NULL,
    state text NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_until timestamp with time zone,
    started_after bigint NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    rest_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT endpoint_check CHECK (((previous_secret IS NULL) = (previous_until IS NULL))),
    CONSTRAINT endpoint_check1 CHECK (((failures = 0) = (failing_since IS NULL))),
    CONSTRAINT endpoint_event_types_check CHECK ((cardinality(event_types) > 0)),
    CONSTRAINT endpoint_state_check CHECK ((state = ANY (ARRAY['enabled'::text, 'disabled'::text, 'failed'::text, 'deleted'::text])))
)
WITH (fillfactor='50');
ALTER TABLE webhooks.endpoint ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhooks.endpoint_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE webhooks."position" (
    one boolean NOT NULL,
    sequence bigint NOT NULL,
    CONSTRAINT position_one_check CHECK (one)
)
WITH (fillfactor='50');
ALTER TABLE ONLY access.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY access.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY access.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (principal_id, thumbprint);
ALTER TABLE ONLY access.principal
    ADD CONSTRAINT principal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY access.proposal_event
    ADD CONSTRAINT proposal_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY access.proposal
    ADD CONSTRAINT proposal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY agents.agent
    ADD CONSTRAINT agent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY agents.agent
    ADD CONSTRAINT agent_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY agents.cash_order
    ADD CONSTRAINT cash_order_pkey PRIMARY KEY (id);
ALTER TABLE ONLY agents.cash_order
    ADD CONSTRAINT cash_order_reference_key UNIQUE (reference);
ALTER TABLE ONLY agents.cash_order
    ADD CONSTRAINT cash_order_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY agents.miss
    ADD CONSTRAINT miss_pkey PRIMARY KEY (id);
ALTER TABLE ONLY agents.receipt
    ADD CONSTRAINT receipt_order_id_key UNIQUE (order_id);
ALTER TABLE ONLY agents.receipt
    ADD CONSTRAINT receipt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY agents.receipt
    ADD CONSTRAINT receipt_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY credentials.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (whose);
ALTER TABLE ONLY credentials.challenge
    ADD CONSTRAINT challenge_pkey PRIMARY KEY (id);
ALTER TABLE ONLY credentials.confirmation
    ADD CONSTRAINT confirmation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY credentials.holder
    ADD CONSTRAINT holder_alias_key UNIQUE (alias);
ALTER TABLE ONLY credentials.holder
    ADD CONSTRAINT holder_pkey PRIMARY KEY (principal_id);
ALTER TABLE ONLY credentials.known_payee
    ADD CONSTRAINT known_payee_pkey PRIMARY KEY (principal_id, payee);
ALTER TABLE ONLY credentials.passkey
    ADD CONSTRAINT passkey_handle_key UNIQUE (handle);
ALTER TABLE ONLY credentials.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY credentials.pin
    ADD CONSTRAINT pin_pkey PRIMARY KEY (id);
ALTER TABLE ONLY db.deadline
    ADD CONSTRAINT deadline_pkey PRIMARY KEY (kind, subject);
ALTER TABLE ONLY db.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY db.fanout
    ADD CONSTRAINT fanout_pkey PRIMARY KEY (stream);
ALTER TABLE ONLY db.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (sender, key);
ALTER TABLE ONLY db.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY db.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (package, name);
ALTER TABLE ONLY db.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY db.refusal
    ADD CONSTRAINT refusal_pkey PRIMARY KEY (sender, key, digest);
ALTER TABLE ONLY db.sent
    ADD CONSTRAINT sent_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY db.writer
    ADD CONSTRAINT writer_pkey PRIMARY KEY (one);
ALTER TABLE ONLY desk.case_event
    ADD CONSTRAINT case_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY desk.case_file
    ADD CONSTRAINT case_file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY desk.case_file
    ADD CONSTRAINT case_file_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY disputes.dispute
    ADD CONSTRAINT dispute_number_key UNIQUE (number);
ALTER TABLE ONLY disputes.dispute
    ADD CONSTRAINT dispute_pkey PRIMARY KEY (id);
ALTER TABLE ONLY disputes.dispute
    ADD CONSTRAINT dispute_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY disputes.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY disputes.file
    ADD CONSTRAINT file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY disputes.number
    ADD CONSTRAINT number_pkey PRIMARY KEY (year);
ALTER TABLE ONLY domestic.arrival
    ADD CONSTRAINT arrival_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.arrival
    ADD CONSTRAINT arrival_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY domestic.arrival
    ADD CONSTRAINT arrival_uetr_kind_key UNIQUE (uetr, kind);
ALTER TABLE ONLY domestic.demand
    ADD CONSTRAINT demand_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.demand
    ADD CONSTRAINT demand_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY domestic.own_account
    ADD CONSTRAINT own_account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.own_account
    ADD CONSTRAINT own_account_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY domestic.recall
    ADD CONSTRAINT recall_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY domestic.recall
    ADD CONSTRAINT recall_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.recall
    ADD CONSTRAINT recall_transfer_id_key UNIQUE (transfer_id);
ALTER TABLE ONLY domestic.request
    ADD CONSTRAINT request_end_to_end_id_key UNIQUE (end_to_end_id);
ALTER TABLE ONLY domestic.request
    ADD CONSTRAINT request_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY domestic.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.request
    ADD CONSTRAINT request_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY domestic.return
    ADD CONSTRAINT return_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.return
    ADD CONSTRAINT return_return_message_id_key UNIQUE (return_message_id);
ALTER TABLE ONLY domestic.return
    ADD CONSTRAINT return_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY domestic.transfer
    ADD CONSTRAINT transfer_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY domestic.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY domestic.transfer
    ADD CONSTRAINT transfer_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY domestic.transfer
    ADD CONSTRAINT transfer_uetr_key UNIQUE (uetr);
ALTER TABLE ONLY edge.answer
    ADD CONSTRAINT answer_pkey PRIMARY KEY (principal_id, key);
ALTER TABLE ONLY edge.turn
    ADD CONSTRAINT turn_pkey PRIMARY KEY (principal_id, key);
ALTER TABLE ONLY fxp.exchange
    ADD CONSTRAINT exchange_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY fxp.rate
    ADD CONSTRAINT rate_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fxp.rate
    ADD CONSTRAINT rate_source_destination_tick_key UNIQUE (source, destination, tick);
ALTER TABLE ONLY gateway.payment_event
    ADD CONSTRAINT payment_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY gateway.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY gateway.quote
    ADD CONSTRAINT quote_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway.rate
    ADD CONSTRAINT rate_id_key UNIQUE (id);
ALTER TABLE ONLY gateway.rate
    ADD CONSTRAINT rate_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY gateway.rate_withdrawal
    ADD CONSTRAINT rate_withdrawal_pkey PRIMARY KEY (rate_id);
ALTER TABLE ONLY gateway.reference
    ADD CONSTRAINT reference_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY gateway.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (ips, begins_at);
ALTER TABLE ONLY gateway.resolution
    ADD CONSTRAINT resolution_pkey PRIMARY KEY (first_agent, message_id);
ALTER TABLE ONLY ips.alias_event
    ADD CONSTRAINT alias_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY ips.alias
    ADD CONSTRAINT alias_pkey PRIMARY KEY (proxy_type, proxy_value);
ALTER TABLE ONLY ips.cycle
    ADD CONSTRAINT cycle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ips.cycle_position
    ADD CONSTRAINT cycle_position_pkey PRIMARY KEY (cycle_id, role);
ALTER TABLE ONLY ips.lookup
    ADD CONSTRAINT lookup_pkey PRIMARY KEY (creator_id, window_at);
ALTER TABLE ONLY ips.onward
    ADD CONSTRAINT onward_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY ips.payment_event
    ADD CONSTRAINT payment_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY ips.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY ips.payment_return
    ADD CONSTRAINT payment_return_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY ips.recall
    ADD CONSTRAINT recall_pkey PRIMARY KEY (uetr, cancellation_id);
ALTER TABLE ONLY ips.request_event
    ADD CONSTRAINT request_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY ips.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (creditor_bic, request_id);
ALTER TABLE ONLY ips.resolution
    ADD CONSTRAINT resolution_pkey PRIMARY KEY (first_agent, message_id);
ALTER TABLE ONLY ips.suspension_event
    ADD CONSTRAINT suspension_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY ips.suspension
    ADD CONSTRAINT suspension_pkey PRIMARY KEY (role);
ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_code_key UNIQUE (code);
ALTER TABLE ONLY ledger.account_event
    ADD CONSTRAINT account_event_pkey PRIMARY KEY (batch, item);
ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ledger.asset
    ADD CONSTRAINT asset_pkey PRIMARY KEY (code);
ALTER TABLE ONLY ledger.batch
    ADD CONSTRAINT batch_pkey PRIMARY KEY (number);
ALTER TABLE ONLY ledger.book
    ADD CONSTRAINT book_pkey PRIMARY KEY (one);
ALTER TABLE ONLY ledger.entered
    ADD CONSTRAINT entered_pkey PRIMARY KEY (one);
ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (account_id, sequence);
ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ledger.refused
    ADD CONSTRAINT refused_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ledger.seal
    ADD CONSTRAINT seal_pkey PRIMARY KEY (number);
ALTER TABLE ONLY ledger.transfer
    ADD CONSTRAINT transfer_id_key UNIQUE (id);
ALTER TABLE ONLY ledger.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY onboarding.application_event
    ADD CONSTRAINT application_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY onboarding.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY onboarding.code
    ADD CONSTRAINT code_pkey PRIMARY KEY (id);
ALTER TABLE ONLY onboarding.simulated_sms
    ADD CONSTRAINT simulated_sms_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY parties.account
    ADD CONSTRAINT account_ledger_code_key UNIQUE (ledger_code);
ALTER TABLE ONLY parties.account
    ADD CONSTRAINT account_number_key UNIQUE (number);
ALTER TABLE ONLY parties.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY parties.alias
    ADD CONSTRAINT alias_pkey PRIMARY KEY (id);
ALTER TABLE ONLY parties.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY parties.former_place
    ADD CONSTRAINT former_place_ledger_code_key UNIQUE (ledger_code);
ALTER TABLE ONLY parties.former_place
    ADD CONSTRAINT former_place_pkey PRIMARY KEY (account_id, left_at);
ALTER TABLE ONLY parties.institution
    ADD CONSTRAINT institution_bic_key UNIQUE (bic);
ALTER TABLE ONLY parties.institution
    ADD CONSTRAINT institution_lei_key UNIQUE (lei);
ALTER TABLE ONLY parties.institution
    ADD CONSTRAINT institution_pkey PRIMARY KEY (role);
ALTER TABLE ONLY payees.payee_check
    ADD CONSTRAINT payee_check_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY payees.payee_check
    ADD CONSTRAINT payee_check_pkey PRIMARY KEY (id);
ALTER TABLE ONLY policy.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY policy.rulebook
    ADD CONSTRAINT rulebook_pkey PRIMARY KEY (version);
ALTER TABLE ONLY psp.account_change
    ADD CONSTRAINT account_change_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY psp.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (number);
ALTER TABLE ONLY psp.asked
    ADD CONSTRAINT asked_pkey PRIMARY KEY (first_agent, message_id);
ALTER TABLE ONLY psp.enquiry
    ADD CONSTRAINT enquiry_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY psp.enquiry
    ADD CONSTRAINT enquiry_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY psp.payment_event
    ADD CONSTRAINT payment_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY psp.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY psp.payment
    ADD CONSTRAINT payment_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY psp.sent_event
    ADD CONSTRAINT sent_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY psp.sent
    ADD CONSTRAINT sent_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY psp.sent
    ADD CONSTRAINT sent_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY remittance.case_event
    ADD CONSTRAINT case_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY remittance.case_file
    ADD CONSTRAINT case_file_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY remittance.case_file
    ADD CONSTRAINT case_file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY remittance.case_file
    ADD CONSTRAINT case_file_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY remittance.inbound
    ADD CONSTRAINT inbound_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY remittance.inbound
    ADD CONSTRAINT inbound_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY remittance.instruction
    ADD CONSTRAINT instruction_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY remittance.instruction
    ADD CONSTRAINT instruction_pkey PRIMARY KEY (remittance_id);
ALTER TABLE ONLY remittance.own_rate
    ADD CONSTRAINT own_rate_pkey PRIMARY KEY (base, quote, as_of, source);
ALTER TABLE ONLY remittance.quote
    ADD CONSTRAINT quote_pkey PRIMARY KEY (id);
ALTER TABLE ONLY remittance.reference_rate
    ADD CONSTRAINT reference_rate_pkey PRIMARY KEY (base, quote, as_of, source);
ALTER TABLE ONLY remittance.remittance
    ADD CONSTRAINT remittance_pkey PRIMARY KEY (id);
ALTER TABLE ONLY remittance.remittance
    ADD CONSTRAINT remittance_quote_id_key UNIQUE (quote_id);
ALTER TABLE ONLY remittance.remittance
    ADD CONSTRAINT remittance_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY remittance.remittance
    ADD CONSTRAINT remittance_uetr_key UNIQUE (uetr);
ALTER TABLE ONLY remittance.return
    ADD CONSTRAINT return_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY remittance.return
    ADD CONSTRAINT return_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY remittance.return
    ADD CONSTRAINT return_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY remittance.review
    ADD CONSTRAINT review_pkey PRIMARY KEY (remittance_id);
ALTER TABLE ONLY remittance.review
    ADD CONSTRAINT review_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY remittance.review
    ADD CONSTRAINT review_used_by_key UNIQUE (used_by);
ALTER TABLE ONLY sap.payment_event
    ADD CONSTRAINT payment_event_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY sap.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (uetr);
ALTER TABLE ONLY supervision.complaint
    ADD CONSTRAINT complaint_pkey PRIMARY KEY (day, kind, origin);
ALTER TABLE ONLY supervision.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (issuer, day, revision);
ALTER TABLE ONLY supervision.elapsed
    ADD CONSTRAINT elapsed_pkey PRIMARY KEY (day, way, source, destination, source_currency, destination_currency, rail, bucket);
ALTER TABLE ONLY supervision.issuer_key
    ADD CONSTRAINT issuer_key_issuer_key_id_key UNIQUE (issuer, key_id);
ALTER TABLE ONLY supervision.issuer_key
    ADD CONSTRAINT issuer_key_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY supervision.outcome
    ADD CONSTRAINT outcome_pkey PRIMARY KEY (day, way, source, destination, source_currency, destination_currency, rail, outcome);
ALTER TABLE ONLY supervision.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (source);
ALTER TABLE ONLY triggers.held
    ADD CONSTRAINT held_id_key UNIQUE (id);
ALTER TABLE ONLY triggers.held
    ADD CONSTRAINT held_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY triggers.removal
    ADD CONSTRAINT removal_pkey PRIMARY KEY (trigger_id);
ALTER TABLE ONLY triggers.strike
    ADD CONSTRAINT strike_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY triggers.trigger
    ADD CONSTRAINT trigger_pkey PRIMARY KEY (id);
ALTER TABLE ONLY triggers.trigger
    ADD CONSTRAINT trigger_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY ussd.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (gateway, id);
ALTER TABLE ONLY ussd.speaker
    ADD CONSTRAINT speaker_pkey PRIMARY KEY (phone);
ALTER TABLE ONLY wallet.beneficiary
    ADD CONSTRAINT beneficiary_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wallet.beneficiary
    ADD CONSTRAINT beneficiary_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY wallet.money_request
    ADD CONSTRAINT money_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wallet.money_request
    ADD CONSTRAINT money_request_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY wallet.money_request
    ADD CONSTRAINT money_request_transfer_id_key UNIQUE (transfer_id);
ALTER TABLE ONLY wallet.notice_read
    ADD CONSTRAINT notice_read_pkey PRIMARY KEY (customer_id);
ALTER TABLE ONLY wallet.pot
    ADD CONSTRAINT pot_ledger_code_key UNIQUE (ledger_code);
ALTER TABLE ONLY wallet.pot
    ADD CONSTRAINT pot_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wallet.pot
    ADD CONSTRAINT pot_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY wallet.run
    ADD CONSTRAINT run_check_id_key UNIQUE (check_id);
ALTER TABLE ONLY wallet.run
    ADD CONSTRAINT run_payment_id_key UNIQUE (payment_id);
ALTER TABLE ONLY wallet.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wallet.run
    ADD CONSTRAINT run_schedule_id_due_on_key UNIQUE (schedule_id, due_on);
ALTER TABLE ONLY wallet.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wallet.schedule
    ADD CONSTRAINT schedule_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY wallet.split
    ADD CONSTRAINT split_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wallet.split
    ADD CONSTRAINT split_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY wallet.use
    ADD CONSTRAINT use_pkey PRIMARY KEY (payee_check_id);
ALTER TABLE ONLY web.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY webhooks.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY webhooks.delivery
    ADD CONSTRAINT delivery_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_pkey PRIMARY KEY (id);
ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY webhooks."position"
    ADD CONSTRAINT position_pkey PRIMARY KEY (one);
CREATE INDEX api_key_newest ON access.api_key USING btree (issued_at, id);
CREATE INDEX api_key_of_principal ON access.api_key USING btree (principal_id, issued_at, id);
CREATE INDEX audit_entry_target ON access.audit_entry USING btree (target, sequence);
CREATE INDEX principal_subject ON access.principal USING btree (subject, id) WHERE (subject IS NOT NULL);
CREATE INDEX proposal_pending ON access.proposal USING btree (expires_at) WHERE (state = 'pending'::text);
CREATE INDEX cash_order_of_customer ON agents.cash_order USING btree (customer_id, sequence);
CREATE INDEX receipt_of_agent ON agents.receipt USING btree (agent_id, sequence);
CREATE INDEX receipt_of_customer ON agents.receipt USING btree (customer_id, sequence);
CREATE INDEX receipt_of_person ON agents.receipt USING btree (person, recorded_at);
CREATE INDEX attempt_last ON credentials.attempt USING btree (last_at);
CREATE INDEX challenge_expiry ON credentials.challenge USING btree (expires_at);
CREATE INDEX confirmation_open ON credentials.confirmation USING btree (expires_at) WHERE (ended_at IS NULL);
CREATE INDEX passkey_of_principal ON credentials.passkey USING btree (principal_id, registered_at, id);
CREATE UNIQUE INDEX pin_in_force ON credentials.pin USING btree (principal_id) WHERE (replaced_at IS NULL);
CREATE INDEX deadline_due ON db.deadline USING btree (kind, due_at);
CREATE INDEX event_subject ON db.event USING btree (subject, sequence);
CREATE INDEX inbox_recorded ON db.inbox USING btree (recorded_at, sender, key);
CREATE INDEX inbox_uetr ON db.inbox USING btree (uetr) WHERE (uetr IS NOT NULL);
CREATE INDEX job_due ON db.job USING btree (due_at);
CREATE INDEX sent_key ON db.sent USING btree (key) WHERE (uetr IS NULL);
CREATE INDEX sent_uetr ON db.sent USING btree (uetr) WHERE (uetr IS NOT NULL);
CREATE INDEX case_event_of_case ON desk.case_event USING btree (case_id, sequence);
CREATE INDEX case_file_assigned ON desk.case_file USING btree (assigned_to, sequence);
CREATE INDEX case_file_escalated ON desk.case_file USING btree (sequence) WHERE (escalated_at IS NOT NULL);
CREATE INDEX case_file_open ON desk.case_file USING btree (uetr, kind, opened_by) WHERE (state = ANY (ARRAY['opened'::text, 'accepted'::text]));
CREATE INDEX case_file_opened_by ON desk.case_file USING btree (opened_by, sequence);
CREATE INDEX dispute_of_customer ON disputes.dispute USING btree (customer_id, sequence);
CREATE UNIQUE INDEX dispute_once ON disputes.dispute USING btree (customer_id, payment_id) WHERE (due_at IS NOT NULL);
CREATE INDEX dispute_queue ON disputes.dispute USING btree (COALESCE(due_at, 'infinity'::timestamp with time zone), sequence);
CREATE INDEX entry_of_dispute ON disputes.entry USING btree (dispute_id, sequence);
CREATE INDEX file_of_dispute ON disputes.file USING btree (dispute_id, sequence);
CREATE INDEX arrival_of_account ON domestic.arrival USING btree (account_id, sequence);
CREATE INDEX demand_of_customer ON domestic.demand USING btree (customer_id, sequence);
CREATE INDEX own_account_of_customer ON domestic.own_account USING btree (customer_id, sequence);
CREATE INDEX request_of_customer ON domestic.request USING btree (customer_id, sequence);
CREATE INDEX return_of_payment ON domestic.return USING btree (uetr);
CREATE INDEX return_waiting ON domestic.return USING btree (sequence) WHERE (state = ANY (ARRAY['open'::text, 'overdue'::text]));
CREATE INDEX transfer_of_customer ON domestic.transfer USING btree (customer_id, sequence);
CREATE INDEX answer_recorded ON edge.answer USING btree (recorded_at);
CREATE INDEX turn_lease ON edge.turn USING btree (lease_until);
CREATE INDEX payment_event_final ON gateway.payment_event USING btree (occurred_at, sequence) WHERE (state = ANY (ARRAY['completed'::text, 'rejected'::text, 'blocked'::text]));
CREATE INDEX payment_event_uetr ON gateway.payment_event USING btree (uetr);
CREATE UNIQUE INDEX payment_quote ON gateway.payment USING btree (quote_id) WHERE (quote_id IS NOT NULL);
CREATE INDEX rate_newest ON gateway.rate USING btree (fxp, source, destination, sequence);
CREATE INDEX reference_newest ON gateway.reference USING btree (kind, key, applies_at DESC, sequence DESC);
CREATE INDEX report_unsent ON gateway.report USING btree (begins_at, ips) WHERE (sent < pages);
CREATE INDEX alias_event_proxy ON ips.alias_event USING btree (proxy_type, proxy_value);
CREATE INDEX payment_due ON ips.payment USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX payment_event_uetr ON ips.payment_event USING btree (uetr);
CREATE INDEX payment_recorded ON ips.payment USING btree (recorded_at, uetr);
CREATE INDEX request_due ON ips.request USING btree (expires_at) WHERE (state = ANY (ARRAY['asked'::text, 'shown'::text, 'accepted'::text]));
CREATE INDEX request_end_to_end ON ips.request USING btree (end_to_end_id, creditor_bic);
CREATE INDEX account_event_account ON ledger.account_event USING btree (account_id, batch);
CREATE INDEX account_head ON ledger.account USING btree (split_part(code, '/'::text, 1), id);
CREATE INDEX account_own ON ledger.account USING btree (id) WHERE ((class)::text <> 'e_money'::text);
CREATE INDEX batch_recorded ON ledger.batch USING btree (recorded_at, number);
CREATE INDEX hold_credit ON ledger.hold USING btree (credit_id);
CREATE INDEX hold_debit ON ledger.hold USING btree (debit_id);
CREATE INDEX hold_due ON ledger.hold USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX refused_batch ON ledger.refused USING btree (batch);
CREATE INDEX transfer_hold ON ledger.transfer USING btree (hold_id) WHERE (hold_id IS NOT NULL);
CREATE INDEX application_customer ON onboarding.application USING btree (customer_id, changed_at);
CREATE INDEX application_event_of ON onboarding.application_event USING btree (application_id, sequence);
CREATE INDEX application_expiry ON onboarding.application USING btree (expires_at) WHERE (state = ANY (ARRAY['filling'::text, 'in_review'::text, 'refused'::text]));
CREATE UNIQUE INDEX application_running ON onboarding.application USING btree (phone) WHERE (state = ANY (ARRAY['filling'::text, 'in_review'::text, 'refused'::text]));
CREATE INDEX application_waiting ON onboarding.application USING btree (changed_at, id) WHERE (state = 'in_review'::text);
CREATE INDEX code_expiry ON onboarding.code USING btree (expires_at);
CREATE INDEX simulated_sms_phone ON onboarding.simulated_sms USING btree (phone, sequence);
CREATE INDEX account_customer ON parties.account USING btree (customer_id, recorded_at, id);
CREATE INDEX alias_account ON parties.alias USING btree (account_id) WHERE (released_at IS NULL);
CREATE UNIQUE INDEX alias_owner ON parties.alias USING btree (type, value) WHERE (released_at IS NULL);
CREATE INDEX customer_identity ON parties.customer USING btree (identity_type, identity_value);
CREATE INDEX customer_names ON parties.customer USING gin (to_tsvector('simple'::regconfig, ((((legal_name || ' '::text) || display_name) || ' '::text) || rails_name)));
CREATE INDEX customer_newest ON parties.customer USING btree (recorded_at, id);
CREATE INDEX decision_subject ON policy.decision USING btree (subject, recorded_at, id);
CREATE INDEX account_change_number ON psp.account_change USING btree (number);
CREATE INDEX asked_request ON psp.asked USING btree (first_agent, creator_id, request_id);
CREATE INDEX payment_account ON psp.payment USING btree (account);
CREATE INDEX payment_event_uetr ON psp.payment_event USING btree (uetr);
CREATE INDEX sent_event_message_id ON psp.sent_event USING btree (message_id);
CREATE INDEX sent_uetr ON psp.sent USING btree (uetr);
CREATE INDEX case_event_of_case ON remittance.case_event USING btree (case_id, sequence);
CREATE INDEX case_file_of_customer ON remittance.case_file USING btree (customer_id, sequence) WHERE (customer_id IS NOT NULL);
CREATE INDEX case_file_of_payment ON remittance.case_file USING btree (uetr, sequence);
CREATE INDEX case_file_open ON remittance.case_file USING btree (sequence) WHERE (state = ANY (ARRAY['requested'::text, 'opened'::text, 'accepted'::text]));
CREATE INDEX inbound_finished ON remittance.inbound USING brin (finished_at) WITH (pages_per_range='32');
CREATE INDEX inbound_held ON remittance.inbound USING btree (sequence) WHERE (state = 'held'::text);
CREATE INDEX inbound_of_account ON remittance.inbound USING btree (account_id, sequence);
CREATE INDEX inbound_returning ON remittance.inbound USING btree (substr(note, 16, 36)) WHERE (note ~~ 'NexusOrgnlUETR:%'::text);
CREATE INDEX remittance_finished ON remittance.remittance USING brin (finished_at) WITH (pages_per_range='32');
CREATE INDEX remittance_of_customer ON remittance.remittance USING btree (customer_id, sequence);
CREATE INDEX remittance_overdue ON remittance.remittance USING btree (sequence) WHERE (state = 'overdue'::text);
CREATE INDEX return_of_case ON remittance.return USING btree (case_id);
CREATE UNIQUE INDEX return_once ON remittance.return USING btree (original) WHERE (state <> 'rejected'::text);
CREATE INDEX review_by_state ON remittance.review USING btree (state, sequence);
CREATE INDEX review_unused ON remittance.review USING btree (account_id, sequence) WHERE ((state = 'released'::text) AND (used_by IS NULL));
CREATE INDEX payment_event_uetr ON sap.payment_event USING btree (uetr);
CREATE INDEX document_of_day ON supervision.document USING btree (day);
CREATE INDEX held_due_at ON triggers.held USING btree (due_at);
CREATE INDEX strike_trigger_id ON triggers.strike USING btree (trigger_id);
CREATE INDEX session_expires ON ussd.session USING btree (expires_at);
CREATE INDEX beneficiary_of_customer ON wallet.beneficiary USING btree (customer_id, sequence);
CREATE UNIQUE INDEX beneficiary_once ON wallet.beneficiary USING btree (customer_id, country, address_type, address, COALESCE(agent_bic, ''::text)) WHERE (state = 'saved'::text);
CREATE INDEX money_request_made ON wallet.money_request USING btree (customer_id, sequence);
CREATE INDEX money_request_of_split ON wallet.money_request USING btree (split_id) WHERE (split_id IS NOT NULL);
CREATE INDEX money_request_open ON wallet.money_request USING btree (customer_id, payer_id) WHERE (state = 'open'::text);
CREATE INDEX money_request_to_pay ON wallet.money_request USING btree (payer_id, sequence);
CREATE INDEX pot_of_account ON wallet.pot USING btree (account_id) WHERE (state = 'open'::text);
CREATE INDEX pot_of_customer ON wallet.pot USING btree (customer_id, sequence);
CREATE INDEX run_under_way ON wallet.run USING btree (state, begun_at) WHERE (state = ANY (ARRAY['checking'::text, 'quoting'::text]));
CREATE INDEX schedule_due ON wallet.schedule USING btree (next_on) WHERE (state = 'active'::text);
CREATE INDEX schedule_of_customer ON wallet.schedule USING btree (customer_id, sequence);
CREATE INDEX split_of_customer ON wallet.split USING btree (customer_id, sequence);
CREATE INDEX session_expires ON web.session USING btree (expires_at);
CREATE INDEX delivery_of_endpoint ON webhooks.delivery USING btree (endpoint_id, sequence);
CREATE INDEX delivery_pending ON webhooks.delivery USING btree (endpoint_id, sequence) WHERE (state = 'pending'::text);
CREATE INDEX delivery_recorded ON webhooks.delivery USING btree (recorded_at);
CREATE INDEX delivery_subject ON webhooks.delivery USING btree (endpoint_id, subject, sequence) WHERE (state = 'pending'::text);
CREATE INDEX endpoint_customer ON webhooks.endpoint USING btree (customer_id, sequence) WHERE (customer_id IS NOT NULL);
CREATE INDEX endpoint_enabled ON webhooks.endpoint USING btree (id) WHERE (state = 'enabled'::text);
CREATE INDEX endpoint_of_principal ON webhooks.endpoint USING btree (principal_id, sequence);
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON access.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON access.principal FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON access.proposal_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER keep_expiry BEFORE UPDATE OF expires_at ON access.api_key FOR EACH ROW WHEN (((new.expires_at IS NULL) OR (new.expires_at > old.expires_at))) EXECUTE FUNCTION access.keep_expiry();
CREATE TRIGGER keep_revoked BEFORE UPDATE ON access.api_key FOR EACH ROW WHEN ((old.revoked_at IS NOT NULL)) EXECUTE FUNCTION access.keep_revoked();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON agents.miss FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON agents.receipt FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON credentials.known_payee FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER grows BEFORE UPDATE ON db.writer FOR EACH ROW EXECUTE FUNCTION db.refuse_old_epoch();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON db.event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON db.inbox FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON db.refusal FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON db.sent FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON db.writer FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON desk.case_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON disputes.entry FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON disputes.file FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON fxp.exchange FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON fxp.rate FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON gateway.payment_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON gateway.quote FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON gateway.rate FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON gateway.rate_withdrawal FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON gateway.reference FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON gateway.resolution FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.alias_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.cycle FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.cycle_position FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.onward FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.payment_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.payment_return FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.recall FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.request_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.resolution FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ips.suspension_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.account_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ledger.account_event ENABLE ALWAYS TRIGGER history;
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.asset FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ledger.asset ENABLE ALWAYS TRIGGER history;
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.batch FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ledger.batch ENABLE ALWAYS TRIGGER history;
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.refused FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ledger.refused ENABLE ALWAYS TRIGGER history;
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.seal FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ledger.seal ENABLE ALWAYS TRIGGER history;
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.transfer FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER history;
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON onboarding.application_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON parties.former_place FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER keep_identity BEFORE UPDATE OF identity_type, identity_value ON parties.customer FOR EACH ROW WHEN (((old.identity_type IS NOT NULL) AND ((old.identity_type IS DISTINCT FROM new.identity_type) OR (old.identity_value IS DISTINCT FROM new.identity_value)))) EXECUTE FUNCTION parties.keep_identity();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON policy.decision FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON policy.rulebook FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON psp.account_change FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON psp.asked FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON psp.payment_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON psp.sent_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON remittance.case_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON remittance.instruction FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON remittance.own_rate FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON remittance.quote FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON remittance.reference_rate FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON sap.payment_event FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON supervision.document FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON supervision.issuer_key FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON triggers.removal FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON triggers.strike FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON triggers.trigger FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON wallet.split FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE DELETE OR UPDATE OR TRUNCATE ON wallet.use FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
ALTER TABLE ONLY access.api_key
    ADD CONSTRAINT api_key_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES access.principal(id);
ALTER TABLE ONLY access.api_key
    ADD CONSTRAINT api_key_replaces_fkey FOREIGN KEY (replaces) REFERENCES access.api_key(id);
ALTER TABLE ONLY access.certificate
    ADD CONSTRAINT certificate_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES access.principal(id);
ALTER TABLE ONLY access.proposal
    ADD CONSTRAINT proposal_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES access.principal(id);
ALTER TABLE ONLY access.proposal_event
    ADD CONSTRAINT proposal_event_proposal_id_fkey FOREIGN KEY (proposal_id) REFERENCES access.proposal(id);
ALTER TABLE ONLY access.proposal
    ADD CONSTRAINT proposal_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES access.principal(id);
ALTER TABLE ONLY credentials.confirmation
    ADD CONSTRAINT confirmation_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES access.principal(id);
ALTER TABLE ONLY credentials.holder
    ADD CONSTRAINT holder_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES access.principal(id);
ALTER TABLE ONLY credentials.known_payee
    ADD CONSTRAINT known_payee_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES access.principal(id);
ALTER TABLE ONLY credentials.passkey
    ADD CONSTRAINT passkey_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES credentials.holder(principal_id);
ALTER TABLE ONLY credentials.pin
    ADD CONSTRAINT pin_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES credentials.holder(principal_id);
ALTER TABLE ONLY desk.case_event
    ADD CONSTRAINT case_event_case_id_fkey FOREIGN KEY (case_id) REFERENCES desk.case_file(id);
ALTER TABLE ONLY disputes.entry
    ADD CONSTRAINT entry_dispute_id_fkey FOREIGN KEY (dispute_id) REFERENCES disputes.dispute(id);
ALTER TABLE ONLY disputes.file
    ADD CONSTRAINT file_dispute_id_fkey FOREIGN KEY (dispute_id) REFERENCES disputes.dispute(id);
ALTER TABLE ONLY domestic.recall
    ADD CONSTRAINT recall_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES domestic.transfer(id);
ALTER TABLE ONLY fxp.exchange
    ADD CONSTRAINT exchange_rate_id_fkey FOREIGN KEY (rate_id) REFERENCES fxp.rate(id);
ALTER TABLE ONLY gateway.payment
    ADD CONSTRAINT payment_quote_id_fkey FOREIGN KEY (quote_id) REFERENCES gateway.quote(id);
ALTER TABLE ONLY gateway.payment
    ADD CONSTRAINT payment_returns_fkey FOREIGN KEY (returns) REFERENCES gateway.payment(uetr);
ALTER TABLE ONLY gateway.quote
    ADD CONSTRAINT quote_rate_id_fkey FOREIGN KEY (rate_id) REFERENCES gateway.rate(id);
ALTER TABLE ONLY gateway.rate_withdrawal
    ADD CONSTRAINT rate_withdrawal_rate_id_fkey FOREIGN KEY (rate_id) REFERENCES gateway.rate(id);
ALTER TABLE ONLY ips.cycle_position
    ADD CONSTRAINT cycle_position_cycle_id_fkey FOREIGN KEY (cycle_id) REFERENCES ips.cycle(id);
ALTER TABLE ONLY ips.payment_return
    ADD CONSTRAINT payment_return_uetr_fkey FOREIGN KEY (uetr) REFERENCES ips.payment(uetr);
ALTER TABLE ONLY ips.recall
    ADD CONSTRAINT recall_uetr_fkey FOREIGN KEY (uetr) REFERENCES ips.payment(uetr);
ALTER TABLE ONLY ips.request_event
    ADD CONSTRAINT request_event_creditor_bic_request_id_fkey FOREIGN KEY (creditor_bic, request_id) REFERENCES ips.request(creditor_bic, request_id);
ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_asset_fkey FOREIGN KEY (asset) REFERENCES ledger.asset(code);
ALTER TABLE ONLY onboarding.application_event
    ADD CONSTRAINT application_event_application_id_fkey FOREIGN KEY (application_id) REFERENCES onboarding.application(id);
ALTER TABLE ONLY parties.account
    ADD CONSTRAINT account_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES parties.customer(id);
ALTER TABLE ONLY parties.alias
    ADD CONSTRAINT alias_account_id_fkey FOREIGN KEY (account_id) REFERENCES parties.account(id);
ALTER TABLE ONLY parties.former_place
    ADD CONSTRAINT former_place_account_id_fkey FOREIGN KEY (account_id) REFERENCES parties.account(id);
ALTER TABLE ONLY policy.decision
    ADD CONSTRAINT decision_rulebook_version_fkey FOREIGN KEY (rulebook_version) REFERENCES policy.rulebook(version);
ALTER TABLE ONLY psp.account_change
    ADD CONSTRAINT account_change_number_fkey FOREIGN KEY (number) REFERENCES psp.account(number);
ALTER TABLE ONLY psp.payment_event
    ADD CONSTRAINT payment_event_uetr_fkey FOREIGN KEY (uetr) REFERENCES psp.payment(uetr);
ALTER TABLE ONLY psp.sent_event
    ADD CONSTRAINT sent_event_message_id_fkey FOREIGN KEY (message_id) REFERENCES psp.sent(message_id);
ALTER TABLE ONLY remittance.case_event
    ADD CONSTRAINT case_event_case_id_fkey FOREIGN KEY (case_id) REFERENCES remittance.case_file(id);
ALTER TABLE ONLY remittance.instruction
    ADD CONSTRAINT instruction_remittance_id_fkey FOREIGN KEY (remittance_id) REFERENCES remittance.remittance(id);
ALTER TABLE ONLY remittance.remittance
    ADD CONSTRAINT remittance_quote_id_fkey FOREIGN KEY (quote_id) REFERENCES remittance.quote(id);
ALTER TABLE ONLY remittance.return
    ADD CONSTRAINT return_case_id_fkey FOREIGN KEY (case_id) REFERENCES remittance.case_file(id);
ALTER TABLE ONLY remittance.return
    ADD CONSTRAINT return_original_fkey FOREIGN KEY (original) REFERENCES remittance.inbound(uetr);
ALTER TABLE ONLY remittance.review
    ADD CONSTRAINT review_remittance_id_fkey FOREIGN KEY (remittance_id) REFERENCES remittance.remittance(id);
ALTER TABLE ONLY remittance.review
    ADD CONSTRAINT review_used_by_fkey FOREIGN KEY (used_by) REFERENCES remittance.remittance(id);
ALTER TABLE ONLY triggers.removal
    ADD CONSTRAINT removal_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES triggers.trigger(id);
ALTER TABLE ONLY triggers.strike
    ADD CONSTRAINT strike_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES triggers.trigger(id);
ALTER TABLE ONLY wallet.money_request
    ADD CONSTRAINT money_request_split_id_fkey FOREIGN KEY (split_id) REFERENCES wallet.split(id);
ALTER TABLE ONLY wallet.run
    ADD CONSTRAINT run_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES wallet.schedule(id);
ALTER TABLE ONLY wallet.schedule
    ADD CONSTRAINT schedule_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES wallet.beneficiary(id);
ALTER TABLE ONLY wallet.use
    ADD CONSTRAINT use_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES wallet.beneficiary(id);
ALTER TABLE ONLY webhooks.delivery
    ADD CONSTRAINT delivery_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhooks.endpoint(id);
ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES access.principal(id);
GRANT USAGE ON SCHEMA access TO qantara_app;
GRANT USAGE ON SCHEMA agents TO qantara_app;
GRANT USAGE ON SCHEMA credentials TO qantara_app;
GRANT USAGE ON SCHEMA db TO qantara_app;
GRANT USAGE ON SCHEMA desk TO qantara_app;
GRANT USAGE ON SCHEMA disputes TO qantara_app;
GRANT USAGE ON SCHEMA domestic TO qantara_app;
GRANT USAGE ON SCHEMA edge TO qantara_app;
GRANT USAGE ON SCHEMA fxp TO qantara_app;
GRANT USAGE ON SCHEMA gateway TO qantara_app;
GRANT USAGE ON SCHEMA ips TO qantara_app;
GRANT USAGE ON SCHEMA ledger TO qantara_app;
GRANT USAGE ON SCHEMA onboarding TO qantara_app;
GRANT USAGE ON SCHEMA parties TO qantara_app;
GRANT USAGE ON SCHEMA payees TO qantara_app;
GRANT USAGE ON SCHEMA policy TO qantara_app;
GRANT USAGE ON SCHEMA psp TO qantara_app;
GRANT USAGE ON SCHEMA remittance TO qantara_app;
GRANT USAGE ON SCHEMA sap TO qantara_app;
GRANT USAGE ON SCHEMA supervision TO qantara_app;
GRANT USAGE ON SCHEMA triggers TO qantara_app;
GRANT USAGE ON SCHEMA ussd TO qantara_app;
GRANT USAGE ON SCHEMA wallet TO qantara_app;
GRANT USAGE ON SCHEMA web TO qantara_app;
GRANT USAGE ON SCHEMA webhooks TO qantara_app;
REVOKE ALL ON FUNCTION ledger.append_batch(transfers bigint, refused integer, events integer, at timestamp with time zone, lines text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.measured(words text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.content(kind text, debit text, credit text, amount numeric, asset text, hold_id uuid, balancing text, code text, reference text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.enter(most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.enter(most bigint) TO qantara_app;
GRANT SELECT ON TABLE ledger.account_event TO qantara_app;
REVOKE ALL ON FUNCTION ledger.line(e ledger.account_event) FROM PUBLIC;
GRANT SELECT ON TABLE ledger.refused TO qantara_app;
REVOKE ALL ON FUNCTION ledger.line(r ledger.refused) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.moment(at timestamp with time zone) FROM PUBLIC;
GRANT SELECT ON TABLE ledger.transfer TO qantara_app;
REVOKE ALL ON FUNCTION ledger.line(t ledger.transfer) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.move_account(at timestamp with time zone, account bigint, from_status text, to_status text, event text, only_empty boolean, legal_reason text, citation text, by text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.move_account(at timestamp with time zone, account bigint, from_status text, to_status text, event text, only_empty boolean, legal_reason text, citation text, by text) TO qantara_app;
REVOKE ALL ON FUNCTION ledger.open_accounts(at timestamp with time zone, codes text[], assets text[], scales smallint[], classes text[], floors numeric[], ceilings numeric[], keepers text[], holders text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.open_accounts(at timestamp with time zone, codes text[], assets text[], scales smallint[], classes text[], floors numeric[], ceilings numeric[], keepers text[], holders text[]) TO qantara_app;
REVOKE ALL ON FUNCTION ledger.post(at timestamp with time zone, codes text[], hold_ids uuid[], ids uuid[], kinds text[], debit_at integer[], credit_at integer[], hold_at integer[], first_at integer[], amounts numeric[], assets text[], links boolean[], balancings text[], business_codes text[], refs text[], occurred timestamp with time zone[], expires timestamp with time zone[], OUT r_code text[], OUT r_sequence bigint[], OUT r_amount numeric[], OUT r_debit_balance numeric[], OUT r_credit_balance numeric[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.post(at timestamp with time zone, codes text[], hold_ids uuid[], ids uuid[], kinds text[], debit_at integer[], credit_at integer[], hold_at integer[], first_at integer[], amounts numeric[], assets text[], links boolean[], balancings text[], business_codes text[], refs text[], occurred timestamp with time zone[], expires timestamp with time zone[], OUT r_code text[], OUT r_sequence bigint[], OUT r_amount numeric[], OUT r_debit_balance numeric[], OUT r_credit_balance numeric[]) TO qantara_app;
GRANT SELECT ON TABLE ledger.account TO qantara_app;
REVOKE ALL ON FUNCTION ledger.terms(account ledger.account, scale smallint) FROM PUBLIC;
GRANT SELECT,INSERT ON TABLE access.api_key TO qantara_app;
GRANT UPDATE(expires_at) ON TABLE access.api_key TO qantara_app;
GRANT UPDATE(revoked_at) ON TABLE access.api_key TO qantara_app;
GRANT UPDATE(last_used_at) ON TABLE access.api_key TO qantara_app;
GRANT SELECT,INSERT ON TABLE access.audit_entry TO qantara_app;
GRANT SELECT,INSERT ON TABLE access.certificate TO qantara_app;
GRANT UPDATE(revoked_at) ON TABLE access.certificate TO qantara_app;
GRANT SELECT,INSERT ON TABLE access.principal TO qantara_app;
GRANT SELECT,INSERT ON TABLE access.proposal TO qantara_app;
GRANT UPDATE(state) ON TABLE access.proposal TO qantara_app;
GRANT UPDATE(decided_by) ON TABLE access.proposal TO qantara_app;
GRANT UPDATE(decided_at) ON TABLE access.proposal TO qantara_app;
GRANT SELECT,INSERT ON TABLE access.proposal_event TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE agents.agent TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE agents.cash_order TO qantara_app;
GRANT SELECT,INSERT ON TABLE agents.miss TO qantara_app;
GRANT SELECT,INSERT ON TABLE agents.receipt TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE credentials.attempt TO qantara_app;
GRANT SELECT,INSERT,DELETE ON TABLE credentials.challenge TO qantara_app;
GRANT SELECT,INSERT ON TABLE credentials.confirmation TO qantara_app;
GRANT UPDATE(state) ON TABLE credentials.confirmation TO qantara_app;
GRANT UPDATE(method) ON TABLE credentials.confirmation TO qantara_app;
GRANT UPDATE(factors) ON TABLE credentials.confirmation TO qantara_app;
GRANT UPDATE(ended_at) ON TABLE credentials.confirmation TO qantara_app;
GRANT SELECT,INSERT ON TABLE credentials.holder TO qantara_app;
GRANT UPDATE(frozen_at) ON TABLE credentials.holder TO qantara_app;
GRANT SELECT,INSERT ON TABLE credentials.known_payee TO qantara_app;
GRANT SELECT,INSERT ON TABLE credentials.passkey TO qantara_app;
GRANT UPDATE(counter) ON TABLE credentials.passkey TO qantara_app;
GRANT UPDATE(last_used_at) ON TABLE credentials.passkey TO qantara_app;
GRANT UPDATE(revoked_at) ON TABLE credentials.passkey TO qantara_app;
GRANT SELECT,INSERT ON TABLE credentials.pin TO qantara_app;
GRANT UPDATE(replaced_at) ON TABLE credentials.pin TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE db.deadline TO qantara_app;
GRANT SELECT,INSERT ON TABLE db.event TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE db.fanout TO qantara_app;
GRANT SELECT,INSERT ON TABLE db.inbox TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE db.job TO qantara_app;
GRANT SELECT ON TABLE db.migration TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE db.outbox TO qantara_app;
GRANT SELECT,INSERT ON TABLE db.refusal TO qantara_app;
GRANT SELECT,INSERT ON TABLE db.sent TO qantara_app;
GRANT SELECT,UPDATE ON TABLE db.writer TO qantara_app;
GRANT SELECT,INSERT ON TABLE desk.case_event TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE desk.case_file TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE disputes.dispute TO qantara_app;
GRANT SELECT,INSERT ON TABLE disputes.entry TO qantara_app;
GRANT SELECT,INSERT ON TABLE disputes.file TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE disputes.number TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.arrival TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.demand TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.own_account TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.recall TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.request TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.return TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE domestic.transfer TO qantara_app;
GRANT SELECT,INSERT,DELETE ON TABLE edge.answer TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE edge.turn TO qantara_app;
GRANT SELECT,INSERT ON TABLE fxp.exchange TO qantara_app;
GRANT SELECT,INSERT ON TABLE fxp.rate TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE gateway.payment TO qantara_app;
GRANT SELECT,INSERT ON TABLE gateway.payment_event TO qantara_app;
GRANT SELECT,INSERT ON TABLE gateway.quote TO qantara_app;
GRANT SELECT,INSERT ON TABLE gateway.rate TO qantara_app;
GRANT SELECT,INSERT ON TABLE gateway.rate_withdrawal TO qantara_app;
GRANT SELECT,INSERT ON TABLE gateway.reference TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE gateway.report TO qantara_app;
GRANT SELECT,INSERT ON TABLE gateway.resolution TO qantara_app;
GRANT SELECT,INSERT,DELETE ON TABLE ips.alias TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.alias_event TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.cycle TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.cycle_position TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ips.lookup TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.onward TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE ips.payment TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.payment_event TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.payment_return TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.recall TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE ips.request TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.request_event TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.resolution TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ips.suspension TO qantara_app;
GRANT SELECT,INSERT ON TABLE ips.suspension_event TO qantara_app;
GRANT SELECT ON TABLE ledger.asset TO qantara_app;
GRANT SELECT ON TABLE ledger.batch TO qantara_app;
GRANT SELECT ON TABLE ledger.book TO qantara_app;
GRANT SELECT ON TABLE ledger.entered TO qantara_app;
GRANT SELECT ON TABLE ledger.entry TO qantara_app;
GRANT SELECT ON TABLE ledger.hold TO qantara_app;
GRANT SELECT,INSERT ON TABLE ledger.seal TO qantara_app;
GRANT USAGE ON SEQUENCE onboarding.account_number TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE onboarding.application TO qantara_app;
GRANT SELECT,INSERT ON TABLE onboarding.application_event TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE onboarding.code TO qantara_app;
GRANT SELECT,INSERT,DELETE ON TABLE onboarding.simulated_sms TO qantara_app;
GRANT SELECT,INSERT ON TABLE parties.account TO qantara_app;
GRANT UPDATE(ledger_code) ON TABLE parties.account TO qantara_app;
GRANT UPDATE(state) ON TABLE parties.account TO qantara_app;
GRANT UPDATE(closed_at) ON TABLE parties.account TO qantara_app;
GRANT UPDATE(stopped_at) ON TABLE parties.account TO qantara_app;
GRANT SELECT,INSERT ON TABLE parties.alias TO qantara_app;
GRANT UPDATE(released_at) ON TABLE parties.alias TO qantara_app;
GRANT SELECT,INSERT ON TABLE parties.customer TO qantara_app;
GRANT UPDATE(identity_type) ON TABLE parties.customer TO qantara_app;
GRANT UPDATE(identity_value) ON TABLE parties.customer TO qantara_app;
GRANT UPDATE(state) ON TABLE parties.customer TO qantara_app;
GRANT SELECT,INSERT ON TABLE parties.former_place TO qantara_app;
GRANT SELECT,INSERT ON TABLE parties.institution TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payees.payee_check TO qantara_app;
GRANT SELECT,INSERT ON TABLE policy.decision TO qantara_app;
GRANT SELECT,INSERT ON TABLE policy.rulebook TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE psp.account TO qantara_app;
GRANT SELECT,INSERT ON TABLE psp.account_change TO qantara_app;
GRANT SELECT,INSERT ON TABLE psp.asked TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE psp.enquiry TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE psp.payment TO qantara_app;
GRANT SELECT,INSERT ON TABLE psp.payment_event TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE psp.sent TO qantara_app;
GRANT SELECT,INSERT ON TABLE psp.sent_event TO qantara_app;
GRANT SELECT,INSERT ON TABLE remittance.case_event TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE remittance.case_file TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE remittance.inbound TO qantara_app;
GRANT SELECT,INSERT ON TABLE remittance.instruction TO qantara_app;
GRANT SELECT,INSERT ON TABLE remittance.own_rate TO qantara_app;
GRANT SELECT,INSERT ON TABLE remittance.quote TO qantara_app;
GRANT SELECT,INSERT ON TABLE remittance.reference_rate TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE remittance.remittance TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE remittance.return TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE remittance.review TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE sap.payment TO qantara_app;
GRANT SELECT,INSERT ON TABLE sap.payment_event TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE supervision.complaint TO qantara_app;
GRANT SELECT,INSERT ON TABLE supervision.document TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE supervision.elapsed TO qantara_app;
GRANT SELECT,INSERT ON TABLE supervision.issuer_key TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE supervision.outcome TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE supervision.progress TO qantara_app;
GRANT SELECT,INSERT,DELETE ON TABLE triggers.held TO qantara_app;
GRANT SELECT,INSERT ON TABLE triggers.removal TO qantara_app;
GRANT SELECT,INSERT ON TABLE triggers.strike TO qantara_app;
GRANT SELECT,INSERT ON TABLE triggers.trigger TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ussd.session TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE ussd.speaker TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE wallet.beneficiary TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE wallet.money_request TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE wallet.notice_read TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE wallet.pot TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE wallet.run TO qantara_app;
GRANT SELECT,INSERT,UPDATE ON TABLE wallet.schedule TO qantara_app;
GRANT SELECT,INSERT ON TABLE wallet.split TO qantara_app;
GRANT SELECT,INSERT ON TABLE wallet.use TO qantara_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE web.session TO qantara_app;
GRANT SELECT,INSERT,DELETE ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(state) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(attempts) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(due_at) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(tried_at) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(status) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(error) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(answer) ON TABLE webhooks.delivery TO qantara_app;
GRANT UPDATE(finished_at) ON TABLE webhooks.delivery TO qantara_app;
GRANT SELECT,INSERT ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(url) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(event_types) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(description) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(state) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(secret) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(previous_secret) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(previous_until) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(started_after) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(failures) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(failing_since) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(rest_until) ON TABLE webhooks.endpoint TO qantara_app;
GRANT UPDATE(changed_at) ON TABLE webhooks.endpoint TO qantara_app;
GRANT SELECT,UPDATE ON TABLE webhooks."position" TO qantara_app;
