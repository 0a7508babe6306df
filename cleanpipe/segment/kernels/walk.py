"""The blocks of a page from the arrays of ``scan``."""

from __future__ import annotations

from typing import Any

import numpy as np

from cleanpipe.compiled import compiled
from cleanpipe.segment.kernels.characters import AMPERSAND, BLANK, LINE, TAB, entity, is_mark, is_space, width
from cleanpipe.segment.kernels.scan import (
    CLOSED,
    DEPTH,
    ELEMENT,
    END,
    HIDDEN,
    HIDES,
    INNER,
    KNOWN,
    OPEN,
    OPENED,
    PARENT,
    SIZE,
    START,
    STYLED,
    TAG,
    TAGS,
)  # fmt: skip
from cleanpipe.segment.tags import BLOCKS, CELL, DEEPEST, ENTRY, ITEM_DEPTH, ROW, UNSEEN

_IS_BLOCK = np.array([tag in BLOCKS for tag in TAGS])
_IS_UNSEEN = np.array([tag in UNSEEN for tag in TAGS])
_IS_LIST = np.array([tag in ("table", "ul", "ol", "dl") for tag in TAGS])
_IS_ROOT = np.array([tag in ("html", "body") for tag in TAGS])
_A, _B, _BR, _PRE, _STRONG, _P, _LI = map(TAGS.index, ("a", "b", "br", "pre", "strong", "p", "li"))
_TR, _TD, _TH, _DIALOG, _NOSCRIPT = map(TAGS.index, ("tr", "td", "th", "dialog", "noscript"))
_RT, _RTC, _RUBY, _RP = map(TAGS.index, ("rt", "rtc", "ruby", "rp"))


#: Columns of the blocks: element, first character and the one behind the last, characters in links, in bold type.
BLOCK_ELEMENT, BLOCK_START, BLOCK_END, BLOCK_LINKED, BLOCK_BOLD = range(5)


@compiled
def _hidden(elements: Any, events: Any) -> Any:
    """Which elements are hidden; STYLED says by their style. See ``walk.hidden``."""
    prose = np.zeros(len(events) + 1, np.int64)  # characters of paragraphs, up to each event
    own = np.zeros(len(elements), np.int64)  # characters of each paragraph
    brackets = np.zeros(len(events) + 1, np.int64)  # <rp>
    for k in range(len(events)):
        element = events[k, ELEMENT]
        holder = element if element >= 0 else elements[-1 - element, PARENT]
        held = holder >= 0 and elements[holder, TAG] == _P
        prose[k + 1] = prose[k]
        if held:
            prose[k + 1] += events[k, INNER]
            own[holder] += events[k, INNER]
        brackets[k + 1] = brackets[k] + (element >= 0 and elements[element, TAG] == _RP)
    bare = np.zeros(len(elements), np.bool_)  # in a <ruby> without <rp>
    found = np.zeros(len(elements), np.bool_)
    for e in range(len(elements)):
        tag, parent = elements[e, TAG], elements[e, PARENT]
        opened, closed = elements[e, OPENED], elements[e, CLOSED]
        inside = parent >= 0 and bare[parent]
        bare[e] = inside or (tag == _RUBY and brackets[closed] == brackets[opened])
        hides = elements[e, HIDES]
        found[e] = (
            hides & (HIDDEN | STYLED) != 0
            or tag == _NOSCRIPT
            or (tag == _DIALOG and not hides & OPEN)
            or (tag in (_RT, _RTC) and inside)
        ) and not (tag < KNOWN and _IS_ROOT[tag])
        if found[e] and 5 * (prose[closed] - prose[opened] - own[e]) > 3 * prose[-1]:
            found[e] = False
    return found


@compiled
def _is_row(row: int, elements: Any, events: Any) -> bool:
    """See ``walk.is_row``."""
    cells = own = size = longest = 0
    for k in range(elements[row, OPENED] + 1, elements[row, CLOSED]):
        e = events[k, ELEMENT]
        if e >= 0:
            tag = elements[e, TAG]
            if tag in (_TD, _TH):
                cells += 1
                own = longest = 0
            elif tag < KNOWN and (_IS_BLOCK[tag] or tag == _BR):
                own += 1
                if own > 1 or _IS_LIST[tag]:
                    return False
            tail = elements[e, CLOSED]
            size += events[k, SIZE] + events[tail, SIZE]
            longest += events[k, INNER] + events[tail, INNER]
            if size > 4 * ROW or longest > CELL:
                return False
    return cells > 1


@compiled
def _trimmed(data: Any, start: int, end: int) -> Any:
    """``data[start:end]`` without the white space and byte order marks around it."""
    while start < end and (is_space(data, start) or is_mark(data, start)):
        start += width(data[start])
    while start < end:
        last = end - 1
        while data[last] & 0xC0 == 0x80:
            last -= 1
        if not (is_space(data, last) or is_mark(data, last)):
            break
        end = last
    return start, end


@compiled
def _collapsed(data: Any, end: int) -> int:
    """Make white space in ``data[:end]`` single spaces, as a browser does; the new end."""
    made = 0
    space = False
    for i in range(end):
        c = data[i]
        if c == BLANK or c == 9 or c == 10 or c == 12 or c == 13:
            if not space:
                data[made] = BLANK
                made += 1
            space = True
        else:
            data[made] = c
            made += 1
            space = False
    return made


