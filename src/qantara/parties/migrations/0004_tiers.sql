-- Customers who show an identity later, and accounts whose place in the book changes with a tier.

GRANT UPDATE (identity_type, identity_value) ON parties.customer TO qantara_app;
GRANT UPDATE (ledger_code) ON parties.account TO qantara_app;
CREATE INDEX customer_identity ON parties.customer (identity_type, identity_value);

CREATE FUNCTION parties.keep_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an identity that was shown stays'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER keep_identity BEFORE UPDATE OF identity_type, identity_value ON parties.customer
    FOR EACH ROW WHEN (OLD.identity_type IS NOT NULL
        AND (OLD.identity_type, OLD.identity_value) IS DISTINCT FROM
            (NEW.identity_type, NEW.identity_value))
    EXECUTE FUNCTION parties.keep_identity();

-- Where the money of an account stood before: payments of then are found there.
CREATE TABLE parties.former_place (
    account_id text NOT NULL REFERENCES parties.account,
    ledger_code text NOT NULL UNIQUE,
    left_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, left_at)
);

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON parties.former_place
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();

GRANT SELECT, INSERT ON parties.former_place TO qantara_app;
