"""Payments abroad in figures, for those who watch them."""

from qantara.remittance.figure_store import counted, newest_rates, reviews_waiting
from qantara.remittance.outcome_store import cases_moved, cases_standing, ended

__all__ = [
    "cases_moved",
    "cases_standing",
    "counted",
    "ended",
    "newest_rates",
    "reviews_waiting",
]
