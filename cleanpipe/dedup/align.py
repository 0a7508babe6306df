"""Which words of one text stand in another, in order: the runs they share, and the residue that they do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from cleanpipe.dedup.tokens import normalise, words

#: Aligning can take time with the product of the lengths. A longer text is aligned with nothing: all of it is residue.
MOST_WORDS = 4000

_CHUNK = re.compile(r"\S+")


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
    found = []
    for chunk in _CHUNK.finditer(text):
        source = chunk.group()
        normal = source.lower() if source.isascii() else [normalise(character) for character in source]
        joined = normalise(source)
        if "".join(normal) == joined:
            origin = [chunk.start() + i for i, part in enumerate(normal) for _ in part]
            ends = [i + 1 for i in origin]
        else:
            origin, ends = [chunk.start()] * len(joined), [chunk.end()] * len(joined)
        place = 0
        for form in words(joined):
            place = joined.index(form, place)
            found.append(Word(form, origin[place], ends[place + len(form) - 1]))
            place += len(form)
    return found


def align(a: str, b: str) -> Alignment:
    """``a`` aligned with ``b`` by the longest common run, then left and right of it (Ratcliff and Obershelp)."""
    left, right = located_words(a), located_words(b)
    if max(len(left), len(right)) > MOST_WORDS:
        return Alignment((), tuple(left))
    matcher = SequenceMatcher(None, [word.form for word in left], [word.form for word in right], autojunk=False)
    runs = []
    residue: list[Word] = []
    done = 0
    for i, j, size in matcher.get_matching_blocks():  # ends with an empty block at both ends
        residue += left[done:i]
        done = i + size
        if size:
            runs.append(Run(size, left[i].start, left[done - 1].end, right[j].start, right[j + size - 1].end))
    return Alignment(tuple(runs), tuple(residue))
