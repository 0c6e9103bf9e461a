-- Cases on payments across borders, and the payments that give others back.

CREATE TABLE remittance.case_file (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind IN ('investigation', 'recall', 'dispute')),
    cause text NOT NULL,
    uetr text NOT NULL,
    side text NOT NULL CHECK (side IN ('source', 'destination')),
    opened_by text NOT NULL,
    assigned_to text,
    state text NOT NULL CHECK (state IN ('requested', 'opened', 'accepted', 'refused', 'returned',
        'withdrawn', 'expired', 'closed')),
    text text,
    customer_id text,
    fault text CHECK (fault IN ('source', 'destination')),
    reason text,
    returned_by text,
    sent_currency text,
    sent numeric(38, 0),
    arrived_currency text,
    arrived numeric(38, 0),
    message_id text UNIQUE,
    by text,
    due_at timestamptz,
    opened_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX case_file_of_payment ON remittance.case_file (uetr, sequence);
CREATE INDEX case_file_of_customer ON remittance.case_file (customer_id, sequence)
    WHERE customer_id IS NOT NULL;
CREATE INDEX case_file_open ON remittance.case_file (sequence)
    WHERE state IN ('requested', 'opened', 'accepted');

CREATE TABLE remittance.case_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id text NOT NULL REFERENCES remittance.case_file,
    act text NOT NULL,
    state text NOT NULL,
    by text NOT NULL,
    reason text,
    text text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX case_event_of_case ON remittance.case_event (case_id, sequence);

CREATE TABLE remittance.return (
    uetr text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    case_id text NOT NULL REFERENCES remittance.case_file,
    original text NOT NULL REFERENCES remittance.inbound,
    state text NOT NULL CHECK (state IN ('sent', 'overdue', 'settled', 'rejected', 'blocked')),
    fault text NOT NULL CHECK (fault IN ('source', 'destination')),
    account_id text NOT NULL,
    account_code text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    taken numeric(38, 0) NOT NULL CHECK (taken >= 0),
    borne numeric(38, 0) NOT NULL CHECK (borne >= 0),
    difference numeric(38, 0) NOT NULL CHECK (difference >= 0),
    fee numeric(38, 0) NOT NULL CHECK (fee >= 0),
    sent numeric(38, 0) NOT NULL CHECK (sent > 0),
    arrives_currency text NOT NULL,
    arrives numeric(38, 0) NOT NULL CHECK (arrives > 0),
    recipient_fee numeric(38, 0) NOT NULL CHECK (recipient_fee >= 0),
    rate numeric(24, 10) NOT NULL CHECK (rate > 0),
    quote_id text,
    paid_to text NOT NULL,
    abroad text,
    paid_abroad numeric(38, 0),
    message_id text NOT NULL UNIQUE,
    by text NOT NULL,
    hold_id text,
    reason text,
    reason_code text,
    resends integer NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL,
    CHECK (taken + borne + difference = sent + fee),
    CHECK ((abroad IS NULL) = (paid_abroad IS NULL)),
    CHECK ((hold_id IS NULL) = (taken = 0))
) WITH (fillfactor = 70);
-- No payment is given back twice.
CREATE UNIQUE INDEX return_once ON remittance.return (original) WHERE state <> 'rejected';
CREATE INDEX return_of_case ON remittance.return (case_id);

-- Which payments that arrived give one of ours back: their text begins with the mark of returns.
CREATE INDEX inbound_returning ON remittance.inbound (substr(note, 16, 36))
    WHERE note LIKE 'NexusOrgnlUETR:%';

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON remittance.case_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
GRANT SELECT, INSERT ON remittance.case_event TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON remittance.case_file, remittance.return TO qantara_app;
