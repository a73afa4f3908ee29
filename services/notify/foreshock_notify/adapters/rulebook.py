"""The rules in force, followed while their file changes.

A file that is wrong at the start ends the service. Later a wrong file changes nothing: the last good set stays in
force, and that is said in the log, in a metric and in the readiness report until the file is mended.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from structlog import get_logger

from foreshock_notify import metrics
from foreshock_notify.adapters import rules_file
from foreshock_notify.domain.rules import RuleSet
from foreshock_shared.runtime.errors import ConfigurationError

log = get_logger()

LOOK_EVERY: Final = 2.0
"""Seconds between two looks at the file."""


class Rulebook:
    """`current` is what decides; `problem` says what is wrong with the file as it stands now, if anything."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: str | None = None
        self._seen = _stamp(path)
        self.current: RuleSet = rules_file.load(path)
        metrics.RULES_IN_FORCE.set(len(self.current.rules))

    def refresh(self) -> bool:
        """Read the file again if it has changed; whether other rules are in force now."""
        stamp = _stamp(self.path)
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self.current = rules_file.load(self.path)
        except ConfigurationError as error:
            self.problem = str(error)
            metrics.RULES_REFUSED.inc()
            log.error(  # noqa: TRY400  a person's mistake, told in words; a trace adds nothing
                "the rules file is wrong; the last good rules stay in force", problem=self.problem
            )
            return False
        self.problem = None
        metrics.RULES_IN_FORCE.set(len(self.current.rules))
        log.info("new rules are in force", rules=len(self.current.rules), receivers=len(self.current.receivers))
        return True

    async def follow(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Look at the file for ever; `changed` is awaited whenever other rules have come into force."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self.refresh():
                await changed()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
