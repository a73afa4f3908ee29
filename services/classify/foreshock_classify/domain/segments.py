"""Values of several posts laid end to end, so that arithmetic is done once for all of them.

Post i has the values from `bounds[i]` to before `bounds[i + 1]`. What comes out for a post depends on its own values
alone, whoever its neighbours are: the same post gives the same judgement in any batch.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def bounds_of(lengths: Sequence[int] | Indices) -> Indices:
    """Where each post's values begin, and where the last one's end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def sums(values: NDArray[Any], bounds: Indices) -> NDArray[Any]:
    """The sum of each post's values (of its rows, where values have columns); zero for a post without any."""
    found = np.zeros((len(bounds) - 1, *values.shape[1:]), values.dtype)
    filled = bounds[:-1] < bounds[1:]
    if filled.any():
        found[filled] = np.add.reduceat(values, bounds[:-1][filled], axis=0)
    return found


def take(bounds: Indices, posts: Indices) -> tuple[Indices, Indices]:
    """Places of the values of these posts, in their order, and the bounds that they have then."""
    lengths = bounds.take(posts + 1) - bounds.take(posts)
    taken = bounds_of(lengths)
    return np.arange(taken[-1]) + np.repeat(bounds.take(posts) - taken[:-1], lengths), taken
