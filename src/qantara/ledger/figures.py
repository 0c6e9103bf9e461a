"""The book in a few figures, for those who watch it."""

from qantara.ledger.figure_store import Held, Total, held, totals

__all__ = ["Held", "Total", "held", "totals"]
