"""Run a program as an unprivileged user without leaving the caller's files.

PostgreSQL refuses to run as root. In a user namespace the caller's own user id appears as an
ordinary one, so everything under root's home stays readable and writable, and no second user
is needed. `python -m qantara.db.user_namespace UID GID PROGRAM ARG...` becomes that program.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000


def enter(uid: int, gid: int) -> None:
    """Put this process into a new user namespace in which it is `uid`:`gid`.

    `OSError` if the kernel does not allow it.
    """
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "unshare")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1", encoding="ascii")


def main() -> None:
    enter(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - the program is named by our own caller


if __name__ == "__main__":
    main()
