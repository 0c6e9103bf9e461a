-- Payments (state and events), the proxy directory, resolutions, settlement cycles.

CREATE SCHEMA ips;
GRANT USAGE ON SCHEMA ips TO qantara_app;

CREATE TABLE ips.payment (
    uetr text PRIMARY KEY,
    message_id text NOT NULL,
    sender text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    asset text NOT NULL,
    psp text NOT NULL,
    psp_bic text NOT NULL,
    sap text NOT NULL,
    sap_bic text NOT NULL,
    state text NOT NULL CHECK (state IN (
        'received', 'at_source_sap', 'at_gateway', 'at_destination_sap', 'at_payee_psp',
        'at_confirmation', 'settled', 'rejected')),
    reason text,
    text text,
    onward bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    CHECK ((state = 'rejected') = (reason IS NOT NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE ips.payment_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uetr text NOT NULL REFERENCES ips.payment,
    event text NOT NULL CHECK (event IN (
        'refuse', 'submit', 'sap_accept', 'sap_reject', 'deliver', 'psp_accept', 'psp_validate',
        'psp_reject', 'confirm', 'reject')),
    state text NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX payment_event_uetr ON ips.payment_event (uetr);

CREATE TABLE ips.alias (
    proxy_type text NOT NULL,
    proxy_value text NOT NULL,
    iban text,
    other text,
    agent text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    town text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (proxy_type, proxy_value),
    CHECK ((iban IS NULL) <> (other IS NULL))
);

CREATE TABLE ips.resolution (
    first_agent text NOT NULL,
    message_id text NOT NULL,
    asked_by text NOT NULL,
    asked_by_bic text NOT NULL,
    asked_of text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (first_agent, message_id)
);

CREATE TABLE ips.cycle (
    id text PRIMARY KEY,
    asset text NOT NULL,
    total numeric(38, 0) NOT NULL CHECK (total >= 0),
    settled_at timestamptz NOT NULL
);

CREATE TABLE ips.cycle_position (
    cycle_id text NOT NULL REFERENCES ips.cycle,
    role text NOT NULL,
    net numeric(38, 0) NOT NULL CHECK (net <> 0),
    PRIMARY KEY (cycle_id, role)
);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.resolution
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.cycle
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.cycle_position
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON ips.payment_event, ips.alias, ips.resolution, ips.cycle,
    ips.cycle_position TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON ips.payment TO qantara_app;
