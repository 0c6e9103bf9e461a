-- The holder's own switch: while it is set nothing is sent from the account, and what comes
-- still arrives. A freeze is the ledger's, and stands above it.

ALTER TABLE parties.account ADD COLUMN stopped_at timestamptz;
GRANT UPDATE (stopped_at) ON parties.account TO qantara_app;