@compiled
def _blank_line(data: Any, start: int, end: int) -> Any:
    """Where the first blank line in ``data[start:end]`` begins, and what follows it."""
    i = start
    while i < end:
        if data[i] == 10:
            j = i + 1
            while j < end and (data[j] == BLANK or data[j] == 9 or data[j] == 12 or data[j] == 13):
                j += 1
            if j < end and data[j] == 10:
                j += 1
                while j < end and is_space(data, j):
                    j += width(data[j])
                return i, j
        i += 1
    return end, end


@compiled
def _list_of(element: int, elements: Any) -> int:
    """See ``walk.list_of``; -1: none."""
    for _ in range(ITEM_DEPTH):
        if element < 0 or elements[element, TAG] == _LI:
            break
        element = elements[element, PARENT]
    return int(elements[element, PARENT]) if element >= 0 and elements[element, TAG] == _LI else -1


@compiled
def blocks_of(data: Any, elements: Any, events: Any) -> Any:
    """The visible text as UTF-8, and its blocks, as int32 of (blocks, 5). One block of element -1: too deep."""
    hidden = _hidden(elements, events)
    room = len(data) + 16
    out, run, cells = np.empty(room, np.uint8), np.empty(room, np.uint8), np.empty(room, np.uint8)
    blocks = np.empty((room // 2, 5), np.int32)
    wrote = ran = celled = made = 0  # bytes of out, run and cells; blocks
    place = 0  # characters of out
    at = row = menu = -1
    begun = False  # whether a cell of the row has
    dip = depth = linked = bold = links = bolds = pres = 0
    k = 0
    while k < len(events):
        element = events[k, ELEMENT]
        starts = element >= 0
        if not starts:
            element = -1 - element
        tag = elements[element, TAG]
        known = tag < KNOWN
        if starts and (hidden[element] or (known and _IS_UNSEEN[tag])):
            k = elements[element, CLOSED]
            holder = elements[element, PARENT]
            if holder < 0:
                break
        else:
            if starts:
                depth += 1
                if depth > DEEPEST:
                    blocks[0, BLOCK_ELEMENT] = -1
                    return out[:0], blocks[:1]
            ends = known and (_IS_BLOCK[tag] or (starts and tag == _BR))
            if ends and row >= 0 and (starts or row != element):
                ends = False
                if starts and tag in (_TD, _TH):
                    if begun or at >= 0:
                        first, last = _trimmed(run, 0, _collapsed(run, ran))
                        for i in range(first, last):
                            cells[celled] = run[i]
                            celled += 1
                        cells[celled] = TAB
                        celled += 1
                        ran = 0
                    begun = True
                else:
                    run[ran] = BLANK
                    ran += 1
            if ends:
                if at >= 0:
                    split = pres > 0 and celled == 0
                    if not split:
                        ran = _collapsed(run, ran)
                    if celled:
                        first, last = _trimmed(run, 0, ran)
                        for i in range(first, last):
                            cells[celled] = run[i]
                            celled += 1
                        for i in range(celled):
                            run[i] = cells[i]
                        ran = celled
                    piece = 0
                    while piece < ran:
                        behind, following = _blank_line(run, piece, ran) if split else (ran, ran)
                        first, last = _trimmed(run, piece, behind)
                        for i in range(first, last) if celled else range(0):
                            if run[i] == TAB:  # a row of several cells with words: the empty ones before them stay
                                first = 0
                                break
                        piece = following
                        if first == last:
                            continue
                        size = 0
                        for i in range(first, last):
                            size += run[i] & 0xC0 != 0x80
                        around = _list_of(at, elements) if linked >= size and size < ENTRY else -1
                        if made:
                            out[wrote] = LINE
                            wrote += 1
                            place += 1
                        if around >= 0 and around == menu:
                            block = blocks[made - 1]
                            block[BLOCK_ELEMENT] = around
                            block[BLOCK_LINKED] += size
                            block[BLOCK_BOLD] += min(bold, size)
                        else:
                            block = blocks[made]
                            made += 1
                            block[BLOCK_ELEMENT], block[BLOCK_START] = at, place
                            block[BLOCK_LINKED], block[BLOCK_BOLD] = min(linked, size), min(bold, size)
                        menu = around
                        for i in range(first, last):
                            out[wrote] = run[i]
                            wrote += 1
                        place += size
                        block[BLOCK_END] = place
                    at = -1
                ran = celled = linked = bold = 0
                if row == element:
                    row = -1
                elif starts and tag == _TR and _is_row(element, elements, events):
                    row, begun = element, False
            step = 1 if starts else -1
            if tag == _A:
                links += step
            elif tag in (_B, _STRONG):
                bolds += step
            elif tag == _PRE:
                pres += step
            holder = element
            if not starts:
                holder = elements[element, PARENT]
                depth -= 1
                dip = min(dip, depth)
                if holder < 0:
                    break
        if events[k, INNER] or (at >= 0 and events[k, SIZE]):
            i = events[k, START]
            while i < events[k, END]:
                if data[i] == AMPERSAND:
                    run[ran], i = entity(data, i)
                else:
                    run[ran] = data[i]
                    i += 1
                ran += 1
        if events[k, INNER]:
            if at < 0:
                at = holder
            else:
                low = min(dip, depth)
                while elements[at, DEPTH] > low:
                    at = elements[at, PARENT]
            dip = depth
            if links:
                linked += events[k, INNER]
            if bolds:
                bold += events[k, INNER]
        k += 1
    return out[:wrote].copy(), blocks[:made].copy()
