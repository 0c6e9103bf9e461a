-- Rates pushed and exchanges done: history, both.

CREATE SCHEMA fxp;
GRANT USAGE ON SCHEMA fxp TO qantara_app;

CREATE TABLE fxp.rate (
    id text PRIMARY KEY,
    pair text NOT NULL,
    tick bigint NOT NULL CHECK (tick > 0),
    source text NOT NULL,
    destination text NOT NULL,
    mid numeric(21, 10) NOT NULL CHECK (mid > 0),
    rate numeric(21, 10) NOT NULL CHECK (rate > 0),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (source, destination, tick)
);

CREATE TABLE fxp.exchange (
    uetr text PRIMARY KEY,
    rate_id text NOT NULL REFERENCES fxp.rate,
    quote_id text NOT NULL,
    source text NOT NULL,
    given numeric(38, 0) NOT NULL CHECK (given > 0),
    destination text NOT NULL,
    paid numeric(38, 0) NOT NULL CHECK (paid > 0),
    rate numeric(21, 10) NOT NULL,
    mid numeric(21, 10) NOT NULL,
    margin numeric(38, 0) NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON fxp.rate
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON fxp.exchange
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON fxp.rate, fxp.exchange TO qantara_app;
