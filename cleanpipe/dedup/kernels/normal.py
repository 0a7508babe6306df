"""Texts to their normal forms and the hashes of their words, straight from UTF-8."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanpipe.compiled import compiled, inlined, loaded, stored, trailing_zeros
from cleanpipe.dedup.kernels.table import ALONE, AS_IT_IS, REFER, SPACE, WORD, CharacterTable
from cleanpipe.dedup.ragged import I64, U64
from cleanpipe.dedup.tokens import CAPITAL, FIGURE

U8 = NDArray[np.uint8]

# XXH64: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
_P1, _P2, _P3 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_P4, _P5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)
_0, _ALL = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)


@inlined
def _rotated(x: Any, by: int) -> Any:
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@inlined
def _round(lane: Any, value: Any) -> Any:
    return _rotated(lane + value * _P2, 31) * _P1


@compiled
def xxh64(data: U8, start: int, stop: int) -> Any:
    """XXH64 with seed 0 of ``data[start:stop]``."""
    size = np.uint64(stop - start)
    at = start
    if stop - start >= 32:
        a, b, c, d = _P1 + _P2, _P2, _0, _0 - _P1
        while at + 32 <= stop:
            a = _round(a, loaded(data, at))
            b = _round(b, loaded(data, at + 8))
            c = _round(c, loaded(data, at + 16))
            d = _round(d, loaded(data, at + 24))
            at += 32
        h = _rotated(a, 1) + _rotated(b, 7) + _rotated(c, 12) + _rotated(d, 18)
        h = (h ^ _round(_0, a)) * _P1 + _P4
        h = (h ^ _round(_0, b)) * _P1 + _P4
        h = (h ^ _round(_0, c)) * _P1 + _P4
        h = (h ^ _round(_0, d)) * _P1 + _P4
    else:
        h = _P5
    h += size
    while at + 8 <= stop:
        h = _rotated(h ^ _round(_0, loaded(data, at)), 27) * _P1 + _P4
        at += 8
    value = _0
    if start + 8 <= stop > at:
        value = loaded(data, stop - 8) >> np.uint64(64 - 8 * (stop - at))
    else:
        for i in range(stop - at):
            value |= np.uint64(data[at + i]) << np.uint64(8 * i)
    return _ended(h, value, stop - at)


@inlined
def _ended(h: Any, value: Any, size: int) -> Any:
    """The end of XXH64: with the last ``size`` bytes, fewer than eight, as the low ones of ``value``.

    Without jumps, which sizes of words make hard to foresee.
    """
    four = _rotated(h ^ ((value & np.uint64(0xFFFFFFFF)) * _P1), 23) * _P2 + _P3
    h = four if size & 4 else h
    value = value >> np.uint64(32) if size & 4 else value
    for i in range(3):
        more = _rotated(h ^ ((value & np.uint64(0xFF)) * _P5), 11) * _P1
        h = more if i < size & 3 else h
        value >>= np.uint64(8)
    h = (h ^ (h >> np.uint64(33))) * _P2
    h = (h ^ (h >> np.uint64(29))) * _P3
    return h ^ (h >> np.uint64(32))


_HIGH, _LOW7 = np.uint64(0x8080808080808080), np.uint64(0x7F7F7F7F7F7F7F7F)
_EACH = np.uint64(0x0101010101010101)


@inlined
def _from(low: Any, byte: int) -> Any:
    """The high bit of each byte of ``low`` (all below 128) that is ``byte`` or above."""
    return low + np.uint64(128 - byte) * _EACH


@inlined
def _between(low: Any, first: int, last: int) -> Any:
    return _from(low, first) & ~_from(low, last + 1) & _HIGH


@inlined
def _encode(code: int, out: U8, at: int) -> int:
    """Write a character as UTF-8; where the next one goes."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | (code >> 6)
        out[at + 1] = 0x80 | (code & 0x3F)
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | (code >> 12)
        out[at + 1] = 0x80 | ((code >> 6) & 0x3F)
        out[at + 2] = 0x80 | (code & 0x3F)
        return at + 3
    out[at] = 0xF0 | (code >> 18)
    out[at + 1] = 0x80 | ((code >> 12) & 0x3F)
    out[at + 2] = 0x80 | ((code >> 6) & 0x3F)
    out[at + 3] = 0x80 | (code & 0x3F)
    return at + 4


