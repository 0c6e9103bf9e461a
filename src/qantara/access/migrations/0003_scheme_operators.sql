-- Operators of simulated scheme roles, and their acts that need a second person.

ALTER TABLE access.principal DROP CONSTRAINT principal_roles_check;
ALTER TABLE access.principal ADD CONSTRAINT principal_roles_check CHECK (roles <@ ARRAY[
    'administrator', 'auditor', 'compliance', 'counterparty', 'customer', 'operations',
    'operator']);

ALTER TABLE access.proposal DROP CONSTRAINT proposal_action_check;
ALTER TABLE access.proposal ADD CONSTRAINT proposal_action_check CHECK (action IN (
    'account_freeze', 'account_release', 'key_issue', 'ledger_correct', 'participant_resume',
    'participant_suspend'));
