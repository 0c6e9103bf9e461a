"""What is asked and answered about notices."""

from dataclasses import dataclass

from pydantic import Field

from qantara.api.shapes import Moment, Request


class NoticesRead(Request):
    """`up_to` is the newest notice that was seen; all before it count as read, too."""

    up_to: str = Field(pattern=r"^[0-9]{1,18}$", examples=["1207"])


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened: `type` as webhooks name it, `about` the id of the thing to look
    at, `text` in the language asked for.
    """

    id: str
    type: str
    about: str
    text: str
    at: Moment
    read: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    data: list[Notice]
    has_more: bool
    unread: int


@dataclass(frozen=True, slots=True)
class Unread:
    unread: int
