"""Modules that are loaded when they are first needed: a large library costs nothing, neither
memory nor the time to start, where nobody asks for what it does.

Beside the name stands an import for the type checker alone, so that nothing of its types is lost.
"""

from importlib import import_module
from typing import Any


class Later:
    """A module, loaded for the first thing that is asked of it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
