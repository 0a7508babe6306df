"""Candidates: the declared set of pairs that are compared (``candidates.sql``, ``rare_candidates.sql``), and the caps
that bound it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa

from cleanpipe.dedup.batch import bands, phrases, unpacked
from cleanpipe.dedup.buckets import Pairs, buckets, in_order, paired
from cleanpipe.dedup.parts import Parted, by_part, part_of
from cleanpipe.dedup.ragged import I64, U64
from cleanpipe.dedup.rare import MOST_TEXTS
from cleanpipe.dedup.texts import Texts
from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS

#: Up to so many texts of one bucket are all paired; of a larger bucket the first by hash meet all others.
BUCKET = 64
ANCHORS = 3

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
    """A map over all of ``sketches`` into ``text_numbers``, ``candidates``, ``ends``, ``capped`` and ``masked``: what
    the statements of these names and ``rare_candidates.sql`` make of ``sketches``, ``bands`` and ``rare``.

    One band at a time: its keys, with the text's number in the low bits, are sorted in place, and the buckets are the
    runs of equal ones. Phrases go the same way, by parts. What waits and the pairs found lie in files. Picklable.
    """

    shingle: int
    threshold: float
    min_tokens: int
    bucket: int = BUCKET
    anchors: int = ANCHORS
    most_texts: int = MOST_TEXTS

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        with ExitStack() as stack:
            placed, banded, phrased, owned, near, far = (stack.enter_context(inputs.scratch()) for _ in range(6))
            # Texts are numbered by hash: u < v as numbers and as hashes.
            texts = yield from Texts.read(inputs, placed, self.min_tokens)
            if not len(texts.hashes):
                return
            parts = len(texts.cuts) - 1
            chosen, choosing = Parted(phrased, parts, np.uint64), Parted(owned, parts, np.uint32)
            columns = self._spill(inputs, texts, banded, chosen, choosing)
            read = texts.in_reading_order()
            alike, sharing = Pairs(near, texts.cuts), Pairs(far, texts.cuts)
            for band in range(columns.bands):
                numbers, sizes = buckets(columns.read(band))
                yield from _sizes("capped", sizes[sizes > self.bucket])
                # Most are in no bucket: only these change from reading order to that of the hashes.
                alike.add(*paired(in_order(read[numbers], sizes), sizes, self.bucket, self.anchors))
            for part in range(parts):
                entries, sizes = buckets(chosen.read(part))
                yield from _sizes("masked", sizes[sizes > self.most_texts])
                kept = entries[np.repeat(sizes <= self.most_texts, sizes)]
                owners = choosing.read(part)[kept].astype(np.int64)
                a, b = paired(owners, sizes[sizes <= self.most_texts], self.most_texts, 0)
                sharing.add(np.minimum(a, b), np.maximum(a, b))
            ended = np.zeros(len(texts.hashes), np.bool_)
            for part, (one, other) in enumerate(zip(alike.distinct(), sharing.distinct(), strict=True)):
                other = np.setdiff1d(other, one, assume_unique=True)
                for packed, passages in ((one, True), (other, False)):
                    v, u = packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)
                    ended[v] = ended[u] = True
                    yield from self._candidates(texts.numbers[u], texts.numbers[v], passages, part)
            yield from texts.ends(inputs, ended)

    def _spill(self, inputs: Inputs, texts: Texts, banded: IO[bytes], chosen: Parted, choosing: Parted) -> _Columns:
        """The band keys of all texts, in a file; the phrases that were ``chosen``, and by which texts."""
        lengths: list[int] = []
        parts = len(texts.cuts) - 1
        count = row = 0
        for table in inputs.every("sketches", ("words",)):
            wanted = texts.places[row : row + len(table)]
            row += len(table)
            first = wanted >= 0
            words = unpacked(table.column("words").combine_chunks().filter(pa.array(first)))
            keys = bands(words, self.shingle, self.threshold)
            banded.write(np.ascontiguousarray(keys.T).data)
            lengths.append(len(keys))
            count = keys.shape[1]
            found = phrases(words)
            order, cuts = by_part(part_of((found.values >> np.uint64(48)).astype(np.uint16), parts), parts)
            chosen.add_sorted(found.values[order], cuts)
            choosing.add_sorted(np.repeat(wanted[first].astype(np.uint32), found.lengths)[order], cuts)
        banded.flush()
        return _Columns(banded.fileno(), lengths, count)

    @staticmethod
    def _candidates(u: I64, v: I64, passages: bool, part: int) -> Iterator[tuple[str, pa.Table]]:
        for start in range(0, len(u), _PIECE):
            piece = slice(start, start + _PIECE)
            same = [np.full(len(u[piece]), value) for value in (passages, np.int32(part))]
            columns = [pa.array(column) for column in (u[piece], v[piece], *same)]
            yield "candidates", pa.Table.from_arrays(columns, schema=DATASETS["candidates"])


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


def _sizes(dataset: str, sizes: I64) -> Iterator[tuple[str, pa.Table]]:
    if len(sizes):
        yield dataset, pa.table({"size": sizes}, schema=DATASETS[dataset])
