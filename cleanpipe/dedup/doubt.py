"""Which pairs of texts may tell different facts: told from hashes of words, so that only these pairs are read."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.align import Runs
from cleanpipe.dedup.batch import Spelled, Tokens, kernels_pay
from cleanpipe.dedup.decisive import NEGATIONS
from cleanpipe.dedup.facts import NEGATED_WORDS, SLOT_WORDS, TELLING, gaps
from cleanpipe.dedup.ragged import I64, U64
from cleanpipe.dedup.tokens import CAPITAL, FIGURE, MONEY, hash_words, normalise, words

#: Beside the shapes of words: it denies.
NEGATION = 4
_MONEY = sum(MONEY.values())


@lru_cache(maxsize=1)
def _listed() -> tuple[U64, NDArray[np.uint8]]:
    """The hashes of words that tell something however they are written, sorted, and what they tell."""
    told: dict[int, int] = {}
    for listed, what in ((TELLING, FIGURE), (NEGATIONS, NEGATION)):
        for value in hash_words([words(normalise(word)) for word in sorted(listed)]).values.tolist():
            told[value] = told.get(value, 0) | what
    hashes = np.array(sorted(told), np.uint64)
    return hashes, np.array([told[value] for value in hashes.tolist()], np.uint8)


def doubts(
    tokens: Spelled | Tokens, left: I64, right: I64, runs: Runs, kernel: bool | None = None
) -> NDArray[np.bool_]:
    """Whether the texts ``left[i]`` and ``right[i]``, aligned by ``runs``, may tell different facts (``facts.differ``).

    They may where a few words of one stand in place of words of the other, and both sides have a word with a capital,
    or both a figure, the name of a number, day or month, or a word that has an opposite; or where one or two words
    differ and one side denies; or where the same word stands beside the signs of two currencies.
    """
    listed, classes = _listed()
    found = np.zeros(len(left), np.bool_)
    if kernels_pay() if kernel is None else kernel:
        from cleanpipe.dedup.kernels import runs as kernels

        kernels.doubts(
            tokens.words.values, tokens.shapes, tokens.words.offsets, left, right, runs.rows, runs.offsets,
            listed, classes, SLOT_WORDS, CAPITAL | FIGURE, NEGATION, NEGATED_WORDS, _MONEY, found,
        )  # fmt: skip
        return found
    told_of = dict(zip(listed.tolist(), classes.tolist(), strict=True))
    offsets = tokens.words.offsets

    def told(text: int, first: int, last: int) -> int:
        what = 0
        for place in range(offsets[text] + first, offsets[text] + last):
            what |= int(tokens.shapes[place]) | told_of.get(int(tokens.words.values[place]), 0)
        return what

    lengths = tokens.words.lengths.tolist()
    for pair, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        for i, j, size in runs.of(pair).tolist():
            one = tokens.shapes[offsets[a] + i : offsets[a] + i + size] & _MONEY
            other = tokens.shapes[offsets[b] + j : offsets[b] + j + size] & _MONEY
            found[pair] |= bool(((one > 0) & (other > 0) & (one & other == 0)).any())
        for a_first, a_last, b_first, b_last in gaps(runs.of(pair), lengths[a], lengths[b]):
            longer = max(a_last - a_first, b_last - b_first)
            if longer <= SLOT_WORDS:
                here, there = told(a, a_first, a_last), told(b, b_first, b_last)
                if here & there & (CAPITAL | FIGURE) or (longer <= NEGATED_WORDS and (here ^ there) & NEGATION):
                    found[pair] = True
    return found
