-- Messages received and sent, kept for ever; the queue of those not yet delivered; due work.

GRANT USAGE ON SCHEMA db TO qantara_app;
GRANT SELECT ON db.migration TO qantara_app;

CREATE FUNCTION db.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is history: % is refused', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TABLE db.inbox (
    sender text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    uetr text,
    raw bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (sender, key)
);
CREATE INDEX inbox_uetr ON db.inbox (uetr) WHERE uetr IS NOT NULL;

CREATE TABLE db.sent (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    uetr text,
    raw bytea NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX sent_uetr ON db.sent (uetr) WHERE uetr IS NOT NULL;
CREATE INDEX sent_key ON db.sent (key) WHERE uetr IS NULL;

CREATE TABLE db.outbox (
    sequence bigint PRIMARY KEY REFERENCES db.sent,
    recipient text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    refused text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE TABLE db.job (
    id text PRIMARY KEY,
    name text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    due_at timestamptz NOT NULL,
    every_seconds integer CHECK (every_seconds > 0),
    attempts integer NOT NULL DEFAULT 0,
    error text
) WITH (fillfactor = 50);
CREATE INDEX job_due ON db.job (due_at);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON db.inbox
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON db.sent
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON db.inbox, db.sent TO qantara_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON db.outbox, db.job TO qantara_app;
