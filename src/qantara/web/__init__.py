"""Pages for people: the operator console of an institution, drawn on the server."""

from qantara.web.doors import join
from qantara.web.model import Terms

__all__ = ["Terms", "join"]
