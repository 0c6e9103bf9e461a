-- Who is working on a request, so that its repeat in another process waits for the answer. A
-- lease that nobody renews ends by itself, so nothing is lost with the table: it is not logged,
-- and taking a turn waits for no disk.

CREATE UNLOGGED TABLE edge.turn (
    principal_id text NOT NULL,
    key text NOT NULL,
    holder text NOT NULL,
    lease_until timestamptz NOT NULL,
    PRIMARY KEY (principal_id, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX turn_lease ON edge.turn (lease_until);

GRANT SELECT, INSERT, UPDATE, DELETE ON edge.turn TO qantara_app;
