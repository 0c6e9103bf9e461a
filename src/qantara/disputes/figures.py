"""Disputes in figures, for those who watch them."""

from qantara.disputes.case_store import cases_moved, cases_standing

__all__ = ["cases_moved", "cases_standing"]
