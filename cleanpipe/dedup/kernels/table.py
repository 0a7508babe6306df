"""What ``tokens.normalise`` makes of each character, as arrays that a kernel can look up."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.tokens import MONEY, UNIFIED, fold, shape, words

#: Code points that the table covers: the first two planes. Texts with others take the reference.
COVERED = 0x20000

#: What to do with a character: take the reference for the whole text, take it as it is, or (from 2 on) replace it.
REFER, AS_IT_IS = 0, 1
#: What a character of the normal form is: neither, part of a word, a word of its own, white space.
OTHER, WORD, ALONE, SPACE = range(4)

_PIECE = 256


class CharacterTable(NamedTuple):
    """``action``, ``kind``: by code point. Action ``2 + i`` replaces it by ``pool[starts[i] : starts[i + 1]]``.

    ``lower``: by byte; what an ASCII letter, digit or underscore becomes, 0 for all other bytes. ``written``: by code
    point, the ``tokens.shape`` of the character before it is replaced, or its ``MONEY``.
    """

    lower: NDArray[np.uint8]
    action: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    written: NDArray[np.uint8]
    pool: NDArray[np.uint32]
    starts: NDArray[np.int32]


@lru_cache(maxsize=1)
def character_table() -> CharacterTable:
    """Built from ``tokens`` and this interpreter's Unicode, some 0.1 s; so the two cannot differ.

    A character is covered if its normal form lies in the table too and no other covered one can change what becomes of
    it: its decomposition, before and after case folding, does not begin with a combining mark or with the second half
    of a composition.
    """
    action = np.full(COVERED, AS_IT_IS, np.uint16)
    kind = np.full(COVERED, OTHER, np.uint8)
    written = np.zeros(COVERED, np.uint8)
    attaching = _attaching()
    pool: list[int] = []
    starts = [0]
    for start in range(0, COVERED, _PIECE):
        if 0xD800 <= start < 0xE000:
            action[start : start + _PIECE] = REFER  # surrogates are no characters
            continue
        piece = [chr(code) for code in range(start, start + _PIECE)]
        kind[start : start + _PIECE] = [_kind(character) for character in piece]
        written[start : start + _PIECE] = [shape(character) | MONEY.get(character, 0) for character in piece]
        joined = "".join(piece)
        changes = fold(joined) != joined
        for code, character in enumerate(piece, start):
            folded = fold(character) if changes else character
            if not _stands_alone(character, changes, attaching) or max(map(ord, folded), default=0) >= COVERED:
                action[code] = REFER
            elif folded != character:
                action[code] = len(starts) + 1
                pool += map(ord, folded)
                starts.append(len(pool))
    lower = np.zeros(256, np.uint8)
    for code in range(128):
        lower[code] = ord(chr(code).lower()) if kind[code] == WORD else 0
    return CharacterTable(lower, action, kind, written, np.array(pool, np.uint32), np.array(starts, np.int32))


def _kind(character: str) -> int:
    if not character.isalnum():
        return WORD if character == "_" else SPACE if character.isspace() else OTHER
    return ALONE if len(words(f"a{character}")) == 2 else WORD


def _attaching() -> frozenset[str]:
    """Starters that compose with the character before them: Unicode's NFC_QC=Maybe without the combining marks."""
    second = {chr(code) for first, last in ((0x1161, 0x1176), (0x11A8, 0x11C3)) for code in range(first, last)}
    for code in range(COVERED):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<":
            second.add(chr(int(parts[1], 16)))
    return frozenset(second)


def _stands_alone(character: str, changes: bool, attaching: frozenset[str]) -> bool:
    if not changes:
        return not unicodedata.combining(character) and character not in attaching
    unified = character.translate(UNIFIED)
    for stage in (unified, unicodedata.normalize("NFKC", unified).casefold()):
        first = unicodedata.normalize("NFKD", stage)[:1]
        if first and (unicodedata.combining(first) or first in attaching):
            return False
    return True
