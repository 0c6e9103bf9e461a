"""Endpoints that are told what became of what, and the queue of what they are still to hear."""
