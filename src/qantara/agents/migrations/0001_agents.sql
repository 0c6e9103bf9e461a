-- Agents, cash that is to be paid out, and what went over a counter.

CREATE SCHEMA agents;
GRANT USAGE ON SCHEMA agents TO qantara_app;

CREATE TABLE agents.agent (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL,
    district text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'suspended', 'closed')),
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    registered_at timestamptz NOT NULL
);

CREATE TABLE agents.cash_order (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind IN ('withdrawal', 'pickup')),
    reference text NOT NULL UNIQUE CHECK (reference ~ '^[0-9]{12}$'),
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'locked', 'paid', 'cancelled', 'expired')),
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    fee numeric(38, 0) NOT NULL CHECK (fee >= 0),
    code_digest bytea NOT NULL CHECK (octet_length(code_digest) = 32),
    identity_last text NOT NULL,
    recipient_name text,
    recipient_phone text,
    recipient_identity_type text,
    recipient_identity_digest bytea CHECK (octet_length(recipient_identity_digest) = 32),
    misses integer NOT NULL DEFAULT 0,
    renewal text,
    ordered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz,
    receipt_id text,
    CHECK ((kind = 'pickup') = (recipient_name IS NOT NULL)),
    CHECK ((state = 'paid') = (receipt_id IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX cash_order_of_customer ON agents.cash_order (customer_id, sequence);

-- Wrong codes and documents, each under the id of its attempt.
CREATE TABLE agents.miss (
    id text PRIMARY KEY,
    order_id text NOT NULL,
    agent_id text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE agents.receipt (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind IN ('deposit', 'withdrawal', 'pickup')),
    agent_id text NOT NULL,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    person text NOT NULL,
    order_id text UNIQUE,
    reference text,
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    fee numeric(38, 0) NOT NULL CHECK (fee >= 0),
    commission numeric(38, 0) NOT NULL CHECK (commission >= 0),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX receipt_of_agent ON agents.receipt (agent_id, sequence);
CREATE INDEX receipt_of_customer ON agents.receipt (customer_id, sequence);
CREATE INDEX receipt_of_person ON agents.receipt (person, recorded_at);

GRANT SELECT, INSERT, UPDATE ON agents.agent, agents.cash_order TO qantara_app;
GRANT SELECT, INSERT ON agents.miss, agents.receipt TO qantara_app;
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON agents.miss
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON agents.receipt
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
