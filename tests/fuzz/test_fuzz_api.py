"""Every operation of every kind of role, asked by schemathesis over HTTP: no check fails.

`scripts/fuzz.py api` runs the same with all phases and for as long as it is told.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fuzz_world import Served, served

HERE = Path(__file__).parent
MINUTES = os.environ.get("QANTARA_FUZZ_MINUTES")
SEED = os.environ.get("QANTARA_FUZZ_SEED", "20260302")
CALLERS = [
    ("institution", "person"),
    ("institution", "operations"),
    ("gateway", "duitnow"),
    ("ips", "operator"),
    ("psp", "operator"),
    ("sap", "operator"),
    ("fxp", "operator"),
]
"""A customer, staff, a counterparty, operators. Nobody asks, too: the check `ignored_auth` makes
every operation's requests again without a key, and with one that opens nothing.
"""
OTHERS = [
    ("institution", "administrator"),
    ("institution", "compliance"),
    ("institution", "agent"),
    ("gateway", "operator"),
    ("gateway", "fxp"),
    ("gateway", "my"),
    ("institution", "nobody"),
]
"""Asked in a long run only."""
ALL = CALLERS + OTHERS if MINUTES else CALLERS
# Few of each in the suite, and not the thousands of boundary values of the phase `coverage`.
BRIEFLY = ("--phases=examples,fuzzing,stateful", "--max-examples=1", "--warnings=off")
AT_LENGTH = (
    "--max-examples=100",
    f"--max-time={max(1, round(float(MINUTES or 0) * 60 / len(ALL)))}",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(servers, tmp_path_factory) -> AsyncIterator[Served]:
    async with served(servers(18), tmp_path_factory.mktemp("fuzz")) as made:
        yield made


async def asked(
    world: Served, kind: str, caller: str, folder: Path, *terms: str
) -> tuple[int, str]:
    """How schemathesis ended, which leaves its notes in the folder, and what it said."""
    key = "nobody" if caller == "nobody" else world.key(kind, caller)
    command = (
        *(sys.executable, "-m", "schemathesis.cli", "--config-file"),
        *(str(HERE / "schemathesis.toml"), "run", f"{world.address(kind)}/openapi.json"),
        *("--header", f"Authorization: Bearer {key}", "--seed", SEED, "--no-color"),
        # A shared machine is sometimes slow; how slow is measured elsewhere.
        *("--generation-database=none", "--suppress-health-check=all", "--continue-on-failure"),
        *terms,
    )
    told = {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(HERE)}
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=os.environ | told,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("kind", "caller"), ALL)
async def test_no_check_fails(world, kind, caller, tmp_path):
    code, output = await asked(world, kind, caller, tmp_path, *(AT_LENGTH if MINUTES else BRIEFLY))
    assert code == 0, output
    told = re.search(r"(\d+) generated, (\d+) passed", output)
    assert told is not None, output
    assert int(told[2]) > 0, output
