-- The service desk of the scheme: cases on payments, and every move in them.

CREATE SCHEMA desk;
GRANT USAGE ON SCHEMA desk TO qantara_app;

CREATE TABLE desk.case_file (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind IN ('investigation', 'recall', 'dispute')),
    cause text NOT NULL,
    uetr text NOT NULL,
    opened_by text NOT NULL,
    assigned_to text NOT NULL CHECK (assigned_to <> opened_by),
    state text NOT NULL CHECK (state IN ('opened', 'accepted', 'refused', 'returned', 'withdrawn',
        'expired', 'closed')),
    text text,
    source text NOT NULL,
    source_amount numeric(38, 0) NOT NULL,
    destination text,
    destination_amount numeric(38, 0),
    owes_return boolean NOT NULL,
    message_id text NOT NULL,
    reason text,
    returned_by text,
    due_at timestamptz,
    escalated_at timestamptz,
    opened_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX case_file_open ON desk.case_file (uetr, kind, opened_by)
    WHERE state IN ('opened', 'accepted');
CREATE INDEX case_file_assigned ON desk.case_file (assigned_to, sequence);
CREATE INDEX case_file_opened_by ON desk.case_file (opened_by, sequence);
CREATE INDEX case_file_escalated ON desk.case_file (sequence) WHERE escalated_at IS NOT NULL;

CREATE TABLE desk.case_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id text NOT NULL REFERENCES desk.case_file,
    event text NOT NULL,
    state text NOT NULL,
    by text NOT NULL,
    reason text,
    text text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX case_event_of_case ON desk.case_event (case_id, sequence);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.case_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
GRANT SELECT, INSERT, UPDATE ON desk.case_file TO qantara_app;
GRANT SELECT, INSERT ON desk.case_event TO qantara_app;
