"""How a message is shown: every byte of it as text, one element a line, names apart from values."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from qantara.db.letters import Letter, Whole
from qantara.rails import flow as rails
from qantara.rails.model import Defect, Profile, guideline
from qantara.web.visits import Visit

SHOWN_BYTES = 200_000
"""So much of a message is drawn; all of it can be fetched."""
_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_TAG = re.compile(r"<(/?)([^\s/>]+)([^>]*?)(/?)>", re.DOTALL)
_INDENT = "  "


class Opened(NamedTuple):
    """A message ready to be looked at; `judged` says whether it is of a kind that is judged."""

    letter: Letter
    path: str
    text: Markup
    cut: bool
    judged: bool
    defects: list[Defect]


def path_of(letter: Letter) -> str:
    way = "in" if letter.inward else "out"
    return f"/console/messages/{way}/{letter.peer}/{letter.place}"


def opened(visit: Visit, whole: Whole) -> Opened:
    """A message with its verdict, by the guideline of the service in which it travelled."""
    letter, raw = whole.letter, whole.raw
    judged = is_xml(raw)
    profile: Profile = visit.door.node.profile
    defects = rails.validate(raw, guideline(letter.name, profile)) if judged else []
    text = coloured(raw[:SHOWN_BYTES].decode("utf-8", "replace"))
    return Opened(letter, path_of(letter), text, len(raw) > SHOWN_BYTES, judged, defects)


def is_xml(raw: bytes) -> bool:
    return raw.lstrip()[:1] == b"<"


def coloured(text: str) -> Markup:
    """XML as lines, each element's name marked; anything else as it is."""
    if not text.lstrip().startswith("<"):
        return Markup("{}").format(text)
    return Markup("\n").join(_lines(text))


def _lines(text: str) -> Iterator[Markup]:
    """A line for every element that holds only text, and one for each end of the others."""
    depth, line = 0, Markup("")
    for token in _TOKEN.findall(text):
        tag = _TAG.fullmatch(token)
        if tag is None and not token.startswith("<"):
            line += token.strip() if line else ""
            continue
        closes = tag is not None and tag[1] == "/"
        empty = tag is None or tag[4] == "/" or tag[2].startswith(("?", "!"))
        if closes:
            depth = max(0, depth - 1)
            yield (line or _INDENT * depth) + _named(token)
            line = Markup("")
            continue
        if line:
            yield line
        line = _INDENT * depth + _named(token)
        if empty:
            yield line
            line = Markup("")
        else:
            depth += 1
    if line:
        yield line


def _named(token: str) -> Markup:
    tag = _TAG.fullmatch(token)
    if tag is None or tag[2].startswith(("?", "!")):
        return Markup("{}").format(token)
    slash, name, attributes, end = tag.groups()
    return Markup("&lt;{}<b>{}</b>{}{}&gt;").format(slash, name, attributes, end)
