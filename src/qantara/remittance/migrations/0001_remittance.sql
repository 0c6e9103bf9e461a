-- Quotes, remittances sent and received, and what happened to them.

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

-- The rates at which an institution exchanges its senders' money itself (own FX).
CREATE TABLE remittance.own_rate (LIKE remittance.reference_rate INCLUDING ALL);

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
    gateway_quote_id text,
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
    resends integer NOT NULL DEFAULT 0,
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
    priority text NOT NULL CHECK (priority IN ('NORM', 'HIGH')),
    message_id text UNIQUE,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE remittance.inbound (
    uetr text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    state text NOT NULL CHECK (state IN ('received', 'held', 'credited', 'blocked', 'refused',
        'released', 'reversed')),
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
    instructing_bic text NOT NULL,
    priority text NOT NULL CHECK (priority IN ('NORM', 'HIGH')),
    note text,
    -- the ledger account its money comes from; the reservations, where there are any
    paid_from text NOT NULL,
    hold_id text,
    reason text,
    confirmed boolean NOT NULL DEFAULT false,
    taken_back numeric(38, 0) CHECK (taken_back BETWEEN 0 AND credited),
    recorded_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK ((state = 'reversed') = (taken_back IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX inbound_held ON remittance.inbound (sequence) WHERE state = 'held';
CREATE INDEX inbound_of_account ON remittance.inbound (account_id, sequence);

DO $$
DECLARE history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['reference_rate', 'own_rate', 'quote', 'instruction'] LOOP
        EXECUTE format('CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON remittance.%I FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change()', history);
        EXECUTE format('GRANT SELECT, INSERT ON remittance.%I TO qantara_app', history);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON remittance.remittance,
    remittance.inbound TO qantara_app;
