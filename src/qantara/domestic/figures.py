"""Payments inside in figures, for those who watch them."""

from qantara.domestic.figure_store import counted
from qantara.domestic.outcome_store import ended

__all__ = ["counted", "ended"]
