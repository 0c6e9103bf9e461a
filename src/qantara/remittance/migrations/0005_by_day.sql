-- Payments by the day on which they ended. Rows stand about in the order of time, so that a
-- summary of their pages is enough, and nothing is written to it when a payment ends.

CREATE INDEX remittance_finished ON remittance.remittance USING brin (finished_at)
    WITH (pages_per_range = 32);
CREATE INDEX inbound_finished ON remittance.inbound USING brin (finished_at)
    WITH (pages_per_range = 32);
