-- Checks about customers of this same institution are answered from its own book.

ALTER TABLE payees.payee_check
    DROP CONSTRAINT payee_check_source_check,
    ADD CONSTRAINT payee_check_source_check
        CHECK (source IN ('nexus', 'duitnow', 'raast', 'vop', 'here'));
