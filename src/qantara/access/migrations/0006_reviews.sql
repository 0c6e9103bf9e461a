-- Releasing and refusing a payment that waits for a person.

ALTER TABLE access.proposal DROP CONSTRAINT proposal_action_check;
ALTER TABLE access.proposal ADD CONSTRAINT proposal_action_check CHECK (action IN (
    'account_freeze', 'account_release', 'case_return', 'customer_deceased', 'key_issue',
    'ledger_correct', 'participant_resume', 'participant_suspend', 'payment_block',
    'payment_refuse', 'payment_release', 'review_refuse', 'review_release'));
