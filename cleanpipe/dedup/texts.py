"""The distinct texts, in the order of their hashes, each with the place that speaks for it: the first of all."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe.dedup.distinct import Keys, first_places
from cleanpipe.dedup.parts import Parted, Waiting, part_of, parts_for
from cleanpipe.dedup.ragged import I64
from cleanpipe.shard import Inputs
from cleanpipe.steps import DATASETS

Tables = Iterator[tuple[str, pa.Table]]

_PLACE = np.dtype([("hash", "V16"), ("doc_key", "V16"), ("block", "<i4"), ("tokens", "<i4"), ("row", "<u4")])
_PIECE = 1 << 16  # rows in one table


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that are compared (of enough words), numbered from 0 in the order of their hashes."""

    hashes: Keys
    places: NDArray[np.int32]  # row of ``sketches`` -> the text whose first place it is; -1 for all others
    numbers: I64  # text -> its number in ``text_numbers``, which counts shorter ones too
    cuts: I64  # part ``i``: the texts from ``cuts[i]`` to ``cuts[i + 1]``

    @classmethod
    def read(cls, inputs: Inputs, file: IO[bytes], min_tokens: int) -> Generator[tuple[str, pa.Table], None, Texts]:
        """Yields ``text_numbers``. By parts of the hashes, so that memory holds one part's places at a time."""
        count = sum(len(table) for table in inputs.every("sketches", ("tokens",)))
        parts = parts_for(count)
        parted = Parted(file, parts, _PLACE)
        row = 0
        for table in inputs.every("sketches", ("text_hash", "doc_key", "block", "tokens")):
            rows = np.empty(len(table), _PLACE)
            rows["hash"], rows["doc_key"] = _bytes(table.column("text_hash")), _bytes(table.column("doc_key"))
            rows["block"], rows["tokens"] = table.column("block").to_numpy(), table.column("tokens").to_numpy()
            rows["row"] = np.arange(row, row + len(table))
            parted.add(rows, part_of(_first_bits(rows["hash"]), parts))
            row += len(table)
        places = np.full(count, -1, np.int32)
        hashes, numbers, cuts = [np.empty(0, "V16")], [np.empty(0, np.int64)], [0]
        known = 0
        for part in range(parts):
            rows = parted.read(part)
            first = rows[first_places(*(np.ascontiguousarray(rows[name]) for name in ("hash", "doc_key", "block")))]
            number = np.arange(known + 1, known + len(first) + 1)
            known += len(first)
            yield from _numbered(first["hash"], number)
            kept = first["tokens"] >= min_tokens
            hashes.append(first["hash"][kept])
            numbers.append(number[kept])
            places[first["row"][kept]] = np.arange(cuts[-1], cuts[-1] + len(hashes[-1]))
            cuts.append(cuts[-1] + len(hashes[-1]))
        return cls(np.concatenate(hashes), places, np.concatenate(numbers), np.array(cuts))

    def in_reading_order(self) -> NDArray[np.int32]:
        """The texts in the order of their first places in ``sketches``."""
        return self.places[self.places >= 0]

    def ends(self, inputs: Inputs, wanted: NDArray[np.bool_]) -> Tables:
        """``ends``: the ``wanted`` ones of the texts, each as it stands in its first place."""
        waiting = Waiting("ends")
        row = 0
        for table in inputs.every("sketches", ("tokens", "words", "shapes", "text")):
            text = self.places[row : row + len(table)]
            row += len(table)
            kept = np.flatnonzero((text >= 0) & wanted[text])
            kept = kept[np.argsort(text[kept])]
            found = text[kept]
            part = (np.searchsorted(self.cuts, found, "right") - 1).astype(np.int32)
            columns = [pa.array(part), pa.array(self.numbers[found]), keys(self.hashes[found])]
            columns += table.take(pa.array(kept)).columns
            yield from waiting.add(pa.Table.from_arrays(columns, schema=DATASETS["ends"]))
        yield from waiting.rest()


def _numbered(hashes: Keys, numbers: I64) -> Tables:
    for start in range(0, len(hashes), _PIECE):
        piece = slice(start, start + _PIECE)
        columns = [keys(hashes[piece]), pa.array(numbers[piece])]
        yield "text_numbers", pa.Table.from_arrays(columns, schema=DATASETS["text_numbers"])


def _first_bits(hashes: Keys) -> NDArray[np.uint16]:
    first: NDArray[np.uint16] = np.ascontiguousarray(hashes).view(">u2").reshape(-1, 8)[:, 0].astype(np.uint16)
    return first


def _bytes(column: pa.ChunkedArray) -> Keys:
    found = column.combine_chunks()
    return np.frombuffer(found.buffers()[1], "V16")[found.offset : found.offset + len(found)]


def keys(hashes: Keys) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes), [None, pa.py_buffer(hashes.tobytes())])
