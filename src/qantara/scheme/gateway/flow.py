"""The gateway's verbs."""

from qantara.scheme.gateway.addresses import ADDRESS_TYPES
from qantara.scheme.gateway.conclusion import conclude, time_out
from qantara.scheme.gateway.payments import (
    Posted,
    Unreadable,
    forward,
    forward_posted,
    reject_unreadable,
)
from qantara.scheme.gateway.quoting import (
    amounts,
    newest_rate,
    publish_rate,
    quote,
    quote_agents,
    scheme_fee,
    withdraw_rate,
)
from qantara.scheme.gateway.reconciliation import (
    reconcile,
    report_days,
    statement,
    totals,
)
from qantara.scheme.gateway.reference import (
    begin,
    change,
    current,
    institutions,
    listed,
    relationships,
)
from qantara.scheme.gateway.resolution import relay_posted, relay_report, relay_request
from qantara.scheme.gateway.store import payments

__all__ = [
    "ADDRESS_TYPES",
    "Posted",
    "Unreadable",
    "amounts",
    "begin",
    "change",
    "conclude",
    "current",
    "forward",
    "forward_posted",
    "institutions",
    "listed",
    "newest_rate",
    "payments",
    "publish_rate",
    "quote",
    "quote_agents",
    "reconcile",
    "reject_unreadable",
    "relationships",
    "relay_posted",
    "relay_report",
    "relay_request",
    "report_days",
    "scheme_fee",
    "statement",
    "time_out",
    "totals",
    "withdraw_rate",
]
