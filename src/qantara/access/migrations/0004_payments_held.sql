-- Acts on payments that were held, and on customers who have died.

ALTER TABLE access.proposal DROP CONSTRAINT proposal_action_check;
ALTER TABLE access.proposal ADD CONSTRAINT proposal_action_check CHECK (action IN (
    'account_freeze', 'account_release', 'customer_deceased', 'key_issue', 'ledger_correct',
    'participant_resume', 'participant_suspend', 'payment_block', 'payment_refuse',
    'payment_release'));
