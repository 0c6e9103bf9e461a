-- One statement moves a payment and writes its event.
ALTER TABLE gateway.payment_event DROP CONSTRAINT payment_event_uetr_fkey;
