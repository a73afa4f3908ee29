"""When to start a program again that has ended, and when one that runs is taken for dead. Pure."""

from dataclasses import dataclass

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
STEADY_AFTER = 30.0
"""A program that ran this long has recovered: its next end is a first one again."""
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Restarts:
    """How often in a row a program has ended soon after its start."""

    in_a_row: int = 0

    def after(self, lived: float) -> "Restarts":
        """The program has ended, whatever its status, after `lived` seconds."""
        return Restarts(1 if lived >= STEADY_AFTER else self.in_a_row + 1)

    def pause(self, chance: float) -> float:
        """Seconds until the next start: doubling from the first, spread by `chance` (0 to 1) so that none keep step."""
        doublings = min(max(self.in_a_row - 1, 0), 16)
        return min(FIRST_PAUSE * 2.0**doublings, LONGEST_PAUSE) * (1 + JITTER * (2 * chance - 1))


def is_hung(*, now: float, started: float, last_answer: float | None, first_within: float, allowed: float) -> bool:
    """Whether a program that is asked regularly has been silent for too long, since its start or its last answer."""
    if last_answer is None:
        return now - started > first_within
    return now - last_answer > allowed
