-- Quotes, payee checks, remittances sent and received, and what happened to them.

CREATE SCHEMA remittance;
GRANT USAGE ON SCHEMA remittance TO qantara_app;

-- The mid-market rate a disclosure is measured against; never a provider's quoted rate.
CREATE TABLE remittance.reference_rate (
    base text NOT NULL,
    quote text NOT NULL,
    value numeric(24, 10) NOT NULL CHECK (value > 0),
    source text NOT NULL,
    as_of timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (base, quote, as_of, source)
);

CREATE TABLE remittance.quote (
    id text PRIMARY KEY,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    fixed text NOT NULL CHECK (fixed IN ('source', 'destination')),
    source_country text NOT NULL,
    destination_country text NOT NULL,
    source_currency text NOT NULL,
    destination_currency text NOT NULL,
    total_debit numeric(38, 0) NOT NULL CHECK (total_debit > 0),
    sender_fee numeric(38, 0) NOT NULL CHECK (sender_fee >= 0),
    interbank_source numeric(38, 0) NOT NULL CHECK (interbank_source > 0),
    rate numeric(24, 10) NOT NULL CHECK (rate > 0),
    interbank_destination numeric(38, 0) NOT NULL CHECK (interbank_destination > 0),
    recipient_fee numeric(38, 0) NOT NULL CHECK (recipient_fee >= 0),
    received numeric(38, 0) NOT NULL CHECK (received > 0),
    mid_rate numeric(24, 10) NOT NULL,
    mid_source text NOT NULL,
    mid_as_of timestamptz NOT NULL,
    total_cost_percent numeric(8, 2) NOT NULL,
    gateway_quote_id text NOT NULL,
    fxp_bic text NOT NULL,
    source_sap_bic text NOT NULL,
    source_sap_account text NOT NULL,
    destination_sap_bic text NOT NULL,
    destination_sap_account text NOT NULL,
    valid_until timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    CHECK (total_debit = interbank_source + sender_fee),
    CHECK (interbank_destination = received + recipient_fee)
);

CREATE TABLE remittance.payee_check (
    id text PRIMARY KEY,
    customer_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'confirmed', 'not_found', 'timed_out')),
    country text NOT NULL,
    address_type text NOT NULL,
    address text NOT NULL,
    agent_bic text,
    message_id text NOT NULL UNIQUE,
    display_name text,
    legal_name text,
    town text,
    account_number text,
    account_is_iban boolean,
    account_agent_bic text,
    reason text,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz
) WITH (fillfactor = 50);

CREATE TABLE remittance.remittance (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    quote_id text NOT NULL UNIQUE REFERENCES remittance.quote,
    customer_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('quoted', 'accepted', 'submitted', 'overdue',
        'completed', 'rejected', 'blocked', 'refused', 'expired')),
    uetr text UNIQUE,
    hold_id text,
    reason text,
    reason_code text,
    rule text,
    citation text,
    accepted_at timestamptz,
    finished_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX remittance_of_customer ON remittance.remittance (customer_id, sequence);

-- What the sender said at accept, once and for ever.
CREATE TABLE remittance.instruction (
    remittance_id text PRIMARY KEY REFERENCES remittance.remittance,
    payee_check_id text NOT NULL,
    payee_name text NOT NULL,
    purpose text,
    note text,
    reference text,
    message_id text UNIQUE,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE remittance.inbound (
    uetr text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    state text NOT NULL CHECK (state IN ('received', 'credited', 'refused', 'released')),
    account_id text,
    account_code text,
    currency text NOT NULL,
    interbank numeric(38, 0) NOT NULL,
    fee numeric(38, 0) NOT NULL,
    credited numeric(38, 0) NOT NULL,
    sender_name text NOT NULL,
    sender_account text NOT NULL,
    sender_bic text NOT NULL,
    sent_amount numeric(38, 0) NOT NULL,
    sent_currency text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    message_id text NOT NULL,
    note text,
    hold_id text,
    reason text,
    recorded_at timestamptz NOT NULL,
    finished_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX inbound_of_account ON remittance.inbound (account_id, sequence);

-- When something must be looked at if nothing else has happened until then.
CREATE TABLE remittance.deadline (
    subject text PRIMARY KEY,
    due_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX deadline_due ON remittance.deadline (due_at);

CREATE TABLE remittance.event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    state text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX event_subject ON remittance.event (subject, sequence);

DO $$
DECLARE history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['reference_rate', 'quote', 'instruction', 'event'] LOOP
        EXECUTE format('CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON remittance.%I FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change()', history);
        EXECUTE format('GRANT SELECT, INSERT ON remittance.%I TO qantara_app', history);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON remittance.payee_check, remittance.remittance,
    remittance.inbound TO qantara_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON remittance.deadline TO qantara_app;
