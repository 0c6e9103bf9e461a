-- Files that customers give with what they say: kept as they came, and never changed.

CREATE TABLE disputes.file (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    dispute_id text NOT NULL REFERENCES disputes.dispute,
    media_type text NOT NULL CHECK (media_type IN (
        'image/png', 'image/jpeg', 'image/webp', 'application/pdf')),
    digest bytea NOT NULL CHECK (digest = sha256(content)),
    content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 4194304),
    added_by text NOT NULL,
    added_at timestamptz NOT NULL
);
-- Pictures are compressed already.
ALTER TABLE disputes.file ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX file_of_dispute ON disputes.file (dispute_id, sequence);
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON disputes.file
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON disputes.file TO qantara_app;
