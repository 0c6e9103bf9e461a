-- Customers are found by any word of any of their names, and listed from the newest.

CREATE INDEX customer_newest ON parties.customer (recorded_at, id);
CREATE INDEX customer_names ON parties.customer USING gin (
    to_tsvector('simple', legal_name || ' ' || display_name || ' ' || rails_name));
