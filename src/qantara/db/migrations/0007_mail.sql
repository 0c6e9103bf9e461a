-- One statement keeps a message and queues it. A message is stored as it is: to compress two
-- kilobytes costs the server more than to write them.
ALTER TABLE db.outbox DROP CONSTRAINT outbox_sequence_fkey;
ALTER TABLE db.inbox SET (toast_tuple_target = 8160);
ALTER TABLE db.sent SET (toast_tuple_target = 8160);
