"""Write docs/REFERENCE.md from the code: settings, world file, commands, routes,
reasons, codes, states.

`--check` compares only. What does not exist yet is left out.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from machines import Machine, machines

from qantara import settings, texts
from qantara.errors import Reason
from qantara.host import keys
from qantara.reasons import REASONS
from qantara.world import codes

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "REFERENCE.md"
ROUTES = {
    "institution": "openapi.json",
    "gateway": "openapi-gateway.json",
    "payment system": "openapi-ips.json",
    "access provider": "openapi-sap.json",
    "FX provider": "openapi-fxp.json",
    "simulated bank": "openapi-psp.json",
}
"""Each kind of role, and the description of its doors."""
HEAD = """\
# Reference

Written from the code by `scripts/reference.py`; do not edit it by hand.
"""
_SETTING = re.compile(r"^\| `(QANTARA_\w+)`\s*\| (.*?)\s*\|$", re.MULTILINE)
_METHODS = {"get", "post", "put", "patch", "delete"}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *([*row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def of_settings() -> str:
    rows = [(f"`{name}`", said) for name, said in _SETTING.findall(settings.__doc__ or "")]
    return table(("Variable", "Meaning"), rows)


def commands() -> Iterator[tuple[str, Any]]:
    """Each command by the words that call it; none while there is no command line."""
    if find_spec("qantara.cli") is None:
        return
    cli = import_module("qantara.cli")
    apps = [found for found in vars(cli).values() if isinstance(found, typer.Typer)]
    if len(apps) != 1:
        sys.exit(f"reference: qantara.cli holds {len(apps)} typer apps, not one")
    front = [("qantara", typer.main.get_command(apps[0]))]
    while front:
        words, command = front.pop(0)
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words, command
        else:
            front += [(f"{words} {name}", found) for name, found in inner.items()]


def of_commands() -> str:
    parts = []
    for words, command in sorted(commands(), key=lambda found: found[0]):
        said = " ".join((command.help or "").split())
        rows = [
            (
                ", ".join(f"`{name}`" for name in parameter.opts),
                " ".join((getattr(parameter, "help", None) or "").split()),
            )
            for parameter in command.params
            if "--help" not in parameter.opts
        ]
        parts.append(f"### `{words}`\n\n{said}\n")
        if rows:
            parts.append(table(("Option or argument", "Meaning"), rows))
    return "\n".join(parts)


def routes() -> dict[tuple[str, str], tuple[str, list[str]]]:
    """Every route with its summary and the kinds of role that answer it."""
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for kind, name in ROUTES.items():
        paths = json.loads((ROOT / "docs" / name).read_text(encoding="utf-8"))["paths"]
        for path, methods in paths.items():
            for method, said in methods.items():
                if method in _METHODS:
                    summary = " ".join(said.get("summary", "").split())
                    found.setdefault((path, method.upper()), (summary, []))[1].append(kind)
    return found


def of_routes() -> str:
    rows = [
        (
            f"`{method} {path}`",
            summary,
            "every role" if len(kinds) == len(ROUTES) else ", ".join(kinds),
        )
        for (path, method), (summary, kinds) in sorted(routes().items())
    ]
    return table(("Route", "What it does", "At"), rows)


def of_codes() -> str:
    told = "What `qantara scheme codes` does to receive each code; an order is an operator's.\n\n"
    rows = [
        (f"`{each.code}`", each.message, each.meaning, each.said_by, each.trigger)
        for each in codes.table()
    ]
    return told + table(("Code", "In", "Meaning", "Said by", "How it is provoked"), rows)


def of_world_file() -> str:
    told = "A world is one TOML file: `[world]` and a table `[roles.NAME]` for each role.\n\n"
    rows = [(f"`world.{key}`", "the world", meaning) for key, meaning in keys.WORLD.items()]
    shared = {**keys.COMMON, **keys.CALLERS}
    rows += [(f"`{key}`", "every role", meaning) for key, meaning in shared.items()]
    rows += [
        (f"`{key}`", kind, meaning)
        for kind, table_ in keys.KINDS.items()
        for key, meaning in table_.items()
    ]
    return told + table(("Key", "Of", "Meaning"), rows)


def of_reasons() -> str:
    rows = [
        (
            f"`{reason}`",
            str(REASONS[reason].http),
            REASONS[reason].iso,
            "yes" if REASONS[reason].retryable else "",
            texts.sentence(reason, texts.Language.EN),
        )
        for reason in sorted(Reason)
    ]
    return table(("Code", "HTTP", "ISO 20022", "Again later", "What a person reads"), rows)


def of_machine(machine: Machine) -> str:
    rows = [f"    [*] --> {machine.initial}"]
    rows += [f"    {state} --> {to}: {event}" for (state, event), to in machine.table.items()]
    rows += [f"    {state} --> [*]" for state in machine.states if state in machine.final]
    lines = "\n".join(rows)
    named = machine.name.removesuffix("TRANSITIONS").strip("_").lower().replace("_", " ")
    title = f"{machine.package}: {named or 'main'}"
    return f"### {title}\n\n```mermaid\nstateDiagram-v2\n{lines}\n```\n"


def page() -> str:
    parts = {
        "Settings": of_settings(),
        "World file": of_world_file(),
        "Commands": of_commands(),
        "Routes": of_routes(),
        "Reasons": of_reasons(),
        "Codes": of_codes(),
        "States": "\n".join(of_machine(machine) for machine in machines()),
    }
    sections = [f"## {title}\n\n{text}" for title, text in parts.items() if text]
    return "\n".join([HEAD, *sections])


def main() -> None:
    parser = argparse.ArgumentParser(description="Write docs/REFERENCE.md from the code.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 if stale")
    wanted = page()
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if parser.parse_args().check:
        sys.exit("reference: docs/REFERENCE.md is stale" if wanted != written else 0)
    PAGE.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
