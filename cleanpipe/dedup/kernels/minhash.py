"""Word hashes to shingles, to MinHash minima and band keys: one pass over a text, nothing kept between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.compiled import compiled, inlined
from cleanpipe.dedup.ragged import I64, U64, Ragged

U32 = NDArray[np.uint32]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_0, _32 = np.uint64(0), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@inlined
def _mixed(state: Any, value: Any) -> Any:
    state = (state + value) * _MULTIPLIER
    return state ^ (state >> _32)


@compiled
def _grams(words: U64, n: int, grams: U64) -> int:
    """Write the hashes of all ``n``-grams of a text, of all its words if they are fewer; how many there are."""
    size = min(n, len(words))
    count = len(words) - size + 1
    states = grams[:count]
    states[:] = _0
    for k in range(size):
        # One word of all n-grams at a time, so that these are hashed side by side.
        following = words[k : k + count]
        for place in range(count):
            states[place] = _mixed(states[place], following[place])
    return count


@compiled
def _band_keys(
    words: U64, offsets: I64, n: int, a: U32, b: U32, bands: int, rows: int, keys: NDArray[np.uint64]
) -> None:
    """``a``, ``b``: the first rows of all bands, then the second ones, and so on; what follows is in no band."""
    lowest, states = np.empty(len(a), np.uint32), np.empty(bands, np.uint64)
    most = 1
    for row in range(len(offsets) - 1):
        most = max(most, offsets[row + 1] - offsets[row])
    grams, hashed = np.empty(most, np.uint64), np.empty(most + 3, np.uint32)
    for row in range(len(offsets) - 1):
        count = _grams(words[offsets[row] : offsets[row + 1]], n, grams)
        for place in range(count):
            h = np.uint32(grams[place] & _LOW)
            h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            hashed[place] = h ^ (h >> np.uint32(16))
        hashed[count : count + 3] = hashed[0]  # to fours: repetitions change no minimum
        lowest[:] = np.uint32(0xFFFFFFFF)
        # Four at a time, so that what belongs to a permutation is loaded and stored once for all of them.
        for place in range(0, count, 4):
            h, i, j, k = hashed[place], hashed[place + 1], hashed[place + 2], hashed[place + 3]
            for at in range(len(lowest)):
                by, plus = a[at], b[at]
                one = min(np.uint32(np.uint32(h * by) + plus), np.uint32(np.uint32(i * by) + plus))
                other = min(np.uint32(np.uint32(j * by) + plus), np.uint32(np.uint32(k * by) + plus))
                lowest[at] = min(lowest[at], min(one, other))
        for band in range(bands):
            states[band] = _mixed(_0, np.uint64(band + 1))
        for k in range(rows):
            part = lowest[k * bands : (k + 1) * bands]
            for band in range(bands):
                states[band] = _mixed(states[band], np.uint64(part[band]))
        for band in range(bands):
            keys[band, row] = states[band]


def minimal_keys(words: Ragged, n: int, permutations: tuple[U32, U32], bands: int, rows: int) -> NDArray[np.int64]:
    """``(len(words), bands)``: ``sketch.band_keys`` of the ``signatures`` of each row's ``n``-grams; none is empty."""
    # Those that are in no band too: the number of all is one of whole registers.
    used = bands * rows
    order = np.append(np.arange(used).reshape(bands, rows).T, np.arange(used, len(permutations[0])))
    a, b = (each[order] for each in permutations)
    keys = np.empty((bands, len(words.offsets) - 1), np.uint64)  # those of one band side by side, as they are wanted
    _band_keys(words.values, words.offsets, n, a, b, bands, rows, keys)
    return keys.view(np.int64).T


@compiled
def _distinct(values: U64, first: int, stop: int, spare: U64, starts: I64) -> int:
    """Sort ``values[first:stop]``, at least one, and drop repetitions; where they end.

    Hashes are spread evenly: laid out by their first bits they are all but sorted, in a quarter of the time that
    comparing takes. ``spare`` has as many places, ``starts`` four times as many.
    """
    size = stop - first
    bits = 1
    while 1 << bits < size:
        bits += 1
    shift = np.uint64(64 - bits)
    starts[: (1 << bits) + 1] = 0
    for i in range(first, stop):
        starts[np.int64(values[i] >> shift) + 1] += 1
    for i in range(1 << bits):
        starts[i + 1] += starts[i]
    for i in range(first, stop):
        part = np.int64(values[i] >> shift)
        spare[starts[part]] = values[i]
        starts[part] += 1
    at = first
    for i in range(size):
        value = spare[i]
        place = at
        while place > first and values[place - 1] > value:
            place -= 1
        if place > first and values[place - 1] == value:
            continue
        for k in range(at, place, -1):
            values[k] = values[k - 1]
        values[place] = value
        at += 1
    return at


