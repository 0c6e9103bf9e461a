"""The programming interfaces of every role: REST for people's programs, messages for peers."""

from qantara.api.app import app
from qantara.api.messages import Intake, intake
from qantara.api.quotes import offers

__all__ = ["Intake", "app", "intake", "offers"]
