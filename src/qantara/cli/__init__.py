"""The `qantara` command."""

from qantara.cli.commands import app

__all__ = ["app", "main"]


def main() -> None:
    app()
