"""Which patterns can match which texts: a trie of the strings that patterns need, walked by a kernel over all texts.

``atoms.strings_of`` says which strings; what is found here is shown to the pattern itself, which decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanpipe.clean.atoms import END, SIGN, START, Needs, case_groups
from cleanpipe.compiled import compiled, inlined

Ints = npt.NDArray[np.int32]

#: Decoration that may stand around a label, as folded characters: bullets, arrows, colons. The patterns around a line
#: in ``rules`` allow no other.
BEFORE = " •·|›»>▸►▶▼→–—*+#✓✔@&\ufeff-"
AFTER = " :…›»>▸►▶▼▾→|.*+!✓-–—"

_SYMBOLS = {START: 1, SIGN: 2, " ": 3, "0": 4}
_START, _SIGN, _SPACE, _DIGIT, _FIRST = 1, 2, 3, 4, 5
_BEFORE, _AFTER, _LETTER = 1, 2, 4  # what a character may be
_MOST_SIGNS = 62
_LETTERS_TO = 0xD7B0  # characters beyond are never taken for letters


class Conditions(NamedTuple):
    """What a text must be like for each pattern, in the order of patterns; arrays of one length."""

    least: Ints  # words
    most: Ints
    places: Ints  # bits of the places where it may stand
    last: Ints  # it is one of so many last texts of its document; 0: any
    groups: Ints  # the bit of its language


class Texts(NamedTuple):
    """Texts, and what each is like (arrays of their number)."""

    texts: Sequence[str]
    words: Ints
    place: Ints  # the bit of its place
    left: Ints  # texts of its document from it to the end, itself included
    groups: Ints  # bits of the languages whose patterns may match it


class Prefilter:
    """The trie of the strings that patterns need; ``needs`` and ``conditions`` are in the order of patterns."""

    def __init__(self, needs: Sequence[Needs], conditions: Conditions) -> None:
        self._conditions = conditions
        children: list[dict[int, int]] = [{}]
        ends: list[list[int]] = [
            []
        ]  # of a node the patterns whose string ends there, as -1 - i where the text must too
        symbols = dict(_SYMBOLS)
        always = []
        for i, (needed, _, _) in enumerate(needs):
            if any(string.rstrip(END) in ("", START) for string in needed):
                always.append(i)
                continue
            for string in needed:
                whole = string.endswith(END)
                node = 0
                for char in string.rstrip(END):
                    symbol = symbols.setdefault(char, len(symbols) + 1)
                    child = children[node].get(symbol)
                    if child is None:
                        child = children[node][symbol] = len(children)
                        children.append({})
                        ends.append([])
                    node = child
                ends[node].append(-1 - i if whole else i)
        self._always = np.array(always, np.int32)
        # Of each sign that a pattern needs a bit, as long as there are some.
        signs = sorted({char for each in needs for char in each.signs})[:_MOST_SIGNS]
        bits = {char: 1 << i for i, char in enumerate(signs)}
        self._signs = np.array([sum(bits.get(char, 0) for char in each.signs) for each in needs], np.int64)
        self._bare = np.array([each.bare for each in needs], np.bool_)
        for char in signs:
            symbols.setdefault(char, len(symbols) + 1)
        self._bits = np.zeros(len(symbols) + 1, np.int64)
        for char in signs:
            self._bits[symbols[char]] = bits[char]
        self._codes, self._kinds = _table(symbols)
        # The root and its children have a row each for every symbol; what is below them is a list, mostly of one.
        near = [0, *children[0].values()]
        self._dense = np.zeros((len(near), len(symbols) + 1), np.int32)
        row_of = {node: row for row, node in enumerate(near)}
        self._row = np.array([row_of.get(node, -1) for node in range(len(children))], np.int32)
        for node, row in row_of.items():
            for symbol, child in children[node].items():
                self._dense[row, symbol] = child
        self._edges = np.cumsum([0, *map(len, children)], dtype=np.int32)
        self._symbol = np.array([symbol for each in children for symbol in each], np.uint16)
        self._child = np.array([child for each in children for child in each.values()], np.int32)
        self._ends = np.cumsum([0, *map(len, ends)], dtype=np.int32)
        self._patterns = np.array([pattern for each in ends for pattern in each], np.int32)

    def candidates(self, texts: Texts) -> tuple[Ints, Ints]:
        """Pairs of a text and a pattern that may match it, as two arrays in the order of the texts."""
        chars = np.frombuffer("".join(texts.texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        offsets = np.zeros(len(texts.texts) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, texts.texts), np.int64, len(texts.texts)), out=offsets[1:])
        room = max(1024, 4 * len(texts.texts))
        while True:
            rows, patterns = np.empty(room, np.int32), np.empty(room, np.int32)
            found = _candidates(
                chars, offsets, texts.words, texts.place, texts.left, texts.groups, *self._conditions, self._codes,
                self._kinds, self._dense, self._row, self._edges, self._symbol, self._child, self._ends,
                self._patterns, self._always, self._bits, self._signs, self._bare, rows, patterns,
            )  # fmt: skip
            if found <= room:
                return rows[:found], patterns[:found]
            room = found


@cache
def _letters() -> npt.NDArray[np.uint8]:
    """Of each code point whether it is a letter or a figure, for certain."""
    kinds = np.zeros(0x110000, np.uint8)
    kinds[[code for code in range(_LETTERS_TO) if chr(code).isalpha() or chr(code).isdecimal()]] = _LETTER
    return kinds


def _table(symbols: dict[str, int]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Of each code point the symbol of its folded character (0: in no string), and what kinds it is of."""
    codes = np.zeros(0x110000, np.uint16)
    kinds = _letters().copy()
    for char, symbol in symbols.items():
        codes[ord(char)] = symbol
    codes[[1, 2]] = 0  # the marks are no characters of texts
    codes[[ord(SIGN), ord(START)]] = 0
    for char, same in case_groups().items():
        codes[ord(char)] = symbols.get(same, 0)
    codes[[*range(9, 14), 32]] = _SPACE
    codes[48:58] = _DIGIT
    for chars, kind in ((BEFORE, _BEFORE), (AFTER, _AFTER)):
        for char in chars:
            kinds[ord(char)] |= kind
    kinds[9:14] |= _BEFORE | _AFTER
    return codes, kinds


