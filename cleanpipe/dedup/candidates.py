"""Candidates: the declared set of pairs that are compared (``candidates.sql``, ``rare_candidates.sql``), and the caps
that bound it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe.dedup.batch import bands, phrases, unpacked
from cleanpipe.dedup.buckets import Pairs, buckets, paired
from cleanpipe.dedup.distinct import Keys, first_places
from cleanpipe.dedup.ragged import I64, U64
from cleanpipe.dedup.rare import MOST_TEXTS
from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS

#: Up to so many texts of one bucket are all paired; of a larger bucket the first by hash meet all others.
BUCKET = 64
ANCHORS = 3

#: Phrases are put into buckets in so many parts, by their first bits.
_PARTS = 64
_PIECE = 1 << 16  # rows in one table


@dataclass(frozen=True)
class Banded:
    """Rows (text_hash, words) to rows of ``bands``: one for each band of each text. For ``candidates.sql``."""

    shingle: int
    threshold: float

    def __call__(self, texts: pa.Table) -> pa.Table:
        keys = bands(unpacked(texts.column("words").combine_chunks()), self.shingle, self.threshold)
        rows = np.repeat(np.arange(len(keys)), keys.shape[1])
        return pa.table({"band": keys.ravel(), "text_hash": texts.column("text_hash").combine_chunks().take(rows)})


def phrased(texts: pa.Table) -> pa.Table:
    """Rows (text_hash, words) to rows of ``rare``: the phrases that each text chose. For ``rare_candidates.sql``."""
    chosen = phrases(unpacked(texts.column("words").combine_chunks()))
    owners = texts.column("text_hash").combine_chunks().take(pa.array(chosen.row_numbers()))
    return pa.table({"phrase": chosen.values.view(np.int64), "text_hash": owners})


@dataclass(frozen=True)
class Propose:
    """A map over all of ``sketches`` into ``texts``, ``candidates``, ``capped`` and ``masked``: what the statements of
    these names and ``rare_candidates.sql`` make of ``sketches``, ``bands`` and ``rare``.

    One band at a time: its keys, with the text's number in the low bits, are sorted in place, and the buckets are the
    runs of equal ones. Phrases go the same way, by parts. Keys that wait and pairs found lie in files. Picklable.
    """

    shingle: int
    threshold: float
    min_tokens: int
    bucket: int = BUCKET
    anchors: int = ANCHORS
    most_texts: int = MOST_TEXTS

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        with inputs.scratch() as banded, inputs.scratch() as phrased, inputs.scratch() as near, inputs.scratch() as far:
            texts = _Texts.read(inputs, self.min_tokens)
            count = len(texts.hashes)
            if not count:
                return
            yield from texts.rows()
            # Texts are numbered by hash: u < v as numbers and as hashes.
            columns, parts = self._spill(inputs, texts, banded, phrased)
            order = texts.in_reading_order
            alike, sharing = Pairs(near, count), Pairs(far, count)
            for band in range(columns.bands):
                numbers, sizes = buckets(columns.read(band)[order])
                yield from _sizes("capped", sizes[sizes > self.bucket])
                alike.add(*paired(numbers, sizes, self.bucket, self.anchors))
            for part in range(_PARTS):
                keys, owners = parts.read(part)
                entries, sizes = buckets(keys)
                yield from _sizes("masked", sizes[sizes > self.most_texts])
                kept = np.repeat(sizes <= self.most_texts, sizes)
                a, b = paired(owners[entries[kept]], sizes[sizes <= self.most_texts], self.most_texts, 0)
                sharing.add(np.minimum(a, b), np.maximum(a, b))
            for part, (one, other) in enumerate(zip(alike.distinct(), sharing.distinct(), strict=True)):
                yield from self._candidates(texts.hashes, one, True, part)
                other = np.setdiff1d(other, one, assume_unique=True)
                yield from self._candidates(texts.hashes, other, False, part)

    def _spill(self, inputs: Inputs, texts: _Texts, banded: IO[bytes], phrased: IO[bytes]) -> tuple[_Columns, _Parts]:
        """The band keys and the phrases of all texts, in files."""
        lengths: list[int] = []
        parts = _Parts(phrased)
        count = row = 0
        for table in inputs.every("sketches", ("words",)):
            wanted = texts.numbers[row : row + len(table)]
            row += len(table)
            first = wanted >= 0
            numbers = wanted[first]
            words = unpacked(table.column("words").combine_chunks().filter(pa.array(first)))
            keys = bands(words, self.shingle, self.threshold)
            banded.write(np.ascontiguousarray(keys.T).data)
            lengths.append(len(keys))
            count = keys.shape[1]
            chosen = phrases(words)
            parts.add(chosen.values, numbers[chosen.row_numbers()])
        banded.flush()
        phrased.flush()
        return _Columns(banded.fileno(), lengths, count), parts

    @staticmethod
    def _candidates(hashes: Keys, packed: U64, passages: bool, part: int) -> Iterator[tuple[str, pa.Table]]:
        for start in range(0, len(packed), _PIECE):
            piece = packed[start : start + _PIECE]
            v, u = piece >> np.uint64(32), piece & np.uint64(0xFFFFFFFF)
            same = [pa.array(np.full(len(piece), value)) for value in (passages, np.int32(part))]
            columns = [_keys(hashes[u]), _keys(hashes[v]), *same]
            yield "candidates", pa.Table.from_arrays(columns, schema=DATASETS["candidates"])


@dataclass(frozen=True, slots=True)
class _Texts:
    """The distinct texts, in the order of their hashes, each with its first place."""

    hashes: Keys
    doc_keys: Keys
    blocks: NDArray[np.int32]
    tokens: NDArray[np.int32]
    numbers: NDArray[np.int32]  # row of ``sketches`` -> number of the text whose first place it is; -1 for all others
    in_reading_order: NDArray[np.int32]  # number of a text -> how many first places come before its own in ``sketches``

    @classmethod
    def read(cls, inputs: Inputs, min_tokens: int) -> _Texts:
        hashes, doc_keys = [np.empty(0, "V16")], [np.empty(0, "V16")]
        blocks, tokens, rows = [np.empty(0, np.int32)], [np.empty(0, np.int32)], [np.empty(0, np.uint32)]
        count = 0
        for table in inputs.every("sketches", ("text_hash", "doc_key", "block", "tokens")):
            words = table.column("tokens").to_numpy()
            kept = words >= min_tokens
            hashes.append(_bytes(table.column("text_hash"))[kept])
            doc_keys.append(_bytes(table.column("doc_key"))[kept])
            blocks.append(table.column("block").to_numpy()[kept])
            tokens.append(words[kept])
            rows.append((np.flatnonzero(kept) + count).astype(np.uint32))
            count += len(table)
        hash_, key, block = np.concatenate(hashes), np.concatenate(doc_keys), np.concatenate(blocks)
        first = first_places(hash_, key, block)
        row = np.concatenate(rows)[first]
        numbers = np.full(count, -1, np.int32)
        numbers[row] = np.arange(len(row))
        before = np.empty(len(row), np.int32)
        before[numbers[numbers >= 0]] = np.arange(len(row))
        return cls(hash_[first], key[first], block[first], np.concatenate(tokens)[first], numbers, before)

    def rows(self) -> Iterator[tuple[str, pa.Table]]:
        for start in range(0, len(self.hashes), _PIECE):
            piece = slice(start, start + _PIECE)
            columns = [_keys(self.hashes[piece]), _keys(self.doc_keys[piece]), self.blocks[piece], self.tokens[piece]]
            yield "texts", pa.Table.from_arrays(list(map(pa.array, columns)), schema=DATASETS["texts"])


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


class _Parts:
    """A file of keys and the numbers of their texts, in parts by the first bits of the key."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]

    def add(self, keys: U64, owners: NDArray[np.int32]) -> None:
        part = (keys >> np.uint64(58)).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        cuts = np.searchsorted(part[order], np.arange(_PARTS + 1))
        rows = np.column_stack([keys[order], owners[order].astype(np.uint64)])
        start = self._file.tell() // 16
        self._file.write(rows.data)
        for pieces, first, last in zip(self._pieces, cuts, cuts[1:], strict=False):
            if first < last:
                pieces.append((start + int(first), start + int(last)))

    def read(self, part: int) -> tuple[U64, I64]:
        rows = np.empty((sum(last - first for first, last in self._pieces[part]), 2), np.uint64)
        at = 0
        for first, last in self._pieces[part]:
            os.preadv(self._file.fileno(), [rows[at : at + last - first].data], 16 * first)
            at += last - first
        return rows[:, 0].copy(), rows[:, 1].astype(np.int64)


def _sizes(dataset: str, sizes: I64) -> Iterator[tuple[str, pa.Table]]:
    if len(sizes):
        yield dataset, pa.table({"size": sizes}, schema=DATASETS[dataset])


def _bytes(column: pa.ChunkedArray) -> Keys:
    keys = column.combine_chunks()
    return np.frombuffer(keys.buffers()[1], "V16")[keys.offset : keys.offset + len(keys)]


def _keys(hashes: Keys) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes), [None, pa.py_buffer(hashes.tobytes())])
