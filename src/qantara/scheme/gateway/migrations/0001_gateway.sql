-- Rates and quotes (history), payments that pass through (state and its events), resolutions.

CREATE SCHEMA gateway;
GRANT USAGE ON SCHEMA gateway TO qantara_app;

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
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    source_ips text NOT NULL,
    destination_ips text,
    source_psp text NOT NULL,
    source_sap text NOT NULL,
    destination_sap text NOT NULL,
    destination_psp text NOT NULL,
    quote_id text REFERENCES gateway.quote,
    state text NOT NULL CHECK (state IN ('received', 'forwarded', 'completed', 'rejected')),
    reason text,
    text text,
    recorded_at timestamptz NOT NULL,
    CHECK ((state = 'rejected') = (reason IS NOT NULL)),
    CHECK (state = 'rejected' OR (quote_id IS NOT NULL AND destination_ips IS NOT NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
-- One quote carries one payment.
CREATE UNIQUE INDEX payment_quote ON gateway.payment (quote_id) WHERE quote_id IS NOT NULL;

CREATE TABLE gateway.payment_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uetr text NOT NULL REFERENCES gateway.payment,
    event text NOT NULL CHECK (event IN ('refuse', 'forward', 'complete', 'reject')),
    state text NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX payment_event_uetr ON gateway.payment_event (uetr);

CREATE TABLE gateway.resolution (
    first_agent text NOT NULL,
    message_id text NOT NULL,
    asked_by text NOT NULL,
    asked_of text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (first_agent, message_id)
);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.rate
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.quote
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.resolution
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON gateway.rate, gateway.quote, gateway.payment_event, gateway.resolution
    TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON gateway.payment TO qantara_app;
