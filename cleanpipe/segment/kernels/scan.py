"""What libxml2 writes of a page -> its elements, and its tags with the text behind each, as arrays.

What is written is regular: every tag is closed, each attribute stands behind one space with its value in quotes, ``<``,
``>`` and ``&`` stand in text and values only as entities. Names may hold anything but space, ``/``, ``>`` and, behind
their first character, ``=``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cleanpipe.compiled import compiled, loaded, trailing_zeros
from cleanpipe.segment.kernels.characters import (
    AMPERSAND,
    BLANK,
    EQUALS,
    LESS,
    MORE,
    QUOTE,
    SLASH,
    entity,
    is_space,
    width,
)
from cleanpipe.segment.tags import BLOCKS, INLINE, UNSEEN

#: Tags by number. Those that the page has beyond these get the numbers behind them.
TAGS: Final = (*sorted(BLOCKS), *sorted(UNSEEN - BLOCKS), *sorted(INLINE))
#: Stands before what is written of a page, so that every name is a piece of one buffer.
PREFIX: Final = "".join(f"{tag} " for tag in TAGS).encode()
KNOWN = len(TAGS)
_DIALOG, _RT, _RTC = map(TAGS.index, ("dialog", "rt", "rtc"))

#: Columns of the elements: tag, parent (-1: none), number among its parent's children of this tag, depth (root: 1),
#: first byte and the one behind the last of the values of ``class``, ``id``, ``style``; its events; what may hide it.
TAG, PARENT, NUMBER, DEPTH, CLASS, CLASS_END, ID, ID_END, STYLE, STYLE_END, OPENED, CLOSED, HIDES = range(13)
HIDDEN, STYLED, OPEN = 1, 2, 4  # by an attribute; perhaps, by its style; a dialog that is open
#: Columns of the events, a tag each with the text behind it: element (of an end: -1 - element), first byte of the text
#: and the one behind the last, its characters, those without the white space around them.
ELEMENT, START, END, SIZE, INNER = range(5)


@compiled
def _intern(data: Any, start: int, end: int, table: Any, names: Any, count: int) -> int:
    """The number of the name ``data[start:end]``; ``count`` if it is new."""
    code = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        code = (code ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    slot = int(code >> np.uint64(20)) & (len(table) - 1)
    while table[slot] >= 0:
        known = table[slot]
        size = names[known, 1] - names[known, 0]
        if size == end - start:
            same = True
            for i in range(size):
                if data[names[known, 0] + i] != data[start + i]:
                    same = False
                    break
            if same:
                return int(known)
        slot = (slot + 1) & (len(table) - 1)
    table[slot] = count
    names[count, 0], names[count, 1] = start, end
    return count


@compiled
def _counted(key: int, keys: Any, counts: Any) -> int:
    """How often this key has been counted, with this time."""
    slot = int((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(24)) & (len(keys) - 1)
    while keys[slot] >= 0 and keys[slot] != key:
        slot = (slot + 1) & (len(keys) - 1)
    keys[slot] = key
    counts[slot] += 1
    return int(counts[slot])


@compiled
def _is_word(data: Any, start: int, end: int, word: Any) -> bool:
    """Whether ``data[start:end]`` is the word."""
    if end - start != len(word):
        return False
    for i in range(len(word)):  # noqa: SIM110  (a generator is no code for the machine)
        if data[start + i] != word[i]:
            return False
    return True


def _word(text: str) -> Any:
    return np.frombuffer(text.encode(), np.uint8)


_ATTR_CLASS, _ATTR_ID, _ATTR_STYLE = _word("class"), _word("id"), _word("style")
_ATTR_HIDDEN, _ATTR_POPOVER, _ATTR_OPEN = _word("hidden"), _word("popover"), _word("open")
_LOW, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)  # of each of eight bytes, a bit
_QUOTES = np.uint64(QUOTE) * _LOW
#: Bytes that may be read behind the end.
PADDED: Final = 8
_LONGEST_ATTR = len(_ATTR_POPOVER)
_NONE = _word("none")


@compiled
def scan(data: Any, prefix: int) -> Any:
    """The elements and events of a page, as int32 of (elements, 13) and (events, 5), and its tags' names, as (tags, 2),
    the first byte and the one behind the last. ``data``: PREFIX, of so many bytes, what libxml2 writes, and PADDED
    bytes of anything."""
    size = len(data) - PADDED
    most = 0
    for i in range(prefix, size):
        most += data[i] == LESS and data[i + 1] != SLASH
    room = 1024
    while room < 2 * (most + KNOWN):
        room *= 2
    table = np.full(room, -1, np.int32)
    keys, counts = np.full(room, -1, np.int64), np.zeros(room, np.int32)
    names = np.zeros((most + KNOWN + 1, 2), np.int32)
    tags = at = 0
    for i in range(prefix):
        if data[i] == 32:
            _intern(data, at, i, table, names, tags)
            tags += 1
            at = i + 1
    elements = np.zeros((most, 13), np.int32)
    events = np.zeros((2 * most, 5), np.int32)
    made = told = 0
    current = -1
    i = prefix
    while i < size:
        closed = False
        if data[i + 1] == SLASH:
            while data[i] != MORE:
                i += 1
            closed = True
        else:
            at = i + 1
            i = at
            while data[i] != BLANK and data[i] != SLASH and data[i] != MORE:
                i += 1
            tag = _intern(data, at, i, table, names, tags)
            if tag == tags:
                tags += 1
            element = elements[made]
            element[TAG], element[PARENT], element[OPENED] = tag, current, told
            element[NUMBER] = _counted((current + 1) * (most + KNOWN) + tag, keys, counts)
            element[DEPTH] = 1 + (elements[current, DEPTH] if current >= 0 else 0)
            while data[i] == BLANK:
                at = i + 1
                i = at + 1
                while data[i] != EQUALS:
                    i += 1
                behind = i
                i += 2
                value = i
                quotes = np.uint64(0)  # the highest bit of the first byte that is one, and perhaps of later ones
                while quotes == np.uint64(0):
                    other = loaded(data, i) ^ _QUOTES
                    quotes = (other - _LOW) & ~other & _HIGH
                    i += 8
                i += (trailing_zeros(quotes) >> np.uint64(3)) - 8
                if behind - at > _LONGEST_ATTR:
                    pass
                elif _is_word(data, at, behind, _ATTR_CLASS):
                    element[CLASS], element[CLASS_END] = value, i
                elif _is_word(data, at, behind, _ATTR_ID):
                    element[ID], element[ID_END] = value, i
                elif _is_word(data, at, behind, _ATTR_STYLE):
                    element[STYLE], element[STYLE_END] = value, i
                    for j in range(value, i - 3):
                        # A capital is 32 below its small letter.
                        if (
                            data[j] | 32 == _NONE[0] and data[j + 1] | 32 == _NONE[1]
                            and data[j + 2] | 32 == _NONE[2] and data[j + 3] | 32 == _NONE[3]
                        ):  # fmt: skip
                            element[HIDES] |= STYLED
                            break
                elif _is_word(data, at, behind, _ATTR_HIDDEN) or _is_word(data, at, behind, _ATTR_POPOVER):
                    element[HIDES] |= HIDDEN
                elif _is_word(data, at, behind, _ATTR_OPEN):
                    element[HIDES] |= OPEN
                i += 1
            if element[STYLE_END] and tag in (_DIALOG, _RT, _RTC):
                element[HIDES] |= STYLED
            events[told, ELEMENT] = current = made
            made += 1
            if data[i] == SLASH:
                events[told, START] = events[told, END] = i
                told += 1
                closed = True
                i += 1
        if closed:
            events[told, ELEMENT] = -1 - current
            elements[current, CLOSED] = told
            current = elements[current, PARENT]
        i += 1
        events[told, START] = i
        read = inner = before = 0
        while i < size and data[i] != LESS:
            read += 1
            if BLANK < data[i] < 0x80 and data[i] != AMPERSAND:
                i += 1
                inner = read
                continue
            if data[i] == AMPERSAND:
                character, i = entity(data, i)
                blank = character == BLANK or 9 <= character <= 13
            else:
                blank = is_space(data, i)
                i += width(data[i])
            if not blank:
                inner = read
            elif not inner:
                before = read
        events[told, END], events[told, SIZE], events[told, INNER] = i, read, inner - before if inner else 0
        told += 1
    return elements[:made], events[:told], names[:tags]
