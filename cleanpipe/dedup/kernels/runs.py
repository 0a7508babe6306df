"""The runs of words that two texts share, and whether what lies between them may tell other facts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.compiled import compiled, inlined
from cleanpipe.dedup.ragged import I64, U64

U8 = NDArray[np.uint8]


@compiled
def aligned(words: U64, offsets: I64, left: I64, right: I64, most: int) -> tuple[I64, I64]:
    """``align.aligned`` of the rows ``left[i]`` and ``right[i]``: all runs, and the offsets of each pair's."""
    runs = np.empty((4 * len(left) + 64, 3), np.int64)
    run_offsets = np.zeros(len(left) + 1, np.int64)
    count = 0
    for pair in range(len(left)):
        a = words[offsets[left[pair]] : offsets[left[pair] + 1]]
        b = words[offsets[right[pair]] : offsets[right[pair] + 1]]
        if min(len(a), len(b)) > 0 and max(len(a), len(b)) <= most:
            while count + min(len(a), len(b)) > len(runs):
                grown = np.empty((2 * len(runs), 3), np.int64)
                grown[:count] = runs[:count]
                runs = grown
            count = _matching(a, b, runs, count)
        run_offsets[pair + 1] = count
    return runs[:count], run_offsets


@inlined
def _slot(word: Any, mask: int) -> Any:
    return np.int64((word >> np.uint64(20)) & np.uint64(mask))


@compiled
def _matching(a: U64, b: U64, runs: I64, begin: int) -> int:
    """Write the runs of two texts from row ``begin`` on; where they end.

    What ``difflib.SequenceMatcher`` does: the longest run (of equals the first in a, then in b), then the same left and
    right of it. Words of b are found by a hash table, not by comparing each with each.
    """
    size = 16
    while size < 2 * len(b):
        size *= 2
    heads = np.full(size, -1, np.int64)  # slot -> the last place in b of a word
    before = np.empty(len(b), np.int64)  # place in b -> the place before it of the same word
    for j in range(len(b)):
        slot = _slot(b[j], size - 1)
        while heads[slot] >= 0 and b[heads[slot]] != b[j]:
            slot = (slot + 1) & (size - 1)
        before[j] = heads[slot]
        heads[slot] = j
    last = np.empty(len(a), np.int64)  # place in a -> the last place in b of the same word
    for i in range(len(a)):
        slot = _slot(a[i], size - 1)
        while heads[slot] >= 0 and b[heads[slot]] != a[i]:
            slot = (slot + 1) & (size - 1)
        last[i] = heads[slot]

    parts = np.empty((min(len(a), len(b)) + 2, 4), np.int64)  # still to be aligned: [low, high) of a, of b
    parts[0] = (0, len(a), 0, len(b))
    left = 1
    lengths = np.zeros(len(b), np.int64)  # of the run that ends at word j of b ...
    ends = np.full(len(b), -1, np.int64)  # ... and at this word of a, counted on over all parts
    turn = 0
    at = begin
    while left:
        left -= 1
        a_low, a_high, b_low, b_high = parts[left]
        turn += len(a) + 1
        longest, best_i, best_j = 0, a_low, b_low
        for i in range(a_low, a_high):
            j = last[i]
            while j >= b_low:  # downwards, so that what ended at the word before is still there
                if j < b_high:
                    run = 1
                    if j > b_low and ends[j - 1] == turn + i - 1:
                        run += lengths[j - 1]
                    lengths[j] = run
                    ends[j] = turn + i
                    # of equals the first in a, then in b
                    if run > longest or (run == longest and i - run + 1 == best_i and j - run + 1 < best_j):
                        longest, best_i, best_j = run, i - run + 1, j - run + 1
                j = before[j]
        if longest == 0:
            continue
        runs[at] = (best_i, best_j, longest)
        at += 1
        if best_i > a_low and best_j > b_low:
            parts[left] = (a_low, best_i, b_low, best_j)
            left += 1
        if best_i + longest < a_high and best_j + longest < b_high:
            parts[left] = (best_i + longest, a_high, best_j + longest, b_high)
            left += 1

    for k in range(begin + 1, at):  # few, and in no order
        i, j, run = runs[k]
        place = k
        while place > begin and runs[place - 1, 0] > i:
            runs[place] = runs[place - 1]
            place -= 1
        runs[place] = (i, j, run)
    joined = begin
    for k in range(begin + 1, at):  # or they touch in both texts
        i, j, run = runs[k]
        if runs[joined, 0] + runs[joined, 2] == i and runs[joined, 1] + runs[joined, 2] == j:
            runs[joined, 2] += run
        else:
            joined += 1
            runs[joined] = (i, j, run)
    return joined + 1 if at > begin else begin


@inlined
def _listed_slot(word: Any) -> Any:
    return np.int64(word & np.uint64(4095))


@compiled
def _told(words: U64, shapes: U8, first: int, last: int, listed: U64, classes: U8, some: U8) -> Any:
    told: Any = 0
    for place in range(first, last):
        told |= np.int64(shapes[place])
        if not some[_listed_slot(words[place])]:
            continue
        found = np.searchsorted(listed, words[place])
        if found < len(listed) and listed[found] == words[place]:
            told |= np.int64(classes[found])
    return told


@compiled
def doubts(
    words: U64, shapes: U8, offsets: I64, left: I64, right: I64, runs: I64, run_offsets: I64, listed: U64, classes: U8,
    slot: int, both: int, either: int, either_words: int, money: int, doubtful: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Fill ``doubtful``: see ``doubt.doubts``."""
    some = np.zeros(4096, np.uint8)  # of a slot whether a listed word is in it: few are, so few are looked up
    for word in listed:
        some[_listed_slot(word)] = 1
    for pair in range(len(left)):
        a_start, a_stop = offsets[left[pair]], offsets[left[pair] + 1]
        b_start, b_stop = offsets[right[pair]], offsets[right[pair] + 1]
        i, j = a_start, b_start
        for k in range(run_offsets[pair], run_offsets[pair + 1] + 1):
            if k < run_offsets[pair + 1]:
                a_next, b_next, size = a_start + runs[k, 0], b_start + runs[k, 1], runs[k, 2]
            else:
                a_next, b_next, size = a_stop, b_stop, 0
            longer = max(a_next - i, b_next - j)
            if 0 < longer <= slot:
                a_told = _told(words, shapes, i, a_next, listed, classes, some)
                b_told = _told(words, shapes, j, b_next, listed, classes, some)
                if a_told & b_told & both or (longer <= either_words and (a_told ^ b_told) & either):
                    doubtful[pair] = True
                    break
            i, j = a_next + size, b_next + size
            for k in range(size):
                here, there = shapes[a_next + k] & money, shapes[b_next + k] & money
                if here and there and not here & there:
                    doubtful[pair] = True
