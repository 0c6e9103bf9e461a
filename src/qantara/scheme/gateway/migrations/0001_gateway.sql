-- Reference data, rates and quotes (history), payments that pass through (state and its events),
-- resolutions, periods reported.

CREATE SCHEMA gateway;
GRANT USAGE ON SCHEMA gateway TO qantara_app;

-- One row is what somebody said of one thing; the newest that applies is how it stands. A row
-- without a value withdraws it.
CREATE TABLE gateway.reference (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL
        CHECK (kind IN ('country', 'fee', 'tier', 'relationship', 'institution')),
    key text NOT NULL,
    value jsonb,
    applies_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX reference_newest ON gateway.reference (kind, key, applies_at DESC, sequence DESC);

-- Never deleted: the newest row of a provider and pair is its rate, all others are expired.
CREATE TABLE gateway.rate (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    fxp text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL CHECK (destination <> source),
    value numeric(21, 10) NOT NULL CHECK (value > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX rate_newest ON gateway.rate (fxp, source, destination, sequence);

CREATE TABLE gateway.rate_withdrawal (
    rate_id text PRIMARY KEY REFERENCES gateway.rate (id),
    withdrawn_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE gateway.quote (
    id text PRIMARY KEY,
    psp text NOT NULL,
    fxp text NOT NULL,
    source_country text NOT NULL,
    destination_country text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    rate numeric(21, 10) NOT NULL CHECK (rate > 0),
    source_amount numeric(38, 0) NOT NULL CHECK (source_amount > 0),
    destination_amount numeric(38, 0) NOT NULL,
    fee numeric(38, 0) NOT NULL CHECK (fee >= 0),
    credited numeric(38, 0) NOT NULL CHECK (credited > 0),
    capped boolean NOT NULL,
    rate_id text NOT NULL REFERENCES gateway.rate (id),
    tier_threshold numeric(38, 0) NOT NULL,
    tier_bps integer NOT NULL,
    psp_bps integer NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK (destination_amount = credited + fee)
);

CREATE TABLE gateway.payment (
    uetr text PRIMARY KEY,
    message_id text NOT NULL,
    instruction_id text,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    clearing_reference text,
    priority text NOT NULL CHECK (priority IN ('NORM', 'HIGH')),
    source_ips text NOT NULL,
    destination_ips text,
    source_psp text NOT NULL,
    source_sap text NOT NULL,
    destination_sap text NOT NULL,
    destination_psp text NOT NULL,
    quote_id text REFERENCES gateway.quote,
    source text NOT NULL,
    source_amount numeric(38, 0) NOT NULL CHECK (source_amount > 0),
    destination text,
    destination_amount numeric(38, 0) CHECK (destination_amount > 0),
    fee numeric(38, 0) CHECK (fee >= 0),
    rate numeric(21, 10) CHECK (rate > 0),
    returns text REFERENCES gateway.payment,
    answer_to text,
    state text NOT NULL
        CHECK (state IN ('received', 'forwarded', 'completed', 'rejected', 'blocked')),
    reason text,
    text text,
    recorded_at timestamptz NOT NULL,
    CHECK (state <> 'rejected' OR reason IS NOT NULL),
    CHECK (state = 'rejected' OR destination_ips IS NOT NULL),
    CHECK (state = 'rejected' OR destination_amount IS NOT NULL),
    CHECK ((destination_amount IS NULL) = (destination IS NULL)),
    CHECK ((destination_amount IS NULL) = (fee IS NULL)),
    CHECK ((destination_amount IS NULL) = (rate IS NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
-- One quote carries one payment.
CREATE UNIQUE INDEX payment_quote ON gateway.payment (quote_id) WHERE quote_id IS NOT NULL;

CREATE TABLE gateway.payment_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uetr text NOT NULL REFERENCES gateway.payment,
    event text NOT NULL CHECK (event IN
        ('refuse', 'forward', 'postpone', 'complete', 'reject', 'block', 'time_out')),
    state text NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX payment_event_uetr ON gateway.payment_event (uetr);
CREATE INDEX payment_event_final ON gateway.payment_event (occurred_at, sequence)
    WHERE state IN ('completed', 'rejected', 'blocked');

CREATE TABLE gateway.resolution (
    first_agent text NOT NULL,
    message_id text NOT NULL,
    asked_by text NOT NULL,
    asked_of text NOT NULL,
    answer_to text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (first_agent, message_id)
);

-- Periods that are told to a system, each once, and how many of their pages have left.
CREATE TABLE gateway.report (
    ips text NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > begins_at),
    pages integer NOT NULL CHECK (pages > 0),
    sent integer NOT NULL DEFAULT 0 CHECK (sent BETWEEN 0 AND pages),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (ips, begins_at)
);
CREATE INDEX report_unsent ON gateway.report (begins_at, ips) WHERE sent < pages;

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.reference
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.rate
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.rate_withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.quote
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.resolution
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON gateway.reference, gateway.rate, gateway.rate_withdrawal, gateway.quote,
    gateway.payment_event, gateway.resolution TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON gateway.payment, gateway.report TO qantara_app;
