-- Applications of people who want to become customers, and what their phones are told.

CREATE SCHEMA onboarding;
GRANT USAGE ON SCHEMA onboarding TO qantara_app;

-- A code is asked for a phone. Nothing here says whether anybody has it.
CREATE TABLE onboarding.code (
    id text PRIMARY KEY,
    phone text NOT NULL,
    language text NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    tries integer NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);
CREATE INDEX code_expiry ON onboarding.code (expires_at);

-- What a gateway of text messages would send. This one is simulated: it sends nothing.
CREATE TABLE onboarding.simulated_sms (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone text NOT NULL,
    text text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX simulated_sms_phone ON onboarding.simulated_sms (phone, sequence);

-- `said` is what the person told, `outcome` what was decided about it; both are emptied when an
-- application ends without an account.
CREATE TABLE onboarding.application (
    id text PRIMARY KEY,
    phone text NOT NULL,
    language text NOT NULL,
    state text NOT NULL CHECK (state IN ('filling', 'in_review', 'opened', 'refused', 'expired')),
    secret_digest bytea,
    said jsonb NOT NULL,
    outcome jsonb NOT NULL,
    held text NOT NULL,
    asked text NOT NULL,
    customer_id text,
    account_id text,
    started_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK (state <> 'opened' OR (customer_id IS NOT NULL AND account_id IS NOT NULL)),
    CHECK ((customer_id IS NULL) = (account_id IS NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX application_running ON onboarding.application (phone)
    WHERE state IN ('filling', 'in_review', 'refused');
CREATE INDEX application_waiting ON onboarding.application (changed_at, id)
    WHERE state = 'in_review';
CREATE INDEX application_expiry ON onboarding.application (expires_at)
    WHERE state IN ('filling', 'in_review', 'refused');
CREATE INDEX application_customer ON onboarding.application (customer_id, changed_at);

CREATE TABLE onboarding.application_event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id text NOT NULL REFERENCES onboarding.application,
    event text NOT NULL CHECK (event IN ('open', 'review', 'refuse', 'amend', 'time_out')),
    state text NOT NULL CHECK (state IN ('filling', 'in_review', 'opened', 'refused', 'expired')),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX application_event_of ON onboarding.application_event (application_id, sequence);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON onboarding.application_event
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

CREATE SEQUENCE onboarding.account_number;

GRANT SELECT, INSERT, UPDATE, DELETE ON onboarding.code TO qantara_app;
GRANT SELECT, INSERT, DELETE ON onboarding.simulated_sms TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON onboarding.application TO qantara_app;
GRANT SELECT, INSERT ON onboarding.application_event TO qantara_app;
GRANT USAGE ON SEQUENCE onboarding.account_number TO qantara_app;
