"""The verbs of a simulated participant."""

from qantara.scheme.psp.books import (
    account,
    change_conditions,
    fund,
    open_accounts,
    open_books,
    page_of_accounts,
)
from qantara.scheme.psp.enquiries import answer_resolution, answered, enquire, enquiry
from qantara.scheme.psp.receiving import receive
from qantara.scheme.psp.sending import conclude, pay, sent

__all__ = [
    "account",
    "answer_resolution",
    "answered",
    "change_conditions",
    "conclude",
    "enquire",
    "enquiry",
    "fund",
    "open_accounts",
    "open_books",
    "page_of_accounts",
    "pay",
    "receive",
    "sent",
]
