"""MinHash signatures and the LSH bands cut from them.

Signatures are those of ``datasketch.MinHash(num_perm=128, seed=1)`` of version 2 (scheme ``affine32``: the MurmurHash3
finaliser, then ``a * h + b mod 2**32`` with odd ``a``) on the low 32 bits of the shingles, bit for bit. Banding:
Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.ragged import I64, Ragged
from cleanpipe.dedup.shingles import mix

PERMUTATIONS = 128
U32 = NDArray[np.uint32]

#: Shingles permuted at a time: 1 MB of products stays in the cache, however long a text is.
_WINDOW = 2048


@lru_cache(maxsize=1)
def permutations() -> tuple[U32, U32]:
    """datasketch's ``a`` and ``b`` for seed 1 (NumPy freezes the streams of ``RandomState``)."""
    stream = np.random.RandomState(1)
    a = stream.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, stream.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)


def _finalise(h: U32) -> U32:
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def signatures(rows: Ragged) -> U32:
    """``(len(rows), 128)`` minima over each row's shingles (repetitions are harmless); no row may be empty."""
    a, b = permutations()
    hashed = _finalise(rows.values.astype(np.uint32))  # the cast keeps the low 32 bits
    result = np.full((len(rows.offsets) - 1, PERMUTATIONS), 0xFFFFFFFF, np.uint32)
    for start in range(0, len(hashed), _WINDOW):
        stop = min(start + _WINDOW, len(hashed))
        first = int(np.searchsorted(rows.offsets, start, "right")) - 1
        last = int(np.searchsorted(rows.offsets, stop, "left"))
        cuts = np.maximum(rows.offsets[first:last], start) - start
        lowest = np.minimum.reduceat(hashed[start:stop, None] * a + b, cuts, axis=0)
        np.minimum(result[first:last], lowest, out=result[first:last])
    return result


def banding(threshold: float) -> tuple[int, int]:
    """``(bands, rows)`` that propose a pair at exactly ``threshold`` (a Jaccard) with a probability of .9 at least.

    Of these the most rows, for they propose the fewest others. Verification is exact and cheap: recall comes first.
    """
    fitting = [1]
    for rows in range(2, PERMUTATIONS + 1):
        if 1 - (1 - threshold**rows) ** (PERMUTATIONS // rows) >= 0.9:
            fitting.append(rows)
    return PERMUTATIONS // fitting[-1], fitting[-1]


def band_keys(signature: U32, bands: int, rows: int) -> I64:
    """``(len(signature), bands)``: the hash of a band's number and its rows, as signed 64-bit numbers."""
    cut = signature[:, : bands * rows].reshape(-1, bands, rows).astype(np.uint64)
    state = np.broadcast_to(mix(np.zeros(bands, np.uint64), np.arange(1, bands + 1, dtype=np.uint64)), cut.shape[:2])
    for k in range(rows):
        state = mix(state, cut[:, :, k])
    return state.view(np.int64)
