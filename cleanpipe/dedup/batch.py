"""Many texts at once: words, hashes, shingles and bands, by kernels or by their references, whichever is quicker."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from cleanpipe.dedup.ragged import I64, Ragged, distinct, offsets_of, ranges, sums
from cleanpipe.dedup.rare import PHRASE, WINDOW, winnowed
from cleanpipe.dedup.shingles import grams
from cleanpipe.dedup.sketch import band_keys, banding, permutations, signatures
from cleanpipe.dedup.tokens import hash_words, located_words, money, shape, text_hash

#: Loading the kernels costs a process as much time as the references take for so many bytes of text.
BREAK_EVEN = 500_000

T = TypeVar("T", bound=np.generic)

_done = 0  # bytes that this process has done by the references; both give the same, so this changes no result


class Spelled(NamedTuple):
    """The hashes of the words of each text, and of each word its ``shape`` and ``money``."""

    words: Ragged
    shapes: NDArray[np.uint8]


class Tokens(NamedTuple):
    """``text_hash`` and ``hash_words`` of each text; of each word its ``shape`` and ``money``, and the characters it
    comes from."""

    hashes: list[bytes]
    words: Ragged
    shapes: NDArray[np.uint8]
    places: NDArray[np.int32]  # (words, 2)

    def places_of(self, text: int) -> NDArray[np.int32]:
        return self.places[self.words.offsets[text] : self.words.offsets[text + 1]]


def kernels_pay(size: int = 0) -> bool:
    """Whether this process is to take kernels from now on, ``size`` bytes of text on."""
    global _done
    if _done < BREAK_EVEN:
        _done += size
    return _done >= BREAK_EVEN


def packed(words: Ragged) -> pa.Array:
    """A column of ``words``."""
    offsets = pa.py_buffer((8 * words.offsets).astype(np.int32))
    return pa.BinaryArray.from_buffers(pa.binary(), len(words.offsets) - 1, [None, offsets, pa.py_buffer(words.values)])


def packed_shapes(tokens: Tokens) -> pa.Array:
    """A column of ``shapes``."""
    offsets = pa.py_buffer(tokens.words.offsets.astype(np.int32))
    shapes = pa.py_buffer(np.ascontiguousarray(tokens.shapes))
    return pa.BinaryArray.from_buffers(pa.binary(), len(tokens.words.offsets) - 1, [None, offsets, shapes])


def runs_columns(rows: I64, offsets: I64) -> dict[str, pa.Array]:
    """The last columns of ``steps.EDGES``: runs of pairs, as rows (word of u, word of v, words) by offsets."""
    places = pa.array(offsets.astype(np.int32))
    columns = u, v, words = np.ascontiguousarray(rows.T.astype(np.int32))
    lists = {
        name: pa.ListArray.from_arrays(places, pa.array(column))
        for name, column in zip(("u_runs", "v_runs", "run_words"), columns, strict=True)
    }
    some = offsets[1:] > offsets[:-1]
    first, last = offsets[:-1][some], offsets[1:][some] - 1
    ends = {"covered": sums(words, offsets)}
    for name, side in (("u", u), ("v", v)):
        for end, of in ((f"{name}_start", side[first]), (f"{name}_stop", side[last] + words[last])):
            ends[end] = np.zeros(len(some), np.int64)
            ends[end][some] = of
    return lists | {name: pa.array(column.astype(np.int32)) for name, column in ends.items()}


def unpacked(column: pa.Array) -> Ragged:
    """The word hashes of each row of a column of ``words``."""
    places, data = bytes_of(column)
    places //= 8
    values = np.frombuffer(data or b"", np.uint64)[places[0] : places[-1]]
    return Ragged(values, places - places[0])


def unpacked_shapes(column: pa.Array) -> NDArray[np.uint8]:
    """The shapes of all words of a column of ``shapes``."""
    places, data = bytes_of(column)
    return np.frombuffer(data or b"", np.uint8)[places[0] : places[-1]]


def bytes_of(column: pa.Array) -> tuple[I64, Any]:
    """The offsets of the rows of a column of bytes or strings, and what they point into."""
    _, offsets, data = column.buffers()
    width = np.int64 if column.type in (pa.large_binary(), pa.large_string()) else np.int32
    return np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64), data


def tokenise(texts: Sequence[str] | pa.Array, kernels: bool | None = None) -> Tokens:
    """The tokens of each text. ``kernels``: whether to take them; None: as pays."""
    column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    if kernels is None:
        kernels = kernels_pay(column.nbytes)
    return _tokenise_by_kernel(column) if kernels else _tokenise(column.to_pylist())


def _tokenise(texts: list[str]) -> Tokens:
    hashes = [text_hash(text) for text in texts]
    located = [located_words(text) for text in texts]
    found = hash_words([[word.form for word in of] for of in located])
    written = (
        shape(text[word.start : word.end]) | money(text, word.start, word.end)
        for text, of in zip(texts, located, strict=True)
        for word in of
    )
    places = np.array([word[1:] for of in located for word in of], np.int32).reshape(-1, 2)
    return Tokens(hashes, found, np.fromiter(written, np.uint8, len(found.values)), places)


def _tokenise_by_kernel(column: pa.Array) -> Tokens:
    from cleanpipe.dedup.kernels import normal
    from cleanpipe.dedup.kernels.table import character_table

    if not len(column):
        return _tokenise([])
    offsets, data = bytes_of(column)
    if data is None:
        return _tokenise(column.to_pylist())
    made = normal.tabled(np.frombuffer(data, np.uint8), offsets, character_table())
    whole, ends = made.forms.data, made.form_offsets.tolist()
    digest = xxhash.xxh3_128_digest
    hashes = [digest(whole[start:end]) for start, end in pairwise(ends)]
    found = Ragged(made.hashes, made.hash_offsets)
    rest = np.flatnonzero(made.refer)
    if not len(rest):
        return Tokens(hashes, found, made.shapes, made.places)
    other = _tokenise(column.take(pa.array(rest)).to_pylist())
    for row, value in zip(rest.tolist(), other.hashes, strict=True):
        hashes[row] = value
    # the words of these rows go where they have none
    lengths = found.lengths
    lengths[rest] = other.words.lengths
    offsets = offsets_of(lengths)
    added = ranges(offsets[rest], other.words.lengths)
    return Tokens(
        hashes,
        Ragged(_put(found.values, added, other.words.values), offsets),
        _put(made.shapes, added, other.shapes),
        _put(made.places, added, other.places),
    )


def _put(values: NDArray[T], places: I64, more: NDArray[T]) -> NDArray[T]:
    """``values`` with ``more`` among them, at these places of the result."""
    result = np.empty((len(values) + len(more), *values.shape[1:]), values.dtype)
    kept = np.ones(len(result), np.bool_)
    kept[places] = False
    result[places] = more
    result[kept] = values
    return result


def shingle_sets(
    tokens: Ragged, n: int, short: bool = True, kernels: bool | None = None, rows: I64 | None = None
) -> Ragged:
    """The sorted distinct shingles of each row of word hashes (``shingles.grams``), or of these ``rows``."""
    if kernels_pay() if kernels is None else kernels:
        from cleanpipe.dedup.kernels.minhash import sorted_sets

        return sorted_sets(tokens, n, short, np.arange(len(tokens.offsets) - 1) if rows is None else rows)
    if rows is not None:
        lengths = tokens.lengths[rows]
        tokens = Ragged(tokens.values[ranges(tokens.offsets[rows], lengths)], offsets_of(lengths))
    return distinct(grams(tokens, n, short))


def overlaps(sets: Ragged, left: I64, right: I64, kernels: bool | None = None) -> I64:
    """How many values the rows ``left[i]`` and ``right[i]`` of ``sets`` (each sorted and distinct) have in common."""
    if kernels_pay() if kernels is None else kernels:
        from cleanpipe.dedup.kernels import minhash

        shared = np.zeros(len(left), np.int64)
        minhash.overlaps(sets.values, sets.offsets, left, right, shared)
        return shared
    plain = {row: frozenset(sets.row(row).tolist()) for row in {*left.tolist(), *right.tolist()}}
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    return np.fromiter((len(plain[a] & plain[b]) for a, b in pairs), np.int64, len(left))


def phrases(tokens: Ragged, kernels: bool | None = None) -> Ragged:
    """The phrases that each row of word hashes chooses (``rare``), as hashes."""
    if kernels_pay() if kernels is None else kernels:
        from cleanpipe.dedup.kernels.minhash import winnowed_grams

        return winnowed_grams(tokens, PHRASE, WINDOW)
    return winnowed(grams(tokens, PHRASE, short=False))


def bands(tokens: Ragged, n: int, threshold: float, kernels: bool | None = None) -> NDArray[np.int64]:
    """``(rows, bands)``: the LSH band keys of rows of word hashes, each of a word at least."""
    count, rows = banding(threshold)
    if kernels_pay(tokens.values.nbytes) if kernels is None else kernels:
        from cleanpipe.dedup.kernels.minhash import minimal_keys

        return minimal_keys(tokens, n, permutations(), count, rows)
    return band_keys(signatures(grams(tokens, n)), count, rows)
