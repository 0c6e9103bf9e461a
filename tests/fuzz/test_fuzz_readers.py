"""The readers of outside words, fuzzed: any input gives a record or a precise reason."""

import importlib.util
import re
import subprocess
import sys
from random import Random

import pytest
from fuzz_targets import READ, READERS

from source_tree import ROOT, script

SCRIPT = "scripts/fuzz.py"
MUTANTS = 150
guided = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform"
)


def fuzz(*arguments):
    command = [sys.executable, SCRIPT, *map(str, arguments)]
    together = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, cwd=ROOT, text=True, check=False, **together)  # noqa: S603


@pytest.mark.parametrize("name", READERS)
def test_every_seed_is_read_and_a_few_hundred_mutants_break_nothing(name):
    target, dice = READERS[name], Random(20260302)
    seeds = target.seeds()
    READ.clear()
    for seed in seeds:
        target.read(seed)
    assert READ
    for _ in range(MUTANTS):
        mutant = dice.choice(seeds)
        for _ in range(dice.randint(1, 3)):
            mutant = target.mutate(dice, mutant)
        target.read(mutant)


def test_all_that_is_in_the_seeds_is_read():
    """A seed that its reader refuses would leave fuzzing at the door."""
    READ.clear()
    for target in READERS.values():
        for seed in target.seeds():
            target.read(seed)
    bodies = {each for each in READ if each.partition(" ")[0] in {"POST", "PUT", "PATCH"}}
    assert len(READ) - len(bodies) >= 70
    assert len(bodies) >= 40


@guided
def test_fuzzing_guided_by_coverage_finds_nothing(tmp_path):
    """All readers in one process; `scripts/fuzz.py` fuzzes each for as long as it is told."""
    done = fuzz("all", "--runs", 3000, "--found", tmp_path / "found")
    assert done.returncode == 0, done.stdout
    assert "Done 3000 runs" in done.stdout
    covered = re.findall(r"cov: (\d+)", done.stdout)
    assert int(covered[-1]) > int(covered[0])


@guided
def test_a_planted_fault_is_found_kept_and_replayed(tmp_path):
    found = tmp_path / "found"
    done = fuzz("planted", "--runs", 2000, "--found", found)
    assert done.returncode == 1
    assert "a fault that was put here on purpose" in done.stdout
    (kept,) = found.iterdir()
    assert f"planted --replay {kept}" in done.stdout
    with pytest.raises(KeyError, match="on purpose"):
        script("fuzz").main(["planted", "--replay", str(kept)])
