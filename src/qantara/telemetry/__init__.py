"""What the running system tells about itself: traces, figures and log lines.

Nothing here holds personal data: no names, no account numbers, no texts. A payment is known by
its UETR, everything else by our own ids.
"""

from qantara.telemetry.witness import Witness

__all__ = ["Witness"]
