-- The pacs.008 for the party after next, written once: kept beside the payment, whose row is
-- written anew at every step.

CREATE TABLE ips.onward (
    uetr text PRIMARY KEY,
    raw bytea NOT NULL
) WITH (toast_tuple_target = 8160);
INSERT INTO ips.onward (uetr, raw)
SELECT uetr, onward FROM ips.payment WHERE octet_length(onward) > 0;
ALTER TABLE ips.payment DROP COLUMN onward;

CREATE TRIGGER history BEFORE UPDATE OR DELETE OR TRUNCATE ON ips.onward
    FOR EACH STATEMENT EXECUTE FUNCTION db.refuse_change();
GRANT SELECT, INSERT ON ips.onward TO qantara_app;

-- One statement moves a payment and writes its event.
ALTER TABLE ips.payment_event DROP CONSTRAINT payment_event_uetr_fkey;
