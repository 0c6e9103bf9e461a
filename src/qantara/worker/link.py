"""The way to another role: a queue inside the process, or HTTP between processes."""

from typing import Protocol

from qantara.edge.envelope import Ack, Envelope


class Link(Protocol):
    """Both ways give an answer only after the receiver has committed.

    `Unavailable` if the receiver does not answer: nothing is known then, and the sender tries
    again with the same keys.
    """

    async def deliver(self, envelopes: list[Envelope]) -> list[Ack]: ...

    async def ask(self, path: str) -> bytes:
        """The body of a GET at the other role."""
        ...
