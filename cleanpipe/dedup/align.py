"""Which words of one text stand in another, in order: the runs they share, and the residue that they do not."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np

from cleanpipe.dedup.ragged import I64, Ragged, offsets_of
from cleanpipe.dedup.tokens import Word, located_words

#: Aligning can take time with the product of the lengths. A longer text is aligned with nothing: all of it is residue.
MOST_WORDS = 4000

#: Loading the kernel costs a process as much time as aligning so many pairs without. Either way the runs are the same.
BREAK_EVEN = 2000

_done = 0  # pairs that this process has aligned


@dataclass(frozen=True, slots=True)
class Run:
    """``words`` consecutive words that both texts have, and their characters in either."""

    words: int
    a_start: int
    a_end: int
    b_start: int
    b_end: int


class Runs(NamedTuple):
    """The runs of pair ``i``: ``rows[offsets[i] : offsets[i + 1]]``, in order of both texts, which is the order of
    (place in a, place in b, words)."""

    rows: I64
    offsets: I64

    def of(self, pair: int) -> I64:
        return self.rows[self.offsets[pair] : self.offsets[pair + 1]]


@dataclass(frozen=True, slots=True)
class Alignment:
    """The runs in order of both texts, and the words of ``a`` that are in none of them."""

    runs: tuple[Run, ...]
    residue: tuple[Word, ...]

    @property
    def longest(self) -> Run | None:
        return max(self.runs, key=lambda run: run.words, default=None)


def align(a: str, b: str) -> Alignment:
    """``a`` aligned with ``b`` by the longest common run, then left and right of it (Ratcliff and Obershelp)."""
    left, right = located_words(a), located_words(b)
    numbers: dict[str, int] = {}
    both = np.array([numbers.setdefault(word.form, len(numbers)) for word in left + right], np.uint64)
    found = aligned(Ragged(both, offsets_of(np.array([len(left), len(right)]))), np.array([0]), np.array([1]))
    runs = []
    residue: list[Word] = []
    done = 0
    for i, j, size in found.rows.tolist():
        residue += left[done:i]
        done = i + size
        runs.append(Run(size, left[i].start, left[done - 1].end, right[j].start, right[j + size - 1].end))
    residue += left[done:]
    return Alignment(tuple(runs), tuple(residue))


def aligned(texts: Ragged, left: I64, right: I64, kernel: bool | None = None) -> Runs:
    """The runs that the texts ``left[i]`` and ``right[i]`` share, given the words of each text (numbers or hashes).

    The longest common run (of equals the first in a, then in b), then the same left and right of it. None where a text
    has more than ``MOST_WORDS``. ``kernel``: whether to take the kernel rather than difflib; None: as pays.
    """
    if _kernel_pays(len(left)) if kernel is None else kernel:
        from cleanpipe.dedup.kernels import runs

        return Runs(*runs.aligned(texts.values, texts.offsets, left, right, MOST_WORDS))
    found = [_aligned(texts.row(a).tolist(), texts.row(b).tolist()) for a, b in zip(left, right, strict=True)]
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    return Runs(np.array([run for of in found for run in of], np.int64).reshape(-1, 3), offsets_of(lengths))


def _aligned(a: list[int], b: list[int]) -> list[tuple[int, int, int]]:
    if max(len(a), len(b)) > MOST_WORDS:
        return []
    return [(i, j, size) for i, j, size in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()[:-1]]


def _kernel_pays(pairs: int) -> bool:
    global _done
    _done += pairs
    return _done > BREAK_EVEN
