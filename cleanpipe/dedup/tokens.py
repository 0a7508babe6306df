"""Text for comparison: its normal form, its words, their hashes. Nothing here is ever written out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import xxhash

from cleanpipe.dedup.ragged import Ragged, offsets_of

#: Quotes and dashes that outlets use for one another; characters that are not seen are dropped.
UNIFIED = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02b9\u02bb\u02bc\u2039\u203a\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u301d\u301e\u301f\uff02", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
    | dict.fromkeys("\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff", None)
    | dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", None)  # of direction
    | dict.fromkeys(map(chr, range(0xFE00, 0xFE10)), None)  # of a character's variant
)

# Han, Hiragana and Katakana are written without spaces, so each character is a word. Hangul is written with spaces.
CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_HAS_CJK = re.compile(f"[{CJK}]")
_WORD = re.compile(r"\w+")
_WORD_OR_CJK = re.compile(rf"[^\W{CJK}]+|(?=\w)[{CJK}]")

#: Figures that NFKC turns into plain ones: 10\u00b2 is not 102, nor is 1\u00bd the same as 11\u20442.
_RAISED = re.compile("[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215e\u2189]")

#: What of the way in which a word is written may tell that it is a name or a figure.
CAPITAL, FIGURE = 1, 2
#: What the sign of a currency beside a word adds to this. A sign is no word: "$5m" and "€5m" have the same ones.
MONEY = {"$": 8, "€": 16, "£": 32, "¥": 64, "₹": 128}
_CHUNK = re.compile(r"\S+")

#: Distinct words whose hashes a process remembers: enough for a language, bounded against hostile input.
_REMEMBERED = 1 << 20
_LONG = 64  # characters of a chunk between spaces that is not remembered: of a language without spaces, or hostile


def normalise(text: str) -> str:
    """The form in which two texts are compared: quotes and dashes unified, NFKC, case folded, white space collapsed; a
    raised figure or a fraction is a word of its own.

    Applying it again changes nothing.
    """
    return " ".join(fold(text).split())


def fold(text: str) -> str:
    """``normalise`` but for white space."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", _RAISED.sub(r" \g<0>", text.translate(UNIFIED)))
    # Folding can undo NFKC and NFKC can bring back capitals, quotes and spaces (Unicode 3.13, D146).
    return unicodedata.normalize("NFKC", text.casefold()).translate(UNIFIED)


def words(normalised: str) -> list[str]:
    r"""The words of a normalised text: runs of ``\w``; Han, Hiragana and Katakana by character."""
    if normalised.isascii() or not _HAS_CJK.search(normalised):
        return _WORD.findall(normalised)
    return _WORD_OR_CJK.findall(normalised)


class Word(NamedTuple):
    """A word for comparison and the characters ``[start, end)`` of the text it comes from."""

    form: str
    start: int
    end: int


def located_words(text: str) -> list[Word]:
    """The words of ``words(normalise(text))`` with their places in ``text``.

    Where characters act upon each other in normalising (combining marks), words get whole characters with their marks;
    should that not tell all, the words of the chunk between spaces get all of it.
    """
    return [
        Word(form, chunk.start() + start, chunk.start() + end)
        for chunk in _CHUNK.finditer(text)
        for form, start, end in _words_of(chunk.group())
    ]


def _words_of(chunk: str) -> tuple[Word, ...]:
    return _remembered(chunk) if len(chunk) <= _LONG else _words_in(chunk)


@lru_cache(maxsize=_REMEMBERED >> 4)
def _remembered(chunk: str) -> tuple[Word, ...]:
    return _words_in(chunk)


def _words_in(chunk: str) -> tuple[Word, ...]:
    """The words of a chunk without white space."""
    if chunk.isascii():
        return tuple(Word(word.group().lower(), *word.span()) for word in _WORD.finditer(chunk))
    joined = fold(chunk)
    spans = [(i, i + 1) for i in range(len(chunk))]
    folded = [fold(character) for character in chunk]
    if "".join(folded) != joined:
        starts = [i for i, character in enumerate(chunk) if not i or not _follows(character)]
        spans = list(pairwise((*starts, len(chunk))))
        folded = [fold(chunk[start:end]) for start, end in spans]
        if "".join(folded) != joined:
            spans, folded = [(0, len(chunk))], [joined]
    origin = [start for (start, _), part in zip(spans, folded, strict=True) for _ in part]
    ends = [end for (_, end), part in zip(spans, folded, strict=True) for _ in part]
    found = []
    place = 0
    for form in words(joined):
        place = joined.index(form, place)
        found.append(Word(form, origin[place], ends[place + len(form) - 1]))
        place += len(form)
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def _follows(character: str) -> bool:
    """Whether a character may become one with that before it in normalising: marks, the later parts of a Hangul
    syllable, what becomes one of these, and what is dropped."""
    folded = fold(character)
    return not folded or unicodedata.category(folded[0])[0] == "M" or "\u1160" <= folded[0] <= "\u11ff"


def shape(written: str) -> int:
    """``CAPITAL`` if a character is a capital, ``FIGURE`` if one is numeric; both added."""
    return CAPITAL * any(c.isupper() or c.istitle() for c in written) | FIGURE * any(c.isnumeric() for c in written)


def money(text: str, start: int, end: int) -> int:
    """The ``MONEY`` directly before the word ``[start, end)``, and after it or the space that follows."""
    before = text[start - 1] if start else ""
    after = text[end : end + 1] if not text[end : end + 1].isspace() else text[end + 1 : end + 2]
    return MONEY.get(before, 0) | MONEY.get(after, 0)


def hash_normalised(normalised: str) -> bytes:
    """16 bytes: XXH3-128 (canonical, big-endian) of a normalised text."""
    return xxhash.xxh3_128_digest(normalised.encode("utf-8", "surrogatepass"))


def text_hash(text: str) -> bytes:
    """16 bytes that texts with the same normal form share."""
    return hash_normalised(normalise(text))


class _WordHashes(dict[str, int]):
    """word -> XXH64 with seed 0 of its UTF-8."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[word] = xxhash.xxh64_intdigest(word.encode("utf-8", "surrogatepass"))
        return value


_word_hashes = _WordHashes()


def hash_words(rows: Sequence[list[str]]) -> Ragged:
    """The 64-bit hashes of the words of many texts."""
    offsets = offsets_of(np.fromiter(map(len, rows), np.int64, len(rows)))
    values = np.fromiter(map(_word_hashes.__getitem__, chain.from_iterable(rows)), np.uint64, int(offsets[-1]))
    return Ragged(values, offsets)
