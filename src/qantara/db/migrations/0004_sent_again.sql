-- A message that its recipient took once and that is sent to it again: refused now, it is not
-- undone any more.

ALTER TABLE db.outbox ADD COLUMN again boolean NOT NULL DEFAULT false;
