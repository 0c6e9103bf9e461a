"""Files of other people that the pages (and their tests) are served with, exactly as published.

`python scripts/vendor.py` fetches what the locks name from npm, compares every byte and writes
the files; `--check` hashes what stands in the repository, without a network. A new file is a
table in a lock; what its hashes ought to be is told when they are missing, once.

Only this script needs npm, and only whoever takes a new version runs it.
"""

import argparse
import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    ROOT / "src" / "qantara" / "texts" / "fonts" / "lock.toml",
    ROOT / "src" / "qantara" / "web" / "static" / "lock.toml",
    ROOT / "tests" / "browser" / "vendor" / "lock.toml",
)
_TOP = "package/"
Entry = dict[str, Any]


def entries(lock: Path) -> dict[str, Entry]:
    return tomllib.loads(lock.read_text(encoding="utf-8"))


def problems(lock: Path) -> Iterator[str]:
    """What is not as the lock says: a file that is missing, other than it was, or unlicensed."""
    for name, entry in entries(lock).items():
        for key, wanted in (("file", "sha256"), ("licence", "licence_sha256")):
            path = lock.parent / entry[key]
            if not path.is_file():
                yield f"{name}: {path.relative_to(ROOT)} is missing"
            elif (found := _sha256(path.read_bytes())) != entry.get(wanted):
                yield f"{name}: {wanted} of {path.relative_to(ROOT)} is {found}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _packed(name: str, version: str) -> bytes:
    """The package as the registry has it."""
    program = shutil.which("npm")
    if program is None:
        sys.exit("vendor: npm is needed to fetch, and only for that")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - npm with our own arguments
            [program, "pack", f"{name}@{version}", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        found = list(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or len(found) != 1:
            sys.exit(f"vendor: npm pack {name}@{version} failed\n{done.stderr.strip()}")
        return found[0].read_bytes()


def _taken(package: bytes, path: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        member = archive.extractfile(_TOP + path)
        if member is None:
            sys.exit(f"vendor: {path} is no file of its package")
        return member.read()


def fetch(lock: Path) -> None:
    """Write the files that come from npm; nothing is written that the lock does not name."""
    packages: dict[tuple[str, str], bytes] = {}
    for name, entry in entries(lock).items():
        if "npm" not in entry:
            continue
        wanted = (entry["npm"], entry["version"])
        package = packages.get(wanted) or packages.setdefault(wanted, _packed(*wanted))
        told = {"integrity": _integrity(package)}
        content, licence = _taken(package, entry["path"]), _taken(package, entry["licence_path"])
        told |= {"sha256": _sha256(content), "licence_sha256": _sha256(licence)}
        differ = [f"{key} = {value!r}" for key, value in told.items() if entry.get(key) != value]
        if differ:
            sys.exit(f"vendor: {name} is not what the lock says; it has\n" + "\n".join(differ))
        (lock.parent / entry["file"]).write_bytes(content)
        (lock.parent / entry["licence"]).write_bytes(licence)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetch or check the files of other people.")
    parser.add_argument("--check", action="store_true", help="hash only; exit 1 if one differs")
    chosen = parser.parse_args()
    if not chosen.check:
        for lock in LOCKS:
            fetch(lock)
    found = [problem for lock in LOCKS for problem in problems(lock)]
    if found:
        sys.exit("vendor: " + "\nvendor: ".join(found))
    print(f"vendor: {sum(len(entries(lock)) for lock in LOCKS)} files as they came")


if __name__ == "__main__":
    main()
