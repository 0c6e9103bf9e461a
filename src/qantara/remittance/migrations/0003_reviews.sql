-- Payments that wait for a person because a rule failed by a figure of low confidence.

ALTER TABLE remittance.remittance DROP CONSTRAINT remittance_state_check;
ALTER TABLE remittance.remittance ADD CONSTRAINT remittance_state_check CHECK (state IN (
    'quoted', 'in_review', 'accepted', 'submitted', 'overdue', 'completed', 'rejected', 'blocked',
    'refused', 'expired'));

CREATE TABLE remittance.review (
    remittance_id text PRIMARY KEY REFERENCES remittance.remittance,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    decision_id text NOT NULL,
    account_id text NOT NULL,
    -- who is paid, as a digest: equal for equal payees
    payee text NOT NULL,
    grounds jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'released', 'refused', 'lapsed')),
    proposed_by text,
    decided_by text,
    -- the payment that went by this clearance: its own, or the one after it on a new quote
    used_by text UNIQUE REFERENCES remittance.remittance,
    recorded_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK ((state IN ('released', 'refused')) = (decided_by IS NOT NULL)),
    CHECK ((decided_by IS NULL) = (proposed_by IS NULL)),
    CHECK (proposed_by <> decided_by),
    CHECK (used_by IS NULL OR state = 'released')
) WITH (fillfactor = 70);
CREATE INDEX review_by_state ON remittance.review (state, sequence);
CREATE INDEX review_unused ON remittance.review (account_id, sequence)
    WHERE state = 'released' AND used_by IS NULL;
GRANT SELECT, INSERT, UPDATE ON remittance.review TO qantara_app;
