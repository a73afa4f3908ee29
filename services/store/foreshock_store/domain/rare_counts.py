"""How far a sum of few weighed events may lie from what it stands for.

Events are taken as independent and rare, so that their number is Poisson's; each weighs what it weighs. The interval is
that of Fay and Feuer (1997, Statistics in Medicine 16:791), made for rates that are standardised from rare counts: with
no event at all it still has an upper end, what one more event would have made of it. The interval of a ratio of two
such sums joins the two on the logarithmic scale (Zou and Donner's recovery of variances).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

CONFIDENCE: Final = 0.9
_Z: Final = 1.6448536269514722
"""Standard normal quantile of the upper end."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the ends of its band; `low <= value <= high`."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> "Interval":
        """All three, times a factor that is not negative."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)


def total(weights: Sequence[float], heaviest: float) -> Interval:
    """The sum of the weights of events, with its band. `heaviest`: what one more event could weigh, above 0."""
    events = [weight for weight in weights if weight > 0]
    value, variance = sum(events), sum(weight**2 for weight in events)
    most = max([heaviest, *events])
    low = _gamma(value, variance, -_Z) if events else 0.0
    return Interval(value, low, _gamma(value + most, variance + most**2, _Z))


def ratio(above: Interval, below: Interval) -> Interval:
    """One sum over another, whose value and low end must be above 0."""
    value = above.value / below.value
    if not above.value:
        return Interval(0.0, 0.0, above.high / below.value)
    down = log(below.high / below.value)
    up = log(below.value / below.low)
    low = value * exp(-sqrt(log(above.value / above.low) ** 2 + down**2)) if above.low else 0.0
    return Interval(value, low, value * exp(sqrt(log(above.high / above.value) ** 2 + up**2)))


def _gamma(mean: float, variance: float, z: float) -> float:
    """Quantile of the gamma distribution with this mean and variance, after Wilson and Hilferty (1931).

    For the low end of one event alone it is a quarter too low, else within a few hundredths.
    """
    step = variance / (9 * mean**2)
    return mean * float(max(0.0, 1 - step + z * sqrt(step)) ** 3)
