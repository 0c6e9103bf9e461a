-- Nobody searches by a message's text: ANALYZE need not read it.

ALTER TABLE db.inbox ALTER COLUMN raw SET STATISTICS 0;
ALTER TABLE db.sent ALTER COLUMN raw SET STATISTICS 0;
