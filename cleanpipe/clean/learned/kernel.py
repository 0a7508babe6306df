"""The trees, a chunk of rows at a time. ``forest.reference_scores`` and ``reference_said`` are the plain references.

A row's leaf is found as in QuickScorer (Lucchese et al. 2015, "QuickScorer: a fast algorithm to rank documents with
additive ensembles of regression trees"): of a tree's leaves, numbered from the left, each node that sends a row to the
right takes away those on its left; the first that remains is the row's. Every row asks every node, which is more
questions than on one way down, but without a branch or a jump, and so several rows at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanpipe.compiled import compiled, inlined
from cleanpipe.errors import UserError

LEAVES = 32  # of a tree, at most
_CHUNK = 256  # rows at a time: enough for the processor's wide registers, and their features stay in its cache
_ALL = np.uint32(0xFFFFFFFF)
#: De Bruijn's sequence: each 32-bit number with one bit has its own first five bits of the product.
_SEQUENCE, _SHIFT = np.uint32(0x077CB531), np.uint32(27)


class Packed(NamedTuple):
    """A forest as the kernels read it; leaves stand where ``_leaves`` finds them by the leftmost that remains."""

    feature: NDArray[np.int32]  # of each node that asks, tree by tree
    threshold: NDArray[np.float32]  # rounded down, which is the same question for float32
    left: NDArray[np.uint32]  # the leaves that remain for rows that go right
    ends: NDArray[np.int32]  # of each tree's nodes
    value: NDArray[np.float64]  # (trees, LEAVES)
    way: NDArray[np.int32]  # where the way down to each leaf begins in ``asked``, and where it ends
    asked: NDArray[np.int32]  # the features asked on it
    told: NDArray[np.float64]  # how much each answer changes the expected value


def packed(feature: Any, threshold: Any, left: Any, right: Any, value: Any, roots: Any) -> Packed:
    """The arrays of a forest, packed. Raises UserError where a tree has more than ``LEAVES`` leaves."""
    features: list[int] = []
    thresholds: list[float] = []
    masks: list[int] = []
    ends: list[int] = []
    values = np.zeros((len(roots), LEAVES))
    ways = np.zeros((len(roots), LEAVES, 2), np.int32)
    asked: list[int] = []
    told: list[float] = []

    def down(tree: int, at: int, leaf: int, way: list[tuple[int, float]]) -> int:
        """Takes in what is below ``at``, whose first leaf is ``leaf``; the number of the next leaf."""
        if feature[at] < 0:
            if leaf == LEAVES:
                raise UserError(f"models: a tree has more than {LEAVES} leaves: train it again with fewer")
            place = int(np.uint32((1 << leaf) * int(_SEQUENCE) & int(_ALL)) >> _SHIFT)
            values[tree, place] = value[at]
            ways[tree, place] = len(asked), len(asked) + len(way)
            asked.extend(name for name, _ in way)
            told.extend(change for _, change in way)
            return leaf + 1
        behind = down(tree, left[at], leaf, [*way, (feature[at], value[left[at]] - value[at])])
        features.append(feature[at])
        thresholds.append(threshold[at])
        masks.append(int(_ALL) ^ ((1 << behind) - (1 << leaf)))
        return down(tree, right[at], behind, [*way, (feature[at], value[right[at]] - value[at])])

    for tree, root in enumerate(roots.tolist()):
        down(tree, root, 0, [])
        ends.append(len(features))
    exact = np.array(thresholds, np.float64)
    with np.errstate(over="ignore"):
        near = exact.astype(np.float32)
    near = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
    return Packed(
        np.array(features, np.int32), near, np.array(masks, np.uint32), np.array(ends, np.int32), values, ways,
        np.array(asked, np.int32), np.array(told, np.float64),
    )  # fmt: skip


@inlined
def _leaves(columns: Any, feature: Any, threshold: Any, left: Any, first: int, many: int, node: int, end: int,
            mask: Any) -> None:  # fmt: skip
    """Where the leaves of ``many`` rows from ``first`` on stand, of the tree with these nodes."""
    mask[:many] = _ALL
    for i in range(node, end):
        asked, least, stay = columns[feature[i], first : first + many], threshold[i], left[i]
        for k in range(many):
            mask[k] &= _ALL if asked[k] <= least else stay
    for k in range(many):  # a loop of its own, which several rows go through at once
        lowest = np.uint32(mask[k] & np.uint32(~mask[k] + np.uint32(1)))
        mask[k] = np.uint32(lowest * _SEQUENCE) >> _SHIFT


@compiled
def sums(columns: Any, feature: Any, threshold: Any, left: Any, ends: Any, value: Any) -> Any:
    """The sum of each row's leaves; ``columns``: ``(features, rows)``."""
    rows = columns.shape[1]
    found = np.zeros(rows)
    mask = np.empty(_CHUNK, np.uint32)
    for first in range(0, rows, _CHUNK):
        many = min(_CHUNK, rows - first)
        node = 0
        for tree in range(len(ends)):
            _leaves(columns, feature, threshold, left, first, many, node, ends[tree], mask)
            node = ends[tree]
            leaves = value[tree]
            for k in range(many):
                found[first + k] += leaves[mask[k]]
    return found


@compiled
def contributions(columns: Any, feature: Any, threshold: Any, left: Any, ends: Any, value: Any, way: Any, asked: Any,
                  told: Any) -> Any:  # fmt: skip
    """``(rows, features)``: how much each feature changes the expected value on each row's way down."""
    rows = columns.shape[1]
    found = np.zeros((rows, columns.shape[0]))
    mask = np.empty(_CHUNK, np.uint32)
    for first in range(0, rows, _CHUNK):
        many = min(_CHUNK, rows - first)
        node = 0
        for tree in range(len(ends)):
            _leaves(columns, feature, threshold, left, first, many, node, ends[tree], mask)
            node = ends[tree]
            for k in range(many):
                place = mask[k]
                for i in range(way[tree, place, 0], way[tree, place, 1]):
                    found[first + k, asked[i]] += told[i]
    return found


@compiled
def strongest(said: Any, many: int) -> Any:
    """``(rows, many)``: the columns of each row with the largest absolute values, the largest first, of equals the
    first."""
    rows, width = said.shape
    found = np.empty((rows, many), np.int64)
    for row in range(rows):
        held = 0
        for column in range(width):
            size = abs(said[row, column])
            if held == many and not size > abs(said[row, found[row, many - 1]]):
                continue
            place = held if held < many else many - 1
            while place > 0 and size > abs(said[row, found[row, place - 1]]):
                found[row, place] = found[row, place - 1]
                place -= 1
            found[row, place] = column
            held = min(held + 1, many)
    return found
