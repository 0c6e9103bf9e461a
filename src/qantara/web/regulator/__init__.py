"""The pages of authorities that supervise the institution."""