@compiled
def normal_forms(
    data: U8, offsets: I64, lower: U8, action: NDArray[np.uint16], kind: U8, written: U8, pool: NDArray[np.uint32],
    starts: NDArray[np.int32], out: U8, out_offsets: I64, hashes: U64, shapes: U8, places: NDArray[np.int32],
    hash_offsets: I64, refer: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Fill ``out`` (normal forms, UTF-8), and of the words ``hashes`` (XXH64), ``shapes`` and ``places``, with offsets.

    A row that has a character which the table does not cover, or no room, stays empty and is marked in ``refer``.
    """
    at = 0  # in out
    count = 0  # in hashes
    for row in range(len(offsets) - 1):
        place, stop = offsets[row], offsets[row + 1]
        first, first_hash = at, count
        ahead = place  # bytes before the row, and those by which it has more than characters
        word = -1  # where the open word begins
        shape: Any = 0  # of the open word
        sign: Any = 0  # the ``MONEY`` of a character, and the place behind it
        behind = -1
        gap = False  # white space seen since the last character
        while place < stop:
            # Most text is words of ASCII letters and single spaces.
            letter = lower[data[place]]
            if letter and at + (stop - place) + 9 < len(out):
                if gap:
                    out[at] = 32
                    at += 1
                    gap = False
                if word < 0:
                    word = at
                    places[count, 0] = place - ahead
                    shape = sign if places[count, 0] == behind else 0
                begins = at == word
                capitals = figures = small = low = _0
                size = 8
                while size == 8 and place < stop:
                    # Eight bytes at once, zeros past the end. A flag of a byte is its high bit.
                    eight = loaded(data, min(place, len(data) - 8)) >> np.uint64(8 * max(place + 8 - len(data), 0))
                    under = eight & _LOW7
                    capital = _between(under, 65, 90) & ~eight
                    small = eight | (capital >> np.uint64(2))
                    figure = _between(under, 48, 57) & ~eight
                    in_word = _between(small & _LOW7, 97, 122) | figure | _between(under, 95, 95)
                    outside = (~in_word | eight) & _HIGH
                    size = min(np.int64(trailing_zeros(outside)) >> 3, stop - place)
                    stored(out, at, small)
                    low = _ALL >> np.uint64(64 - 8 * size) if size else _0
                    capitals |= capital & low
                    figures |= figure & low
                    place += size
                    at += size
                shape |= CAPITAL * (capitals != _0) | FIGURE * (figures != _0)
                places[count, 1] = place - ahead
                if place == stop:
                    break
                if data[place] == 32:
                    if begins and at - word < 8:
                        hashes[count] = _ended(_P5 + np.uint64(at - word), small & low, at - word)
                    else:
                        hashes[count] = xxh64(out, word, at)
                    shapes[count] = shape
                    count += 1
                    word = -1
                    gap = True
                    place += 1
                    continue
            here = place - ahead  # the character's number
            code: Any = np.int64(data[place])
            if code < 0x80:
                place += 1
            elif code < 0xE0:
                code = ((code & 0x1F) << 6) | (np.int64(data[place + 1]) & 0x3F)
                place += 2
                ahead += 1
            elif code < 0xF0:
                code = ((code & 0x0F) << 12) | ((np.int64(data[place + 1]) & 0x3F) << 6)
                code |= np.int64(data[place + 2]) & 0x3F
                place += 3
                ahead += 2
            else:
                code = ((code & 0x07) << 18) | ((np.int64(data[place + 1]) & 0x3F) << 12)
                code |= ((np.int64(data[place + 2]) & 0x3F) << 6) | (np.int64(data[place + 3]) & 0x3F)
                place += 4
                ahead += 3
            do = np.int64(action[code]) if code < len(action) else REFER
            if do == REFER:
                refer[row] = True
                break
            piece: Any = 0
            last: Any = 1
            if do > AS_IT_IS:
                piece, last = np.int64(starts[do - 2]), np.int64(starts[do - 1])
            while piece < last:
                made: Any = code if do == AS_IT_IS else np.int64(pool[piece])
                piece += 1
                if at + 5 > len(out) or count + 2 > len(hashes):
                    refer[row] = True
                    break
                is_a = kind[made]
                if is_a != WORD and word >= 0:
                    hashes[count] = xxh64(out, word, at)
                    shapes[count] = shape
                    count += 1
                    word = -1
                if is_a == SPACE:
                    gap = at > first
                    continue
                spaces = 1 if gap else 0
                if gap:
                    out[at] = 32
                    at += 1
                    gap = False
                begin = at
                at = _encode(made, out, at)
                if is_a == ALONE:
                    hashes[count] = xxh64(out, begin, at)
                    shapes[count] = np.int64(written[code]) | (sign if here == behind else 0)
                    places[count, 0], places[count, 1] = here, here + 1
                    count += 1
                elif is_a == WORD:
                    if word < 0:
                        word = begin
                        shape = sign if here == behind else 0
                        places[count, 0] = here
                    places[count, 1] = here + 1
                    shape |= np.int64(written[code])
                elif written[code] > CAPITAL | FIGURE:
                    sign, behind = np.int64(written[code]), here + 1
                    each = count - 1  # a character may be several words
                    while each >= first_hash and places[each, 1] >= here - spaces:
                        shapes[each] |= sign
                        each -= 1
            if refer[row]:
                break
        if refer[row]:
            at, count = first, first_hash
        elif word >= 0:
            hashes[count] = xxh64(out, word, at)
            shapes[count] = shape
            count += 1
        out_offsets[row + 1] = at
        hash_offsets[row + 1] = count


class Tabled(NamedTuple):
    """What the kernel makes of texts; ``refer`` marks the rows that need the reference, and are empty here."""

    forms: U8
    form_offsets: I64
    hashes: U64
    shapes: U8
    places: NDArray[np.int32]  # (words, 2)
    hash_offsets: I64
    refer: NDArray[np.bool_]


def tabled(data: U8, offsets: I64, table: CharacterTable) -> Tabled:
    """Normal forms and words of UTF-8 texts."""
    rows = len(offsets) - 1
    size = int(offsets[-1] - offsets[0])
    if len(data) < 8:  # eight are read at a time
        data = np.append(data, np.zeros(8, np.uint8))
    # A character may become several, and a single one a word; what does not fit takes the reference.
    out = np.empty(size + size // 2 + 64, np.uint8)
    hashes = np.empty(size // 2 + rows + 64, np.uint64)
    shapes, places = np.empty(len(hashes), np.uint8), np.empty((len(hashes), 2), np.int32)
    out_offsets, hash_offsets = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)
    refer = np.zeros(rows, np.bool_)
    normal_forms(
        data, offsets, table.lower, table.action, table.kind, table.written, table.pool, table.starts,
        out, out_offsets, hashes, shapes, places, hash_offsets, refer,
    )  # fmt: skip
    words = hash_offsets[-1]
    return Tabled(
        out[: out_offsets[-1]], out_offsets, hashes[:words], shapes[:words], places[:words], hash_offsets, refer
    )
