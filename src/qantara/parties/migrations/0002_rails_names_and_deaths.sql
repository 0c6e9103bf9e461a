-- Names as the rails carry them, and customers who have died.

ALTER TABLE parties.customer
    ADD COLUMN rails_name text NOT NULL DEFAULT '' CHECK (rails_name ~ '^[ -~]*$'),
    ADD COLUMN rails_street text NOT NULL DEFAULT '' CHECK (rails_street ~ '^[ -~]*$'),
    ADD COLUMN rails_town text NOT NULL DEFAULT '' CHECK (rails_town ~ '^[ -~]*$'),
    DROP CONSTRAINT customer_state_check,
    ADD CONSTRAINT customer_state_check CHECK (state IN ('active', 'closed', 'deceased'));
-- Names in plain letters travel as they are; others stay empty, so that nobody pays under a
-- name that nobody chose, until their bearers have said how they write them.
UPDATE parties.customer SET rails_name = legal_name WHERE legal_name ~ '^[ -~]+$';
UPDATE parties.customer SET rails_street = street WHERE street ~ '^[ -~]+$';
UPDATE parties.customer SET rails_town = town WHERE town ~ '^[ -~]+$';
ALTER TABLE parties.customer
    ALTER COLUMN rails_name DROP DEFAULT,
    ALTER COLUMN rails_street DROP DEFAULT,
    ALTER COLUMN rails_town DROP DEFAULT;
