-- Keys listed from the newest, principals by whom they act for; closing a key by two people.

CREATE INDEX api_key_newest ON access.api_key (issued_at, id);
CREATE INDEX principal_subject ON access.principal (subject, id) WHERE subject IS NOT NULL;

ALTER TABLE access.proposal DROP CONSTRAINT proposal_action_check;
ALTER TABLE access.proposal ADD CONSTRAINT proposal_action_check CHECK (action IN (
    'account_freeze', 'account_release', 'agent_close', 'agent_register', 'agent_resume',
    'agent_suspend', 'case_return', 'customer_deceased', 'key_issue', 'key_revoke',
    'ledger_correct', 'participant_resume', 'participant_suspend', 'payment_block',
    'payment_refuse', 'payment_release', 'review_refuse', 'review_release'));
