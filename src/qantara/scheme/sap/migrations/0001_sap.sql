-- Payments of an access provider's customers: state and its events.

CREATE SCHEMA sap;
GRANT USAGE ON SCHEMA sap TO qantara_app;

CREATE TABLE sap.payment (
    uetr text PRIMARY KEY,
    message_id text NOT NULL,
    sender text NOT NULL,
    side text NOT NULL CHECK (side IN ('source', 'destination')),
    customer text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    asset text NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'reserved', 'settled', 'rejected')),
    reason text,
    text text,
    recorded_at timestamptz NOT NULL,
    CHECK ((state = 'rejected') = (reason IS NOT NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE sap.payment_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uetr text NOT NULL REFERENCES sap.payment,
    event text NOT NULL CHECK (event IN ('refuse', 'reserve', 'settle', 'reject')),
    state text NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX payment_event_uetr ON sap.payment_event (uetr);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON sap.payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON sap.payment_event TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON sap.payment TO qantara_app;
