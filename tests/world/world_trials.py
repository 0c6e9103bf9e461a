"""The command line in a home of its own, on the tests' server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qantara.db import Server
from qantara.settings import Settings
from qantara.world import worlds
from qantara.world.worlds import Folder

Servers = Callable[[int], Server]


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """A home whose databases are on `server`."""

    path: Path
    server: Server

    @property
    def settings(self) -> Settings:
        return Settings(self.path, self.server.url, 18, 60)

    @property
    def environ(self) -> Mapping[str, str]:
        ours = {"QANTARA_HOME": str(self.path), "QANTARA_DATABASE_URL": self.server.url}
        return os.environ | ours | {"COLUMNS": "160"}

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", "qantara")

    def folder(self, name: str) -> Folder:
        return worlds.folder(self.settings, name)

    def run(self, *words: str, cwd: Path | None = None) -> Said:
        done = subprocess.run(  # noqa: S603
            [*self.command, *words],
            env=self.environ,
            cwd=cwd or self.path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)


async def change(server: Server, database: str, sql: str, *values: object) -> None:
    """Change history by hand, as only the owner of a database can."""
    owner = await server.connect(database)
    try:
        await owner.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER history")
        await owner.execute(sql, *values)
        await owner.execute("ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER history")
    finally:
        await owner.close()
