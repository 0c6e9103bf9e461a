-- Finding accounts by the first part of their code, and the institution's own among many customers'.

CREATE INDEX account_head ON ledger.account (split_part(code, '/', 1), id);
CREATE INDEX account_own ON ledger.account (id) WHERE class <> 'e_money';
