"""The texts that are compared, in memory: two spans of the parts of ``ends`` at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe.dedup.batch import Spelled, unpacked, unpacked_shapes
from cleanpipe.dedup.ragged import I64, Ragged
from cleanpipe.dedup.texts import keys
from cleanpipe.machine import release_memory
from cleanpipe.shard import Inputs


class Span(NamedTuple):
    """Parts ``first`` to ``last`` of ``ends``, and how many texts and words they have."""

    first: int
    last: int
    texts: int
    words: int


def spans(parts: Iterable[tuple[int, int, int]], most_words: int) -> list[Span]:
    """Consecutive parts (number, texts, words) put together up to so many words."""
    found: list[Span] = []
    for part, texts, words in parts:
        if found and found[-1].words + words <= most_words:
            before = found[-1]
            found[-1] = Span(before.first, part, before.texts + texts, before.words + words)
        else:
            found.append(Span(part, part, texts, words))
    return found


class Ends:
    """The texts of ``span``, and ``beside`` them those of one other span: one row a text, in one set of arrays.

    A word is 9 bytes here, and some 7 in its text: those that are read would else have to be looked for among all.
    """

    def __init__(self, inputs: Inputs, span: Span, others: Sequence[Span]) -> None:
        texts = span.texts + max((other.texts for other in others), default=0)
        words = span.words + max((other.words for other in others), default=0)
        self._inputs, self._span, self._other = inputs, span, span
        self.numbers = np.zeros(texts, np.int64)
        self._hashes = np.zeros(texts, "V16")
        self._words, self._shapes = np.empty(words, np.uint64), np.empty(words, np.uint8)
        self._offsets = np.zeros(texts + 1, np.int64)
        self._texts: dict[Span, pa.Array] = {}
        self._rows = self._other_rows = self._load(span, 0)

    def _load(self, span: Span, row: int) -> tuple[int, NDArray[np.int32]]:
        """Put a span's texts into the rows from ``row`` on; a table from their numbers to the rows."""
        begin, at = row, self._offsets[row]
        texts = [pa.array([], pa.large_string())]
        for piece in self._inputs.every("ends", ("text_number", "text_hash", "words", "shapes", "text"), span[:2]):
            number, name, words, shapes, text = (column.combine_chunks() for column in piece.columns)
            texts.append(text.cast(pa.large_string()))
            found = unpacked(words)
            last, stop = row + len(piece), at + len(found.values)
            self.numbers[row:last] = number
            self._hashes[row:last] = np.frombuffer(name.buffers()[1], "V16")[name.offset : name.offset + len(name)]
            self._words[at:stop] = found.values
            self._shapes[at:stop] = unpacked_shapes(shapes)
            self._offsets[row + 1 : last + 1] = at + found.offsets[1:]
            row, at = last, stop
        self._texts[span] = pa.concat_arrays(texts)  # pieces have room to grow, between what is free again
        del texts
        release_memory()
        self.spelled = Spelled(Ragged(self._words[:at], self._offsets[: row + 1]), self._shapes[:at])
        numbers = self.numbers[begin:row]
        lowest = int(numbers.min(initial=np.iinfo(np.int64).max)) if len(numbers) else 0
        table = np.full(int(numbers.max(initial=-1)) - lowest + 1 if len(numbers) else 0, -1, np.int32)
        table[numbers - lowest] = np.arange(begin, row)
        return lowest, table

    def beside(self, other: Span) -> None:
        """Have the texts of ``other`` instead of those there were beside the span's own."""
        if self._other != self._span:
            del self._texts[self._other]
        self._other = other
        self._other_rows = self._rows if other == self._span else self._load(other, self._span.texts)

    def holds(self, numbers: I64) -> I64:
        """Which of these lie in the span beside."""
        lowest, table = self._other_rows
        return np.flatnonzero((numbers >= lowest) & (numbers < lowest + len(table)))

    def rows(self, numbers: I64) -> I64:
        lowest, table = self._rows
        return table[numbers - lowest].astype(np.int64)

    def others(self, numbers: I64) -> I64:
        lowest, table = self._other_rows
        return table[numbers - lowest].astype(np.int64)

    def hashes_of(self, rows: I64) -> pa.Array:
        return keys(self._hashes[rows])

    def read(self, rows: I64) -> pa.Array:
        """The texts of these rows, which rise."""
        wanted = np.zeros(len(self.numbers), np.bool_)
        wanted[rows] = True
        texts = [self._texts[span] for span in dict.fromkeys((self._span, self._other))]
        stop = len(texts[0])
        rows_of = [wanted[:stop], wanted[stop : stop + len(texts[-1])]]
        return pa.concat_arrays([of.filter(pa.array(rows)) for of, rows in zip(texts, rows_of, strict=False)])
