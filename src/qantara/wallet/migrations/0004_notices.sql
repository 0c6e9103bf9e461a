-- How far each customer has read what happened: a number of db.event.

CREATE TABLE wallet.notice_read (
    customer_id text PRIMARY KEY,
    up_to bigint NOT NULL CHECK (up_to >= 0),
    read_at timestamptz NOT NULL
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON wallet.notice_read TO qantara_app;
