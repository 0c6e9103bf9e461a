"""The verbs of a settlement access provider."""

from qantara.scheme.sap.books import fund, open_books
from qantara.scheme.sap.finishing import finish
from qantara.scheme.sap.reminding import remind
from qantara.scheme.sap.reserving import authorise, reserve

__all__ = ["authorise", "finish", "fund", "open_books", "remind", "reserve"]
