"""Shingles: the hashed word n-grams whose sets are compared."""

from __future__ import annotations

import numpy as np

from cleanpipe.dedup.ragged import U64, Ragged, distinct, offsets_of, ranges
from cleanpipe.dedup.tokens import hash_words, normalise, words

#: Odd, the golden ratio of 2**64 (Knuth's multiplicative hashing).
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def mix(state: U64, value: U64) -> U64:
    """One step of the n-gram hash, modulo 2**64: ``s = (s + value) * MULTIPLIER; s ^ (s >> 32)``.

    The hash of an n-gram starts with ``s = 0`` and mixes in its word hashes from left to right. The multiplication
    carries low bits up and the shift brings them down again, so order counts and the low 32 bits are good on their own.
    """
    state = (state + value) * MULTIPLIER
    return state ^ (state >> _HALF)


def grams(tokens: Ragged, n: int, short: bool = True) -> Ragged:
    """The hashes of all word n-grams of each text, in order, with repetitions.

    A text of fewer words than ``n`` has one gram of all its words, or none if not ``short``; no words, no gram.
    """
    lengths = tokens.lengths
    counts = np.maximum(lengths - n + 1, 0)
    padded = np.concatenate([tokens.values, np.zeros(n, np.uint64)])
    state = np.zeros(len(tokens.values), np.uint64)
    for k in range(n):
        state = mix(state, padded[k : k + len(state)])
    if not short:
        return Ragged(state[ranges(tokens.offsets[:-1], counts)], offsets_of(counts))
    for length in range(1, n):
        starts = tokens.offsets[:-1][lengths == length]
        gram = np.zeros(len(starts), np.uint64)
        for k in range(length):
            gram = mix(gram, tokens.values[starts + k])
        state[starts] = gram
    counts = np.where(lengths > 0, np.maximum(counts, 1), 0)
    return Ragged(state[ranges(tokens.offsets[:-1], counts)], offsets_of(counts))


def shingles(text: str, n: int) -> U64:
    """Sorted distinct shingles of one text."""
    return distinct(grams(hash_words([words(normalise(text))]), n)).values
