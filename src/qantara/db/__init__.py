"""The engine: PostgreSQL embedded or given, migrations, group commit, jobs, inbox and outbox."""

from qantara.db.batcher import Batcher
from qantara.db.database import Database, Row, Server, Tx
from qantara.db.fence import Fence

__all__ = ["Batcher", "Database", "Fence", "Row", "Server", "Tx"]
