-- By what people show who they are, and what they confirmed.

CREATE SCHEMA credentials;
GRANT USAGE ON SCHEMA credentials TO qantara_app;

CREATE TABLE credentials.holder (
    principal_id text PRIMARY KEY REFERENCES access.principal,
    alias text NOT NULL UNIQUE CHECK (alias <> ''),
    recorded_at timestamptz NOT NULL,
    frozen_at timestamptz
);

-- The hash is Argon2id with its own salt and parameters in it.
CREATE TABLE credentials.pin (
    id text PRIMARY KEY,
    principal_id text NOT NULL REFERENCES credentials.holder,
    hash text NOT NULL CHECK (hash LIKE '$argon2id$%'),
    set_at timestamptz NOT NULL,
    replaced_at timestamptz
);
CREATE UNIQUE INDEX pin_in_force ON credentials.pin (principal_id) WHERE replaced_at IS NULL;

-- Counted for what was typed, whether anybody has that alias or not: a count that only stands
-- where somebody is would tell that somebody is there.
CREATE TABLE credentials.attempt (
    whose bytea PRIMARY KEY CHECK (octet_length(whose) = 32),
    failures integer NOT NULL CHECK (failures > 0),
    opens_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL
);
CREATE INDEX attempt_last ON credentials.attempt (last_at);

CREATE TABLE credentials.passkey (
    id text PRIMARY KEY,
    principal_id text NOT NULL REFERENCES credentials.holder,
    handle bytea NOT NULL UNIQUE CHECK (octet_length(handle) BETWEEN 1 AND 1023),
    public_key bytea NOT NULL,
    counter bigint NOT NULL CHECK (counter >= 0),
    label text NOT NULL,
    registered_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX passkey_of_principal ON credentials.passkey (principal_id, registered_at, id);

-- Asked once, answered once: whoever answers takes the row away.
CREATE TABLE credentials.challenge (
    id text PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('register', 'sign_in')),
    principal_id text,
    challenge bytea NOT NULL CHECK (octet_length(challenge) >= 16),
    expires_at timestamptz NOT NULL
);
CREATE INDEX challenge_expiry ON credentials.challenge (expires_at);

CREATE TABLE credentials.confirmation (
    id text PRIMARY KEY,
    principal_id text NOT NULL REFERENCES access.principal,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    payee bytea NOT NULL CHECK (octet_length(payee) = 32),
    challenge bytea NOT NULL,
    code_digest bytea,
    state text NOT NULL CHECK (state IN (
        'asked', 'proved', 'used', 'failed', 'void', 'expired')),
    method text CHECK (method IN ('pin', 'pin_and_code', 'passkey')),
    factors smallint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > asked_at),
    ended_at timestamptz,
    CHECK (position(digest IN challenge) > 0),
    CHECK ((method IS NULL) = (factors = 0)),
    CHECK (state NOT IN ('proved', 'used', 'void') OR method IS NOT NULL),
    CHECK ((state IN ('asked', 'proved')) = (ended_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX confirmation_open ON credentials.confirmation (expires_at) WHERE ended_at IS NULL;

-- Whom somebody has paid with a confirmation before.
CREATE TABLE credentials.known_payee (
    principal_id text NOT NULL REFERENCES access.principal,
    payee bytea NOT NULL CHECK (octet_length(payee) = 32),
    confirmed_at timestamptz NOT NULL,
    PRIMARY KEY (principal_id, payee)
);

GRANT SELECT, INSERT ON credentials.holder, credentials.pin, credentials.passkey,
    credentials.confirmation, credentials.known_payee TO qantara_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON credentials.attempt TO qantara_app;
GRANT SELECT, INSERT, DELETE ON credentials.challenge TO qantara_app;
GRANT UPDATE (frozen_at) ON credentials.holder TO qantara_app;
GRANT UPDATE (replaced_at) ON credentials.pin TO qantara_app;
GRANT UPDATE (counter, last_used_at, revoked_at) ON credentials.passkey TO qantara_app;
GRANT UPDATE (state, method, factors, ended_at) ON credentials.confirmation TO qantara_app;
