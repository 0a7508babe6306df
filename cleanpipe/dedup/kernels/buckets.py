"""Keys to runs of equal ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from cleanpipe.compiled import compiled
from cleanpipe.dedup.ragged import I64, U64

#: Steps by which a value is moved, on average, until it is clear that a part is not all but sorted.
_STEPS = 16


@compiled
def spread_sorted(values: U64) -> U64:
    """``np.sort(values)``, for values that are spread evenly, or equal but for rising low bits.

    Laid out by their first bits they are all but sorted: a quarter of the time that comparing them takes.
    """
    size = len(values)
    found = np.empty(size, np.uint64)
    if not size:
        return found
    least, most = values.min(), values.max()
    slots = 2
    while 4 * slots < size:
        slots *= 2
    shift: Any = np.uint64(0)
    while (most - least) >> shift >= np.uint64(slots):
        shift += np.uint64(1)
    starts = np.zeros(slots + 1, np.int64)
    for value in values:
        starts[np.int64((value - least) >> shift) + 1] += 1
    slot: Any = 0
    for slot in range(slots):
        starts[slot + 1] += starts[slot]
    for value in values:
        slot = np.int64((value - least) >> shift)
        found[starts[slot]] = value
        starts[slot] += 1
    begin: Any = 0
    for end in starts[:-1]:
        steps = _STEPS * (end - begin)
        for i in range(begin + 1, end):
            value = found[i]
            place: Any = i
            while place > begin and found[place - 1] > value:
                found[place] = found[place - 1]
                place -= 1
            found[place] = value
            steps -= i - place
            if steps < 0:
                found[begin:end].sort()
                break
        begin = end
    return found


@compiled
def equal_runs(packed: U64, bits: int) -> tuple[I64, I64]:
    """``buckets._equal_runs``."""
    numbers = np.empty(len(packed), np.int64)
    sizes = np.empty(len(packed) // 2, np.int64)
    count = runs = start = 0
    low = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for stop in range(1, len(packed) + 1):
        if stop < len(packed) and (packed[stop] ^ packed[start]) <= low:
            continue
        if stop - start > 1:
            for place in range(start, stop):
                numbers[count] = np.int64(packed[place] & low)
                count += 1
            sizes[runs] = stop - start
            runs += 1
        start = stop
    return numbers[:count], sizes[:runs]
