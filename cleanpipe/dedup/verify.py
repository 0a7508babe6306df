"""Exact verification of the pairs that LSH proposed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from cleanpipe import steps
from cleanpipe.dedup import relations
from cleanpipe.dedup.ragged import distinct
from cleanpipe.dedup.relations import PASSAGE_WORDS, Relations
from cleanpipe.dedup.shingles import grams
from cleanpipe.dedup.tokens import hash_words, normalise, words


@dataclass(frozen=True)
class Verify:
    """Proposed pairs (u, v, u_text, v_text) to rows of ``edges``; a pair without a relation makes no row. Picklable.

    ``shingle`` is at most ``PASSAGE_WORDS``: a shared passage implies a shared shingle.
    """

    shingle: int
    threshold: float
    containment: float

    @cached_property
    def _relations(self) -> Relations:
        return Relations(self.threshold, self.containment)

    def __call__(self, pairs: pa.Table) -> pa.Table:
        us, vs = pairs.column("u").to_pylist(), pairs.column("v").to_pylist()
        texts = dict(zip(us, pairs.column("u_text").to_pylist(), strict=True))
        texts.update(zip(vs, pairs.column("v_text").to_pylist(), strict=True))
        place = {key: i for i, key in enumerate(texts)}
        left = np.fromiter((place[u] for u in us), np.int64, len(us))
        right = np.fromiter((place[v] for v in vs), np.int64, len(vs))

        tokens = hash_words([words(normalise(text)) for text in texts.values()])
        shingled = distinct(grams(tokens, self.shingle))
        sets = [frozenset(shingled.row(i).tolist()) for i in range(len(texts))]
        shared = np.fromiter(
            (len(sets[a] & sets[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)), np.int64, len(us)
        )
        sizes = shingled.lengths
        codes = self._relations.codes(shared, sizes[left], sizes[right])

        passages = grams(tokens, PASSAGE_WORDS, short=False)
        for i in np.flatnonzero((codes == relations.NONE) & (shared > 0)):
            a, b = passages.row(left[i]), passages.row(right[i])
            if len(a) and len(b) and not frozenset(a.tolist()).isdisjoint(b.tolist()):
                codes[i] = relations.PASSAGE

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
            }
        ).cast(steps.EDGES)
