-- Nobody searches by what a decision was made of: ANALYZE need not read it.

ALTER TABLE policy.decision ALTER COLUMN facts SET STATISTICS 0;
ALTER TABLE policy.decision ALTER COLUMN outcome SET STATISTICS 0;
