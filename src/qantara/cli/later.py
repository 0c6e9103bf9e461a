"""What a command does is loaded when it is given: `--help` and every other command start without
it, and so does a process that serves.
"""

from importlib import import_module
from typing import Any


class Later:
    """A module, loaded for the first thing that is asked of it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
