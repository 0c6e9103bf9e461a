-- When the system is asked again how a reserved payment ended; null until it was asked once.
ALTER TABLE sap.payment ADD COLUMN remind_at timestamptz;
