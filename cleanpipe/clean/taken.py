"""What of a page's blocks stands in an extractor's output: evidence must point into our text, not replace it.

The output is a run of pieces, mostly in the page's order, each a copy of some text of the page. White space and what
cannot be printed count for nothing, so that no extractor's way to lay out or mend text matters. A long piece that
stands once is where it stands; any other is sought between its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

_LONG = 20  # a shorter piece may stand anywhere: its neighbours tell
_PART = 12  # of a piece that was changed inside, parts of so many characters are sought
_STEP = 16  # where no part begins, so many characters are passed over
_TRIES = 400  # parts sought on a page
_MUCH = 1 << 31  # characters to look at (pieces times page): with more, the page gets an index first
_FEW = 64  # places of a piece's beginning that are looked at one by one

Span = tuple[int, int]


def squeezed(text: str) -> str:
    """``text`` in Unicode's form C, without white space and without what cannot be printed."""
    text = "".join(text.split())
    if not text.isascii():
        text = normalize("NFC", text)
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def taken(blocks: Iterable[str], pieces: Iterable[str]) -> list[float]:
    """The share of each block, 0 to 1, that stands in the pieces."""
    texts = [squeezed(block) for block in blocks]
    starts = [0, *accumulate(map(len, texts))]
    page = "".join(texts)
    covered = bytearray(len(page))
    for start, end in _Places(page, starts).of([found for found in map(squeezed, pieces) if found]):
        covered[start:end] = b"\1" * (end - start)
    return [covered.count(1, start, end) / max(end - start, 1) for start, end in pairwise(starts)]


class _Places:
    """Finds pieces in the squeezed text of a page whose blocks begin at ``starts``."""

    def __init__(self, text: str, starts: Sequence[int]) -> None:
        self._text, self._starts = text, frozenset(starts)
        self._tries = _TRIES
        self._index: _Index | None = None

    def of(self, pieces: Sequence[str]) -> list[Span]:
        """Where the pieces stand."""
        if len(pieces) * len(self._text) > _MUCH:
            self._index = _Index(self._text)
        sure = [self._once(piece) for piece in pieces]
        limits: list[int] = []
        limit = len(self._text)
        for start in reversed(sure):
            limit = limit if start < 0 else start
            limits.append(limit)
        spans: list[Span] = []
        at = 0
        for piece, start, limit in zip(pieces, sure, reversed(limits), strict=True):
            if start < 0:
                start = self._between(piece, at, limit if limit >= at else len(self._text))
            if start < 0:
                spans += self._parts(piece)
            else:
                at = start + len(piece)
                spans.append((start, at))
        return spans

    def _once(self, piece: str) -> int:
        """Where a long piece stands, if it stands once; else -1."""
        if len(piece) < _LONG:
            return -1
        if self._index and len(begins := self._index.of(piece)) <= _FEW:
            places = [start for start in begins if self._text.startswith(piece, start)]
            return places[0] if len(places) == 1 else -1
        start = self._text.find(piece)
        return start if start < 0 or self._text.find(piece, start + 1) < 0 else -1

    def _between(self, piece: str, at: int, limit: int) -> int:
        """The first place of a piece in ``[at, limit)`` that is whole blocks, else the first one, else, of a long
        piece, the first one anywhere; -1 if there is none."""
        first = start = self._text.find(piece, at, limit)
        while start >= 0:
            if start in self._starts and start + len(piece) in self._starts:
                return start
            start = self._text.find(piece, start + 1, limit)
        return self._text.find(piece) if first < 0 and len(piece) >= _LONG else first

    def _parts(self, piece: str) -> list[Span]:
        """The parts of a piece that was changed inside, from the longest beginning on that stands anywhere."""
        found: list[Span] = []
        while len(piece) >= _PART and self._tries > 0:
            self._tries -= 1
            size = self._longest(piece)
            if size < _PART:
                piece = piece[_STEP:]
                continue
            start = self._text.find(piece[:size])
            found.append((start, start + size))
            piece = piece[size:]
        return found

    def _longest(self, piece: str) -> int:
        """How much of the piece's beginning stands somewhere."""
        if self._text.find(piece[:_PART]) < 0:
            return 0
        low, high = _PART, len(piece)
        while low < high:
            middle = (low + high + 1) // 2
            if self._text.find(piece[:middle]) >= 0:
                low = middle
            else:
                high = middle - 1
        return low


class _Index:
    """Where each run of _LONG characters stands in a text: by a hash of 64 bits, so that few places are none."""

    def __init__(self, text: str) -> None:
        hashes = self._hashes(text)
        self._order = np.argsort(hashes, kind="stable")
        self._sorted = hashes[self._order]

    def of(self, piece: str) -> list[int]:
        """The places, in order, at which the first _LONG characters of a piece may stand."""
        wanted = self._hashes(piece[:_LONG])[0]
        low, high = np.searchsorted(self._sorted, wanted, "left"), np.searchsorted(self._sorted, wanted, "right")
        return [int(place) for place in self._order[low:high]]

    @staticmethod
    def _hashes(text: str) -> NDArray[np.uint64]:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        count = max(len(codes) - _LONG + 1, 0)
        found = np.zeros(count, np.uint64)
        for place in range(_LONG):
            found = found * np.uint64(0x9E3779B97F4A7C15) + codes[place : place + count]
        return found
