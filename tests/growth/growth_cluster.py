"""A primary and a standby from the wheel's programs, each answering in a folder of its own."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGKILL
from urllib.parse import quote

import asyncpg

from qantara.db import Server, binaries

USER = "qantara"
# Tests kill processes, never the machine: what the kernel has been given is safe.
CONFIGURATION = """
listen_addresses = ''
fsync = off
synchronous_commit = on
full_page_writes = on
wal_log_hints = on
wal_keep_size = 256MB
max_wal_senders = 4
hot_standby = on
shared_buffers = 64MB
log_min_messages = fatal
timezone = 'UTC'
"""


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


class Node:
    """One server of the cluster: data, socket, process."""

    def __init__(self, root: Path, name: str) -> None:
        self.how, self.name = binaries.runner(18), name
        self.data, self.sockets = root / f"{name}-data", root / name
        self.sockets.mkdir()
        self.how.own(self.sockets)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/postgres?host={quote(str(self.sockets), safe='')}"

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - the wheel's own programs
            self.how.command(program, *arguments),
            capture_output=True,
            text=True,
            check=False,
            user=self.how.user,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr

    def make(self) -> None:
        self.run(
            *("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8"),
            *("--no-locale", "--no-sync", "--no-instructions"),
        )
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION)

    def copy(self, primary: "Node") -> None:
        """Become the standby of a server that runs."""
        link = f"host={primary.sockets} user={USER} application_name={self.name}"
        self.run(
            *("pg_basebackup", "-D", str(self.data), "-R", "--no-sync", "-c", "fast"),
            *("-d", link),
        )

    async def start(self, *options: str) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        words = [word for option in options for word in ("-c", option)]
        words += ["-c", f"unix_socket_directories={self.sockets}"]
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - it only starts
            self.how.command("postgres", "-D", str(self.data), *words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.how.user,
            cwd="/",
        )
        async with asyncio.timeout(30):
            while True:
                with suppress(OSError, asyncpg.PostgresError):
                    await self.ask("SELECT 1")
                    return
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """As by a power cut: the server and every process of it, at once."""
        assert self._process is not None
        own = [self._process.pid, *children(self._process.pid)]
        for pid in own:
            with suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    async def ask(self, sql: str, database: str = "postgres") -> object:
        owner = await asyncpg.connect(Server(self.url).url_of(database))
        try:
            return await owner.fetchval(sql)
        finally:
            await owner.close()


class Cluster:
    """`one` is the primary that commits only what `two`, its standby, has as well."""

    QUORUM = "synchronous_standby_names=ANY 1 (two)"

    def __init__(self) -> None:
        # A socket's path is short, unlike those of tests.
        self.root = Path(tempfile.mkdtemp(prefix="qantara-ha-"))
        self.root.chmod(0o755)
        self.one, self.two = Node(self.root, "one"), Node(self.root, "two")
        self.one.how.own(self.root)

    @property
    def server(self) -> Server:
        hosts = quote(f"{self.one.sockets},{self.two.sockets}", safe="")
        return Server(f"postgresql://{USER}@/postgres?host={hosts}")

    async def start(self) -> None:
        await asyncio.to_thread(self.one.make)
        await self.one.start()
        await asyncio.to_thread(self.two.copy, self.one)
        await self.two.start()
        self.one.stop()
        await self.one.start(self.QUORUM)
        await self.until("SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'quorum'")

    async def until(self, sql: str) -> None:
        async with asyncio.timeout(20):
            while not await self.one.ask(sql):  # noqa: ASYNC110 - a server tells only who asks
                await asyncio.sleep(0.05)

    def stop(self) -> None:
        for node in (self.two, self.one):
            node.stop()
        shutil.rmtree(self.root)
