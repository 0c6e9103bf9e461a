"""The verbs of an instant payment system."""

from qantara.scheme.ips.afterwards import answer_recall, give_back, inquire, recall
from qantara.scheme.ips.aliases import deregister_aliases, register_aliases
from qantara.scheme.ips.authorisations import authorised
from qantara.scheme.ips.books import close_due, fund, open_books, settle_cycle
from qantara.scheme.ips.office import cycles, directory, participants, payments, positions
from qantara.scheme.ips.participation import resume, suspend
from qantara.scheme.ips.payments import expire, progress
from qantara.scheme.ips.requests import ask_payer, payer_answered
from qantara.scheme.ips.resolution import resolve, resolved
from qantara.scheme.ips.transfers import take_in

submit = take_in
"""pacs.008 of a participant for abroad: the source side."""

deliver = take_in
"""pacs.008 of the gateway: the destination side."""

carry = take_in
"""pacs.008 of a participant for another one."""

answer = progress
"""pacs.002 of a participant: an access provider, or the payee's provider."""

confirm = progress
"""pacs.002 of the gateway: the end of an outgoing payment, the confirmation of one that came in,
or its end where the gateway's own timer ran out first.
"""

__all__ = [
    "answer",
    "answer_recall",
    "ask_payer",
    "authorised",
    "carry",
    "close_due",
    "confirm",
    "cycles",
    "deliver",
    "deregister_aliases",
    "directory",
    "expire",
    "fund",
    "give_back",
    "inquire",
    "open_books",
    "participants",
    "payer_answered",
    "payments",
    "positions",
    "recall",
    "register_aliases",
    "resolve",
    "resolved",
    "resume",
    "settle_cycle",
    "submit",
    "suspend",
]
