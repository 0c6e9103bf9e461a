-- What authorities see: days added up from events, and the signed documents of all institutions.

CREATE SCHEMA supervision;
GRANT USAGE ON SCHEMA supervision TO qantara_app;

-- How far the role's events are added up.
CREATE TABLE supervision.progress (
    source text PRIMARY KEY,
    position bigint NOT NULL
);

CREATE TABLE supervision.outcome (
    day date NOT NULL,
    way text NOT NULL CHECK (way IN ('out', 'in')),
    source text NOT NULL,
    destination text NOT NULL,
    source_currency text NOT NULL,
    destination_currency text NOT NULL,
    rail text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('completed', 'rejected', 'refused', 'held', 'overdue',
        'blocked', 'returned')),
    count bigint NOT NULL CHECK (count > 0),
    sent numeric(38, 0) NOT NULL,
    received numeric(38, 0) NOT NULL,
    -- in minor units of the source currency, not yet rounded
    fees numeric(44, 6) NOT NULL,
    margin numeric(44, 6) NOT NULL,
    PRIMARY KEY (day, way, source, destination, source_currency, destination_currency, rail,
        outcome)
);

-- How long completed payments took: steps of a twentieth, so that days and corridors add up.
CREATE TABLE supervision.elapsed (
    day date NOT NULL,
    way text NOT NULL,
    source text NOT NULL,
    destination text NOT NULL,
    source_currency text NOT NULL,
    destination_currency text NOT NULL,
    rail text NOT NULL,
    bucket integer NOT NULL CHECK (bucket >= 0),
    count bigint NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, way, source, destination, source_currency, destination_currency, rail,
        bucket)
);

CREATE TABLE supervision.complaint (
    day date NOT NULL,
    kind text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('customer', 'institution')),
    opened bigint NOT NULL CHECK (opened >= 0),
    closed bigint NOT NULL CHECK (closed >= 0),
    PRIMARY KEY (day, kind, origin)
);

-- By which keys institutions sign, ours among them; a newer key takes the place of an older one.
CREATE TABLE supervision.issuer_key (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer text NOT NULL,
    key_id text NOT NULL,
    public_key bytea NOT NULL CHECK (length(public_key) = 32),
    recorded_at timestamptz NOT NULL,
    UNIQUE (issuer, key_id)
);

-- Signed documents, ours and those of others, as they were signed.
CREATE TABLE supervision.document (
    issuer text NOT NULL,
    day date NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    jurisdiction text NOT NULL,
    complete boolean NOT NULL,
    message_id text NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL CHECK (length(signature) = 64),
    body bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, day, revision)
);
CREATE INDEX document_of_day ON supervision.document (day);

DO $$
DECLARE history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['issuer_key', 'document'] LOOP
        EXECUTE format('CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON supervision.%I FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change()', history);
        EXECUTE format('GRANT SELECT, INSERT ON supervision.%I TO qantara_app', history);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON supervision.progress, supervision.outcome, supervision.elapsed,
    supervision.complaint TO qantara_app;
