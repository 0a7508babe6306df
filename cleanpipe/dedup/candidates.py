"""Candidates: the declared set of pairs that LSH proposes (``candidates.sql``), and the caps that bound it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe.dedup.batch import bands, tokenise
from cleanpipe.dedup.ragged import I64, U64, offsets_of, ranges
from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS

#: Up to so many texts of one bucket are all paired; of a larger bucket the first by hash meet all others.
BUCKET = 64
ANCHORS = 8

#: Proposed pairs are made distinct in so many parts, by their first text.
_PARTS = 64
_PIECE = 1 << 16  # pairs in one table


@dataclass(frozen=True)
class Banded:
    """Texts (text_hash, text) to rows of ``bands``: one for each band of each text. For ``candidates.sql``."""

    shingle: int
    threshold: float

    def __call__(self, texts: pa.Table) -> pa.Table:
        keys = bands(tokenise(texts.column("text").combine_chunks()).words, self.shingle, self.threshold)
        rows = np.repeat(np.arange(len(keys)), keys.shape[1])
        return pa.table({"band": keys.ravel(), "text_hash": texts.column("text_hash").combine_chunks().take(rows)})


@dataclass(frozen=True)
class Propose:
    """A map over all of ``texts`` into ``candidates`` and ``capped``: what ``candidates.sql`` makes of ``bands``.

    One band at a time: its keys, with the text's number in the low bits, are sorted in place, and the buckets are the
    runs of equal ones. Keys of other bands and the pairs found wait in files. Picklable.
    """

    shingle: int
    threshold: float
    bucket: int = BUCKET
    anchors: int = ANCHORS

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        with inputs.scratch() as spilled, inputs.scratch() as found:
            hashes, columns = self._spill(inputs, spilled)
            if not len(hashes):
                return
            order = _order(hashes)  # texts are numbered by hash from here on: u < v as numbers and as hashes
            hashes = hashes[order]
            pairs = _Pairs(found, len(hashes))
            for band in range(columns.bands):
                numbers, sizes = _buckets(columns.read(band)[order])
                capped = sizes[sizes > self.bucket]
                if len(capped):
                    yield "capped", pa.table({"size": capped}, schema=DATASETS["capped"])
                pairs.add(*_paired(numbers, sizes, self.bucket, self.anchors))
            for u, v in pairs.distinct():
                for start in range(0, len(u), _PIECE):
                    ends = (_keys(hashes[each[start : start + _PIECE]]) for each in (u, v))
                    yield "candidates", pa.Table.from_arrays(list(ends), schema=DATASETS["candidates"])

    def _spill(self, inputs: Inputs, file: IO[bytes]) -> tuple[NDArray[np.void], _Columns]:
        """The hashes of all texts, and their band keys in ``file``."""
        hashes = [np.empty(0, "V16")]
        lengths: list[int] = []
        count = 0
        for table in inputs.read("texts", ("text_hash", "text")):
            keys = bands(tokenise(table.column("text").combine_chunks()).words, self.shingle, self.threshold)
            file.write(np.ascontiguousarray(keys.T).data)
            lengths.append(len(keys))
            count = keys.shape[1]
            key = table.column("text_hash").combine_chunks()
            hashes.append(np.frombuffer(key.buffers()[1], "V16")[key.offset : key.offset + len(key)])
        file.flush()
        return np.concatenate(hashes), _Columns(file.fileno(), lengths, count)


@dataclass(frozen=True, slots=True)
class _Columns:
    """A file of pieces, ``lengths[i]`` rows each, that lie in it column by column (one a band)."""

    file: int
    lengths: list[int]
    bands: int

    def read(self, band: int) -> U64:
        column = np.empty(sum(self.lengths), np.uint64)
        at = place = 0
        for length in self.lengths:
            os.preadv(self.file, [column[at : at + length].data], place + 8 * band * length)
            at += length
            place += 8 * self.bands * length
        return column


def _order(hashes: NDArray[np.void]) -> I64:
    """The order of 16-byte hashes as bytes."""
    halves = hashes.view(">u8").reshape(-1, 2)
    high = halves[:, 0].astype(np.uint64)
    order = np.argsort(high)
    high = high[order]
    if (high[1:] == high[:-1]).any():
        order = np.lexsort((halves[:, 1].astype(np.uint64), halves[:, 0].astype(np.uint64)))
    return order


def _buckets(keys: U64) -> tuple[I64, I64]:
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


def _paired(numbers: I64, sizes: I64, most: int, anchors: int) -> tuple[I64, I64]:
    """All pairs within the runs of ``numbers``; in runs of over ``most`` only those that an anchor begins."""
    offsets = offsets_of(sizes)
    place = np.arange(len(numbers)) - np.repeat(offsets[:-1], sizes)
    size = np.repeat(sizes, sizes)
    partners = np.where((size <= most) | (place < anchors), size - 1 - place, 0)
    return np.repeat(numbers, partners), numbers[ranges(np.arange(len(numbers)) + 1, partners)]


class _Pairs:
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

    def distinct(self) -> Iterator[tuple[I64, I64]]:
        """The pairs without repetitions, by u, then v."""
        self._file.flush()
        for pieces in self._pieces:
            packed = np.empty(sum(last - first for first, last in pieces), np.uint64)
            at = 0
            for first, last in pieces:
                os.preadv(self._file.fileno(), [packed[at : at + last - first].data], 8 * first)
                at += last - first
            packed = np.unique(packed)
            yield (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _keys(hashes: NDArray[np.void]) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes), [None, pa.py_buffer(hashes.tobytes())])
