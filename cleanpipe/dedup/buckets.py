"""Keys to buckets of rows that share one, and these to pairs, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

import numpy as np

from cleanpipe.dedup.ragged import I64, U64, offsets_of, ranges

#: Proposed pairs are made distinct in so many parts, by their first row.
_PARTS = 64


def buckets(keys: U64) -> tuple[I64, I64]:
    """Row numbers by key, rows with one key side by side and in order; and the sizes of these runs, from 2 on."""
    bits = np.uint64(max(len(keys) - 1, 1).bit_length())
    low = (np.uint64(1) << bits) - np.uint64(1)
    packed = (keys & ~low) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    same = packed[1:] >> bits == packed[:-1] >> bits
    in_run = np.zeros(len(keys), np.bool_)
    in_run[1:] = same
    in_run[:-1] |= same
    numbers = (packed[in_run] & low).astype(np.int64)
    # The low bits of the keys gave way to the numbers: now they count.
    numbers = numbers[np.lexsort((numbers, keys[numbers]))]
    starts = np.ones(len(numbers), np.bool_)
    starts[1:] = keys[numbers[1:]] != keys[numbers[:-1]]
    sizes = np.diff(np.append(np.flatnonzero(starts), len(numbers)))
    return numbers[np.repeat(sizes > 1, sizes)], sizes[sizes > 1]


def paired(numbers: I64, sizes: I64, most: int, anchors: int) -> tuple[I64, I64]:
    """All pairs within the runs of ``numbers``; in runs of over ``most`` only those that an anchor begins."""
    offsets = offsets_of(sizes)
    place = np.arange(len(numbers)) - np.repeat(offsets[:-1], sizes)
    size = np.repeat(sizes, sizes)
    partners = np.where((size <= most) | (place < anchors), size - 1 - place, 0)
    return np.repeat(numbers, partners), numbers[ranges(np.arange(len(numbers)) + 1, partners)]


class Pairs:
    """Pairs of numbers below ``count``, kept in a file until those of all bands are there."""

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file = file
        self._cuts = (np.arange(_PARTS + 1) * count // _PARTS).astype(np.uint64) << np.uint64(32)
        self._cuts[-1] = count << 32
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]

    def add(self, u: I64, v: I64) -> None:
        packed = (u.astype(np.uint64) << np.uint64(32)) | v.astype(np.uint64)
        packed.sort()
        start = self._file.tell() // 8
        self._file.write(packed.data)
        cuts = (np.searchsorted(packed, self._cuts) + start).tolist()
        for pieces, first, last in zip(self._pieces, cuts, cuts[1:], strict=False):
            if first < last:
                pieces.append((first, last))

    def distinct(self) -> Iterator[U64]:
        """The pairs without repetitions, by u, then v, in parts by u: u in the high 32 bits, v in the low ones."""
        self._file.flush()
        for pieces in self._pieces:
            packed = np.empty(sum(last - first for first, last in pieces), np.uint64)
            at = 0
            for first, last in pieces:
                os.preadv(self._file.fileno(), [packed[at : at + last - first].data], 8 * first)
                at += last - first
            yield np.unique(packed)
