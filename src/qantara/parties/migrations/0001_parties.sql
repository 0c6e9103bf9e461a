-- Institutions, customers, their accounts and the aliases that lead to the accounts.

CREATE SCHEMA parties;
GRANT USAGE ON SCHEMA parties TO qantara_app;

CREATE TABLE parties.institution (
    role text PRIMARY KEY,
    bic text NOT NULL UNIQUE CHECK (bic ~ '^[A-Z0-9]{8}([A-Z0-9]{3})?$'),
    name text NOT NULL CHECK (name <> ''),
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    lei text UNIQUE CHECK (lei ~ '^[A-Z0-9]{18}[0-9]{2}$'),
    recorded_at timestamptz NOT NULL
);

CREATE TABLE parties.customer (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('person', 'company')),
    legal_name text NOT NULL CHECK (legal_name <> ''),
    display_name text NOT NULL CHECK (display_name <> ''),
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    street text NOT NULL,
    town text NOT NULL,
    identity_type text CHECK (identity_type IN (
        'nric', 'cnic', 'passport', 'siren', 'registration', 'lei')),
    identity_value text,
    born_on date,
    phone text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    email text,
    state text NOT NULL CHECK (state IN ('active', 'closed')),
    recorded_at timestamptz NOT NULL,
    CHECK ((kind = 'person') = (born_on IS NOT NULL)),
    CHECK ((identity_type IS NULL) = (identity_value IS NULL))
);

CREATE TABLE parties.account (
    id text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES parties.customer,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    number text NOT NULL UNIQUE,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    ledger_code text NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    recorded_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX account_customer ON parties.account (customer_id, recorded_at, id);

CREATE TABLE parties.alias (
    id text PRIMARY KEY,
    type text NOT NULL CHECK (type IN ('MBNO', 'NIDN', 'EMAL', 'CCPT')),
    value text NOT NULL CHECK (value <> ''),
    account_id text NOT NULL REFERENCES parties.account,
    claimed_at timestamptz NOT NULL,
    released_at timestamptz
);
-- One value leads to one account at a time, whoever asks and however many ask at once.
CREATE UNIQUE INDEX alias_owner ON parties.alias (type, value) WHERE released_at IS NULL;
CREATE INDEX alias_account ON parties.alias (account_id) WHERE released_at IS NULL;

GRANT SELECT, INSERT ON parties.institution, parties.customer, parties.account, parties.alias
    TO qantara_app;
GRANT UPDATE (state) ON parties.customer TO qantara_app;
GRANT UPDATE (state, closed_at) ON parties.account TO qantara_app;
GRANT UPDATE (released_at) ON parties.alias TO qantara_app;
