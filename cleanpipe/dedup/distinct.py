"""Which place of a text speaks for it: the first, by document and block, of all that have it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.ragged import I64, U64

Keys = NDArray[np.void]  # of 16 bytes each


def first_places(hashes: Keys, doc_keys: Keys, blocks: NDArray[np.int32]) -> I64:
    """The row of the first place of each distinct hash, in the order of the hashes as bytes."""
    if not len(hashes):
        return np.zeros(0, np.int64)
    high, low = _halves(hashes)
    order = np.argsort(high)
    same_high = high[order][1:] == high[order][:-1]
    same = same_high & (low[order][1:] == low[order][:-1])
    if not np.array_equal(same, same_high):  # hashes that differ only in their second half
        order = np.lexsort((low, high))
        same = (high[order][1:] == high[order][:-1]) & (low[order][1:] == low[order][:-1])
    starts = np.flatnonzero(np.append(True, ~same))
    sizes = np.diff(np.append(starts, len(order)))
    first = np.ones(len(order), np.bool_)
    for column in (*_halves(doc_keys), blocks.astype(np.uint64)):
        column = np.where(first, column[order], np.iinfo(np.uint64).max)
        first &= column == np.repeat(np.minimum.reduceat(column, starts), sizes)
    return order[first]


def _halves(keys: Keys) -> tuple[U64, U64]:
    both = keys.view(">u8").reshape(-1, 2).astype(np.uint64)
    return both[:, 0], both[:, 1]
