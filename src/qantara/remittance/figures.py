"""Payments abroad in figures, for those who watch them."""

from qantara.remittance.figure_store import counted, newest_rates, reviews_waiting

__all__ = ["counted", "newest_rates", "reviews_waiting"]
