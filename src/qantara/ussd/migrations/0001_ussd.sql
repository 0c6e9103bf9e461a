-- Talks by USSD while they last, and in which language a phone was talked to. What was typed for a
-- PIN or a code is not among it.

CREATE SCHEMA ussd;
GRANT USAGE ON SCHEMA ussd TO qantara_app;

CREATE TABLE ussd.session (
    gateway text NOT NULL,
    id text NOT NULL,
    phone text NOT NULL,
    turns integer NOT NULL CHECK (turns >= 0),
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > opened_at),
    PRIMARY KEY (gateway, id)
);
CREATE INDEX session_expires ON ussd.session (expires_at);

CREATE TABLE ussd.speaker (
    phone text PRIMARY KEY,
    language text NOT NULL CHECK (language IN ('en', 'ms', 'ur', 'fr'))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ussd.session TO qantara_app;
GRANT SELECT, INSERT, UPDATE ON ussd.speaker TO qantara_app;
