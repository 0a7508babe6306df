"""The second source of candidates: rare phrases that two texts share, however much else there is around them.

MinHash proposes what is alike as a whole; a piece of a paragraph, a merged one or a quotation is not. From each text
some n-grams are chosen by winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003), so that two texts that share a run of
``PHRASE + WINDOW - 1`` words have chosen a common one. Texts that chose the same one are candidates
(``rare_candidates.sql``), unless more than ``MOST_TEXTS`` did: then it is a stock phrase, or LSH finds the copies.
Hashed sentences are fewer (2 a text, not 14), but one changed word hides a sentence: of the pairs of the reference set
where one paragraph contains the other they proposed two thirds, the phrases all.
"""

from __future__ import annotations

import numpy as np

from cleanpipe.dedup.ragged import Ragged, distinct, offsets_of, ranges

PHRASE = 5
WINDOW = 4
#: What bounds the work: a phrase proposes at most eight pairs for each of its texts.
MOST_TEXTS = 16


def winnowed(rows: Ragged) -> Ragged:
    """Of each row the distinct minima of all ``WINDOW`` consecutive values; the minimum of a shorter row."""
    padded = np.concatenate([rows.values, np.full(WINDOW, np.iinfo(np.uint64).max, np.uint64)])
    ends = np.repeat(rows.offsets[1:], rows.lengths)  # of the row of each value
    places = np.arange(len(rows.values))
    lowest = rows.values.copy()
    for k in range(1, WINDOW):
        inside = places + k < ends
        lowest[inside] = np.minimum(lowest[inside], padded[places + k][inside])
    windows = np.where(rows.lengths > 0, np.maximum(rows.lengths - WINDOW + 1, 1), 0)
    return distinct(Ragged(lowest[ranges(rows.offsets[:-1], windows)], offsets_of(windows)))
