"""The texts that are compared, in memory: two spans of the parts of ``ends`` at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe.dedup.batch import Spelled, bytes_of, unpacked, unpacked_shapes
from cleanpipe.dedup.ragged import I64, Ragged
from cleanpipe.dedup.texts import keys
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

    A word is 9 bytes here, and some 8 in its text: those that are read would else have to be looked for among all.
    """

    def __init__(self, inputs: Inputs, span: Span, others: Sequence[Span]) -> None:
        texts = span.texts + max((other.texts for other in others), default=0)
        words = span.words + max((other.words for other in others), default=0)
        self._inputs, self._span = inputs, span
        self.numbers = np.zeros(texts, np.int64)
        self._hashes = np.zeros(texts, "V16")
        self._words, self._shapes = np.empty(words, np.uint64), np.empty(words, np.uint8)
        self._offsets = np.zeros(texts + 1, np.int64)
        # as UTF-8; pages that are not written to take no memory
        self._text, self._text_offsets = np.empty(10 * words, np.uint8), np.zeros(texts + 1, np.int64)
        self._rows = self._other_rows = self._load(span, 0)

    def _load(self, span: Span, row: int) -> tuple[int, NDArray[np.int32]]:
        """Put a span's texts into the rows from ``row`` on; a table from their numbers to the rows."""
        begin, at = row, self._offsets[row]
        for piece in self._inputs.every("ends", ("text_number", "text_hash", "words", "shapes", "text"), span[:2]):
            number, name, words, shapes, text = (column.combine_chunks() for column in piece.columns)
            found = unpacked(words)
            last, stop = row + len(piece), at + len(found.values)
            self.numbers[row:last] = number
            self._hashes[row:last] = np.frombuffer(name.buffers()[1], "V16")[name.offset : name.offset + len(name)]
            self._words[at:stop] = found.values
            self._shapes[at:stop] = unpacked_shapes(shapes)
            self._offsets[row + 1 : last + 1] = at + found.offsets[1:]
            self._put(text, row)
            row, at = last, stop
        self.spelled = Spelled(Ragged(self._words[:at], self._offsets[: row + 1]), self._shapes[:at])
        numbers = self.numbers[begin:row]
        lowest = int(numbers.min(initial=np.iinfo(np.int64).max)) if len(numbers) else 0
        table = np.full(int(numbers.max(initial=-1)) - lowest + 1 if len(numbers) else 0, -1, np.int32)
        table[numbers - lowest] = np.arange(begin, row)
        return lowest, table

    def _put(self, texts: pa.Array, row: int) -> None:
        """Put what is to be read into the rows from ``row`` on."""
        places, data = bytes_of(texts)
        offsets = places - places[0] + self._text_offsets[row]
        if offsets[-1] > len(self._text):
            self._text = np.append(self._text, np.empty(max(len(self._text), int(offsets[-1])), np.uint8))
        self._text[offsets[0] : offsets[-1]] = np.frombuffer(data or b"", np.uint8)[places[0] : places[-1]]
        self._text_offsets[row + 1 : row + len(offsets)] = offsets[1:]

    def beside(self, other: Span) -> None:
        """Have the texts of ``other`` instead of those there were beside the span's own."""
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
        """The texts of these rows."""
        buffers = [None, pa.py_buffer(self._text_offsets), pa.py_buffer(self._text)]
        texts = pa.Array.from_buffers(pa.large_string(), len(self._text_offsets) - 1, buffers)
        return texts.take(pa.array(rows))
