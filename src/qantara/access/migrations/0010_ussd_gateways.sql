-- Gateways that carry the menus of phones without a browser.

ALTER TABLE access.principal DROP CONSTRAINT principal_roles_check;
ALTER TABLE access.principal ADD CONSTRAINT principal_roles_check CHECK (roles <@ ARRAY[
    'administrator', 'agent', 'auditor', 'compliance', 'counterparty', 'customer', 'operations',
    'operator', 'supervisor', 'ussd_gateway']);
