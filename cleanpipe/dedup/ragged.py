"""Rows of unequal length in two flat arrays: the shape that NumPy, Arrow and a later kernel all take."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


class Ragged(NamedTuple):
    """Row ``i`` is ``values[offsets[i] : offsets[i + 1]]``; ``offsets`` begins with 0 and has one entry more."""

    values: U64
    offsets: I64

    @property
    def lengths(self) -> I64:
        return np.diff(self.offsets)

    def row(self, i: int) -> U64:
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def row_numbers(self) -> I64:
        """For each value the row it is in."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)


def offsets_of(lengths: NDArray[Any]) -> I64:
    """Lengths to offsets."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def sums(values: NDArray[Any], offsets: I64) -> I64:
    """Of each row the sum of ``values[offsets[i] : offsets[i + 1]]``."""
    found: I64 = np.diff(np.append(0, np.cumsum(values))[offsets])
    return found


def ranges(starts: NDArray[Any], lengths: NDArray[Any]) -> I64:
    """``start, start + 1, ...`` (``length`` of them) for each pair, one after the other."""
    offsets = offsets_of(lengths)
    return np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)


def distinct(rows: Ragged) -> Ragged:
    """Each row sorted, without repetitions."""
    numbers = rows.row_numbers()
    order = np.lexsort((rows.values, numbers))
    values = rows.values[order]
    first = np.ones(len(values), np.bool_)
    first[1:] = (values[1:] != values[:-1]) | (numbers[1:] != numbers[:-1])
    return Ragged(values[first], offsets_of(np.bincount(numbers[first], minlength=len(rows.offsets) - 1)))
