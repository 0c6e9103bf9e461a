-- Accounts of our customers at other banks, out of which they top up and into which they withdraw.

CREATE TABLE domestic.own_account (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    label text NOT NULL,
    number text NOT NULL,
    is_iban boolean NOT NULL,
    bic text NOT NULL,
    saved_at timestamptz NOT NULL,
    forgotten_at timestamptz
);
CREATE INDEX own_account_of_customer ON domestic.own_account (customer_id, sequence);
GRANT SELECT, INSERT, UPDATE ON domestic.own_account TO qantara_app;
