-- What came in is also looked through by its time; messages of the same moment by sender and key.

CREATE INDEX inbox_recorded ON db.inbox (recorded_at, sender, key);
