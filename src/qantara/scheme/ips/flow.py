"""The verbs of an instant payment system."""

from qantara.scheme.ips.books import fund, open_books, settle_cycle
from qantara.scheme.ips.directory import register_aliases, resolve, resolved
from qantara.scheme.ips.payments import progress
from qantara.scheme.ips.transfers import take_in

submit = take_in
"""pacs.008 of a participant: the source side."""

deliver = take_in
"""pacs.008 of the gateway: the destination side."""

answer = progress
"""pacs.002 of a participant: an access provider, or the payee's provider."""

confirm = progress
"""pacs.002 of the gateway: the end of an outgoing payment, or the five-step confirmation."""

__all__ = [
    "answer",
    "confirm",
    "deliver",
    "fund",
    "open_books",
    "register_aliases",
    "resolve",
    "resolved",
    "settle_cycle",
    "submit",
]
