"""The relations between two texts: from the counts of their shingles, from the runs of words that they share, and from
what differs between these."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cleanpipe.dedup.align import Runs, aligned
from cleanpipe.dedup.batch import Tokens
from cleanpipe.dedup.doubt import doubts
from cleanpipe.dedup.facts import Told, differ
from cleanpipe.dedup.quotation import QUOTE_MARK, QUOTED_WORDS, covers, quoted
from cleanpipe.dedup.ragged import I64, Ragged, offsets_of

#: By code, in order of precedence. A row says: this IS relation TO that (``contained``: this stands in that).
#: ``differs``: alike, but they tell other facts; ``live_edges.sql`` names it ``conflict`` within a story, or
#: ``template``.
NAMES = ("", "near", "contains", "contained", "quotation", "differs", "passage")
NONE, NEAR, CONTAINS, CONTAINED, QUOTATION, DIFFERS, PASSAGE = range(7)

#: Consecutive words that two texts must share to have a ``passage`` in common.
PASSAGE_WORDS = 12
#: A run of fewer words is a turn of phrase: it is no evidence that one text was taken from the other.
RUN_WORDS = 4

#: What of the thresholds (Jaccard, containment) the counts of a quotation reach without its words being read.
_NEARLY = (Fraction(9, 10), Fraction(15, 16))


@dataclass(frozen=True)
class Relations:
    """The thresholds, taken as the decimal numbers that they are written as: 0.7 is exactly seven tenths."""

    threshold: float  # Jaccard
    containment: float  # share of the smaller set

    shingle: int  # words

    @property
    def least_shared(self) -> int:
        """A run of words of which a relation could come has so many shingles, unless it repeats itself."""
        return max(QUOTED_WORDS - self.shingle + 1, 1)

    @cached_property
    def _bounds(self) -> tuple[Fraction, Fraction]:
        return Fraction(str(self.threshold)), Fraction(str(self.containment))

    def codes(self, shared: Any, u_size: Any, v_size: Any) -> NDArray[np.int8]:
        """For each pair with ``shared`` shingles in common what u is to v: ``NONE`` to ``CONTAINED``.

        Arrays of integers, or one integer for all pairs. Of two sets of one size u counts as the contained one.
        """
        near, part = self._bounds
        shared, u_size, v_size = (np.asarray(x, np.int64) for x in (shared, u_size, v_size))
        union = u_size + v_size - shared
        holds = part.denominator * shared >= part.numerator * np.minimum(u_size, v_size)
        code = np.where(holds, np.where(u_size > v_size, CONTAINS, CONTAINED), NONE)
        code = np.where(near.denominator * shared >= near.numerator * union, NEAR, code)
        return np.where(shared > 0, code, NONE).astype(np.int8)

    def nearly(self, shared: Any, u_size: Any, v_size: Any) -> NDArray[np.bool_]:
        """Whether the counts miss the thresholds by little: Jaccard by a tenth (.45), containment by a sixteenth."""
        near, part = (bound * share for bound, share in zip(self._bounds, _NEARLY, strict=True))
        union, least = u_size + v_size - shared, np.minimum(u_size, v_size)
        alike: NDArray[np.bool_] = near.denominator * shared >= near.numerator * union
        held: NDArray[np.bool_] = part.denominator * shared >= part.numerator * least
        return alike | held


class Compared(NamedTuple):
    """Pairs compared: what the first IS to the second, and the runs that are evidence of it, by pair."""

    codes: NDArray[np.int8]
    runs: Runs


def compare(
    relations: Relations, texts: pa.Array, tokens: Tokens, shingled: Ragged, left: I64, right: I64, shared: I64
) -> Compared:
    """What the texts ``left[i]`` are to ``right[i]``, which have ``shared[i]`` shingles in common.

    ``tokens``, ``shingled``: of all ``texts``. Only pairs that the counts call alike, or that share enough shingles for
    a quotation, are aligned; only those are read of which the words between the runs may tell different facts, or
    that may be quotations.
    """
    sizes, words = shingled.lengths, tokens.words.lengths
    codes = relations.codes(shared, sizes[left], sizes[right])
    some = np.flatnonzero((codes != NONE) | (shared >= relations.least_shared))
    left, right, shared = left[some], right[some], shared[some]
    runs = aligned(tokens.words, left, right)
    doubtful = doubts(tokens, left, right, runs)
    evidence = _long_enough(runs)

    longest, covered = _most(evidence), _sum(evidence)
    found = codes[some]
    open_ = (found == NONE) & covers(covered, longest, words[left], words[right])
    nearly = relations.nearly(shared, sizes[left], sizes[right])
    found[open_ & nearly] = QUOTATION

    told: dict[int, Told] = {}

    def read(text: int) -> Told:
        if text not in told:
            told[text] = Told(texts[text].as_py(), tokens.places_of(text))
        return told[text]

    maybe = np.flatnonzero(open_ & ~nearly)
    for ends in (left, right):
        marked = pc.match_substring_regex(texts.take(ends[maybe]), QUOTE_MARK)
        maybe = maybe[marked.to_numpy(zero_copy_only=False)]
    for i in maybe.tolist():
        if quoted(read(int(left[i])), read(int(right[i])), evidence.of(i)):
            found[i] = QUOTATION
    for i in np.flatnonzero(doubtful & (found != NONE)).tolist():
        if differ(read(int(left[i])), read(int(right[i])), runs.of(i)):
            found[i] = DIFFERS
    found[(found == NONE) & (longest >= PASSAGE_WORDS)] = PASSAGE

    codes[some] = found
    lengths = np.zeros(len(codes), np.int64)
    lengths[some] = np.diff(evidence.offsets)
    return Compared(codes, Runs(evidence.rows, offsets_of(lengths)))


def _most(runs: Runs) -> I64:
    """The words of each pair's longest run."""
    most = np.zeros(len(runs.offsets) - 1, np.int64)
    some = runs.offsets[1:] > runs.offsets[:-1]
    if some.any():
        most[some] = np.maximum.reduceat(runs.rows[:, 2], runs.offsets[:-1][some])
    return most


def _sum(runs: Runs) -> I64:
    """The words of each pair's runs."""
    found: I64 = np.diff(np.append(0, np.cumsum(runs.rows[:, 2]))[runs.offsets])
    return found


def _long_enough(runs: Runs) -> Runs:
    kept = runs.rows[:, 2] >= RUN_WORDS
    return Runs(runs.rows[kept], np.append(0, np.cumsum(kept))[runs.offsets])
