"""What does not fit memory at once: rows laid out on disk so that one part of them is read without the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe.dedup.ragged import I64, offsets_of

#: Texts of which one part consists, about. Enough that few parts are small, few enough for caches.
_TEXTS = 1 << 16
_MOST = 64
#: Bytes of rows that wait to be written together.
_WAITING = 32 << 20


def parts_for(texts: int) -> int:
    """In how many parts so many texts are treated."""
    return min(_MOST, texts // _TEXTS + 1)


def part_of(first_bits: NDArray[np.uint16], parts: int) -> NDArray[np.uint8]:
    """The parts of rows from the first 16 bits of their hashes: in the order of these, and about equally large."""
    return (first_bits.astype(np.uint32) * np.uint32(parts) >> np.uint32(16)).astype(np.uint8)


def by_part(parts: NDArray[np.uint8], count: int) -> tuple[I64, I64]:
    """The rows in the order of their parts, which they keep within one; part ``i`` are those from ``cuts[i]`` to
    ``cuts[i + 1]``."""
    return np.argsort(parts, kind="stable"), offsets_of(np.bincount(parts, minlength=count))


class Waiting:
    """Rows of a dataset that wait until enough of each part are there to be written together."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._parts: dict[int, list[pa.Table]] = {}
        self._size = 0

    def add(self, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        """``rows`` are sorted by their column ``part``."""
        part = rows.column("part").to_numpy()
        cuts = np.flatnonzero(np.append(part[1:] != part[:-1], True)) + 1
        first = 0
        for stop in cuts.tolist() if len(part) else []:
            self._parts.setdefault(int(part[first]), []).append(rows.slice(first, stop - first))
            first = stop
        self._size += rows.nbytes
        if self._size >= _WAITING:
            yield from self.rest()

    def rest(self) -> Iterator[tuple[str, pa.Table]]:
        """What waits still, one table a part."""
        parts, self._parts, self._size = self._parts, {}, 0
        yield from ((self._dataset, pa.concat_tables(tables)) for _, tables in sorted(parts.items()))


class Parted:
    """Rows of one type in a file, by parts. Within a part they stay in the order in which they came."""

    def __init__(self, file: IO[bytes], parts: int, dtype: Any) -> None:
        self._file = file
        self._dtype = np.dtype(dtype)
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(parts)]

    def add(self, rows: NDArray[Any], parts: NDArray[np.uint8]) -> None:
        """``parts``: of each row."""
        order, cuts = by_part(parts, len(self._pieces))
        self.add_sorted(rows[order], cuts)

    def add_sorted(self, rows: NDArray[Any], cuts: NDArray[Any]) -> None:
        """Rows that lie by part already; part ``i`` is ``rows[cuts[i] : cuts[i + 1]]``."""
        self._put(rows, cuts.tolist())

    def _put(self, rows: NDArray[Any], cuts: list[int]) -> None:
        start = self._file.tell() // self._dtype.itemsize
        self._file.write(np.ascontiguousarray(rows).view(np.uint8).data)
        for pieces, first, last in zip(self._pieces, cuts, cuts[1:], strict=False):
            if first < last:
                pieces.append((start + first, start + last))

    def read(self, part: int) -> NDArray[Any]:
        self._file.flush()
        size = self._dtype.itemsize
        rows = np.empty(sum(last - first for first, last in self._pieces[part]), self._dtype)
        raw = rows.view(np.uint8).data
        at = 0
        for first, last in self._pieces[part]:
            os.preadv(self._file.fileno(), [raw[size * at : size * (at + last - first)]], size * first)
            at += last - first
        return rows
