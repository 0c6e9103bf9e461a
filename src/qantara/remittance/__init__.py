"""Sending money to another country and receiving it: quote, payee check, accept, settle."""
