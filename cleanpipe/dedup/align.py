"""Which words of one text stand in another, in order: the runs they share, and the residue that they do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.ragged import I64
from cleanpipe.dedup.tokens import normalise, words

#: Aligning can take time with the product of the lengths. A longer text is aligned with nothing: all of it is residue.
MOST_WORDS = 4000

#: Loading the kernel costs a process as much time as aligning so many pairs without. Either way the runs are the same.
BREAK_EVEN = 2000

_done = 0  # pairs that this process has aligned
_CHUNK = re.compile(r"\S+")
_ASCII_WORD = re.compile(r"\w+")

#: Chunks whose words a process remembers.
_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class Word:
    """A word for comparison and the characters ``[start, end)`` of the text it comes from."""

    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """``words`` consecutive words that both texts have, and their characters in either."""

    words: int
    a_start: int
    a_end: int
    b_start: int
    b_end: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """The runs in order of both texts, and the words of ``a`` that are in none of them."""

    runs: tuple[Run, ...]
    residue: tuple[Word, ...]

    @property
    def longest(self) -> Run | None:
        return max(self.runs, key=lambda run: run.words, default=None)


def located_words(text: str) -> list[Word]:
    """The words of ``words(normalise(text))`` with their places in ``text``.

    Where normalising changes a chunk's characters beyond one by one (combining marks), its words get the whole chunk.
    """
    return [
        Word(form, chunk.start() + start, chunk.start() + end)
        for chunk in _CHUNK.finditer(text)
        for form, start, end in _words_of(chunk.group())
    ]


def word_places(text: str) -> list[tuple[int, int]]:
    """The characters of each of ``located_words``."""
    if text.isascii():
        return [word.span() for word in _ASCII_WORD.finditer(text)]
    return [
        (chunk.start() + start, chunk.start() + end)
        for chunk in _CHUNK.finditer(text)
        for _, start, end in _words_of(chunk.group())
    ]


@lru_cache(maxsize=_REMEMBERED)
def _words_of(chunk: str) -> tuple[tuple[str, int, int], ...]:
    """(form, start, end) of each word of a chunk without white space."""
    if chunk.isascii():
        return tuple((word.group().lower(), *word.span()) for word in _ASCII_WORD.finditer(chunk))
    normal = [normalise(character) for character in chunk]
    joined = normalise(chunk)
    if "".join(normal) == joined:
        origin = [i for i, part in enumerate(normal) for _ in part]
        ends = [i + 1 for i in origin]
    else:
        origin, ends = [0] * len(joined), [len(chunk)] * len(joined)
    found = []
    place = 0
    for form in words(joined):
        place = joined.index(form, place)
        found.append((form, origin[place], ends[place + len(form) - 1]))
        place += len(form)
    return tuple(found)


def align(a: str, b: str) -> Alignment:
    """``a`` aligned with ``b`` by the longest common run, then left and right of it (Ratcliff and Obershelp)."""
    left, right = located_words(a), located_words(b)
    numbers: dict[str, int] = {}
    a_words, b_words = (
        np.array([numbers.setdefault(word.form, len(numbers)) for word in text], np.int64) for text in (left, right)
    )
    runs = []
    residue: list[Word] = []
    done = 0
    for i, j, size in word_runs(a_words, b_words).tolist():
        residue += left[done:i]
        done = i + size
        runs.append(Run(size, left[i].start, left[done - 1].end, right[j].start, right[j + size - 1].end))
    residue += left[done:]
    return Alignment(tuple(runs), tuple(residue))


def word_runs(a: NDArray[Any], b: NDArray[Any], kernel: bool | None = None) -> I64:
    """The runs that two arrays of words (numbers or hashes) share, in order: rows (place in a, place in b, words).

    The longest common run (of equals the first in a, then in b), then the same left and right of it. None where a text
    has more than ``MOST_WORDS``. ``kernel``: whether to take the kernel rather than difflib; None: as pays.
    """
    if max(len(a), len(b)) > MOST_WORDS:
        return np.zeros((0, 3), np.int64)
    if not (_kernel_pays() if kernel is None else kernel):
        blocks = SequenceMatcher(None, a.tolist(), b.tolist(), autojunk=False).get_matching_blocks()[:-1]
        return np.array(blocks, np.int64).reshape(-1, 3)
    from cleanpipe.dedup.kernels.runs import matching

    found = matching(a, b)
    found = found[np.argsort(found[:, 0])]
    joined = np.ones(len(found), np.bool_)
    joined[1:] = (found[1:, :2] != found[:-1, :2] + found[:-1, 2:]).any(axis=1)  # or they touch in both texts
    runs = found[joined]
    if len(runs):
        runs[:, 2] = np.add.reduceat(found[:, 2], np.flatnonzero(joined))
    return runs


def _kernel_pays() -> bool:
    global _done
    _done += 1
    return _done > BREAK_EVEN
