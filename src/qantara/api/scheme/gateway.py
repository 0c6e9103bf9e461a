"""The Nexus gateway's REST interface, paths and names as the scheme documents them.

The scheme publishes no way of signing in; here a peer shows the key with which it delivers
messages. What changes something takes an `Idempotency-Key`, as all doors here do; messages have
ids of their own.
"""

from qantara.api.scheme import (
    gateway_changes,
    gateway_messages,
    gateway_parties,
    gateway_places,
    gateway_quotes,
    gateway_reports,
)

doors = (
    gateway_quotes.reads,
    gateway_places.reads,
    gateway_parties.reads,
    gateway_parties.acts,
    gateway_changes.acts,
    gateway_messages.posts,
    gateway_reports.reads,
)
