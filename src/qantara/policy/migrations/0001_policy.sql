-- Rulebooks as they stood, and the decisions made by them: enough to decide again, bit for bit.

CREATE SCHEMA policy;
GRANT USAGE ON SCHEMA policy TO qantara_app;

-- Text and not jsonb: the version is the hash of exactly these characters.
CREATE TABLE policy.rulebook (
    version text PRIMARY KEY CHECK (version = encode(sha256(convert_to(content, 'UTF8')), 'hex')),
    content text NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE policy.decision (
    id text PRIMARY KEY,
    subject text NOT NULL,
    decided_on date NOT NULL,
    rulebook_version text NOT NULL REFERENCES policy.rulebook,
    allowed boolean NOT NULL,
    facts jsonb NOT NULL,
    outcome jsonb NOT NULL,
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX decision_subject ON policy.decision (subject, recorded_at, id);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON policy.rulebook
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON policy.decision
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON policy.rulebook, policy.decision TO qantara_app;
