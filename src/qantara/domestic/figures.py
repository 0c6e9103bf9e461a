"""Payments inside in figures, for those who watch them."""

from qantara.domestic.figure_store import counted

__all__ = ["counted"]
