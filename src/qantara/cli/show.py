"""How commands speak: rich text to a person, one JSON object to a machine, errors in words."""

import asyncio
import json
import signal
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from qantara import settings, texts
from qantara.client import Problem
from qantara.client.model import Fee, Money
from qantara.errors import QantaraError
from qantara.telemetry import logs, switch

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
EXIT_WRONG = 1
EXIT_UNABLE = 2


def money(amount: Money | Fee) -> str:
    """An amount as a person reads it: `PKR 31,443.56`."""
    return f"{amount.currency} {Decimal(amount.amount):,}"


def as_json_line(value: Any) -> None:
    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=1))


async def until_stopped() -> None:
    """Wait for Ctrl-C or a polite kill, so that what runs can close its books and leave."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def guarded(act: Coroutine[Any, Any, int], *, as_json: bool) -> None:
    """Run a command to its exit status; what is expected to go wrong is said in a sentence."""
    try:
        chosen = settings.load()
        logs.configure(chosen.log)
        with switch.tracing(chosen.traces, chosen.traces_share):
            status = uvloop.run(act)
    except KeyboardInterrupt:
        status = 0
    except QantaraError as error:
        act.close()
        status = EXIT_UNABLE
        sentence = texts.sentence(error.reason, "en", error.facts)
        if as_json:
            told = {"code": error.reason.value, "detail": sentence, "facts": error.facts}
            as_json_line({"error": told})
        else:
            err.print(f"[red]{escape(sentence)}[/red]")
            err.print(f"[dim]{escape(str(error))}[/dim]")
    except Problem as problem:
        status = EXIT_UNABLE
        if as_json:
            as_json_line({"error": problem.body})
        else:
            err.print(f"[red]{escape(problem.detail)}[/red] [dim]({escape(problem.code)})[/dim]")
    raise typer.Exit(status)
