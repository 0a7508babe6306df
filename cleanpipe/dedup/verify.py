"""Exact verification of the pairs that were proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cleanpipe import steps
from cleanpipe.dedup import relations
from cleanpipe.dedup.batch import overlaps, runs_columns, shingle_sets
from cleanpipe.dedup.ends import Ends, Span, spans
from cleanpipe.dedup.ragged import I64, offsets_of
from cleanpipe.dedup.relations import Compared, Relations, compare
from cleanpipe.shard import Inputs, Shard

NAMES = pa.array(relations.NAMES)

#: A span has so many times the words of what is beside it.
_BESIDE = 8

#: Pairs whose shingles are laid out at a time, and pairs that are compared at a time.
_SETS = 1 << 15
_PAIRS = 1 << 18


class Task(NamedTuple):
    """The pairs of which v lies in ``span``; u may lie in any of ``others``, which are smaller, or in the same."""

    span: Span
    others: tuple[Span, ...]


def tasks(parts: Sequence[tuple[int, int, int]], most_words: int) -> list[Shard]:
    """The shards of ``Verify`` for parts of ``ends`` (number, texts, words): one a span of up to so many words.

    What stands before a span is read once for it, so spans are to be large, but what is beside it at a time small.
    """
    found = []
    for span in spans(parts, most_words):
        before = [part for part in parts if part[0] < span.first]
        task = Task(span, tuple(spans(before, most_words // _BESIDE)))
        found.append(Shard(f"{span.first:02}", repr(task), task))
    return found


@dataclass(frozen=True)
class Verify:
    """A map over pairs of spans of ``ends``: the pairs in ``candidates`` (a dataset's name) to ``edges``. Picklable.

    A pair without a relation makes no row. Of pairs that only a rare phrase proposed no passage is recorded: outlets on
    one story have one in every second pair of paragraphs.
    """

    shingle: int
    threshold: float
    containment: float
    candidates: str = "candidates"

    @cached_property
    def _relations(self) -> Relations:
        return Relations(self.threshold, self.containment, self.shingle)

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        task: Task = shard.payload
        wanted = ("u_number", "v_number", "passages")
        pieces = list(inputs.every(self.candidates, wanted, (task.span.first, task.span.last)))
        if not pieces:
            return
        u, v, passages = (column.to_numpy() for column in pa.concat_tables(pieces).columns)
        ends = Ends(inputs, task.span, task.others)
        for other in (*task.others, task.span):
            ends.beside(other)
            here = ends.holds(u)
            for start in range(0, len(here), _PAIRS):
                some = here[start : start + _PAIRS]
                yield "edges", self._edges(ends, ends.others(u[some]), ends.rows(v[some]), passages[some])

    def _edges(self, ends: Ends, left: I64, right: I64, passages: I64) -> pa.Table:
        shared, u_sizes, v_sizes = (np.empty(len(left), np.int64) for _ in range(3))
        for start in range(0, len(left), _SETS):
            some = slice(start, start + _SETS)
            rows, places = np.unique(np.append(left[some], right[some]), return_inverse=True)
            sets = shingle_sets(ends.spelled.words, self.shingle, rows=rows)
            a, b = places[: len(places) // 2], places[len(places) // 2 :]
            shared[some] = overlaps(sets, a, b)
            u_sizes[some], v_sizes[some] = sets.lengths[a], sets.lengths[b]
        sizes = u_sizes, v_sizes
        codes, runs = compare(self._relations, ends.spelled, left, right, shared, sizes, ends.read)
        codes[(codes == relations.PASSAGE) & ~passages] = relations.NONE
        return _rows(ends, left, right, shared, sizes, Compared(codes, runs))


def _rows(ends: Ends, left: I64, right: I64, shared: I64, sizes: tuple[I64, I64], compared: Compared) -> pa.Table:
    codes, runs = compared
    found = np.flatnonzero(codes)
    lengths = np.diff(runs.offsets)
    rows = runs.rows[np.repeat(codes != relations.NONE, lengths)]
    left, right = left[found], right[found]
    words = ends.spelled.words.lengths
    return pa.table(
        {
            "u": ends.hashes_of(left),
            "v": ends.hashes_of(right),
            "u_number": ends.numbers[left],
            "v_number": ends.numbers[right],
            "relation": NAMES.take(pa.array(codes[found])),
            "shared": shared[found].astype(np.int32),
            "u_size": sizes[0][found].astype(np.int32),
            "v_size": sizes[1][found].astype(np.int32),
            "u_tokens": words[left].astype(np.int32),
            "v_tokens": words[right].astype(np.int32),
            **runs_columns(rows, offsets_of(lengths[found])),
        },
        schema=steps.EDGES,
    )
