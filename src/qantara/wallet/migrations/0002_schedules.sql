-- Standing orders, and what became of each of their days.

CREATE TABLE wallet.schedule (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    beneficiary_id text NOT NULL REFERENCES wallet.beneficiary,
    state text NOT NULL CHECK (state IN ('active', 'ended', 'cancelled')),
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    fixed text NOT NULL CHECK (fixed IN ('source', 'destination')),
    ceiling numeric(38, 0) NOT NULL CHECK (ceiling > 0),
    ceiling_currency text NOT NULL,
    rhythm text NOT NULL CHECK (rhythm IN ('once', 'monthly')),
    first_on date NOT NULL,
    ends_on date CHECK (ends_on >= first_on),
    purpose text,
    note text,
    reference text,
    next_on date,
    reminded_on date,
    planned_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'active') = (ended_at IS NULL)),
    CHECK ((state = 'active') = (next_on IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX schedule_of_customer ON wallet.schedule (customer_id, sequence);
CREATE INDEX schedule_due ON wallet.schedule (next_on) WHERE state = 'active';

CREATE TABLE wallet.run (
    id text PRIMARY KEY,
    schedule_id text NOT NULL REFERENCES wallet.schedule,
    state text NOT NULL CHECK (state IN ('checking', 'quoting', 'placed', 'refused')),
    due_on date NOT NULL,
    check_id text NOT NULL UNIQUE,
    payment_id text UNIQUE,
    reason text,
    rule text,
    citation text,
    begun_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (schedule_id, due_on),
    CHECK ((state = 'placed') = (payment_id IS NOT NULL)),
    CHECK ((state = 'refused') = (reason IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX run_under_way ON wallet.run (state, begun_at) WHERE state IN ('checking', 'quoting');

GRANT SELECT, INSERT, UPDATE ON wallet.schedule, wallet.run TO qantara_app;
