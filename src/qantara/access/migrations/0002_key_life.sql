-- What a key is called, which key it replaces, when it was used last.

ALTER TABLE access.api_key
    ADD COLUMN label text NOT NULL DEFAULT '',
    ADD COLUMN replaces text REFERENCES access.api_key,
    ADD COLUMN last_used_at timestamptz;
CREATE INDEX api_key_of_principal ON access.api_key (principal_id, issued_at, id);

CREATE FUNCTION access.keep_expiry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the life of a key is only ever shortened'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER keep_expiry BEFORE UPDATE OF expires_at ON access.api_key
    FOR EACH ROW WHEN (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at)
    EXECUTE FUNCTION access.keep_expiry();

GRANT UPDATE (expires_at, last_used_at) ON access.api_key TO qantara_app;
