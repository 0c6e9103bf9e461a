"""Faults on purpose: what an operator orders a simulated scheme role to do to certain messages."""
