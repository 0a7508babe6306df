"""Exact verification of the pairs that LSH proposed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from cleanpipe import steps
from cleanpipe.dedup import relations
from cleanpipe.dedup.batch import overlaps, shingle_sets, tokenise
from cleanpipe.dedup.relations import Judge, Relations


@dataclass(frozen=True)
class Verify:
    """Proposed pairs (u, v, passages: 1 or 0, u_text, v_text) to rows of ``edges``. Picklable.

    A pair without a relation makes no row.

    Only pairs that the counts call alike, or that share enough shingles for a quotation, are aligned.
    """

    shingle: int
    threshold: float
    containment: float

    @cached_property
    def _relations(self) -> Relations:
        return Relations(self.threshold, self.containment)

    def __call__(self, pairs: pa.Table) -> pa.Table:
        keys = pa.chunked_array([*pairs.column("u").chunks, *pairs.column("v").chunks], pairs.schema.field("u").type)
        texts = pa.chunked_array([*pairs.column("u_text").chunks, *pairs.column("v_text").chunks], pa.string())
        numbers = keys.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
        left, right = numbers[: len(pairs)], numbers[len(pairs) :]
        firsts = np.unique(numbers, return_index=True)[1]

        distinct = texts.take(firsts).combine_chunks()
        tokens = tokenise(distinct).words
        shingled = shingle_sets(tokens, self.shingle)
        shared = overlaps(shingled, left, right)
        sizes = shingled.lengths
        codes = self._relations.codes(shared, sizes[left], sizes[right])

        judge = Judge(distinct.to_pylist(), tokens, self.shingle)
        aligned = {}
        for i in np.flatnonzero((codes != relations.NONE) | (shared >= judge.least_shared)).tolist():
            codes[i], aligned[i] = judge.relation(
                int(left[i]), int(right[i]), int(codes[i]),
                self._relations.nearly(int(shared[i]), int(sizes[left[i]]), int(sizes[right[i]])),
            )  # fmt: skip
        codes[(codes == relations.PASSAGE) & (pairs.column("passages").to_numpy() == 0)] = relations.NONE

        found = np.flatnonzero(codes)
        left, right = left[found], right[found]
        return pa.table(
            {
                "u": pairs.column("u").take(found),
                "v": pairs.column("v").take(found),
                "relation": pa.array([relations.NAMES[code] for code in codes[found]], pa.string()),
                "shared": shared[found].astype(np.int32),
                "u_size": sizes[left].astype(np.int32),
                "v_size": sizes[right].astype(np.int32),
                "u_tokens": tokens.lengths[left].astype(np.int32),
                "v_tokens": tokens.lengths[right].astype(np.int32),
                **steps.runs_columns([aligned[i] for i in found.tolist()]),
            }
        ).cast(steps.EDGES)
