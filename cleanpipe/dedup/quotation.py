"""When two paragraphs of which neither is near the other nor holds it are the same still, in other words around it:
the words in both cover two fifths of the longer one, and are quoted or nearly as many as in texts that are alike."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.facts import Told
from cleanpipe.dedup.ragged import I64, ranges

#: One run of so many words at least, and both texts of twice as many: shorter ones share formulas.
QUOTED_WORDS = 8
#: The share of the longer text (numerator, denominator) from which on readers call two paragraphs the same.
COVERED = (2, 5)

QUOTE_MARK = '[“„«»"]'
_SENTENCE = re.compile(r"""[.!?。！？]["“”’»«)\]]*\s*(?=\W*(?:[^\W\d_a-z]|\d))|\n""")


def covers(covered: I64, longest: I64, a_words: I64, b_words: I64) -> NDArray[np.bool_]:
    """Whether runs of ``covered`` words in all, the ``longest`` of so many, cover enough of texts of so many words."""
    share, whole = COVERED
    enough: NDArray[np.bool_] = whole * covered >= share * np.maximum(a_words, b_words)
    return enough & (longest >= QUOTED_WORDS) & (np.minimum(a_words, b_words) >= 2 * QUOTED_WORDS)


def quoted(a: Told, b: Told, runs: I64) -> bool:
    """Whether words that cover enough of the longer text stand in quotation marks in both, and neither text has a
    sentence of its own around them.

    With less, paragraphs that merely share a sentence, with prose of their own on both sides, would become one.
    ``runs``: those that are evidence, rows (word of a, word of b, words), in order.
    """
    share, whole = COVERED
    least = share * max(len(a.places), len(b.places))
    if whole * min(a.words_in_quotes, b.words_in_quotes) < least or whole * _quoted(a, b, runs) < least:
        return False
    return not (_own_sentence(a, runs[:, 0], runs[:, 2]) or _own_sentence(b, runs[:, 1], runs[:, 2]))


def _quoted(a: Told, b: Told, runs: I64) -> int:
    """How many words of the runs stand in quotation marks in both."""
    return sum(int((a.in_quotes[i : i + n] & b.in_quotes[j : j + n]).sum()) for i, j, n in runs.tolist())


def _own_sentence(text: Told, starts: I64, sizes: I64) -> bool:
    """Whether of a sentence most words stand in no run."""
    shared = np.zeros(len(text.places), np.int64)
    shared[ranges(starts, sizes)] = 1
    ends = [end.end() for end in _SENTENCE.finditer(text.text)]
    sentence = np.searchsorted(ends, text.places[:, 0], "right")
    return bool((2 * np.bincount(sentence, shared) < np.bincount(sentence)).any())
