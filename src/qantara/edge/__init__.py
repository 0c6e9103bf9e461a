"""What the doors of a role share: sign-in, answers kept for repeats, problems, live events."""

from qantara.edge.door import Door
from qantara.edge.envelope import Ack, Envelope
from qantara.edge.watch import Watch

__all__ = ["Ack", "Door", "Envelope", "Watch"]
