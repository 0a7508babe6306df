"""The runs of words that two texts share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.kernels.compiled import compiled
from cleanpipe.dedup.ragged import I64


@compiled
def matching(a: NDArray[Any], b: NDArray[Any]) -> I64:
    """The blocks of ``difflib.SequenceMatcher`` without its last, in no order: rows (place in a, place in b, size)."""
    most = min(len(a), len(b))
    found = np.empty((most, 3), np.int64)
    count = 0
    parts = np.empty((most + 2, 4), np.int64)  # still to be aligned: [low, high) of a, of b
    parts[0] = (0, len(a), 0, len(b))
    left = 1
    lengths = np.empty(len(b) + 1, np.int64)  # of the run that ends before word j of b, at the word of a before
    while left:
        left -= 1
        a_low, a_high, b_low, b_high = parts[left]
        lengths[b_low : b_high + 1] = 0
        best, best_i, best_j = 0, a_low, b_low
        for i in range(a_low, a_high):
            for j in range(b_high - 1, b_low - 1, -1):  # downwards, so that lengths[j] is not yet of word i
                if a[i] != b[j]:
                    lengths[j + 1] = 0
                    continue
                size = lengths[j] + 1 if j > b_low else 1
                lengths[j + 1] = size
                # of equals the first in a, then in b
                if size > best or (size == best and i - size + 1 == best_i and j - size + 1 < best_j):
                    best, best_i, best_j = size, i - size + 1, j - size + 1
        if best == 0:
            continue
        found[count] = (best_i, best_j, best)
        count += 1
        if best_i > a_low and best_j > b_low:
            parts[left] = (a_low, best_i, b_low, best_j)
            left += 1
        if best_i + best < a_high and best_j + best < b_high:
            parts[left] = (best_i + best, a_high, best_j + best, b_high)
            left += 1
    return found[:count]
