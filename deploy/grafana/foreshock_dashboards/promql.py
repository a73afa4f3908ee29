"""The PromQL that panels ask, each with its legend."""

from collections.abc import Sequence
from typing import TypeAlias

Query: TypeAlias = tuple[str, str]
"""A PromQL expression and its legend, in which `{{label}}` stands for the value of a label."""


def quantiles(metric: str, by: str = "", where: str = "") -> list[Query]:
    """The median and the 99th percentile of a histogram, for each value of the label `by`; `where`: of which series."""
    grouping, legend = (f"le, {by}", f"{{{{{by}}}}} ") if by else ("le", "")
    return [
        (
            f"histogram_quantile({q}, sum by ({grouping}) (rate({metric}_bucket{where}[$__rate_interval])))",
            f"{legend}{name}",
        )
        for q, name in ((0.5, "p50"), (0.99, "p99"))
    ]


def rate(metric: str, *by: str) -> Query:
    """How often a counter counts in a second, by labels."""
    return f"sum by ({', '.join(by)}) (rate({metric}[$__rate_interval]))", _legend(by)


def count(metric: str, *by: str) -> Query:
    """How often a counter has counted from one point to the next, by labels: for bars. Exact, and from its first step
    on, which `increase` does not see; a counter that is lower than before began anew. What a service counted after the
    last point before it ended is lost.
    """
    return (
        f"sum by ({', '.join(by)}) ({metric} - (({metric} offset $__interval <= {metric}) or 0 * {metric}))",
        _legend(by),
    )


def total(metric: str, window: str) -> str:
    """How often a counter has counted within a window, all series together, each from its first step on."""
    first = f"sum(min_over_time({metric}[{window}]) unless {metric} offset {window})"
    return f"round((sum(increase({metric}[{window}])) or vector(0)) + ({first} or vector(0)))"


def _legend(by: Sequence[str]) -> str:
    return " ".join(f"{{{{{each}}}}}" for each in by)
