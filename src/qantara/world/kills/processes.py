"""A world of real processes: started, killed, and started again as an operator would."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from qantara.db.embedded import EmbeddedServer
from qantara.errors import Reason, Unavailable
from qantara.settings import Settings
from qantara.world.worlds import Folder

STOP_SECONDS = 30
START_SECONDS = 180
_LOOK_SECONDS = 0.05
_PARENT_FIELD = 1
_TOLD_BYTES = 2000
Progress = Callable[[str], None]


@dataclass(slots=True)
class Stage:
    """The processes of one world. `groups` says which roles run together, under which name."""

    settings: Settings
    place: Folder
    groups: Mapping[str, Sequence[str]]
    embedded: EmbeddedServer
    fallen: list[str] = field(default_factory=list)
    _running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def log(self, name: str) -> Path:
        return self.settings.home / f"{name}.log"

    async def serve(self, name: str) -> None:
        """Start a group, and wait until its roles answer."""
        self._running[name] = self._launched(name)
        await self._answering(name)

    def _launched(self, name: str) -> "subprocess.Popen[bytes]":
        words = ["serve", *self.groups[name], "--world", self.place.name]
        ours = {
            "QANTARA_HOME": str(self.settings.home),
            "QANTARA_POSTGRES_VERSION": str(self.settings.postgres_version),
            "QANTARA_START_SECONDS": str(self.settings.start_seconds),
            "TMPDIR": str(self.settings.home),
        }
        kept = {k: v for k, v in os.environ.items() if k != "QANTARA_DATABASE_URL"}
        with self.log(name).open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own program and arguments
                [sys.executable, "-m", "qantara", *words],
                env=kept | ours,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    async def serve_all(self) -> None:
        starting = [asyncio.create_task(self.serve(name)) for name in self.groups]
        try:
            await asyncio.gather(*starting)
        finally:
            for task in starting:
                task.cancel()

    async def _answering(self, name: str) -> None:
        wanted = set(self.groups[name])
        ends = asyncio.get_running_loop().time() + self.settings.start_seconds
        while not wanted <= self.place.running().keys():
            told = self._running[name].poll()
            if told is not None or asyncio.get_running_loop().time() > ends:
                words = f"{name} did not start: {self._last_words(name)}"
                raise Unavailable(Reason.INTERNAL, detail=words)
            await asyncio.sleep(_LOOK_SECONDS)

    def kill(self, name: str) -> None:
        """End a group's process at once; nothing of it gets a chance to finish."""
        self.look()
        process = self._running[name]
        process.kill()
        process.wait()

    def kill_database(self) -> None:
        """End the whole server at once, as a cut of its power would."""
        postmaster = self.embedded.pid
        if postmaster is None:
            raise Unavailable(Reason.INTERNAL, detail="the database does not run")
        for pid in (postmaster, *_children(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def start_database(self, progress: Progress) -> None:
        """Start the server that was killed: its own recovery brings it back."""
        await whole(self.embedded.stop)
        await whole(self.embedded.start, progress)

    def look(self) -> None:
        """`Unavailable` if a process ended though nobody killed it."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise Unavailable(Reason.INTERNAL, detail=f"{name} fell: {self._last_words(name)}")

    def _last_words(self, name: str) -> str:
        return self.log(name).read_bytes()[-_TOLD_BYTES:].decode(errors="replace")

    async def stop(self) -> None:
        """End every process in good order; one that stays is told and killed."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        try:
            for name, process in self._running.items():
                with suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, STOP_SECONDS)
                if process.returncode != 0:
                    self.fallen.append(f"{name}, asked to stop, ended with {process.returncode}")
        finally:
            self.end()

    def end(self) -> None:
        """Whatever still runs ends now."""
        for process in self._running.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        self._running.clear()


def ours(settings: Settings, home: Path) -> Settings:
    """A home and an embedded server for this world alone: what is killed is nobody else's."""
    patience = max(settings.start_seconds, START_SECONDS)
    return replace(settings, home=home, database_url=None, start_seconds=patience)


async def whole(act: Callable[..., object], *arguments: object) -> None:
    """Do something in a thread; who is cancelled meanwhile waits for its end all the same."""
    doing = asyncio.ensure_future(asyncio.to_thread(act, *arguments))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[_PARENT_FIELD]) == parent:
                found.append(int(stat.parent.name))
    return found
