"""Exact verification of the pairs that LSH proposed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from cleanpipe import steps
from cleanpipe.dedup import relations
from cleanpipe.dedup.batch import overlaps, shingle_sets, tokenise
from cleanpipe.dedup.ragged import offsets_of
from cleanpipe.dedup.relations import Relations, compare

NAMES = pa.array(relations.NAMES)


@dataclass(frozen=True)
class Verify:
    """Proposed pairs (u, v, passages: bool, u_text, v_text) to rows of ``edges``. Picklable.

    A pair without a relation makes no row.
    """

    shingle: int
    threshold: float
    containment: float

    @cached_property
    def _relations(self) -> Relations:
        return Relations(self.threshold, self.containment, self.shingle)

    def __call__(self, pairs: pa.Table) -> pa.Table:
        keys = pa.chunked_array([*pairs.column("u").chunks, *pairs.column("v").chunks], pairs.schema.field("u").type)
        texts = pa.chunked_array([*pairs.column("u_text").chunks, *pairs.column("v_text").chunks], pa.string())
        numbers = keys.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
        left, right = numbers[: len(pairs)], numbers[len(pairs) :]
        firsts = np.unique(numbers, return_index=True)[1]

        distinct = texts.take(firsts).combine_chunks()
        tokens = tokenise(distinct)
        shingled = shingle_sets(tokens.words, self.shingle)
        shared = overlaps(shingled, left, right)
        codes, runs = compare(self._relations, distinct, tokens, shingled, left, right, shared)
        codes[(codes == relations.PASSAGE) & (~pairs.column("passages").to_numpy())] = relations.NONE

        sizes, words = shingled.lengths, tokens.words.lengths
        found = np.flatnonzero(codes)
        left, right = left[found], right[found]
        lengths = np.diff(runs.offsets)
        rows = runs.rows[np.repeat(codes != relations.NONE, lengths)]
        return pa.table(
            {
                "u": pairs.column("u").take(found),
                "v": pairs.column("v").take(found),
                "relation": NAMES.take(pa.array(codes[found])),
                "shared": shared[found].astype(np.int32),
                "u_size": sizes[left].astype(np.int32),
                "v_size": sizes[right].astype(np.int32),
                "u_tokens": words[left].astype(np.int32),
                "v_tokens": words[right].astype(np.int32),
                **steps.runs_columns(rows, offsets_of(lengths[found])),
            }
        ).cast(steps.EDGES)
