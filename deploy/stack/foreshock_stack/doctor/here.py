"""Looks at this machine: folders, their permissions, the disk."""

import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from foreshock_stack.doctor.facts import HereFacts
from foreshock_stack.environment import Environment
from foreshock_stack.servers.account import server_account


def look_here(environment: Environment) -> HereFacts:
    """The facts. Raises ConfigurationError where this system has no user for the servers."""
    state = environment.state_dir
    account = server_account()
    nearest = next(folder for folder in (state, *state.parents) if folder.exists())
    disk = shutil.disk_usage(nearest)
    barred_by = account.barred_by(state)
    return HereFacts(
        python=sys.version_info[:3],
        state_dir=str(state),
        exists=state.exists(),
        barred_by=str(barred_by) if barred_by else None,
        account=account.name,
        free_bytes=disk.free,
        total_bytes=disk.total,
        open_secrets=tuple(_open_secrets(state)),
    )


def _open_secrets(state: Path) -> Iterator[str]:
    """Files of ours alone: those that are mounted into a container have the permissions of their folder outside."""
    if state == Path("/run"):
        return
    for path in (*sorted(state.glob("secrets/*")), state / "addresses.json"):
        if path.is_file() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield str(path)
