"""Whether a code may still be paid."""

from datetime import datetime

from qantara.clock import to_text
from qantara.errors import Reason, Refused
from qantara.rails.qr.model import Code

RULE = "qr.expired"


def expired(code: Code, now: datetime) -> Refused | None:
    """The refusal of a code whose time has passed; None while it holds, or if it ever holds."""
    if code.expires_at is None or now <= code.expires_at:
        return None
    return Refused(Reason.QR_EXPIRED, RULE, facts={"moment": to_text(code.expires_at)})
