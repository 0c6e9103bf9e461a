-- Who is signed in to the console, by the digest of a secret that only the browser has. A session
-- hangs on the key it was opened with: once that key opens no more, neither does the session.

CREATE SCHEMA web;
GRANT USAGE ON SCHEMA web TO qantara_app;

CREATE TABLE web.session (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    principal_id text NOT NULL,
    key_id text NOT NULL,
    opened_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL CHECK (seen_at >= opened_at),
    expires_at timestamptz NOT NULL CHECK (expires_at > opened_at)
);
CREATE INDEX session_expires ON web.session (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON web.session TO qantara_app;
