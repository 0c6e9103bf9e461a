"""`docs/schema.sql` is what the migrations make: the page to read instead of them.

`QANTARA_BLESS=1 uv run pytest tests/db/test_schema.py` writes it anew.
"""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from qantara.db import binaries
from qantara.db.database import Server
from qantara.host.kinds import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "schema.sql"
NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|)$")


def _dumped(server: Server, database: str) -> str:
    how = binaries.runner(18)
    command = how.command("pg_dump", "--schema-only", "--no-owner", server.url_of(database))
    dump = subprocess.run(  # noqa: S603 - the wheel's own program
        command, capture_output=True, text=True, check=True, user=how.user
    )
    lines = [line for line in dump.stdout.splitlines() if not NOISE.fullmatch(line)]
    return re.sub(r"\n(?=CREATE (?:TABLE|FUNCTION))", r"\n\n", "\n".join(lines)) + "\n"


async def test_the_schema_page_is_what_the_migrations_make(
    servers: Callable[[int], Server],
) -> None:
    server = servers(18)
    await server.prepare()
    packages = dict.fromkeys(name for kind in KINDS.values() for name in kind.packages)
    name = f"qantara_test_schema_{os.getpid()}"
    await server.create(name, tuple(packages))
    made = _dumped(server, name)
    await server.drop(name)
    if os.environ.get("QANTARA_BLESS"):
        PAGE.write_text(made)
    assert PAGE.exists(), "docs/schema.sql is missing: bless it"
    assert PAGE.read_text() == made
