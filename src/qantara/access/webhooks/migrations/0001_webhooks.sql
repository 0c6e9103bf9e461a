-- Who is told what became of what, and what is still to be told.

CREATE SCHEMA webhooks;
GRANT USAGE ON SCHEMA webhooks TO qantara_app;

-- Signing takes the secret itself, so it stands here as it is; no answer shows it twice.
CREATE TABLE webhooks.endpoint (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    principal_id text NOT NULL REFERENCES access.principal,
    customer_id text,
    url text NOT NULL,
    event_types text[] NOT NULL CHECK (cardinality(event_types) > 0),
    description text NOT NULL,
    state text NOT NULL CHECK (state IN ('enabled', 'disabled', 'failed', 'deleted')),
    secret text NOT NULL,
    previous_secret text,
    previous_until timestamptz,
    started_after bigint NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    rest_until timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    CHECK ((failures = 0) = (failing_since IS NULL))
) WITH (fillfactor = 50);
CREATE INDEX endpoint_of_principal ON webhooks.endpoint (principal_id, sequence);
CREATE INDEX endpoint_enabled ON webhooks.endpoint (id) WHERE state = 'enabled';

CREATE TABLE webhooks.delivery (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    endpoint_id text NOT NULL REFERENCES webhooks.endpoint,
    webhook_id text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'lapsed', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    tried_at timestamptz,
    status integer,
    error text,
    answer text CHECK (octet_length(answer) <= 4096),
    recorded_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK ((state = 'pending') = (finished_at IS NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX delivery_pending ON webhooks.delivery (endpoint_id, sequence)
    WHERE state = 'pending';
CREATE INDEX delivery_subject ON webhooks.delivery (endpoint_id, subject, sequence)
    WHERE state = 'pending';
CREATE INDEX delivery_of_endpoint ON webhooks.delivery (endpoint_id, sequence);
CREATE INDEX delivery_recorded ON webhooks.delivery (recorded_at);

-- The last event whose deliveries are queued.
CREATE TABLE webhooks.position (
    one boolean PRIMARY KEY CHECK (one),
    sequence bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO webhooks.position VALUES (true, 0);

GRANT SELECT, INSERT ON webhooks.endpoint, webhooks.delivery TO qantara_app;
GRANT UPDATE (url, event_types, description, state, secret, previous_secret, previous_until,
    started_after, failures, failing_since, rest_until, changed_at)
    ON webhooks.endpoint TO qantara_app;
GRANT UPDATE (state, attempts, due_at, tried_at, status, error, answer, finished_at), DELETE
    ON webhooks.delivery TO qantara_app;
GRANT SELECT, UPDATE ON webhooks.position TO qantara_app;
