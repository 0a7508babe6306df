"""Gradient-boosted trees as plain arrays: loaded from an ``.npz`` file, evaluated by a kernel or by its reference.

A forest gives each row the sum of one value a tree (Friedman 2001, "Greedy function approximation"); ``probability`` is
the logistic function of it. A node sends a row to its left child where the feature is at most the threshold. What a
feature said for a row is the change of the nodes' expected values where that feature was asked on the row's way down
(Saabas 2014; Ando Saabas, "Interpreting random forests").
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cleanpipe.errors import UserError

Floats = NDArray[np.float32]
_ARRAYS = ("feature", "threshold", "left", "right", "value", "roots")

#: Loading the kernels costs a process as much time as the references take for so many rows.
_FEW = 4000
_expected = 0  # rows of this process so far; kernels and references give the same, so this changes no result


@dataclass(frozen=True)
class Forest:
    """Trees over the features ``columns``.

    Per node: ``feature`` int32 (-1: a leaf), ``threshold`` float64, ``left`` and ``right`` int32 (nodes), ``value``
    float64 (of a leaf its contribution, else the expected one). ``roots`` int32: the first node of each tree.
    """

    columns: tuple[str, ...]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        return tuple(getattr(self, name) for name in _ARRAYS)

    def scores(self, rows: Floats) -> NDArray[np.float64]:
        """The log-odds of each row; ``rows``: ``(n, len(columns))``."""
        if not kernels_pay():
            return reference_scores(self, rows)
        from cleanpipe.clean.learned.kernel import sums

        return sums(np.ascontiguousarray(rows.T), *self._packed[:5])  # type: ignore[no-any-return]

    def probabilities(self, rows: Floats) -> NDArray[np.float64]:
        return logistic(self.scores(rows))

    def said(self, rows: Floats) -> NDArray[np.float64]:
        """``(n, len(columns))``: what each feature adds to a row's log-odds."""
        if not kernels_pay():
            return reference_said(self, rows)
        from cleanpipe.clean.learned.kernel import contributions

        return contributions(np.ascontiguousarray(rows.T), *self._packed)  # type: ignore[no-any-return]

    @cached_property
    def _packed(self) -> tuple[NDArray[np.generic], ...]:
        from cleanpipe.clean.learned.kernel import packed

        return packed(*self.arrays)

    def save(self, path: Path) -> None:
        """Write the same bytes for the same forest."""
        arrays = dict(zip(_ARRAYS, self.arrays, strict=True))
        np.savez_compressed(path, columns=np.array(self.columns), **arrays)  # type: ignore[arg-type]


def logistic(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-scores))


def reference_scores(forest: Forest, rows: Floats) -> NDArray[np.float64]:
    """``Forest.scores``, all trees at once and level by level."""
    at = _roots(forest, rows)
    while (forest.feature[at] >= 0).any():
        at = _down(forest, rows, at)
    # One tree after the other, as the kernel adds: the last digit is the same.
    return np.cumsum(forest.value[at], axis=1)[:, -1]


def reference_said(forest: Forest, rows: Floats) -> NDArray[np.float64]:
    """``Forest.said``, likewise."""
    at = _roots(forest, rows)
    asked, told = [], []
    while (forest.feature[at] >= 0).any():
        down = _down(forest, rows, at)
        asked.append(forest.feature[at])
        told.append(forest.value[down] - forest.value[at])
        at = down
    if not asked:  # no rows, or trees that ask nothing
        return np.zeros((len(rows), len(forest.columns)))
    width = len(forest.columns) + 1  # the last column is for the leaves, which ask nothing
    place = np.stack(asked, axis=2) % width + (np.arange(len(rows)) * width)[:, None, None]
    sums = np.bincount(place.ravel(), np.stack(told, axis=2).ravel(), len(rows) * width)
    return sums.reshape(len(rows), width)[:, :-1].astype(np.float64)


def expected(rows: int) -> bool:
    """Counts so many rows to come; whether with them, for the first time, the kernels pay."""
    global _expected
    before = kernels_pay()
    _expected += rows
    return kernels_pay() and not before


def kernels_pay() -> bool:
    return _expected > _FEW


def _roots(forest: Forest, rows: Floats) -> NDArray[np.int32]:
    return np.repeat(forest.roots[None, :], len(rows), axis=0)


def _down(forest: Forest, rows: Floats, at: NDArray[np.int32]) -> NDArray[np.int32]:
    """The nodes one level below ``at``, ``(n, trees)``; a leaf stays."""
    feature = forest.feature[at]
    left = rows[np.arange(len(rows))[:, None], np.maximum(feature, 0)] <= forest.threshold[at]
    return np.where(feature < 0, at, np.where(left, forest.left[at], forest.right[at])).astype(np.int32)


@lru_cache(maxsize=16)
def load(path: Path, columns: Sequence[str]) -> Forest:
    """The forest of a file. Raises UserError where it is none, or one over other features than ``columns``."""
    try:
        with np.load(path, allow_pickle=False) as found:
            forest = Forest(tuple(map(str, found["columns"])), *(found[name] for name in _ARRAYS))
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        why = " ".join(str(error).split()).partition(".")[0]
        raise UserError(f"models: {path} is no model that can be read ({why}): train it again") from None
    if forest.columns != tuple(columns):
        raise UserError(f"models: {path} was trained on other features than this version has: train it again")
    if not _sound(forest):
        raise UserError(f"models: {path} is damaged: its trees do not hang together; train it again")
    return forest


def _sound(forest: Forest) -> bool:
    """Whether each way down ends in a leaf: the kernel does not look."""
    many = len(forest.feature)
    if any(len(values) != many for values in (forest.threshold, forest.left, forest.right, forest.value)) or not many:
        return False
    inner = np.flatnonzero(forest.feature >= 0)
    below = np.concatenate([forest.left[inner], forest.right[inner]])
    deeper = (below > np.concatenate([inner, inner])).all()  # children stand behind their parent
    inside = [forest.roots.min(initial=0) >= 0, max(below.max(initial=0), forest.roots.max(initial=0)) < many]
    return bool(deeper and all(inside) and forest.feature.max() < len(forest.columns))
