"""Webhook endpoints and deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qantara.ids import CustomerId, PrincipalId


class EndpointState(StrEnum):
    """`failed` is an endpoint that did not answer for days, or said that it is gone for good."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    FAILED = "failed"
    DELETED = "deleted"


class EndpointEvent(StrEnum):
    ENABLE = "enable"
    DISABLE = "disable"
    FAIL = "fail"
    DELETE = "delete"


ENDPOINT_TRANSITIONS: dict[tuple[EndpointState, EndpointEvent], EndpointState] = {
    (EndpointState.ENABLED, EndpointEvent.DISABLE): EndpointState.DISABLED,
    (EndpointState.ENABLED, EndpointEvent.FAIL): EndpointState.FAILED,
    (EndpointState.ENABLED, EndpointEvent.DELETE): EndpointState.DELETED,
    (EndpointState.DISABLED, EndpointEvent.ENABLE): EndpointState.ENABLED,
    (EndpointState.DISABLED, EndpointEvent.DELETE): EndpointState.DELETED,
    (EndpointState.FAILED, EndpointEvent.ENABLE): EndpointState.ENABLED,
    (EndpointState.FAILED, EndpointEvent.DELETE): EndpointState.DELETED,
}


class DeliveryState(StrEnum):
    """`lapsed`: every attempt of the schedule failed; `cancelled`: its endpoint was closed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class DeliveryEvent(StrEnum):
    DELIVER = "deliver"
    LAPSE = "lapse"
    CANCEL = "cancel"


DELIVERY_TRANSITIONS: dict[tuple[DeliveryState, DeliveryEvent], DeliveryState] = {
    (DeliveryState.PENDING, DeliveryEvent.DELIVER): DeliveryState.DELIVERED,
    (DeliveryState.PENDING, DeliveryEvent.LAPSE): DeliveryState.LAPSED,
    (DeliveryState.PENDING, DeliveryEvent.CANCEL): DeliveryState.CANCELLED,
}

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
EVERY = "*"
"""The event type that stands for all."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a role delivers webhooks. Every figure is an example and configuration.

    `private` lets endpoints be plain HTTP and inside: for worlds on one machine, never else.
    `backoff_seconds` are the waits after each failed attempt; after the last a delivery lapses.
    `order_attempts`: so many failed attempts does an event hold up later ones of its subject.
    """

    private: bool = False
    backoff_seconds: Sequence[int] = (
        *(5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR),
        *(10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR),
    )
    overlap_seconds: int = _DAY
    disable_after_seconds: int = 5 * _DAY
    order_attempts: int = 4
    rest_most_seconds: int = 5 * _MINUTE
    endpoints_most: int = 10
    timeout_seconds: int = 10
    at_once: int = 32
    per_endpoint: int = 8


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`customer_id` is whose events it hears, None for those of everybody (staff).

    `started_after` is the last event it does not hear. `failures` counts the attempts failed
    since the last that did not.
    """

    id: str
    principal_id: PrincipalId
    customer_id: CustomerId | None
    url: str
    event_types: tuple[str, ...]
    description: str
    state: EndpointState
    secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False)
    previous_until: datetime | None
    started_after: int
    failures: int
    failing_since: datetime | None
    created_at: datetime
    changed_at: datetime

    def secrets(self, now: datetime) -> list[str]:
        """The secrets that sign now, the newest first."""
        old = self.previous_secret
        stands = old is not None and self.previous_until is not None and now < self.previous_until
        return [self.secret, old] if stands and old is not None else [self.secret]


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """`most` is how many endpoints its principal may have."""

    id: str
    principal_id: PrincipalId
    customer_id: CustomerId | None
    url: str
    event_types: tuple[str, ...]
    description: str
    secret: str = field(repr=False)
    most: int


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be different; None leaves as it is. `by` owns the endpoint."""

    id: str
    by: PrincipalId
    url: str | None = None
    event_types: tuple[str, ...] | None = None
    description: str | None = None
    event: EndpointEvent | None = None


@dataclass(frozen=True, slots=True)
class Rotate:
    """Replace the secret; the old one signs beside the new for `overlap_seconds`."""

    id: str
    by: PrincipalId
    secret: str = field(repr=False)
    overlap_seconds: int = 0


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """`webhook_id` names the event for its receiver: the same at every attempt."""

    id: str
    endpoint_id: str
    webhook_id: str
    type: str
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """Deliveries to queue, and the event up to which everything has been queued."""

    deliveries: tuple[NewDelivery, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint. `answer` is the beginning of what the endpoint said last."""

    id: str
    sequence: int
    endpoint_id: str
    webhook_id: str
    type: str
    subject: str
    body: bytes
    state: DeliveryState
    attempts: int
    due_at: datetime
    tried_at: datetime | None
    status: int | None
    error: str | None
    answer: str | None
    recorded_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to be tried now, with all that its attempt needs."""

    id: str
    endpoint_id: str
    webhook_id: str
    body: bytes
    attempts: int
    url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of an attempt.

    `again_at` is when to try again; without one a failed delivery lapses. `gone`: the endpoint
    said that it is closed for good.
    """

    delivery_id: str
    endpoint_id: str
    delivered: bool
    again_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    gone: bool = False

    @property
    def state(self) -> DeliveryState:
        if self.delivered:
            return DELIVERY_TRANSITIONS[DeliveryState.PENDING, DeliveryEvent.DELIVER]
        if self.again_at is None:
            return DELIVERY_TRANSITIONS[DeliveryState.PENDING, DeliveryEvent.LAPSE]
        return DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class Marks:
    """What came of one endpoint's attempts that were made together, under its terms."""

    endpoint_id: str
    marks: tuple[Mark, ...]
    terms: Terms
