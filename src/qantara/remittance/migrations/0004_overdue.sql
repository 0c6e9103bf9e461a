-- What has waited too long is looked for by people, and is nearly always nothing.

CREATE INDEX remittance_overdue ON remittance.remittance (sequence) WHERE state = 'overdue';
