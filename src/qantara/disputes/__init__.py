"""Disputes: a customer says that a payment went wrong, and is answered against a clock."""
