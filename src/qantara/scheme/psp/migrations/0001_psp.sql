-- A simulated participant: accounts with their conditions, payments in and out, questions.

CREATE SCHEMA psp;
GRANT USAGE ON SCHEMA psp TO qantara_app;

CREATE TABLE psp.account (
    number text PRIMARY KEY,
    iban boolean NOT NULL,
    name text NOT NULL,
    country text,
    town text,
    street text,
    national_id text,
    conditions text[] NOT NULL,
    minimum numeric(38, 0),
    maximum numeric(38, 0),
    ceiling numeric(38, 0),
    payers text[] NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE psp.account_change (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL REFERENCES psp.account,
    conditions text[] NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX account_change_number ON psp.account_change (number);

CREATE TABLE psp.payment (
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    uetr text PRIMARY KEY,
    message_id text NOT NULL,
    sender_bic text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    instruction_id text,
    reference text,
    payer text NOT NULL,
    account text NOT NULL,
    amount numeric(38, 0) NOT NULL,
    fee numeric(38, 0) NOT NULL,
    asset text NOT NULL,
    domestic boolean NOT NULL,
    state text NOT NULL
        CHECK (state IN ('arrived', 'refused', 'reserved', 'credited', 'released', 'reversed')),
    reason text,
    text text,
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX payment_account ON psp.payment (account);

CREATE TABLE psp.payment_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uetr text NOT NULL REFERENCES psp.payment,
    event text NOT NULL
        CHECK (event IN ('refuse', 'reserve', 'credit', 'confirm', 'release', 'reverse')),
    state text NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX payment_event_uetr ON psp.payment_event (uetr);

CREATE TABLE psp.sent (
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    message_id text PRIMARY KEY,
    uetr text NOT NULL,
    account text NOT NULL,
    amount numeric(38, 0) NOT NULL,
    fee numeric(38, 0) NOT NULL,
    asset text NOT NULL,
    domestic boolean NOT NULL,
    booked boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('sent', 'completed', 'rejected')),
    status text,
    reason text,
    text text,
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX sent_uetr ON psp.sent (uetr);

CREATE TABLE psp.sent_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id text NOT NULL REFERENCES psp.sent,
    event text CHECK (event IN ('complete', 'reject')),
    status text NOT NULL,
    reason text,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX sent_event_message_id ON psp.sent_event (message_id);

-- Questions this bank asked, and what it was answered.
CREATE TABLE psp.enquiry (
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    message_id text PRIMARY KEY,
    domestic boolean NOT NULL,
    verified boolean,
    reason text,
    display_name text,
    match text,
    recorded_at timestamptz NOT NULL,
    answered_at timestamptz
);

-- Questions this bank was asked.
CREATE TABLE psp.asked (
    message_id text NOT NULL,
    first_agent text NOT NULL,
    creator_id text NOT NULL,
    request_id text NOT NULL,
    reason text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (first_agent, message_id)
);
CREATE INDEX asked_request ON psp.asked (first_agent, creator_id, request_id);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON psp.account_change
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON psp.payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON psp.sent_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON psp.asked
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON psp.account_change, psp.payment_event, psp.sent_event, psp.asked
    TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON psp.account, psp.payment, psp.sent, psp.enquiry TO qantara_app;
