"""The documents name everything there is, and nothing in them leads nowhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qantara.errors import Reason
from qantara.policy.model import Confidence, Effect, Finding, Outcome, Status
from source_tree import PACKAGE, ROOT, files, script, sources

PAGES = ("README.md", *(f"docs/{name}.md" for name in ("ARCHITECTURE", "CONTRIBUTING")))
PAGES += tuple(f"docs/{name}.md" for name in ("GLOSSARY", "REFERENCE", "SECURITY"))
RUN, TEST = "pip install uv && uv run qantara demo", "pip install uv && uv run pytest"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NO_ADVICE = "**This is not legal advice.**"
script("machines")
reference = script("reference")
lawbook = script("lawbook")


def pages() -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in files() if path.suffix == ".md"}


def unnamed(names: Iterator[str]) -> list[str]:
    told = "\n".join(pages().values())
    return sorted({name for name in names if f"`{name}`" not in told})


@pytest.mark.parametrize("name", PAGES)
def test_the_promised_pages_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) > 10


def test_the_reference_is_fresh() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), (
        "docs/REFERENCE.md is stale: run scripts/reference.py"
    )


def test_the_pages_of_law_are_fresh() -> None:
    assert lawbook.stale() == [], "docs/law is stale: run scripts/lawbook.py"


def test_every_mark_of_law_is_explained() -> None:
    told = lawbook.INDEX.read_text(encoding="utf-8")
    marks = [mark.value for kind in (Status, Confidence, Effect, Finding, Outcome) for mark in kind]
    assert [mark for mark in marks if f"| {mark.replace('_', ' ')} | " not in told] == []


def test_every_page_of_law_says_that_it_is_no_advice() -> None:
    silent = [path.name for path, text in lawbook.pages().items() if NO_ADVICE not in text]
    assert silent == []


def test_every_setting_is_documented() -> None:
    names = (
        node.value
        for source in sources("src")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"QANTARA_[A-Z_]+", node.value)
    )
    assert unnamed(names) == []


def test_every_command_is_documented() -> None:
    found = [words for words, _ in reference.commands()]
    assert found or not list(PACKAGE.glob("cli*"))
    assert unnamed(iter(found)) == []
    bare = [words for words, command in reference.commands() if not command.help]
    assert not bare, f"commands without help: {bare}"


def test_every_route_is_documented() -> None:
    if not (PACKAGE / "api").exists():
        return
    assert unnamed(f"{method} {path}" for path, method in reference.routes()) == []


def test_every_reason_is_documented() -> None:
    assert unnamed(reason.value for reason in Reason) == []


def test_every_state_is_documented() -> None:
    told = "\n".join(pages().values())
    missing = [
        f"{machine}: {state}"
        for machine in reference.machines()
        for state in machine.states
        if not re.search(rf"\b{state}\b", told)
    ]
    assert missing == []


def slug(heading: str) -> str:
    """The anchor that renderers make of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {slug(found) for found in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)}


def test_links_lead_somewhere() -> None:
    astray = []
    for path, text in pages().items():
        for found in LINK.finditer(FENCE.sub("", text)):
            link = found[1] or found[2]
            if re.match(r"[a-z]+:", link):
                continue
            place, _, anchor = link.partition("#")
            target = (path.parent / place).resolve() if place else path
            whole = target.exists() and target.is_relative_to(ROOT)
            if whole and anchor and target.suffix == ".md":
                whole = anchor in anchors(target.read_text(encoding="utf-8"))
            if not whole:
                astray.append(f"{path.relative_to(ROOT)}: {link}")
    assert astray == []


def test_the_readme_has_two_commands_to_set_up() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line.strip().removeprefix("$ ") for line in text.splitlines()]
    commands = [line.strip("`") for line in lines if "pip install" in line]
    assert commands == [RUN, TEST]


def test_the_whole_check_runs_the_tests_as_the_readme_says() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == TEST
