"""The relations between two texts: from the counts of their shingles, from the runs of words that they share, and from
what differs between these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.align import word_runs
from cleanpipe.dedup.facts import Told, differ
from cleanpipe.dedup.quotation import QUOTED_WORDS, quotes
from cleanpipe.dedup.ragged import I64, Ragged

#: By code, in order of precedence. A row says: this IS relation TO that (``contained``: this stands in that).
#: ``differs``: alike, but they tell other facts; ``live_edges.sql`` names it ``conflict`` within a story, or
#: ``template``.
NAMES = ("", "near", "contains", "contained", "quotation", "differs", "passage")
NONE, NEAR, CONTAINS, CONTAINED, QUOTATION, DIFFERS, PASSAGE = range(7)

#: Consecutive words that two texts must share to have a ``passage`` in common.
PASSAGE_WORDS = 12
#: A run of fewer words is a turn of phrase: it is no evidence that one text was taken from the other.
RUN_WORDS = 4


@dataclass(frozen=True)
class Relations:
    """The thresholds, taken as the decimal numbers that they are written as: 0.7 is exactly seven tenths."""

    threshold: float  # Jaccard
    containment: float  # share of the smaller set

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

    def nearly(self, shared: int, u_size: int, v_size: int) -> bool:
        """Whether the counts miss the thresholds by little: Jaccard by a tenth (.45), containment by a sixteenth."""
        near, part = self._bounds
        return bool(
            shared >= near * Fraction(9, 10) * (u_size + v_size - shared)
            or shared >= part * Fraction(15, 16) * min(u_size, v_size)
        )


class Judge:
    """Pairs of the texts of a batch to their relation. ``tokens``: the word hashes of each text."""

    def __init__(self, texts: Sequence[str], tokens: Ragged, shingle: int) -> None:
        self._told = [Told(text) for text in texts]
        self._tokens = tokens
        # a run of words of which a relation could come has so many shingles, unless it repeats itself
        self.least_shared = max(QUOTED_WORDS - shingle + 1, 1)

    def relation(self, u: int, v: int, code: int, nearly: bool) -> tuple[int, I64]:
        """What ``u`` is to ``v``, given what the counts say (``Relations``), and their runs (see ``word_runs``)."""
        a, b = self._told[u], self._told[v]
        runs = word_runs(self._tokens.row(u), self._tokens.row(v))
        evidence = runs[runs[:, 2] >= RUN_WORDS]
        if code == NONE:
            code = QUOTATION if quotes(a, b, evidence, nearly) else PASSAGE
        if code == PASSAGE:
            return (PASSAGE if runs[:, 2].max(initial=0) >= PASSAGE_WORDS else NONE), evidence
        return (DIFFERS if differ(a, b, runs) else code), evidence
