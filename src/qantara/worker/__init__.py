"""What a role does on its own: deliver messages and webhooks, look after due work."""

from qantara.worker.channel import Channel
from qantara.worker.clerk import Clerk
from qantara.worker.delivery import Deliverer
from qantara.worker.link import Link
from qantara.worker.runner import JobRunner
from qantara.worker.standing_orders import StandingOrders
from qantara.worker.webhooks import Webhooks

__all__ = ["Channel", "Clerk", "Deliverer", "JobRunner", "Link", "StandingOrders", "Webhooks"]
