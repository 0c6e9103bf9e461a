-- Saved payees and pots. A pot's money stands in the ledger, under ledger_code.

CREATE SCHEMA wallet;
GRANT USAGE ON SCHEMA wallet TO qantara_app;

CREATE TABLE wallet.beneficiary (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('saved', 'removed')),
    payee_check_id text NOT NULL,
    country text NOT NULL,
    address_type text NOT NULL,
    address text NOT NULL,
    agent_bic text,
    name text,
    asked_name text,
    nickname text,
    saved_at timestamptz NOT NULL,
    used_at timestamptz,
    removed_at timestamptz,
    CHECK ((state = 'removed') = (removed_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX beneficiary_of_customer ON wallet.beneficiary (customer_id, sequence);
-- A customer saves a payee once; one who was removed may be saved anew.
CREATE UNIQUE INDEX beneficiary_once ON wallet.beneficiary
    (customer_id, country, address_type, address, coalesce(agent_bic, '')) WHERE state = 'saved';

-- Which payee checks were asked for to pay a saved payee.
CREATE TABLE wallet.use (
    payee_check_id text PRIMARY KEY,
    beneficiary_id text NOT NULL REFERENCES wallet.beneficiary,
    used_at timestamptz NOT NULL
);
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON wallet.use
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

CREATE TABLE wallet.pot (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    ledger_code text NOT NULL UNIQUE,
    account_code text NOT NULL,
    currency text NOT NULL,
    name text NOT NULL,
    goal numeric(38, 0) CHECK (goal > 0),
    goal_on date,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX pot_of_customer ON wallet.pot (customer_id, sequence);
CREATE INDEX pot_of_account ON wallet.pot (account_id) WHERE state = 'open';

GRANT SELECT, INSERT, UPDATE ON wallet.beneficiary, wallet.pot TO qantara_app;
GRANT SELECT, INSERT ON wallet.use TO qantara_app;
