"""Webhooks in figures, for those who watch them."""

from qantara.access.webhooks.figure_store import endpoints, waiting

__all__ = ["endpoints", "waiting"]
