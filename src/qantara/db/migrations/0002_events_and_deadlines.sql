-- What became of what, kept for ever; what must be looked at if nothing has happened until then.

CREATE TABLE db.event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    state text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX event_subject ON db.event (subject, sequence);

-- `kind` is the package whose thing it is: each takes its own.
CREATE TABLE db.deadline (
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX deadline_due ON db.deadline (kind, due_at);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON db.event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON db.event TO qantara_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON db.deadline TO qantara_app;
