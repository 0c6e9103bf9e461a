-- Money asked for among customers of this institution, and bills split by it.

CREATE TABLE wallet.split (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    total numeric(38, 0) NOT NULL CHECK (total > 0),
    own numeric(38, 0) NOT NULL CHECK (own >= 0),
    currency text NOT NULL,
    note text,
    expires_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    CHECK (own < total)
);
CREATE INDEX split_of_customer ON wallet.split (customer_id, sequence);
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON wallet.split
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

CREATE TABLE wallet.money_request (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    asker_shown text NOT NULL,
    payer_id text NOT NULL,
    payer_check_id text NOT NULL,
    payer_shown text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'paid', 'declined', 'cancelled', 'expired')),
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    note text,
    split_id text REFERENCES wallet.split,
    transfer_id text UNIQUE,
    expires_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK (customer_id <> payer_id),
    CHECK ((state = 'paid') = (transfer_id IS NOT NULL)),
    CHECK ((state = 'open') = (ended_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX money_request_made ON wallet.money_request (customer_id, sequence);
CREATE INDEX money_request_to_pay ON wallet.money_request (payer_id, sequence);
CREATE INDEX money_request_of_split ON wallet.money_request (split_id) WHERE split_id IS NOT NULL;
CREATE INDEX money_request_open ON wallet.money_request (customer_id, payer_id)
    WHERE state = 'open';

GRANT SELECT, INSERT ON wallet.split TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON wallet.money_request TO qantara_app;
