"""Which messages may be acknowledged and thrown away: those that somebody misses and asks for."""

from qantara.edge.envelope import Envelope

_MISSED = ("acmt.", "pacs.002", "pacs.008")


def is_missed(envelope: Envelope) -> bool:
    """Every leg of a payment and every word on one: the payer's reminder goes all the way, who
    has reserved something asks how it ended, and a rejection is said until it is answered. A
    question about a payee is asked again by the customer.

    Nobody asks for a notice to an FX provider, a rate, a report or a case; and inside a system
    there is no reminder.
    """
    return envelope.name.startswith(_MISSED) and "/" not in envelope.name
