"""Look every pinned version up among published vulnerabilities.

Exit 1 if one is known, or if a version could not be looked up although others could. Where no
advisory service can be reached at all, say so loudly and exit 0: that is a fact about the
network, not about the versions.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("pypi", "osv")
NOT_REACHED = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError")
# A mirror without an advisory interface answers "not found" for every name.
NOT_FOUND = re.compile(r"not found on PyPI", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one service said of the pinned versions; `unreached` tells why it said nothing."""

    vulnerable: list[str]
    unknown: list[str]
    audited: int
    unreached: str = ""


def read(report: str) -> Answer:
    """An answer from pip-audit's JSON report."""
    vulnerable, unknown, audited = [], [], 0
    for dependency in json.loads(report)["dependencies"]:
        if "skip_reason" in dependency:
            unknown.append(f"{dependency['name']}: {dependency['skip_reason']}")
            continue
        audited += 1
        vulnerable += [
            f"{dependency['name']} {dependency['version']}: {found['id']},"
            f" fixed in {', '.join(found['fix_versions']) or 'no version yet'}"
            for found in dependency["vulns"]
        ]
    if not audited and all(NOT_FOUND.search(line) for line in unknown):
        return Answer([], [], 0, "the package index in use has no advisory interface")
    return Answer(vulnerable, unknown, audited)


def ask(service: str) -> Answer:
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [
            *(sys.executable, "-m", "pip_audit", "--disable-pip", "--progress-spinner=off"),
            *("--format=json", f"--vulnerability-service={service}", "-r", "requirements.lock"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stdout.strip():
        return read(done.stdout)
    last = done.stderr.strip().splitlines()[-1]
    if NOT_REACHED.search(done.stderr):
        return Answer([], [], 0, last)
    sys.exit(f"audit: {service} could not be asked: {last}")


def main() -> None:
    refusals = []
    for service in SERVICES:
        answer = ask(service)
        if answer.unreached:
            refusals.append(f"  {service}: {answer.unreached[:200]}")
            continue
        faults = answer.vulnerable + answer.unknown
        if faults:
            sys.exit("\n".join(["audit: not clean", *faults]))
        print(f"audit: {answer.audited} versions, none with a known vulnerability ({service})")
        return
    rule = "!" * 78
    print(f"{rule}\nNOT AUDITED: no advisory service can be reached from this machine.")
    print("\n".join(refusals))
    print(f"Run scripts/audit.py where one can be reached before a release.\n{rule}")


if __name__ == "__main__":
    main()
