-- A batch of transfers, taken in arrival order; `qantara.ledger.spec` says what it means.
--
-- Names are resolved to positions by the caller: `codes` holds the account codes of the batch,
-- debit_at and credit_at point into it (0: no account); `hold_ids` holds the holds that POST,
-- VOID and EXPIRE items name, hold_at points into it (0: none), also from the HOLD item that
-- makes one of them; first_at points to the first item of the same id (0: this is the first).
-- The outcomes come back as arrays in the order of the items.
--
-- Whoever changes an account holds the book, so the book's row is the only lock: what is read of
-- an account after it stays as it is, and where it is (its ctid). No item can raise; what raises
-- is a defect.
--
-- Rows are looked for one by one or by `= ANY`, where a join would do: ledger.hold is often known
-- to be empty, and a join planned then reads its whole index, with all that has left it.

CREATE FUNCTION ledger.post(
    at timestamptz, codes text[], hold_ids uuid[],
    ids uuid[], kinds text[], debit_at integer[], credit_at integer[], hold_at integer[],
    first_at integer[], amounts numeric[], assets text[], links boolean[], balancings text[],
    business_codes text[], refs text[], occurred timestamptz[], expires timestamptz[],
    OUT r_code text[], OUT r_sequence bigint[], OUT r_amount numeric[],
    OUT r_debit_balance numeric[], OUT r_credit_balance numeric[]
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
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

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.post TO qantara_app;
