"""A payment system's payments in figures, for those who watch them."""

from qantara.scheme.ips.figure_store import counted, event_before, newest_event

__all__ = ["counted", "event_before", "newest_event"]
