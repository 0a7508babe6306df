"""When two paragraphs of which neither is near the other nor holds it are the same still, in other words around it."""

from __future__ import annotations

import re
from itertools import pairwise

from cleanpipe.dedup.facts import Told
from cleanpipe.dedup.ragged import I64

#: One run of so many words at least, and both texts of twice as many: shorter ones share formulas.
QUOTED_WORDS = 8
#: The share of the longer text (numerator, denominator) from which on readers call two paragraphs the same.
COVERED = (2, 5)

# What is opened may be closed in another paragraph.
_QUOTED = re.compile(r'[“„«»"][^“”„«»"]*(?:[”“»«"]|$)')
_SENTENCE = re.compile(r"""[.!?。！？]["“”’»«)\]]*\s*(?=\W*(?:[^\W\d_a-z]|\d))|\n""")


def quotes(a: Told, b: Told, runs: I64, nearly: bool) -> bool:
    """Whether the words in both cover two fifths of the longer text, and the counts are ``nearly`` those of alike
    texts, or: the words stand in quotation marks in both, and neither text has a sentence of its own around them.

    With less, paragraphs that merely share a sentence, with prose of their own on both sides, would become one.
    ``runs``: those that are evidence, rows (word of a, word of b, words), in order.
    """
    least, longest = sorted((len(a.places), len(b.places)))
    share, whole = COVERED
    if least < 2 * QUOTED_WORDS or runs[:, 2].max(initial=0) < QUOTED_WORDS:
        return False
    if whole * int(runs[:, 2].sum()) < share * longest:
        return False
    if nearly:
        return True
    if whole * _quoted(a, b, runs) < share * longest:
        return False
    return not (_own_sentence(a, runs[:, 0], runs[:, 2]) or _own_sentence(b, runs[:, 1], runs[:, 2]))


def _quoted(a: Told, b: Told, runs: I64) -> int:
    """How many words of the runs stand in quotation marks in both."""
    within = [_words_in(text, [quote.span() for quote in _QUOTED.finditer(text.text)]) for text in (a, b)]
    return sum(i + k in within[0] and j + k in within[1] for i, j, words in runs.tolist() for k in range(words))


def _words_in(text: Told, spans: list[tuple[int, int]]) -> set[int]:
    return {n for n, (start, end) in enumerate(text.places) for low, high in spans if low <= start and end <= high}


def _own_sentence(text: Told, starts: I64, sizes: I64) -> bool:
    """Whether of a sentence most words stand in no run."""
    shared = {start + k for start, size in zip(starts.tolist(), sizes.tolist(), strict=True) for k in range(size)}
    cuts = [0, *(end.end() for end in _SENTENCE.finditer(text.text)), len(text.text) + 1]
    for low, high in pairwise(cuts):
        words = [n for n, (start, _) in enumerate(text.places) if low <= start < high]
        if words and 2 * len(shared.intersection(words)) < len(words):
            return True
    return False
