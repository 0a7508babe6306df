"""``shape``'s features of all blocks of a batch, by going over their code points; ``shape`` is the plain reference.

Words are compared by 64-bit hashes of their code points. What lower case does to a character is looked up; the few
blocks with a character whose lower case is not its own affair are left to the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned import shape
from cleanpipe.clean.learned.characters import (
    AT_EDGE,
    CLASS,
    KNOWN,
    LOWER,
    PRIME,
    SEED,
    SPECIAL,
    WORD,
    characters,
    coded,
    lexicon,
)
from cleanpipe.clean.learned.shape import SHAPES, Floats
from cleanpipe.compiled import compiled, inlined
from cleanpipe.model import Block

_COLUMN = {name: i for i, name in enumerate(SHAPES)}
_LETTERS, _CAPITALS, _DIGITS = _COLUMN["letters"], _COLUMN["capitals"], _COLUMN["digits"]
_COMMAS, _STOPS, _SIGNS, _WIDES = _COLUMN["commas"], _COLUMN["stops"], _COLUMN["signs"], _COLUMN["wide"]
_FUNCTION, _LENGTH = _COLUMN["function_share"], _COLUMN["word_length"]
_OPENS_UPPER, _OPENS_QUOTE = _COLUMN["opens_upper"], _COLUMN["opens_quote"]
_OPENS_SIGN, _OPENS_DIGIT = _COLUMN["opens_sign"], _COLUMN["opens_digit"]
_ENDS_STOP, _ENDS_COLON = _COLUMN["ends_stop"], _COLUMN["ends_colon"]
_ENDS_ELIDED, _ENDS_COMMA, _PROSE = _COLUMN["ends_elided"], _COLUMN["ends_comma"], _COLUMN["prose"]
_SAYS, _CUES, _CAPITAL_WORDS = _COLUMN[f"says_{shape.CUES[0]}"], len(shape.CUES), _COLUMN["capital_words"]
_COUNTED = [_COLUMN["characters"], _COLUMN["words"], _COLUMN["sentences"]]
_LETTER, _UPPER, _DIGIT, _SPACE, _STOP, _COMMA, _SIGN, _WIDE = (np.int64(1 << k) for k in range(8))
_CLOSING = np.array([ord(c) for c in shape.CLOSING], np.uint32)
_QUOTES = np.array([ord(c) for c in shape.QUOTES], np.uint32)
_LOOKED_AT, _FIRST, _TITLE = shape.LOOKED_AT, shape.FIRST, shape.TITLE
_SEED, _PRIME = np.uint64(SEED), np.uint64(PRIME)
_SET = 1024  # more than a block's words that a title may share, and a power of two


class Lines(NamedTuple):
    """The blocks of some documents, as the kernels read them. A document's blocks are in order, its ``rows`` behind
    those of the one before."""

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]  # of the blocks, in ``codes``
    ends: NDArray[np.int64]
    rows: NDArray[np.int64]  # where each document's blocks begin; the last number is how many there are
    begins: NDArray[np.int64]  # where each document's text begins, in ``codes``

    @property
    def sizes(self) -> NDArray[np.int64]:
        return self.ends - self.starts


def lines_of(texts: Sequence[str], blocks: Sequence[Sequence[Block]]) -> Lines:
    codes, begins = coded(texts)
    rows = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, blocks), np.int64, len(blocks)), out=rows[1:])
    places = np.array([block for each in blocks for block in each], np.int64).reshape(-1, 3)
    shift = np.repeat(begins[:-1], np.diff(rows))
    return Lines(codes, places[:, 1] + shift, places[:, 2] + shift, rows, begins)


def fill(lines: Lines, titles: Sequence[str], found: Floats, likeness: int) -> NDArray[np.uint64]:
    """Fills the columns ``SHAPES``, the first ones, and ``likeness`` of ``found``, which is ``(columns, rows)``.

    Returns a hash of each block's text.
    """
    said, said_at = coded([title.lower() for title in titles])
    counts = np.zeros((3, len(lines.starts)), np.int64)
    hashes = np.zeros(len(lines.starts), np.uint64)
    special = np.zeros(len(lines.starts), np.bool_)
    keys, values = _lexicon()
    _shapes(lines.codes, lines.starts, lines.ends, characters(), keys, values, found, counts, hashes, special)
    found[_COUNTED] = np.log1p(counts)
    _likeness(lines.codes, lines.starts, lines.ends, lines.rows, said, said_at, characters(), found[likeness])
    for row in np.flatnonzero(special).tolist():
        text = lines.codes[lines.starts[row] : lines.ends[row]].tobytes().decode("utf-32-le", "surrogatepass")
        title = titles[int(np.searchsorted(lines.rows, row, "right")) - 1]
        found[: len(SHAPES), row] = shape.shapes([text])[0]
        found[likeness, row] = shape.likeness([text], title)[0]
    return hashes


@cache
def _lexicon() -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    return lexicon(shape.meanings())


@inlined
def entry_of(table: Any, code: Any) -> Any:
    return np.int64(table[min(np.int64(code), KNOWN - 1)])


@inlined
def lower_of(entry: Any, code: Any) -> Any:
    return np.uint64(entry & LOWER) if code < KNOWN else np.uint64(code)


@inlined
def slot(key: Any, size: int) -> Any:
    """Where to look first for a key in a table by open addressing."""
    return np.int64(key ^ (key >> np.uint64(29))) & (size - 1)


@inlined
def _meaning(key: Any, keys: Any, values: Any) -> Any:
    place = slot(key, len(keys))
    while keys[place] != np.uint64(0) and keys[place] != key:
        place = (place + 1) & (len(keys) - 1)
    return values[place]


@inlined
def _among(code: Any, those: Any) -> bool:
    found = False
    for each in those:
        found |= each == code
    return found


@compiled
def _shapes(codes: Any, starts: Any, ends: Any, table: Any, keys: Any, values: Any, found: Any, counts: Any,
            hashes: Any, special: Any) -> None:  # fmt: skip
    for row in range(len(starts)):
        start, end = starts[row], ends[row]
        size = end - start
        letters = uppers = digits = commas = stops = signs = wides = begins = capitals = sentences = 0
        before: Any = np.int64(8)  # white space
        odd = np.int64(0)
        hashed = _SEED
        for i in range(start, end):
            code = codes[i]
            hashed = (hashed ^ np.uint64(code)) * _PRIME
            entry = entry_of(table, code)
            odd |= entry
            now = (entry >> CLASS) & 255
            letters += now & 1
            uppers += (now >> 1) & 1
            digits += (now >> 2) & 1
            space = (now >> 3) & 1
            stops += (now >> 4) & 1
            commas += (now >> 5) & 1
            signs += (now >> 6) & 1
            wides += now >> 7
            begin = (before >> 3) & 1 & ~space
            begins += begin
            capitals += begin & (now >> 1)
            sentences += (before >> 4) & space
            before = now
        sentences += (before >> 4) & 1
        hashes[row] = hashed
        special[row] = (odd & SPECIAL) != 0
        words = max(begins, wides // 2)
        counts[0, row], counts[1, row], counts[2, row] = size, words, sentences
        length = np.float64(np.float32(max(size, 1)))
        many = max(words, 1)
        found[_LETTERS, row] = letters / length
        found[_CAPITALS, row] = uppers / max(letters, 1)
        found[_DIGITS, row] = digits / length
        found[_COMMAS, row] = commas / many
        found[_STOPS, row] = stops / many
        found[_SIGNS, row] = signs / length
        found[_WIDES, row] = wides / length
        found[_LENGTH, row] = letters / many
        found[_CAPITAL_WORDS, row] = capitals / many
        if not size:
            continue
        first, last = codes[start], codes[end - 1]
        opens = (entry_of(table, first) >> CLASS) & 255
        found[_OPENS_UPPER, row] = (opens & _UPPER) != 0
        found[_OPENS_QUOTE, row] = _among(first, _QUOTES)
        found[_OPENS_SIGN, row] = (opens & (_SIGN | _STOP)) != 0
        found[_OPENS_DIGIT, row] = (opens & _DIGIT) != 0
        final = end - 2 if size > 1 and _among(last, _CLOSING) else end - 1
        stopped = ((entry_of(table, codes[final]) >> CLASS) & _STOP) != 0
        elided = codes[final] == 0x2026 or (codes[final] == 46 and size > 2 and codes[final - 1] == 46)
        found[_ENDS_ELIDED, row] = elided
        found[_ENDS_STOP, row] = stopped and not elided
        found[_ENDS_COLON, row] = last == 58 or last == 0xFF1A
        found[_ENDS_COMMA, row] = ((entry_of(table, last) >> CLASS) & _COMMA) != 0
        found[_PROSE, row] = stopped and not elided and words >= 9
        # The words at the beginning.
        stop = min(end, start + _LOOKED_AT)
        all_said = function = looked = 0
        i = start
        while i < stop and looked < _FIRST:
            now = entry_of(table, codes[i])
            if (now >> CLASS) & _SPACE:
                i += 1
                continue
            begin = i
            key = _SEED
            while True:
                key = (key ^ lower_of(now, codes[i])) * _PRIME
                i += 1
                if i == stop:
                    break
                now = entry_of(table, codes[i])
                if (now >> CLASS) & _SPACE:
                    break
            looked += 1
            meaning = _meaning(key, keys, values)
            if not meaning:
                low, high = begin, i
                while low < high and entry_of(table, codes[low]) & AT_EDGE:
                    low += 1
                while low < high and entry_of(table, codes[high - 1]) & AT_EDGE:
                    high -= 1
                if high - low < i - begin:
                    key = _SEED
                    for k in range(low, high):
                        key = (key ^ lower_of(entry_of(table, codes[k]), codes[k])) * _PRIME
                    meaning = _meaning(key, keys, values)
            all_said |= meaning
            function += meaning & 1
        if looked:
            found[_FUNCTION, row] = function / looked
        if all_said > 1:
            for cue in range(_CUES):
                found[_SAYS + cue, row] = (all_said >> (cue + 1)) & 1


@compiled
def _likeness(codes: Any, starts: Any, ends: Any, rows: Any, said: Any, said_at: Any, table: Any, found: Any) -> None:
    own = np.zeros(_SET, np.uint64)
    seen = np.full(_SET, -1, np.int64)  # the block that put a word there
    for page in range(len(rows) - 1):
        size = 64
        while size < 2 * (said_at[page + 1] - said_at[page]):
            size *= 2
        title = np.zeros(size, np.uint64)
        many = 0
        i = said_at[page]
        while i < said_at[page + 1]:
            key = _SEED
            begin = i
            while i < said_at[page + 1] and entry_of(table, said[i]) & WORD:
                key = (key ^ np.uint64(said[i])) * _PRIME
                i += 1
            if i > begin:
                place = slot(key, size)
                while title[place] != np.uint64(0) and title[place] != key:
                    place = (place + 1) & (size - 1)
                title[place] = key
                many += 1
            else:
                i += 1
        if not many:
            continue
        for row in range(rows[page], rows[page + 1]):
            if ends[row] - starts[row] > _TITLE:
                continue
            words = both = 0
            i = starts[row]
            while i < ends[row]:
                now = entry_of(table, codes[i])
                if not now & WORD:
                    i += 1
                    continue
                key = _SEED
                while now & WORD:
                    key = (key ^ lower_of(now, codes[i])) * _PRIME
                    i += 1
                    if i == ends[row]:
                        break
                    now = entry_of(table, codes[i])
                place = slot(key, _SET)
                while seen[place] == row and own[place] != key:
                    place = (place + 1) & (_SET - 1)
                if seen[place] == row:
                    continue
                own[place], seen[place] = key, row
                words += 1
                place = slot(key, size)
                while title[place] != np.uint64(0) and title[place] != key:
                    place = (place + 1) & (size - 1)
                both += title[place] == key
            if words >= 3:
                found[row] = both / words
