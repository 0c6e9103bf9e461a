-- Payee checks: whose account an address leads to, as it was asked and answered.

CREATE SCHEMA payees;
GRANT USAGE ON SCHEMA payees TO qantara_app;

CREATE TABLE payees.payee_check (
    id text PRIMARY KEY,
    customer_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'confirmed', 'not_found', 'timed_out')),
    country text NOT NULL,
    address_type text NOT NULL,
    address text NOT NULL,
    agent_bic text,
    name text,
    source text NOT NULL CHECK (source IN ('nexus', 'duitnow', 'raast', 'vop')),
    message_id text NOT NULL UNIQUE,
    match text CHECK (match IN ('MTCH', 'CMTC', 'NMTC', 'NOAP')),
    display_name text,
    legal_name text,
    town text,
    account_number text,
    account_is_iban boolean,
    account_agent_bic text,
    reason text,
    warning text,
    answer_id text,
    valid_until timestamptz,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    CHECK ((state = 'asked') = (answered_at IS NULL)),
    CHECK ((state = 'confirmed') = (account_number IS NOT NULL)),
    CHECK ((state = 'confirmed') = (valid_until IS NOT NULL))
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE ON payees.payee_check TO qantara_app;
