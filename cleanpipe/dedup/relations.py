"""The relations between two sets of shingles, decided on integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: By code, in order of precedence. A row says: this IS relation TO that (``contained``: this stands in that).
NAMES = ("", "near", "contains", "contained", "passage")
NONE, NEAR, CONTAINS, CONTAINED, PASSAGE = range(5)

#: Consecutive words that two texts must share to have a ``passage`` in common.
PASSAGE_WORDS = 12


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
