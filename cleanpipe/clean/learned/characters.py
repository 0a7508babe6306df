"""What the kernels of the features know of characters and words, as arrays: one number a character, one hash a word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned.shape import STRIPPED, classified

#: Of a character's number: 18 bits for its lower case, 8 for its class, and what else it is.
LOWER, CLASS = (1 << 18) - 1, 18
WORD, LETTER, UPPER, AT_EDGE, SPECIAL = (1 << bit for bit in range(26, 31))
KNOWN = 0x40000  # code points; beyond, nothing has a case or is of a word
SEED, PRIME = 0xCBF29CE484222325, 0x100000001B3  # of FNV-1a, by code points


@cache
def characters() -> NDArray[np.uint32]:
    """``KNOWN`` numbers. ``SPECIAL``: the lower case depends on others, or is more than one character."""
    everything = "".join(map(chr, range(KNOWN)))
    special = [ord("İ"), ord("Σ")]
    plain = everything.translate(dict.fromkeys(special, 0))
    codes = np.arange(KNOWN, dtype=np.uint32)
    lower = _codes(plain.lower())
    lower[special] = special
    found = lower | classified(codes).astype(np.uint32) << np.uint32(CLASS)
    for pattern, bit in ((r"\w+", WORD), (r"[^\W\d_]+", LETTER)):
        flags = np.zeros(KNOWN, bool)
        for match in re.finditer(pattern, everything):
            flags[match.start() : match.end()] = True
        found |= flags.astype(np.uint32) * np.uint32(bit)
    upper = [code for code in np.flatnonzero(found & np.uint32(WORD)).tolist() if everything[code].isupper()]
    found[upper] |= np.uint32(UPPER)
    found[_codes(STRIPPED)] |= np.uint32(AT_EDGE)
    found[special] |= np.uint32(SPECIAL)
    return found


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).copy()


def coded(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of all texts, and where each begins; the last number is where the last one ends."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32), offsets


def hashed(word: str) -> int:
    """The hash of a word, as the kernels make it."""
    found = SEED
    for character in word:
        found = (found ^ ord(character)) * PRIME & 0xFFFFFFFFFFFFFFFF
    return found


def lexicon(meanings: Mapping[str, int]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A table of words by open addressing: their hashes (0: free) and what they mean."""
    size = 1 << (4 * len(meanings)).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    for word, value in meanings.items():
        key = hashed(word)
        place = (key ^ key >> 29) & (size - 1)
        while keys[place]:
            place = (place + 1) & (size - 1)
        keys[place], values[place] = key, value
    return keys, values
