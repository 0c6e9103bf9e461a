-- Every way a payment takes and may end, timers, suspensions, moving aliases, limits of lookups,
-- requests to pay, and what may follow a settled payment.

ALTER TABLE ips.payment RENAME COLUMN psp TO pays;
ALTER TABLE ips.payment RENAME COLUMN psp_bic TO pays_bic;
ALTER TABLE ips.payment RENAME COLUMN sap TO paid;
ALTER TABLE ips.payment RENAME COLUMN sap_bic TO paid_bic;
ALTER TABLE ips.payment
    ADD COLUMN route text NOT NULL DEFAULT 'out' CHECK (route IN ('out', 'in', 'inside')),
    ADD COLUMN priority text NOT NULL DEFAULT 'NORM' CHECK (priority IN ('NORM', 'HIGH')),
    ADD COLUMN steps smallint NOT NULL DEFAULT 5 CHECK (steps IN (4, 5)),
    ADD COLUMN due_at timestamptz,
    DROP CONSTRAINT payment_check,
    ADD CONSTRAINT payment_check CHECK (CASE state
        WHEN 'rejected' THEN reason IS NOT NULL
        WHEN 'blocked' THEN true
        WHEN 'at_block_confirmation' THEN true
        WHEN 'held' THEN true
        ELSE reason IS NULL END),
    DROP CONSTRAINT payment_state_check,
    ADD CONSTRAINT payment_state_check CHECK (state IN (
        'received', 'at_source_sap', 'at_gateway', 'at_destination_sap', 'at_payee_psp',
        'at_confirmation', 'at_block_confirmation', 'held', 'settled', 'blocked', 'rejected'));
-- What came in had its provider in the first pair of columns, which now pays.
UPDATE ips.payment
SET route = 'in', steps = 4, pays = paid, pays_bic = paid_bic, paid = pays, paid_bic = pays_bic
WHERE sender <> pays;
ALTER TABLE ips.payment
    ALTER COLUMN route DROP DEFAULT,
    ALTER COLUMN priority DROP DEFAULT,
    ALTER COLUMN steps DROP DEFAULT;
CREATE INDEX payment_due ON ips.payment (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payment_recorded ON ips.payment (recorded_at, uetr);

ALTER TABLE ips.payment_event
    DROP CONSTRAINT payment_event_event_check,
    ADD CONSTRAINT payment_event_event_check CHECK (event IN (
        'refuse', 'submit', 'submit_own', 'sap_accept', 'sap_reject', 'deliver', 'deliver_own',
        'carry', 'psp_accept', 'psp_validate', 'psp_hold', 'psp_block', 'psp_will_block',
        'psp_reject', 'hold', 'confirm', 'block', 'reject', 'expire'));

-- An answer goes back in the dialect of its question. What was asked before is over.
ALTER TABLE ips.resolution ADD COLUMN profile text NOT NULL DEFAULT 'nexus';
ALTER TABLE ips.resolution ALTER COLUMN profile DROP DEFAULT;

CREATE TABLE ips.suspension (
    role text PRIMARY KEY,
    why text NOT NULL,
    suspended_at timestamptz NOT NULL
);
CREATE TABLE ips.suspension_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role text NOT NULL,
    act text NOT NULL CHECK (act IN ('suspend', 'resume')),
    why text NOT NULL,
    by text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE ips.alias_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proxy_type text NOT NULL,
    proxy_value text NOT NULL,
    act text NOT NULL CHECK (act IN ('register', 'deregister')),
    iban text,
    other text,
    agent text NOT NULL,
    name text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX alias_event_proxy ON ips.alias_event (proxy_type, proxy_value);
INSERT INTO ips.alias_event
    (proxy_type, proxy_value, act, iban, other, agent, name, occurred_at, recorded_at)
SELECT proxy_type, proxy_value, 'register', iban, other, agent, name, recorded_at, recorded_at
FROM ips.alias ORDER BY recorded_at;

-- How often one hashed person asked the directory since the window began.
CREATE TABLE ips.lookup (
    creator_id text NOT NULL,
    window_at timestamptz NOT NULL,
    count integer NOT NULL CHECK (count > 0),
    PRIMARY KEY (creator_id, window_at)
) WITH (fillfactor = 50);

CREATE TABLE ips.request (
    creditor_bic text NOT NULL,
    request_id text NOT NULL,
    message_id text NOT NULL,
    created_at timestamptz NOT NULL,
    end_to_end_id text NOT NULL,
    creditor text NOT NULL,
    debtor text NOT NULL,
    debtor_bic text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    asset text NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN (
        'received', 'asked', 'shown', 'accepted', 'paid', 'refused', 'expired')),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (creditor_bic, request_id)
) WITH (fillfactor = 70);
CREATE INDEX request_due ON ips.request (expires_at)
    WHERE state IN ('asked', 'shown', 'accepted');
CREATE INDEX request_end_to_end ON ips.request (end_to_end_id, creditor_bic);
CREATE TABLE ips.request_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    creditor_bic text NOT NULL,
    request_id text NOT NULL,
    event text NOT NULL CHECK (event IN (
        'ask', 'decline', 'show', 'accept', 'refuse', 'pay', 'expire')),
    state text NOT NULL,
    reason text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    FOREIGN KEY (creditor_bic, request_id) REFERENCES ips.request
);

-- A settled payment given back: once, and never more than it was.
CREATE TABLE ips.payment_return (
    uetr text PRIMARY KEY REFERENCES ips.payment,
    message_id text NOT NULL,
    return_id text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    asset text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE TABLE ips.recall (
    uetr text NOT NULL REFERENCES ips.payment,
    cancellation_id text NOT NULL,
    message_id text NOT NULL,
    case_id text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (uetr, cancellation_id)
);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.suspension_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.alias_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.request_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.payment_return
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.recall
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON ips.suspension_event, ips.alias_event, ips.request_event,
    ips.payment_return, ips.recall TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON ips.request TO qantara_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ips.suspension, ips.lookup TO qantara_app;
GRANT DELETE ON ips.alias TO qantara_app;
