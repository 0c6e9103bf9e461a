"""Qantara: the open corridor for digital finance between Malaysia, Pakistan and France."""

from importlib.metadata import version

__version__ = version("qantara")
