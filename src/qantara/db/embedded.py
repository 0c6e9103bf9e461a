"""The embedded PostgreSQL: made on first use, shared by every process that needs it.

Each process that uses the server holds a shared lock on `users.lock`; whoever leaves last
stops it. A start waits for crash recovery as long as the settings allow.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from qantara.db import binaries
from qantara.db.database import Server
from qantara.errors import Reason, Unavailable
from qantara.settings import Settings

SUPERUSER = "qantara"
_SOCKET_PATH_MAX = 90
_STATUS_LINE = 7
_PAUSE_SECONDS = 0.02
_ORPHANS = b"is still in use"

CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 300
shared_buffers = 256MB
fsync = on
synchronous_commit = on
full_page_writes = on
recovery_init_sync_method = syncfs
wal_compression = on
max_wal_size = 4GB
checkpoint_timeout = 15min
jit = off
log_min_messages = warning
log_checkpoints = off
autovacuum_naptime = 20s
timezone = 'UTC'
log_timezone = 'UTC'
include_if_exists = '{own}'
"""


class EmbeddedServer:
    """One cluster under a home; `start` joins it, `stop` leaves it (the last one stops it)."""

    def __init__(self, settings: Settings) -> None:
        self._how = binaries.runner(settings.postgres_version)
        self._data = binaries.data_folder(settings.home, settings.postgres_version, self._how)
        self._patience_seconds = settings.start_seconds
        self._users: int | None = None

    @property
    def server(self) -> Server:
        return Server(f"postgresql://{SUPERUSER}@/postgres?host={quote(str(self._sockets))}")

    @property
    def own_configuration(self) -> Path:
        """A file of the operator's own settings, read after ours if it exists."""
        return self._data.with_suffix(".conf")

    @property
    def log(self) -> Path:
        return self._data.with_suffix(".log")

    @property
    def _sockets(self) -> Path:
        wanted = self._data.with_suffix(".run")
        if len(os.fsencode(wanted)) <= _SOCKET_PATH_MAX:
            return wanted
        short = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"qantara-{os.geteuid()}-{short}"

    def start(self, progress: Callable[[str], None] = lambda _: None) -> Server:
        """Join the running server, or start it, making the cluster first if there is none."""
        self._data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._how.own(self._data.parent)
        with self._starting():
            deadline = time.monotonic() + self._patience_seconds
            if self.pid is None and not (self._data / "PG_VERSION").exists():
                progress("making the database cluster")
                self._initdb()
            while not self._ready():
                self._launch_and_wait(deadline, progress)
            self._users = os.open(self._data.with_suffix(".users"), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
        return self.server

    def stop(self) -> None:
        """Leave; the last user shuts the server down and waits until it is."""
        if self._users is None:
            return
        with self._starting():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._shut_down()
            os.close(self._users)
            self._users = None

    def erase(self) -> None:
        """End the server at once and remove the cluster with all it holds: for a home of one's
        own, which nobody else uses.
        """
        if self._users is not None:
            self._shut_down(signal.SIGQUIT)
            os.close(self._users)
            self._users = None
        for path in (self._data, self._sockets):
            shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with self._data.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initdb(self) -> None:
        """Make the cluster beside its place and move it there whole, or not at all."""
        partial = self._data.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._how.own(partial)
        made = self._run(
            "initdb",
            *("-D", str(partial), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"),
            *("--no-locale", "--data-checksums", "--no-instructions"),
        )
        if made.returncode != 0:
            raise Unavailable(Reason.INTERNAL, detail=f"initdb failed: {made.stderr.strip()}")
        with (partial / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude 'qantara.conf'\n")
        partial.rename(self._data)

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own programs and arguments
            self._how.command(program, *arguments),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self._how.user,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"LC_ALL": "C"}

    def _launch_and_wait(self, deadline: float, progress: Callable[[str], None]) -> None:
        """Wait until the server is ready, or until a new attempt is worth making."""
        said_before = self.log.stat().st_size if self.log.exists() else 0
        process = self._launch() if self.pid is None else None
        began, told = time.monotonic(), 0
        try:
            while not self._ready() and (process is not None or self.pid is not None):
                if process is not None and process.poll() is not None:
                    self._judge(self.log.read_bytes()[said_before:], deadline)
                    return
                if time.monotonic() > deadline:
                    patience = f"not ready after {self._patience_seconds} s"
                    raise Unavailable(Reason.INTERNAL, detail=patience)
                waited = int(time.monotonic() - began)
                if waited >= told + 2:
                    told = waited
                    progress(f"waiting for PostgreSQL, recovery included: {told} s")
                time.sleep(_PAUSE_SECONDS)
        finally:
            if process is not None and process.returncode is None:
                # The server outlives this process on purpose: others may have joined it.
                process.returncode = 0

    def _judge(self, said: bytes, deadline: float) -> None:
        """A start that failed is an error, unless only the last of a killed server is in the way:
        its processes end by themselves.
        """
        if _ORPHANS not in said or time.monotonic() > deadline:
            words = said.decode(errors="replace")[-2000:]
            raise Unavailable(Reason.INTERNAL, detail=f"PostgreSQL did not start: {words}")
        time.sleep(10 * _PAUSE_SECONDS)

    def _launch(self) -> "subprocess.Popen[bytes]":
        self._make_sockets()
        configuration = self._data / "qantara.conf"
        configuration.write_text(
            CONFIGURATION.format(sockets=self._sockets, own=self.own_configuration)
        )
        self._how.own(configuration)
        # Left by a crash; PostgreSQL would stop at them if the process id they name now belongs
        # to another program. What still runs of the old server it finds by its shared memory.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        (self._sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own program and arguments
                self._how.command("postgres", "-D", str(self._data)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=self._how.user,
                env=self._environment(),
                start_new_session=True,
            )

    def _make_sockets(self) -> None:
        """The folder of the socket: ours alone, as whoever owns it can pose as the server."""
        self._sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self._sockets.lstat()
        ours = {os.geteuid(), self._how.uid}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours or found.st_mode & 0o077:
            raise Unavailable(Reason.INTERNAL, detail=f"{self._sockets} belongs to somebody else")
        self._how.own(self._sockets)

    def _ready(self) -> bool:
        lines = self._pid_lines()
        status = lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else ""
        return status == "ready" and self.pid is not None

    def _pid_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    @property
    def pid(self) -> int | None:
        """The running server's process id; a file left by a crash names none."""
        lines = self._pid_lines()
        if not lines:
            return None
        pid = int(lines[0])
        command = Path(f"/proc/{pid}/cmdline")
        try:
            running = str(self._data).encode() in command.read_bytes()
        except OSError:
            return None
        return pid if running else None

    def _shut_down(self, how: signal.Signals = signal.SIGINT) -> None:
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, how)
        while self.pid == pid:
            time.sleep(0.02)
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue
