-- Disputes, their numbers, and all that was said in them.

CREATE SCHEMA disputes;
GRANT USAGE ON SCHEMA disputes TO qantara_app;

-- The last number given in a year.
CREATE TABLE disputes.number (
    year integer PRIMARY KEY,
    last bigint NOT NULL CHECK (last > 0)
);

CREATE TABLE disputes.dispute (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    number text NOT NULL UNIQUE,
    customer_id text NOT NULL,
    payment_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'not_received', 'wrong_amount', 'not_authorised', 'wrong_payee', 'other')),
    state text NOT NULL CHECK (state IN (
        'open', 'answered', 'resolved', 'rejected', 'withdrawn')),
    words text NOT NULL,
    opened_at timestamptz NOT NULL,
    end_due_at timestamptz NOT NULL,
    due_at timestamptz,
    ended_at timestamptz,
    CHECK ((due_at IS NULL) = (state IN ('resolved', 'rejected', 'withdrawn'))),
    CHECK ((ended_at IS NULL) = (state IN ('open', 'answered')))
) WITH (fillfactor = 70);
CREATE INDEX dispute_of_customer ON disputes.dispute (customer_id, sequence);
CREATE INDEX dispute_queue
    ON disputes.dispute (coalesce(due_at, 'infinity'::timestamptz), sequence);
-- One payment, one open dispute of one customer.
CREATE UNIQUE INDEX dispute_once ON disputes.dispute (customer_id, payment_id)
    WHERE due_at IS NOT NULL;

CREATE TABLE disputes.entry (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dispute_id text NOT NULL REFERENCES disputes.dispute,
    act text NOT NULL CHECK (act IN (
        'open', 'say', 'answer', 'resolve', 'reject', 'withdraw', 'time_out')),
    actor text,
    words text,
    occurred_at timestamptz NOT NULL,
    CHECK ((act = 'time_out') = (actor IS NULL))
);
CREATE INDEX entry_of_dispute ON disputes.entry (dispute_id, sequence);
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON disputes.entry
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT, UPDATE ON disputes.number, disputes.dispute TO qantara_app;
GRANT SELECT, INSERT ON disputes.entry TO qantara_app;
