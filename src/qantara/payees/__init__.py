"""Whose account is it: one check for every product, whatever the system that answers."""
