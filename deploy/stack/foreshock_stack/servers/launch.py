"""Runs a command that ends with us: `launch.py PARENT SIGNAL UID GID COMMAND…` (UID and GID empty: stay who we are).

The program gives up its privileges, asks the kernel for SIGNAL at the death of the process that started it (Linux;
other systems have no such promise), and becomes the command. It is a program and not a hook between fork and exec,
because such hooks are unsafe in a process with threads. It needs the standard library only: `python -I -S` runs it.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def command(
    program: Sequence[str], *, on_parent_death: signal.Signals, ids: tuple[int, int] | None = None
) -> list[str]:
    """The command line that runs `program` under this launcher, as the user and group of `ids` if given."""
    uid, gid = ids or ("", "")
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*launcher, str(os.getpid()), str(on_parent_death.value), str(uid), str(gid), *program]


def main(parent: str, death_signal: str, uid: str, gid: str, *program: str) -> None:
    if uid:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(f"{program[0]} is not started: the process that wanted it has ended meanwhile")
    os.execvp(program[0], program)  # noqa: S606 (the commands are our own)


if __name__ == "__main__":
    main(*sys.argv[1:])
