"""Where elements stand, in words: their path, names and what is around them (``model.Element``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cleanpipe.compiled import compiled
from cleanpipe.segment.kernels.characters import AMPERSAND, BLANK, LINE, SLASH, entity, is_space, width
from cleanpipe.segment.kernels.scan import CLASS, CLASS_END, DEPTH, ID, ID_END, NUMBER, PARENT, TAG
from cleanpipe.segment.tags import LONGEST_NAMES, STEPS, WORDS

_OPENING, _CLOSING = b"[]"


@compiled
def _words(data: Any, start: int, end: int, out: Any, first: int, wrote: int) -> int:
    """Write the words of an attribute's value, a space before each but at ``first``; where the writing ends."""
    apart = True
    read = 0
    i = start
    while i < end and read < LONGEST_NAMES:
        read += 1
        if AMPERSAND < data[i] < 0x80:
            if apart and wrote > first:
                out[wrote] = BLANK
                wrote += 1
            out[wrote] = data[i]
            wrote += 1
            apart = False
            i += 1
            continue
        if data[i] == AMPERSAND:
            character, behind = entity(data, i)
            blank = character == BLANK or 9 <= character <= 13
        else:
            character, behind = data[i], i + width(data[i])
            blank = is_space(data, i)
        if not blank:
            if apart and wrote > first:
                out[wrote] = BLANK
                wrote += 1
            out[wrote] = character
            wrote += 1
            if data[i] != AMPERSAND:
                for j in range(i + 1, behind):
                    out[wrote] = data[j]
                    wrote += 1
        apart = blank
        i = behind
    return wrote


@compiled
def names_of(data: Any, elements: Any, wanted: Any) -> Any:
    """The classes and id of the wanted elements and of those around them as UTF-8, and where in it each has its own:
    (elements, 2), the first byte and the one behind the last."""
    places = np.full((len(elements), 2), -1, np.int32)
    room = 0
    for e in wanted:
        while e >= 0 and places[e, 0] < 0:
            row = elements[e]
            places[e, 0] = room
            room += row[CLASS_END] - row[CLASS] + row[ID_END] - row[ID] + 2
            e = row[PARENT]
    out = np.empty(room, np.uint8)
    for e in range(len(elements)):
        if places[e, 0] >= 0:
            row, first = elements[e], places[e, 0]
            wrote = _words(data, row[CLASS], row[CLASS_END], out, first, first)
            places[e, 1] = _words(data, row[ID], row[ID_END], out, first, wrote)
    return out, places


@compiled
def places_of(data: Any, elements: Any, tags: Any, names: Any, places: Any, wanted: Any) -> Any:
    """Of each of the wanted elements the path, its names, and what is around it, as UTF-8, a line each."""
    chain = np.empty(STEPS, np.int32)
    out = np.empty(1 << 16, np.uint8)
    wrote = 0
    for k in range(len(wanted)):
        steps = room = words = 0
        e = wanted[k]
        while e >= 0 and steps < STEPS:
            chain[steps] = e
            steps += 1
            tag = tags[elements[e, TAG]]
            room += tag[1] - tag[0] + 13
            e = elements[e, PARENT]
        room += (WORDS + 1) * (2 * LONGEST_NAMES + 2) * 4
        if wrote + room > len(out):
            more = np.empty(2 * (wrote + room), np.uint8)
            more[:wrote] = out[:wrote]
            out = more
        if e >= 0:
            out[wrote] = SLASH
            wrote += 1
        for step in range(steps - 1, -1, -1):
            row = elements[chain[step]]
            out[wrote] = SLASH
            wrote += 1
            for i in range(tags[row[TAG], 0], tags[row[TAG], 1]):
                out[wrote] = data[i]
                wrote += 1
            if row[DEPTH] > 2:
                out[wrote] = _OPENING
                wrote += 1
                unit = 1
                while unit * 10 <= row[NUMBER]:
                    unit *= 10
                while unit:
                    out[wrote] = 48 + row[NUMBER] // unit % 10
                    wrote += 1
                    unit //= 10
                out[wrote] = _CLOSING
                wrote += 1
        out[wrote] = LINE
        wrote += 1
        for i in range(places[wanted[k], 0], places[wanted[k], 1]):
            out[wrote] = names[i]
            wrote += 1
        out[wrote] = LINE
        wrote += 1
        e = elements[wanted[k], PARENT]
        while e >= 0 and words < WORDS:
            i = places[e, 0]
            while i < places[e, 1] and words < WORDS:
                if words:
                    out[wrote] = BLANK
                    wrote += 1
                while i < places[e, 1] and names[i] != BLANK:
                    out[wrote] = names[i]
                    wrote += 1
                    i += 1
                i += 1
                words += 1
            e = elements[e, PARENT]
        out[wrote] = LINE
        wrote += 1
    return out[:wrote].copy()