@compiled
def _sorted_sets(words: U64, offsets: I64, rows: I64, n: int, short: bool, sets: U64, set_offsets: I64) -> None:
    most = 1
    for row in rows:
        most = max(most, offsets[row + 1] - offsets[row])
    spare, starts = np.empty(most, np.uint64), np.empty(4 * most + 4, np.int64)
    at = 0
    for i in range(len(rows)):
        start, size = offsets[rows[i]], offsets[rows[i] + 1] - offsets[rows[i]]
        first = at
        if size >= n or (short and size > 0):
            at += _grams(words[start : start + size], n, sets[first:])
            at = _distinct(sets, first, at, spare, starts)
        set_offsets[i + 1] = at


def sorted_sets(words: Ragged, n: int, short: bool, rows: I64) -> Ragged:
    """``ragged.distinct(shingles.grams(words, n, short))`` of these rows: the sorted distinct shingles of each."""
    sets = np.empty(int(words.lengths[rows].sum()), np.uint64)
    offsets = np.zeros(len(rows) + 1, np.int64)
    _sorted_sets(words.values, words.offsets, rows, n, short, sets, offsets)
    return Ragged(sets[: offsets[-1]], offsets)


@compiled
def overlaps(values: U64, offsets: I64, left: I64, right: I64, shared: I64) -> None:
    """Fill ``shared`` with how many values the rows ``left[i]`` and ``right[i]`` (sorted, distinct) have in common."""
    for i in range(len(left)):
        a, a_stop = offsets[left[i]], offsets[left[i] + 1]
        b, b_stop = offsets[right[i]], offsets[right[i] + 1]
        count = 0
        while a < a_stop and b < b_stop:
            x, y = values[a], values[b]
            count += x == y
            a += x <= y
            b += y <= x
        shared[i] = count


@compiled
def tallied(lists: I64, offsets: I64, members: I64, size: int) -> I64:
    """How often each number below ``size`` stands in these of the lists ``members[offsets[i] : offsets[i + 1]]``."""
    counts = np.zeros(size, np.int64)
    for each in lists:
        for place in range(offsets[each], offsets[each + 1]):
            counts[members[place]] += 1
    return counts


@compiled
def _winnowed(words: U64, offsets: I64, n: int, window: int, grams: U64, chosen: U64, chosen_offsets: I64) -> None:
    spare, starts = np.empty(len(grams), np.uint64), np.empty(4 * len(grams) + 4, np.int64)
    at = 0
    for row in range(len(offsets) - 1):
        first = at
        size = offsets[row + 1] - offsets[row]
        count = 0
        if size >= n:
            count = _grams(words[offsets[row] : offsets[row + 1]], n, grams)
        wide = min(window, count)
        windows = count - wide + 1 if count else 0
        lowest = spare[:windows]
        lowest[:] = grams[:windows]
        for k in range(1, wide):
            following = grams[k : k + windows]
            for place in range(windows):
                lowest[place] = min(lowest[place], following[place])
        last = _0
        for place in range(windows):
            # What is not to stay is overwritten by the next.
            chosen[at] = lowest[place]
            at += place == 0 or lowest[place] != last
            last = lowest[place]
        if at > first:
            at = _distinct(chosen, first, at, spare, starts)
        chosen_offsets[row + 1] = at


def winnowed_grams(words: Ragged, n: int, window: int) -> Ragged:
    """``rare.winnowed`` of each row's ``n``-grams."""
    chosen = np.empty(len(words.values), np.uint64)
    offsets = np.zeros(len(words.offsets), np.int64)
    grams = np.empty(int(words.lengths.max(initial=0)), np.uint64)  # of one row
    _winnowed(words.values, words.offsets, n, window, grams, chosen, offsets)
    return Ragged(chosen[: offsets[-1]], offsets)
