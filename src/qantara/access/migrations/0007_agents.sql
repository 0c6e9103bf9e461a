-- Agents who pay in and out in cash, and the acts about them that need a second person.

ALTER TABLE access.principal DROP CONSTRAINT principal_roles_check;
ALTER TABLE access.principal ADD CONSTRAINT principal_roles_check CHECK (roles <@ ARRAY[
    'administrator', 'agent', 'auditor', 'compliance', 'counterparty', 'customer', 'operations',
    'operator']);

ALTER TABLE access.proposal DROP CONSTRAINT proposal_action_check;
ALTER TABLE access.proposal ADD CONSTRAINT proposal_action_check CHECK (action IN (
    'account_freeze', 'account_release', 'agent_close', 'agent_register', 'agent_resume',
    'agent_suspend', 'case_return', 'customer_deceased', 'key_issue', 'ledger_correct',
    'participant_resume', 'participant_suspend', 'payment_block', 'payment_refuse',
    'payment_release', 'review_refuse', 'review_release'));
