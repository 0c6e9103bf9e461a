"""What the machine offers: processors, memory, room, time to write to disk, files, ports."""

import os
import platform
import resource
import shutil
import socket
import statistics
import tempfile
from collections.abc import Collection
from pathlib import Path

from qantara import __version__
from qantara.clock import ticks
from qantara.host.config import WorldSpec
from qantara.host.runtime import HOST
from qantara.world.checkup.model import Check, State, graded, well

_GIB = 1024**3
_ROOM_WARN, _ROOM_BAD = 5 * _GIB, _GIB
_FILES = 4096
_WRITES, _PAGE = 30, b"\0" * 8192
_SLOW_MS, _STUCK_MS = 20.0, 500.0


def machine(home: Path) -> list[Check]:
    return [
        well("qantara", __version__),
        well("python", platform.python_version()),
        _processors(),
        _files(),
        well("home", str(home)),
        *_disk(_existing(home)),
    ]


def _processors() -> Check:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    count = len(os.sched_getaffinity(0))
    found = f"{count} processors, {memory:.1f} GiB of memory"
    if count > 1 and memory > 1:
        return well("machine", found)
    return Check("machine", State.WARN, found, "Two processors and 2 GiB carry a whole world.")


def _files() -> Check:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    todo = f"Raise the limit of open files to {_FILES} (`ulimit -n`)."
    return graded("open files", f"at most {soft}", todo, -soft, 1 - _FILES)


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _disk(place: Path) -> list[Check]:
    room = shutil.disk_usage(place).free
    free = graded(
        "disk room",
        f"{room / _GIB:.1f} GiB free",
        "Make room or move QANTARA_HOME: 22 kB a payment and role, and as much again for the log.",
        -room,
        -_ROOM_WARN,
        -_ROOM_BAD,
    )
    try:
        taken = _sync_ms(place)
    except OSError as error:
        return [free, Check("disk sync", State.BAD, str(error), "QANTARA_HOME must be writable.")]
    found = f"{taken:.2f} ms to make 8 kB durable"
    todo = "Every batch waits for the disk: use one with a battery or capacitors behind its cache."
    return [free, graded("disk sync", found, todo, taken, _SLOW_MS, _STUCK_MS)]


def _sync_ms(place: Path) -> float:
    """The middle of some writes; a file of its own, gone afterwards."""
    times = []
    with tempfile.TemporaryFile(dir=place, buffering=0) as file:
        for _ in range(_WRITES):
            began = ticks()
            file.write(_PAGE)
            os.fdatasync(file.fileno())
            times.append(1000 * (ticks() - began))
    return statistics.median(times)


def ports(world: WorldSpec, running: Collection[str]) -> Check:
    """Whether the ports of roles that do not run could be had."""
    taken = [
        f"{role.name} {port}"
        for role in world.roles.values()
        if role.name not in running
        for port in (role.port, role.peer_port)
        if port is not None and not _free(port)
    ]
    if not taken:
        return well("ports", "free, or the roles' own")
    todo = "Another program has them; a role that finds its port taken answers on another one."
    return Check("ports", State.WARN, ", ".join(taken), todo)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
