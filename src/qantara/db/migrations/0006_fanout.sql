-- How far the role's events were published elsewhere.

CREATE TABLE db.fanout (
    stream text PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
GRANT SELECT, INSERT, UPDATE ON db.fanout TO qantara_app;
