import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from qantara import settings
from qantara.db import Server, binaries
from qantara.db.embedded import EmbeddedServer
from qantara.errors import Unavailable

JOIN = """
import asyncio, sys
from pathlib import Path
from qantara import settings
from qantara.db.embedded import EmbeddedServer

async def ask(server):
    connection = await server.connect()
    print(await connection.fetchval("SELECT pg_postmaster_start_time()::text"))
    await connection.close()

embedded = EmbeddedServer(settings.load())
asyncio.run(ask(embedded.start()))
embedded.stop()
"""
Embedded = Callable[..., EmbeddedServer]


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    made: list[EmbeddedServer] = []

    def make(home: Path, version: int = 18) -> EmbeddedServer:
        chosen = settings.load({"QANTARA_HOME": str(home)})
        made.append(EmbeddedServer(replace(chosen, postgres_version=version)))
        return made[-1]

    yield make
    for server in made:
        server.stop()


async def _ask(server: Server, question: str) -> object:
    connection = await server.connect()
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def _run(words: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own interpreter and arguments
        words, env=environment, cwd="/", capture_output=True, text=True, check=False
    )


def _postmaster(embedded: EmbeddedServer) -> int:
    return int((_data(embedded) / "postmaster.pid").read_text().split()[0])


def _owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def _data(embedded: EmbeddedServer) -> Path:
    return embedded.log.with_suffix("")


def _kill(embedded: EmbeddedServer) -> None:
    """End the server at once, and wait until it is: its entry loses its command then."""
    pid = _postmaster(embedded)
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/cmdline").read_bytes():
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    """Whether a server still works. It takes its pid file away in its last moment, and pg_ctl
    looks for no more than that; the process itself may be an empty entry for a while after.
    """
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def _gone(pid: int) -> bool:
    """Whether a server that was told to stop is gone within a moment."""
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not _runs(pid)


@pytest.mark.parametrize("version", [18, 16])
async def test_a_server_is_made_and_started_and_stopped(
    embedded: Embedded, tmp_path: Path, version: int
) -> None:
    server = embedded(tmp_path, version)
    number = await _ask(server.start(), "SHOW server_version_num")
    assert int(number) // 10_000 == version
    assert await _ask(server.server, "SHOW data_checksums") == "on"
    assert await _ask(server.server, "SHOW fsync") == "on"
    pid = _postmaster(server)
    server.stop()
    assert _gone(pid)
    with pytest.raises(Unavailable):
        await server.server.connect()


async def test_two_homes_run_side_by_side(embedded: Embedded, tmp_path: Path) -> None:
    one, two = embedded(tmp_path / "one"), embedded(tmp_path / "two")
    for server in (one, two):
        await _ask(server.start(), "SELECT 1")
    await _ask(one.server, "CREATE DATABASE only_here")
    assert await one.server.databases("only_") == ["only_here"]
    assert await two.server.databases("only_") == []


async def test_the_last_user_stops_the_server(embedded: Embedded, tmp_path: Path) -> None:
    one, two = embedded(tmp_path), embedded(tmp_path)
    one.start()
    two.start()
    pid = _postmaster(one)
    one.stop()
    one.stop()
    assert await _ask(two.server, "SELECT 1") == 1
    two.stop()
    assert _gone(pid)


async def test_another_process_joins_and_leaves(embedded: Embedded, tmp_path: Path) -> None:
    server = embedded(tmp_path)
    began = await _ask(server.start(), "SELECT pg_postmaster_start_time()::text")
    joined = _run([sys.executable, "-c", JOIN], os.environ | {"QANTARA_HOME": str(tmp_path)})
    assert joined.stderr == ""
    assert joined.stdout.strip() == began
    assert await _ask(server.server, "SELECT 1") == 1


async def test_a_home_with_a_long_path_gets_a_short_socket(
    embedded: Embedded, tmp_path: Path
) -> None:
    server = embedded(tmp_path / "a-folder-with-a-rather-long-name" / ("x" * 80))
    assert await _ask(server.start(), "SELECT 1") == 1
    assert len(server.server.url.split("host=")[1]) < 80


