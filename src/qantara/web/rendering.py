"""Templates to bytes: escaped, and failing where a name is not known."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from qantara import ids
from qantara.later import Later
from qantara.texts import Language
from qantara.web import statics
from qantara.web.words import Words, words

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = Later("jinja2")

_SIGNS = re.compile(r"(/|\.(?=[a-z]))")
TONES = {
    **dict.fromkeys(("completed", "credited", "released", "approved", "allowed", "passed"), "leaf"),
    **dict.fromkeys(("in_review", "held", "waiting", "overdue", "pending", "review"), "brass"),
    **dict.fromkeys(("noted", "due", "allowed_with_duties"), "brass"),
    **dict.fromkeys(("rejected", "refused", "blocked", "expired", "failed", "lapsed"), "clay"),
    **dict.fromkeys(("reversed",), "clay"),
}
"""How a state looks, beside its word; what is on its way is teal."""


def tone(state: str) -> str:
    return TONES.get(state, "teal")


@cache
def environment(language: Language) -> "jinja2.Environment":
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("qantara.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    spoken: Words = words(language)
    made.globals |= {"t": spoken, "static": statics.address, "tone": tone, "new_once": _once}
    made.filters |= {
        "breaking": breaking,
        "money": spoken.money,
        "signed": spoken.signed,
        "number": spoken.number,
        "percent": spoken.percent,
        "rate": spoken.rate,
        "seconds": spoken.seconds,
        "moment": spoken.moment,
        "moment_short": spoken.moment_short,
        "clock": spoken.clock,
        "clock_short": spoken.clock_short,
        "day": spoken.day,
        "country": spoken.country,
    }
    return made


def breaking(text: object) -> Markup:
    """An id or a path that may break after its own signs, and nowhere else."""
    return Markup("").join(
        part if place % 2 == 0 else Markup("{}<wbr>").format(part)
        for place, part in enumerate(_SIGNS.split(str(text)))
    )


def _once() -> str:
    """A form filled in once acts once, however often it is sent."""
    return ids.new("once")


def render(language: Language, site: str, template: str, context: dict[str, Any]) -> str:
    """A site's own template, or the one that all sites share."""
    found = environment(language).select_template([f"{site}/{template}", template])
    return found.render(context)
