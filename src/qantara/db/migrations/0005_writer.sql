-- Who writes: one holder at a time, under an epoch that only grows. Every batch shares the row of
-- its epoch, so a writer that was replaced commits nothing more.

CREATE TABLE db.writer (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL,
    holder text NOT NULL,
    taken_at timestamptz NOT NULL
);
INSERT INTO db.writer (epoch, holder, taken_at) VALUES (0, '', now());

CREATE FUNCTION db.refuse_old_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.epoch <> OLD.epoch + 1 THEN
        RAISE EXCEPTION 'epoch % cannot follow %', NEW.epoch, OLD.epoch
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grows BEFORE UPDATE ON db.writer
    FOR EACH ROW EXECUTE FUNCTION db.refuse_old_epoch();
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON db.writer
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
GRANT SELECT, UPDATE ON db.writer TO qantara_app;
