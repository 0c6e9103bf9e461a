"""Pin every version: `python scripts/pin.py` writes, `--check` only compares.

uv resolves the project; each direct and transitive version goes into the constraints of
`pyproject.toml`, and names, versions and hashes into `requirements.lock`. uv's own lock file
also records where each file was fetched from, so it stays out of the repository.

Versions already pinned are kept; `--upgrade` drops them first and takes the newest.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "pyproject.toml"
HASHES = "requirements.lock"
_LIST = re.compile(r"^constraint-dependencies = \[.*?\]$", re.MULTILINE | re.DOTALL)
_HEAD = "# Names, versions and hashes of every dependency, written by scripts/pin.py.\n"


def _uv(folder: Path, *arguments: str) -> str:
    program = shutil.which("uv")
    if program is None:
        sys.exit("pin: uv is not installed (pip install uv)")
    done = subprocess.run(  # noqa: S603 - uv with our own arguments
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"pin: uv {arguments[0]} failed\n{done.stderr.strip()}")
    return done.stdout


def resolve(project: str) -> str:
    """The resolved set as requirement lines with hashes; an address among them is an error."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / PROJECT).write_text(project, encoding="utf-8")
        _uv(folder, "lock")
        exported = _uv(
            folder,
            "export",
            "--format=requirements-txt",
            "--all-groups",
            "--no-emit-project",
            "--no-header",
            "--no-annotate",
        )
    kept = [line for line in exported.splitlines() if line and not line.startswith(("#", "--"))]
    addressed = [line for line in kept if "://" in line or line.startswith("-e")]
    if addressed:
        sys.exit(f"pin: not a plain name and version: {addressed[0]}")
    return "".join(f"{line}\n" for line in kept)


def pins(requirements: str) -> list[str]:
    """`name==version ; marker` of each requirement, without its hashes."""
    lines = (line for line in requirements.splitlines() if not line.startswith(" "))
    return sorted(line.removesuffix("\\").strip() for line in lines)


def with_pins(project: str, wanted: list[str]) -> str:
    """The project file with exactly these constraints."""
    rows = "".join(f'    "{pin}",\n' for pin in wanted)
    text = f"constraint-dependencies = [\n{rows}]" if wanted else "constraint-dependencies = []"
    changed, count = _LIST.subn(lambda _: text, project)
    if count != 1:
        sys.exit(f"pin: {PROJECT} has {count} lists of constraint-dependencies, not one")
    return changed


def main() -> None:
    parser = argparse.ArgumentParser(description="Pin every version this project is built from.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="compare only; exit 1 if stale")
    choice.add_argument("--upgrade", action="store_true", help="take the newest of everything")
    chosen = parser.parse_args()

    project = (ROOT / PROJECT).read_text(encoding="utf-8")
    requirements = resolve(with_pins(project, []) if chosen.upgrade else project)
    wanted = {
        PROJECT: with_pins(project, pins(requirements)),
        HASHES: _HEAD + requirements,
    }
    stale = [
        name
        for name, text in wanted.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != text
    ]
    if chosen.check and stale:
        sys.exit(f"pin: {' and '.join(stale)} differ from the resolved set; run scripts/pin.py")
    for name in stale:
        (ROOT / name).write_text(wanted[name], encoding="utf-8")
    print(f"pin: {len(pins(requirements))} versions, {'written' if stale else 'as they stand'}")


if __name__ == "__main__":
    main()
