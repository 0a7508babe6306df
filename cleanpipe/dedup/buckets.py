"""Keys to buckets of rows that share one, and these to pairs, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.batch import kernels_pay
from cleanpipe.dedup.parts import Parted
from cleanpipe.dedup.ragged import I64, U64, offsets_of, ranges


def buckets(keys: U64, kernel: bool | None = None) -> tuple[I64, I64]:
    """Row numbers by key, rows with one key side by side and in order; and the sizes of these runs, from 2 on."""
    bits = max(len(keys) - 1, 1).bit_length()
    packed = (keys >> np.uint64(bits) << np.uint64(bits)) | np.arange(len(keys), dtype=np.uint64)
    if kernels_pay() if kernel is None else kernel:
        from cleanpipe.dedup.kernels.buckets import equal_runs, spread_sorted

        numbers, sizes = equal_runs(spread_sorted(packed), bits)
    else:
        numbers, sizes = _equal_runs(np.sort(packed), bits)
    found = keys[numbers]
    other = found != np.repeat(found[offsets_of(sizes)[:-1]], sizes)
    if other.any():
        # Some differ in the low bits, which gave way to the numbers: in their runs, which are few, these count too.
        run = np.repeat(np.arange(len(sizes)), sizes)
        rows = np.flatnonzero(np.isin(run, run[other]))
        numbers[rows] = numbers[rows][np.lexsort((numbers[rows], found[rows], run[rows]))]
        found[rows] = keys[numbers[rows]]
        starts = np.flatnonzero(np.append(True, found[1:] != found[:-1]))
        sizes = np.diff(np.append(starts, len(numbers)))
        return numbers[np.repeat(sizes > 1, sizes)], sizes[sizes > 1]
    return numbers, sizes


def _equal_runs(packed: U64, bits: int) -> tuple[I64, I64]:
    """The low ``bits`` of sorted values whose other bits are not alone, and how many have these in common."""
    high = packed >> np.uint64(bits)
    starts = np.flatnonzero(np.append(True, high[1:] != high[:-1])) if len(packed) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(starts, len(packed)))
    low = np.uint64((1 << bits) - 1)
    return (packed[np.repeat(sizes > 1, sizes)] & low).astype(np.int64), sizes[sizes > 1]


def in_order(numbers: NDArray[Any], sizes: I64) -> I64:
    """Runs of numbers below 2**32, each run in rising order."""
    packed = np.repeat(np.arange(len(sizes), dtype=np.uint64) << np.uint64(32), sizes) | numbers.astype(np.uint64)
    packed.sort()
    return (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def paired(numbers: I64, sizes: I64, most: int, anchors: int) -> tuple[I64, I64]:
    """All pairs within the runs of ``numbers``; in runs of over ``most`` only those that an anchor begins."""
    offsets = offsets_of(sizes)
    place = np.arange(len(numbers)) - np.repeat(offsets[:-1], sizes)
    size = np.repeat(sizes, sizes)
    partners = np.where((size <= most) | (place < anchors), size - 1 - place, 0)
    return np.repeat(numbers, partners), numbers[ranges(np.arange(len(numbers)) + 1, partners)]


class Pairs:
    """Pairs of numbers, kept in a file until those of all bands are there; ``cuts``: of the parts, by second number.

    They come out by their second number: of a giant bucket the anchors are first numbers, so that the few anchors and
    each of the many stand side by side, and a text is read once and not once for each anchor.
    """

    def __init__(self, file: IO[bytes], cuts: I64) -> None:
        self._cuts = cuts.astype(np.uint64) << np.uint64(32)
        self._parted = Parted(file, len(cuts) - 1, np.uint64)

    def add(self, u: I64, v: I64) -> None:
        packed = (v.astype(np.uint64) << np.uint64(32)) | u.astype(np.uint64)
        packed.sort()
        self._parted.add_sorted(packed, np.searchsorted(packed, self._cuts))

    def distinct(self) -> Iterator[U64]:
        """The pairs without repetitions, by v, then u, in parts by v: v in the high 32 bits, u in the low ones."""
        for part in range(len(self._cuts) - 1):
            packed = self._parted.read(part)
            packed.sort()
            yield packed[np.append(True, packed[1:] != packed[:-1])] if len(packed) else packed
