"""Credentials of people: the PIN, passkeys, and confirmations of single payments."""
