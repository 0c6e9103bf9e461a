"""The files of the repository, as the tests about them read them."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "qantara"


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file, read and parsed."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """The dotted name of a file below `src`."""
        parts = self.path.relative_to(ROOT / "src").with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, node: ast.AST, said: str) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}: {said}"


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, part of the repository."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run(  # noqa: S603 - git with our own arguments
            [
                *(git, "-c", "safe.directory=*", "ls-files", "-z"),
                *("--cached", "--others", "--exclude-standard"),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found = {ROOT / name for name in listed.stdout.split("\0") if name}
        return tuple(sorted(path for path in found if path.is_file()))
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    """The same from an archive without git, by the names in .gitignore."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()]
    for entry in folder.iterdir():
        if entry.name == ".git" or any(fnmatch(entry.name, pattern) for pattern in ignored):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file with its content; binary files are left out."""
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8")


@cache
def _parsed(folder: str) -> tuple[Source, ...]:
    found = []
    for path in files():
        if path.suffix == ".py" and path.is_relative_to(ROOT / folder):
            text = path.read_text(encoding="utf-8")
            found.append(Source(path, text, ast.parse(text, str(path))))
    return tuple(found)


def sources(*folders: str) -> tuple[Source, ...]:
    """The Python files below these folders of the repository."""
    return tuple(source for folder in folders for source in _parsed(folder))


def script(name: str) -> ModuleType:
    """One of our own scripts, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
