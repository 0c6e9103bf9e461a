"""Cash: agents who take and pay it out, orders to be paid in it, and receipts for both."""
