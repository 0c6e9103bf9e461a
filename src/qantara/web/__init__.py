"""Pages for people, drawn on the server: one site for each kind of people at an institution."""

from qantara.web.doors import join
from qantara.web.kinds import SITE_NAMES
from qantara.web.model import Terms

__all__ = ["SITE_NAMES", "Terms", "join"]
