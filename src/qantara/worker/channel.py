"""Where a role's events are published, if anywhere: NATS is an extra that few install."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """`url` names one or several servers, `stream` is made with `replicas` if it is missing;
    `credentials` is a file.
    """

    url: str
    stream: str
    replicas: int = 1
    credentials: str | None = None
