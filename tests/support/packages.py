"""Programs that tests need and Python packages do not bring: Debian's, installed when a test first asks for them.

`debian("prometheus-alertmanager")` is the path of a program of that name. Where it is not there it is installed with
apt-get, if there is one and we may (root, or sudo without a password); elsewhere the test is skipped, and says for want
of what. A package is tried once in a run. What it brings as a daemon is not started: while it is installed, Debian's
`policy-rc.d` forbids that, unless the machine has a policy of its own.
"""

import fcntl
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

INSTALL_SECONDS = 300
WITHOUT_DAEMONS = """\
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >"$policy"
    chmod 755 "$policy"
fi
"$@"
"""
"""A shell script that runs its arguments while no daemon may be started."""


def debian(package: str, program: str | None = None) -> Path:
    """The program, `package` by name unless `program` says otherwise; skips the test where it cannot be had."""
    program = program or package
    with Path(__file__).open(encoding="utf-8") as ours:  # one of several workers at a time: another may have it then
        fcntl.flock(ours, fcntl.LOCK_EX)
        found = shutil.which(program) or (shutil.which(program) if _install(package) else None)
    if found is None:
        pytest.skip(f"there is no {program} here, and apt-get could not install {package}")
    return Path(found)


@cache
def _install(package: str) -> bool:
    """Whether apt-get has installed it."""
    if shutil.which("apt-get") is None:
        return False
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if rights and shutil.which("sudo") is None:
        return False
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    guarded = [*rights, "sh", "-c", WITHOUT_DAEMONS, "sh"]
    install = [*guarded, *quiet, "install", "-y", "--no-install-recommends", package]
    return _run(install) or (_run([*rights, *quiet, "update"]) and _run(install))


def _run(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
