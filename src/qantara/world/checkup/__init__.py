"""What `qantara doctor` looks at: the machine, the database server, the roles of the world."""

from qantara.world.checkup.model import Check, State

__all__ = ["Check", "State"]
