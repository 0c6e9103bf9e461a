"""What a role does on its own: deliver stored messages and look after due work."""

from qantara.worker.delivery import Deliverer
from qantara.worker.link import Link
from qantara.worker.runner import JobRunner

__all__ = ["Deliverer", "JobRunner", "Link"]
