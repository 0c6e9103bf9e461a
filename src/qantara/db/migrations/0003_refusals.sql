-- Messages that were refused for good, so that the same one sent again is refused again. What was
-- said is kept beside the digest: another message under the same key is judged for itself.

CREATE TABLE db.refusal (
    sender text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    reason text NOT NULL,
    facts text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (sender, key, digest)
);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON db.refusal
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
GRANT SELECT, INSERT ON db.refusal TO qantara_app;
