-- The endpoints that hear about one customer.

CREATE INDEX endpoint_customer ON webhooks.endpoint (customer_id, sequence)
    WHERE customer_id IS NOT NULL;
