"""Fuzz a door: `uv run python scripts/fuzz.py NAME [--minutes M] [--corpus DIR]`.

NAME is one of the readers of outside words, or `all` of them: libFuzzer, through atheris, looks
for new paths in them; an input that breaks one is kept, and printed with the command that replays
it. Or it is one of the suite's tests, run for longer: `api`, every operation of every kind of role
asked by schemathesis; `holds` and `payments`, played by Hypothesis against their models.
"""

import argparse
import hashlib
import importlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("tests/fuzz", "tests")
SEED = 20260302
KEPT = Path(tempfile.gettempdir()) / "qantara-fuzz"
TIMEOUT_SECONDS, MEMORY_MB = 10, 1024
"""More than this for one input is a finding, too."""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    sys.path[:0] = [str(ROOT / folder) for folder in FOLDERS]
    if asked.name in TESTS:
        return _test(asked)
    if asked.inside:
        _fuzz(asked)
    if asked.replay is not None:
        return _replay(asked.name, asked.replay)
    return _run(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    names = "xml, envelope, json, answer, body, world, words, code, all; api, holds, payments"
    parser.add_argument("name", help=names)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--runs", type=int, help="so many inputs instead of so many minutes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--corpus", type=Path, help="inputs of earlier runs; new ones are added")
    parser.add_argument("--found", type=Path, default=KEPT, help="for what breaks")
    parser.add_argument("--replay", type=Path, help="read this one input, without libFuzzer")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def _run(asked: argparse.Namespace) -> int:
    """In a process of its own: libFuzzer ends it as it likes."""
    asked.found.mkdir(parents=True, exist_ok=True)
    before = set(asked.found.iterdir())
    with tempfile.TemporaryDirectory() as own:
        corpus = asked.corpus or Path(own)
        corpus.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, asked.name, "--inside", f"--seed={asked.seed}"]
        command += [f"--corpus={corpus}", f"--found={asked.found}"]
        command.append(f"--runs={asked.runs}" if asked.runs else f"--minutes={asked.minutes}")
        ended = subprocess.run(command, check=False).returncode  # noqa: S603 - ourselves
    found = sorted(set(asked.found.iterdir()) - before)
    for each in found:
        again = ("uv", "run", "python", "scripts/fuzz.py", asked.name, "--replay", str(each))
        print(f"kept {each}; replay it with\n  {shlex.join(again)}")
    return 1 if found or ended else 0


def _replay(name: str, kept: Path) -> int:
    _targets().TARGETS[name].read(kept.read_bytes())
    print(f"{name}: {kept} is read as it should be")
    return 0


def _targets() -> ModuleType:
    """Found once the path is set."""
    return importlib.import_module("fuzz_targets")


def _fuzz(asked: argparse.Namespace) -> None:
    """Never returns."""
    atheris = importlib.import_module("atheris")  # a child's own: it takes the process over
    with atheris.instrument_imports(include=["qantara", "fuzz_targets"], exclude=_unwatched()):
        target = _targets().TARGETS[asked.name]

    def mutated(raw: bytes, largest: int, seed: int) -> bytes:
        dice = Random(seed)  # noqa: S311 - seeded by libFuzzer, so that a run repeats
        if dice.random() < OWN_SHARE:
            return target.mutate(dice, raw)[:largest]
        return bytes(atheris.Mutate(raw, largest))

    for raw in target.seeds():
        (asked.corpus / hashlib.sha256(raw).hexdigest()[:40]).write_bytes(raw)
    options = [f"-seed={asked.seed}", f"-timeout={TIMEOUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}"]
    options += [f"-artifact_prefix={asked.found}{os.sep}", f"-max_len={_targets().LONGEST}"]
    options += ["-print_final_stats=1", "-verbosity=1"]
    seconds = max(1, round(asked.minutes * 60))
    options.append(f"-runs={asked.runs}" if asked.runs else f"-max_total_time={seconds}")
    atheris.Setup([__file__, *options, str(asked.corpus)], target.read, custom_mutator=mutated)
    atheris.Fuzz()


def _unwatched() -> list[str]:
    """What is left as it is: to change every module of the package takes seconds."""
    source = ROOT / "src"
    files = [path.relative_to(source).with_suffix("") for path in source.rglob("*.py")]
    names = {".".join(path.parts).removesuffix(".__init__") for path in files}
    return [name for name in names if not name.startswith(WATCHED)]


WATCHED = (
    *("qantara.rails", "qantara.edge.envelope", "qantara.edge.problems", "qantara.api.nexus"),
    *("qantara.host.config", "qantara.host.nodes", "qantara.host.terms", "qantara.scheme.model"),
    *("qantara.parties.names", "qantara.parties.name_words", "qantara.parties.name_pairs"),
    *("qantara.parties.rules", "qantara.money", "qantara.clock"),
)
"""Where new paths are looked for: the readers."""
OWN_SHARE = 0.7
"""How much of the change keeps the structure; libFuzzer's own ways make the rest."""


TESTS = {
    "api": "tests/fuzz/test_fuzz_api.py",
    "holds": "tests/fuzz/test_fuzz_holds.py",
    "payments": "tests/remittance/test_remittance_played.py",
}


def _test(asked: argparse.Namespace) -> int:
    """A test of the suite, with as many examples as fit into the time; a failure tells itself
    how it is repeated.
    """
    command = [sys.executable, "-m", "pytest", TESTS[asked.name], "-n", "0", "-q"]
    told = {"QANTARA_FUZZ_MINUTES": str(asked.minutes), "QANTARA_FUZZ_SEED": str(asked.seed)}
    environment = os.environ | told
    return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
