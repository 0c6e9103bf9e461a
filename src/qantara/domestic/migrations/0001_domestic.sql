-- Transfers inside one payment system, requests to be paid, recalls, and what became of them.

CREATE SCHEMA domestic;
GRANT USAGE ON SCHEMA domestic TO qantara_app;

CREATE TABLE domestic.transfer (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('ordered', 'accepted', 'submitted', 'overdue',
        'completed', 'rejected', 'blocked', 'refused')),
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    fee numeric(38, 0) NOT NULL CHECK (fee >= 0),
    payee_name text NOT NULL,
    payee_shown text,
    payee_number text NOT NULL,
    payee_is_iban boolean NOT NULL,
    payee_bic text NOT NULL,
    uetr text NOT NULL UNIQUE,
    end_to_end_id text NOT NULL,
    message_id text NOT NULL UNIQUE,
    payee_check_id text,
    demand_id text,
    purpose text,
    note text,
    reference text,
    reason text,
    reason_code text,
    rule text,
    citation text,
    ordered_at timestamptz NOT NULL,
    submitted_at timestamptz,
    finished_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX transfer_of_customer ON domestic.transfer (customer_id, sequence);

CREATE TABLE domestic.arrival (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind IN ('payment', 'return')),
    uetr text NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'credited', 'refused', 'reversed')),
    account_id text,
    account_code text,
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL,
    sender_name text NOT NULL,
    sender_account text NOT NULL,
    sender_bic text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    message_id text NOT NULL,
    note text,
    reason text,
    recorded_at timestamptz NOT NULL,
    reversed_at timestamptz,
    UNIQUE (uetr, kind)
) WITH (fillfactor = 70);
CREATE INDEX arrival_of_account ON domestic.arrival (account_id, sequence);

CREATE TABLE domestic.request (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text NOT NULL,
    account_id text NOT NULL,
    account_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('sent', 'shown', 'agreed', 'paid', 'rejected',
        'expired')),
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL CHECK (amount > 0),
    payer_name text NOT NULL,
    payer_shown text,
    payer_number text NOT NULL,
    payer_is_iban boolean NOT NULL,
    payer_bic text NOT NULL,
    payer_check_id text NOT NULL,
    end_to_end_id text NOT NULL UNIQUE,
    message_id text NOT NULL UNIQUE,
    pay_on date,
    expires_at timestamptz NOT NULL,
    note text,
    reference text,
    reason_code text,
    uetr text,
    asked_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX request_of_customer ON domestic.request (customer_id, sequence);

-- Requests made to our customers; one refused on arrival may belong to nobody here.
CREATE TABLE domestic.demand (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id text,
    account_id text,
    state text NOT NULL CHECK (state IN ('received', 'shown', 'accepted', 'paying', 'paid',
        'rejected', 'failed', 'expired', 'refused')),
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL,
    payee_name text NOT NULL,
    payee_number text NOT NULL,
    payee_is_iban boolean NOT NULL,
    payee_bic text NOT NULL,
    request_id text NOT NULL,
    end_to_end_id text NOT NULL,
    message_id text NOT NULL,
    pay_on date,
    expires_at timestamptz NOT NULL,
    note text,
    reference text,
    transfer_id text,
    reason text,
    received_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX demand_of_customer ON domestic.demand (customer_id, sequence);

-- What we ask to have back, and what we are asked to give back.
CREATE TABLE domestic.recall (
    id text PRIMARY KEY,
    transfer_id text NOT NULL UNIQUE REFERENCES domestic.transfer,
    state text NOT NULL CHECK (state IN ('asked', 'overdue', 'granted', 'refused', 'returned')),
    reason text NOT NULL,
    message_id text NOT NULL UNIQUE,
    asked_by text NOT NULL,
    answer_code text,
    asked_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE domestic.return (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    uetr text NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'open', 'overdue', 'returning', 'returned',
        'refused')),
    account_code text,
    currency text NOT NULL,
    amount numeric(38, 0) NOT NULL,
    reason text NOT NULL,
    case_id text NOT NULL,
    case_creator_bic text NOT NULL,
    cancellation_id text NOT NULL,
    original_message_id text NOT NULL,
    end_to_end_id text NOT NULL,
    transaction_id text NOT NULL,
    message_id text NOT NULL,
    refusal text,
    return_message_id text UNIQUE,
    attempts integer NOT NULL DEFAULT 0,
    decided_by text,
    asked_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX return_waiting ON domestic.return (sequence) WHERE state IN ('open', 'overdue');
CREATE INDEX return_of_payment ON domestic.return (uetr);

GRANT SELECT, INSERT, UPDATE ON domestic.transfer, domestic.arrival, domestic.request,
    domestic.demand, domestic.recall, domestic.return TO qantara_app;
