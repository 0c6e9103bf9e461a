"""The gateway's payments and rates in figures, for those who watch them."""

from qantara.scheme.gateway.figure_store import counted, event_before, newest_event, newest_rates

__all__ = ["counted", "event_before", "newest_event", "newest_rates"]
