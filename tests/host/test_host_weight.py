"""What a role does not need is not in its memory: large libraries come with their first use."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import qantara
from qantara import client
from qantara.client.client import Client

LARGE = {
    *("babel", "fpdf", "httpx", "jinja2", "numpy", "phonenumbers", "PIL", "segno", "webauthn"),
    "zxingcpp",
}
LATER = re.compile(r'^    (\w+) = Later\("([\w.]+)"\)$', re.MULTILINE)
SERVING = {"asyncpg", "fastapi", "lxml", "uvicorn"}


def _loaded(module):
    """The packages that are loaded with it, in a process of its own."""
    code = f"import {module}, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603 - ours
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_a_process_with_every_role_loads_what_serving_needs_and_nothing_large():
    found = _loaded("qantara.world.worlds")
    assert found >= SERVING
    assert not found & LARGE


@pytest.mark.parametrize("module", ["qantara.cli", "qantara.client"])
def test_neither_commands_nor_the_client_load_what_serves(module):
    assert not _loaded(module) & (LARGE | SERVING)


def test_what_is_named_to_be_loaded_later_is_what_the_types_were_checked_of():
    named = []
    for file in Path(qantara.__file__).parent.rglob("*.py"):
        text = file.read_text()
        for name, module in LATER.findall(text):
            package, _, last = module.rpartition(".")
            said = f"from {package} import" if package else "import"
            loaded = re.findall(rf"^    {said} (.+)$", text, re.MULTILINE)
            names = [each for line in loaded for each in line.split(", ")]
            assert last in names or f"{last} as {name}" in names, module
            assert find_spec(module), module
            named.append(module)
    assert "qantara.access.credentials.ceremonies" in named


def test_what_is_loaded_later_is_the_same():
    assert client.Client is Client
    with pytest.raises(AttributeError, match="Nothing"):
        _ = client.Nothing