@compiled
def _candidates(
    chars: Any, offsets: Any, words: Ints, place: Ints, left: Ints, groups: Ints, least: Ints, most: Ints,
    places: Ints, last: Ints, group: Ints, codes: Any, kinds: Any, dense: Any, row: Ints, edges: Ints, symbol: Any,
    child: Ints, ends: Ints, patterns: Ints, always: Ints, bits: Any, signs: Any, bare: Any,
    out_rows: Ints, out_patterns: Ints,
) -> int:  # fmt: skip
    """Writes the pairs, as many as there is room for; returns how many there are."""
    count = 0
    seen = np.full(len(least), -1, np.int32)
    longest = 0
    for i in range(len(words)):
        longest = max(longest, offsets[i + 1] - offsets[i])
    line = np.empty(longest, np.uint16)
    kind = np.empty(longest, np.uint8)
    hits = np.empty(len(least), np.int32)
    begin = dense[0, _START]
    sign = dense[row[begin], _SIGN]
    for i in range(len(words)):
        size = held = lettered = 0
        for at in range(offsets[i], offsets[i + 1]):
            code = codes[chars[at]]
            if size and code == line[size - 1] and _SPACE <= code <= _DIGIT:
                continue
            line[size] = code
            kind[size] = kinds[chars[at]]
            held |= bits[code]
            lettered |= kind[size]
            size += 1
        if not size:
            continue
        tail = size  # from here on nothing but decoration
        while tail and kind[tail - 1] & _AFTER:
            tail -= 1
        head = 0  # before it nothing but decoration
        while head < size and kind[head] & _BEFORE:
            head += 1
        found = len(always)
        hits[:found] = always
        # Strings may begin anywhere; those of the beginning of a text, wherever its decoration may end.
        for start in range(size + head + 1):
            node, at = (0, start) if start < size else (begin, start - size)
            if node and sign and at < size and not kind[at] & _LETTER:
                found = _ended(sign, True, ends, patterns, seen, i, hits, found)
            while at < size and line[at]:
                near = row[node]
                if near >= 0:
                    node = dense[near, line[at]]
                else:
                    edge = edges[node]
                    while edge < edges[node + 1] and symbol[edge] != line[at]:
                        edge += 1
                    node = child[edge] if edge < edges[node + 1] else 0
                if not node:
                    break
                at += 1
                if ends[node] < ends[node + 1]:
                    found = _ended(node, at >= tail, ends, patterns, seen, i, hits, found)
        for pattern in hits[:found]:
            if (
                words[i] >= least[pattern]
                and words[i] <= most[pattern]
                and place[i] & places[pattern]
                and (not last[pattern] or left[i] <= last[pattern])
                and groups[i] & group[pattern]
                and signs[pattern] & held == signs[pattern]
                and not (bare[pattern] and lettered & _LETTER)
            ):
                if count < len(out_rows):
                    out_rows[count] = i
                    out_patterns[count] = pattern
                count += 1
    return count


@inlined
def _ended(node: int, whole: bool, ends: Ints, patterns: Ints, seen: Ints, i: int, hits: Ints, found: int) -> int:
    """Adds the patterns whose strings end at a node, each once a text; ``whole``: where the text does, too."""
    for k in range(ends[node], ends[node + 1]):
        pattern = patterns[k]
        if pattern < 0:
            if not whole:
                continue
            pattern = -1 - pattern
        if seen[pattern] != i:
            seen[pattern] = i
            hits[found] = pattern
            found += 1
    return found
