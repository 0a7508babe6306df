"""The trees, row by row. ``forest.reference_scores`` and ``forest.reference_said`` are the plain references."""

from __future__ import annotations

from typing import Any

import numpy as np

from cleanpipe.compiled import compiled


@compiled
def sums(rows: Any, feature: Any, threshold: Any, left: Any, right: Any, value: Any, roots: Any) -> Any:
    """The sum of each row's leaves."""
    found = np.zeros(len(rows))
    for row in range(len(rows)):
        total = 0.0
        for root in roots:
            at = root
            while feature[at] >= 0:
                at = left[at] if rows[row, feature[at]] <= threshold[at] else right[at]
            total += value[at]
        found[row] = total
    return found


@compiled
def contributions(rows: Any, feature: Any, threshold: Any, left: Any, right: Any, value: Any, roots: Any) -> Any:
    """How much each feature changes the expected value on each row's way down."""
    found = np.zeros(rows.shape)
    for row in range(len(rows)):
        for root in roots:
            at = root
            while feature[at] >= 0:
                asked = feature[at]
                down = left[at] if rows[row, asked] <= threshold[at] else right[at]
                found[row, asked] += value[down] - value[at]
                at = down
    return found
