-- Answers kept so that a repeated request is given the first one again.

CREATE SCHEMA edge;
GRANT USAGE ON SCHEMA edge TO qantara_app;

CREATE TABLE edge.answer (
    principal_id text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    status integer NOT NULL,
    media_type text NOT NULL,
    location text,
    body bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (principal_id, key)
);
CREATE INDEX answer_recorded ON edge.answer (recorded_at);

GRANT SELECT, INSERT, DELETE ON edge.answer TO qantara_app;
