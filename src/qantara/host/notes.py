"""Word of what runs where: each process of a world leaves a note while its roles answer."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STARTED_FIELD = 19
"""Place of `starttime` among the fields of `/proc/PID/stat` that follow the name."""


DOORS, PEERS = "addresses", "peers"
"""What a note tells: where people reach a role, and where other roles do."""


def leave(folder: Path, addresses: Mapping[str, str], peers: Mapping[str, str]) -> Path:
    """Leave a note of the roles this process runs; whoever leaves it takes it away again."""
    folder.mkdir(exist_ok=True)
    note = folder / f"{os.getpid()}.json"
    said: dict[str, Any] = {"pid": os.getpid(), "started": _started(os.getpid())}
    said |= {DOORS: dict(addresses), PEERS: dict(peers)}
    written = note.with_suffix(".part")
    written.write_text(json.dumps(said))
    written.replace(note)
    return note


def read(folder: Path, told: str = DOORS) -> dict[str, str]:
    """Where each running role answers. The notes of processes that died are removed."""
    addresses: dict[str, str] = {}
    for note in folder.glob("*.json"):
        try:
            said = json.loads(note.read_text())
        except FileNotFoundError:  # taken away since it was listed
            continue
        if _started(said["pid"]) == said["started"]:
            addresses |= said[told]
        else:
            note.unlink(missing_ok=True)
    return addresses


def _started(pid: int) -> str | None:
    """When a process began, in the kernel's ticks: a number used again tells itself apart."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[_STARTED_FIELD]