def test_a_socket_folder_of_somebody_else_is_not_used(embedded: Embedded, tmp_path: Path) -> None:
    server = embedded(tmp_path)
    sockets = Path(unquote(server.server.url.split("host=")[1]))
    sockets.mkdir(mode=0o700, parents=True)
    sockets.chmod(0o777)
    with pytest.raises(Unavailable, match="somebody else"):
        server.start()


async def test_what_was_committed_survives_a_kill(embedded: Embedded, tmp_path: Path) -> None:
    server = embedded(tmp_path)
    connection = await server.start().connect()
    await connection.execute("CREATE TABLE kept AS SELECT 41 AS n")
    await connection.execute("UPDATE kept SET n = n + 1")
    _kill(server)
    connection.terminate()
    again = embedded(tmp_path)
    assert await _ask(again.start(), "SELECT n FROM kept") == 42
    assert "not properly shut down" in again.log.read_text()


async def test_a_stale_pid_that_now_belongs_to_another_program_is_no_server(
    embedded: Embedded, tmp_path: Path
) -> None:
    server = embedded(tmp_path)
    server.start()
    stale = (_data(server) / "postmaster.pid").read_text().splitlines()
    server.stop()
    stale[0] = str(os.getpid())
    (_data(server) / "postmaster.pid").write_text("\n".join(stale) + "\n")
    assert await _ask(embedded(tmp_path).start(), "SELECT 1") == 1


async def test_an_interrupted_first_start_leaves_nothing_half_made(
    embedded: Embedded, tmp_path: Path
) -> None:
    server = embedded(tmp_path)
    half = _data(server).with_suffix(".partial")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert await _ask(server.start(), "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why(embedded: Embedded, tmp_path: Path) -> None:
    server = embedded(tmp_path)
    server.start()
    server.stop()
    with (_data(server) / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = on\n")
    with pytest.raises(Unavailable, match="no_such_setting"):
        server.start()


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder every user may enter; what pytest gives is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="qantara-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
async def test_root_without_user_namespaces_runs_it_as_another_user(
    embedded: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_namespace_prefix", lambda: None)
    with _open_folder() as shelter:
        monkeypatch.setattr(binaries, "_SHELTER", shelter / "qantara")
        before = os.umask(0o077)
        try:
            server = embedded(tmp_path)
            assert await _ask(server.start(), "SELECT 1") == 1
            assert _owner(_postmaster(server)) != 0
            server.stop()
            again = embedded(tmp_path)
            assert await _ask(again.start(), "SELECT 1") == 1
            again.stop()
        finally:
            os.umask(before)


def _as_nobody() -> list[str]:
    """Words that make the following command an ordinary user's.

    Where this interpreter lies in a folder closed to others, the user may read it all the same;
    it still owns nothing but its home.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed")
    words = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    reads = [*words, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    for way in (words, reads):
        probe = [*way, sys.executable, "-c", "import qantara.db"]
        if _run(probe, {}).returncode == 0:
            return way
    pytest.skip("this machine lets no other user run this interpreter")


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all tests as one anyway")
def test_an_ordinary_user_needs_nothing_special() -> None:
    with _open_folder() as folder:
        home = folder / "home"
        home.mkdir()
        os.chown(home, 65534, 65534)
        done = _run(
            [*_as_nobody(), sys.executable, "-c", JOIN],
            {"HOME": str(home), "PATH": os.environ["PATH"]},
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert (home / ".qantara" / "postgresql-18" / "PG_VERSION").stat().st_uid == 65534


async def test_a_start_waits_for_the_last_processes_of_a_killed_server(
    embedded: Embedded, tmp_path: Path
) -> None:
    server = embedded(tmp_path)
    connection = await server.start().connect()
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)
    _kill(server)
    release = threading.Timer(1, os.kill, (backend, signal.SIGKILL))
    release.start()
    again = embedded(tmp_path)
    assert await _ask(again.start(), "SELECT 1") == 1
    assert release.finished.is_set()
    connection.terminate()
