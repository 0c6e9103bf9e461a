-- Who is signed in to which site, by the digest of a secret that only the browser has. A session
-- hangs on the credential it was opened with: once that opens no more, neither does the session.

CREATE SCHEMA web;
GRANT USAGE ON SCHEMA web TO qantara_app;

CREATE TABLE web.session (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    site text NOT NULL,
    principal_id text NOT NULL,
    credential text NOT NULL,
    opened_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL CHECK (seen_at >= opened_at),
    expires_at timestamptz NOT NULL CHECK (expires_at > opened_at)
);
CREATE INDEX session_expires ON web.session (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON web.session TO qantara_app;
