-- Principals and their keys, proposals that wait for a second person, the audit trail.

CREATE SCHEMA access;
GRANT USAGE ON SCHEMA access TO qantara_app;

CREATE TABLE access.principal (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('person', 'client_app', 'counterparty')),
    name text NOT NULL CHECK (name <> ''),
    roles text[] NOT NULL CHECK (roles <@ ARRAY[
        'administrator', 'auditor', 'compliance', 'counterparty', 'customer', 'operations']),
    subject text,
    recorded_at timestamptz NOT NULL
);

-- The digest is over the key's id and its 256 random bits: one read by id, no guessing offline.
CREATE TABLE access.api_key (
    id text PRIMARY KEY,
    principal_id text NOT NULL REFERENCES access.principal,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    scopes text[] NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz CHECK (expires_at > issued_at),
    revoked_at timestamptz
);

CREATE FUNCTION access.keep_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a revoked key stays revoked'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER keep_revoked BEFORE UPDATE ON access.api_key
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION access.keep_revoked();

-- Four eyes is a constraint: whoever proposed can only withdraw.
-- A counterparty's certificates, by the SHA-256 of their DER form. Several may stand beside each
-- other while one is replaced.
CREATE TABLE access.certificate (
    principal_id text NOT NULL REFERENCES access.principal,
    thumbprint text NOT NULL CHECK (thumbprint ~ '^[0-9a-f]{64}$'),
    bound_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (principal_id, thumbprint)
);

CREATE TABLE access.proposal (
    id text PRIMARY KEY,
    action text NOT NULL CHECK (action IN (
        'account_freeze', 'account_release', 'key_issue', 'ledger_correct')),
    payload jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'expired')),
    proposed_by text NOT NULL REFERENCES access.principal,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > proposed_at),
    decided_by text REFERENCES access.principal,
    decided_at timestamptz,
    CHECK (state <> 'approved' OR decided_by <> proposed_by),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK ((state IN ('approved', 'rejected')) = (decided_by IS NOT NULL))
);
CREATE INDEX proposal_pending ON access.proposal (expires_at) WHERE state = 'pending';

CREATE TABLE access.proposal_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proposal_id text NOT NULL REFERENCES access.proposal,
    event text NOT NULL CHECK (event IN ('approve', 'reject', 'expire')),
    state text NOT NULL,
    principal_id text,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE access.audit_entry (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor text NOT NULL,
    act text NOT NULL,
    target text NOT NULL,
    details jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX audit_entry_target ON access.audit_entry (target, sequence);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON access.principal
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON access.proposal_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON access.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON access.principal, access.api_key, access.certificate, access.proposal,
    access.proposal_event, access.audit_entry TO qantara_app;
GRANT UPDATE (revoked_at) ON access.api_key, access.certificate TO qantara_app;
GRANT UPDATE (state, decided_by, decided_at) ON access.proposal TO qantara_app;
