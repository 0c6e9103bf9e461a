"""The gateway's verbs."""

from qantara.scheme.gateway.payments import conclude, forward
from qantara.scheme.gateway.quoting import newest_rate, publish_rate, quote, quote_agents
from qantara.scheme.gateway.resolution import relay_report, relay_request

__all__ = [
    "conclude",
    "forward",
    "newest_rate",
    "publish_rate",
    "quote",
    "quote_agents",
    "relay_report",
    "relay_request",
]
