-- Triggers an operator set on a simulated scheme role, and everything that came of them.

CREATE SCHEMA triggers;
GRANT USAGE ON SCHEMA triggers TO qantara_app;

CREATE TABLE triggers.trigger (
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    effect text NOT NULL CHECK (effect IN ('reject', 'delay', 'repeat', 'lose', 'halt')),
    message text,
    fields jsonb NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    code text,
    seconds int CHECK (seconds > 0),
    repeats int CHECK (repeats > 0),
    times int CHECK (times > 0),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL
);

CREATE TABLE triggers.removal (
    trigger_id text PRIMARY KEY REFERENCES triggers.trigger,
    removed_by text NOT NULL,
    removed_at timestamptz NOT NULL
);

CREATE TABLE triggers.strike (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trigger_id text NOT NULL REFERENCES triggers.trigger,
    peer text NOT NULL,
    key text NOT NULL,
    uetr text,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX strike_trigger_id ON triggers.strike (trigger_id);

-- Messages acknowledged and not yet taken: a queue, not history.
CREATE TABLE triggers.held (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    peer text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    uetr text,
    raw bytea NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX held_due_at ON triggers.held (due_at);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON triggers.trigger
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON triggers.removal
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON triggers.strike
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON triggers.trigger, triggers.removal, triggers.strike TO qantara_app;
GRANT SELECT, INSERT, DELETE ON triggers.held TO qantara_app;
