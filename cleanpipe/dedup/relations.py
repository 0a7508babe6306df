"""The relations between two texts: from the counts of their shingles, from the runs of words that they share, and from
what differs between these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cleanpipe.dedup.align import Runs, aligned
from cleanpipe.dedup.batch import Spelled, tokenise
from cleanpipe.dedup.doubt import doubts
from cleanpipe.dedup.facts import Told, differ
from cleanpipe.dedup.quotation import QUOTE_MARK, QUOTED_WORDS, covers, quoted
from cleanpipe.dedup.ragged import I64, offsets_of, sums

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


#: The texts of these rows, to be read.
Read = Callable[[I64], pa.Array]


def compare(
    relations: Relations, texts: Spelled, left: I64, right: I64, shared: I64, sizes: tuple[I64, I64], read: Read
) -> Compared:
    """What the texts ``left[i]`` are to ``right[i]``, which have ``shared[i]`` of ``sizes`` shingles in common.

    Only pairs that the counts call alike, or that share enough shingles for a quotation, are aligned; only those are
    ``read`` of which the words between the runs may tell different facts, or that may be quotations.
    """
    words = texts.words.lengths
    codes = relations.codes(shared, *sizes)
    some = np.flatnonzero((codes != NONE) | (shared >= relations.least_shared))
    if not len(some):
        return Compared(codes, Runs(np.zeros((0, 3), np.int64), np.zeros(len(codes) + 1, np.int64)))
    left, right, shared = left[some], right[some], shared[some]
    runs = aligned(texts.words, left, right)
    doubtful = doubts(texts, left, right, runs)
    evidence = _long_enough(runs)

    longest, covered = _most(evidence), sums(evidence.rows[:, 2], evidence.offsets)
    found = codes[some]
    open_ = (found == NONE) & covers(covered, longest, words[left], words[right])
    nearly = relations.nearly(shared, *(size[some] for size in sizes))
    found[open_ & nearly] = QUOTATION

    _judge(found, open_ & ~nearly, doubtful, left, right, runs, evidence, read)
    found[(found == NONE) & (longest >= PASSAGE_WORDS)] = PASSAGE

    codes[some] = found
    lengths = np.zeros(len(codes), np.int64)
    lengths[some] = np.diff(evidence.offsets)
    return Compared(codes, Runs(evidence.rows, offsets_of(lengths)))


def _judge(
    found: NDArray[np.int8], maybe: NDArray[np.bool_], doubtful: NDArray[np.bool_], left: I64, right: I64, runs: Runs,
    evidence: Runs, read: Read,
) -> None:  # fmt: skip
    """Name in ``found`` those of the pairs quotations that ``maybe`` are, and those that tell different facts."""
    unsure = np.flatnonzero(maybe | (doubtful & (found != NONE)))
    if not len(unsure):
        return
    rows, ends = np.unique(np.append(left[unsure], right[unsure]), return_inverse=True)
    texts = read(rows)
    marked = pc.match_substring_regex(texts, QUOTE_MARK).to_numpy(zero_copy_only=False)
    a, b = ends[: len(unsure)], ends[len(unsure) :]
    quoting = maybe[unsure] & marked[a] & marked[b]
    asked = quoting | (doubtful[unsure] & (found[unsure] != NONE))
    unsure, quoting, a, b = unsure[asked], quoting[asked], a[asked], b[asked]

    rows = np.unique(np.append(a, b))
    texts = texts.take(pa.array(rows))
    tokens = tokenise(texts)
    read_texts = [Told(text, tokens.places_of(i)) for i, text in enumerate(texts.to_pylist())]
    told = dict(zip(rows.tolist(), read_texts, strict=True))
    for i, quotes, one, other in zip(unsure.tolist(), quoting.tolist(), a.tolist(), b.tolist(), strict=True):
        if quotes and quoted(told[one], told[other], evidence.of(i)):
            found[i] = QUOTATION
        if doubtful[i] and found[i] != NONE and differ(told[one], told[other], runs.of(i)):
            found[i] = DIFFERS


def _most(runs: Runs) -> I64:
    """The words of each pair's longest run."""
    most = np.zeros(len(runs.offsets) - 1, np.int64)
    some = runs.offsets[1:] > runs.offsets[:-1]
    if some.any():
        most[some] = np.maximum.reduceat(runs.rows[:, 2], runs.offsets[:-1][some])
    return most


def _long_enough(runs: Runs) -> Runs:
    kept = runs.rows[:, 2] >= RUN_WORDS
    return Runs(runs.rows[kept], np.append(0, np.cumsum(kept))[runs.offsets])
