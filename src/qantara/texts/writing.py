"""How a language writes dates, numbers and lists, and what it calls places and currencies: the
library that knows it comes with the first text that is asked for.
"""

from typing import TYPE_CHECKING

from qantara.later import Later

if TYPE_CHECKING:
    from babel import core, dates, lists, numbers
    from babel.messages import catalog, pofile
else:
    core = Later("babel.core")
    dates = Later("babel.dates")
    lists = Later("babel.lists")
    numbers = Later("babel.numbers")
    catalog = Later("babel.messages.catalog")
    pofile = Later("babel.messages.pofile")

__all__ = ["catalog", "core", "dates", "lists", "numbers", "pofile"]
