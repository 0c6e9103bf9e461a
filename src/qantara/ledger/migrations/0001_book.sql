-- The book: what is (asset, account, hold, book) and what happened (transfer, refused,
-- account_event, batch, seal). Nobody writes what happened but the functions that follow.
-- balance = credits - debits; amounts are minor units.

CREATE SCHEMA ledger;

-- What one column may hold is said by its type: CHECKs of a table are read anew by every statement
-- that writes it, whatever that changes.
CREATE DOMAIN ledger.account_class AS text CHECK (VALUE IN (
    'e_money', 'safeguarded', 'claim', 'own_funds', 'income', 'expense', 'clearing',
    'settlement', 'fx_position', 'central_bank', 'equity'));
CREATE DOMAIN ledger.account_status AS text CHECK (VALUE IN ('open', 'frozen', 'closed'));
CREATE DOMAIN ledger.transfer_kind AS text
    CHECK (VALUE IN ('direct', 'hold', 'post', 'void', 'expire'));
CREATE DOMAIN ledger.balancing AS text CHECK (VALUE IN ('none', 'debit', 'credit'));
CREATE DOMAIN ledger.held AS numeric(38, 0) CHECK (VALUE >= 0);
CREATE DOMAIN ledger.moved AS numeric(38, 0) CHECK (VALUE > 0);

CREATE TABLE ledger.asset (
    code text PRIMARY KEY,
    scale smallint NOT NULL CHECK (scale BETWEEN 0 AND 18)
);

-- Half of each page stays free, so that a changed balance finds room beside its old version.
CREATE TABLE ledger.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
    asset text NOT NULL REFERENCES ledger.asset,
    class ledger.account_class NOT NULL,
    floor numeric(38, 0),
    ceiling numeric(38, 0) CHECK (ceiling >= floor),
    keeper text,
    holder text,
    status ledger.account_status NOT NULL DEFAULT 'open',
    balance numeric(38, 0) NOT NULL DEFAULT 0,
    held_debit ledger.held NOT NULL DEFAULT 0,
    held_credit ledger.held NOT NULL DEFAULT 0,
    CHECK (status <> 'closed' OR (balance, held_debit, held_credit) = (0, 0, 0))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

-- One row: where the next transfer and the next batch continue. Whoever writes locks it first,
-- so a book has one writer at a time, and sequence numbers without gaps.
CREATE TABLE ledger.book (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    sequence bigint NOT NULL DEFAULT 0,
    batch bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT '\x',
    recorded_at timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
INSERT INTO ledger.book DEFAULT VALUES;

CREATE TABLE ledger.transfer (
    sequence bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    kind ledger.transfer_kind NOT NULL,
    linked boolean NOT NULL,
    balancing ledger.balancing NOT NULL,
    debit_id bigint NOT NULL,
    credit_id bigint NOT NULL CHECK (credit_id <> debit_id),
    requested numeric(38, 0) NOT NULL,
    amount ledger.moved NOT NULL,
    hold_id uuid CHECK ((hold_id IS NULL) = (kind IN ('direct', 'hold'))),
    code text NOT NULL,
    reference text NOT NULL,
    occurred_at timestamptz NOT NULL CHECK (occurred_at <= recorded_at),
    expires_at timestamptz,
    recorded_at timestamptz NOT NULL,
    -- Both accounts just after this row; what of them is held on the side it touched.
    debit_balance numeric(38, 0) NOT NULL,
    credit_balance numeric(38, 0) NOT NULL,
    debit_held numeric(38, 0) NOT NULL,
    credit_held numeric(38, 0) NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX transfer_hold ON ledger.transfer (hold_id) WHERE hold_id IS NOT NULL;

-- Open holds only: a hold wholly posted or released leaves, its history is in transfer.
CREATE TABLE ledger.hold (
    id uuid PRIMARY KEY,
    debit_id bigint NOT NULL,
    credit_id bigint NOT NULL,
    amount numeric(38, 0) NOT NULL,
    remaining numeric(38, 0) NOT NULL CHECK (remaining > 0 AND remaining <= amount),
    expires_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX hold_due ON ledger.hold (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX hold_debit ON ledger.hold (debit_id);
CREATE INDEX hold_credit ON ledger.hold (credit_id);

CREATE TABLE ledger.refused (
    id uuid PRIMARY KEY,
    batch bigint NOT NULL,
    item integer NOT NULL,
    result text NOT NULL,
    content text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX refused_batch ON ledger.refused (batch);

CREATE TABLE ledger.account_event (
    batch bigint NOT NULL,
    item integer NOT NULL,
    account_id bigint NOT NULL,
    event text NOT NULL CHECK (event IN ('opened', 'freeze', 'unfreeze', 'close')),
    terms text NOT NULL,
    legal_reason text NOT NULL,
    citation text NOT NULL,
    by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch, item)
);
CREATE INDEX account_event_account ON ledger.account_event (account_id, batch);

-- hash = sha256(previous hash || body); the body is made by ledger.append_batch.
CREATE TABLE ledger.batch (
    number bigint PRIMARY KEY,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    refused integer NOT NULL,
    events integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX batch_recorded ON ledger.batch (recorded_at, number);

CREATE TABLE ledger.seal (
    number bigint PRIMARY KEY,
    first_batch bigint NOT NULL,
    last_batch bigint NOT NULL CHECK (last_batch >= first_batch),
    root bytea NOT NULL,
    sealed_at timestamptz NOT NULL
);

DO $$
DECLARE history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['asset', 'transfer', 'refused', 'account_event', 'batch', 'seal']
    LOOP
        EXECUTE format('CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change()', history);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER history', history);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA ledger TO qantara_app;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO qantara_app;
GRANT INSERT ON ledger.seal TO qantara_app;
