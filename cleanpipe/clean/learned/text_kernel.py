"""``text``'s features of all lines of a batch of text dumps; ``text`` is the plain reference, the same to the last bit.

What is summed in float32 is summed as NumPy sums it, and logarithms of what was summed are left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cleanpipe.clean.learned import shape_kernel, text
from cleanpipe.clean.learned.characters import LETTER, PRIME, SEED, UPPER, WORD, characters
from cleanpipe.clean.learned.shape import SAME_TITLE, Floats
from cleanpipe.clean.learned.shape_kernel import entry_of, lines_of, slot
from cleanpipe.clean.learned.text import AT, COLUMNS, FIRST_MARK, MARKS
from cleanpipe.compiled import compiled, inlined
from cleanpipe.model import Document

_WORDS, _PROSE = AT["words"], AT["prose"]
_REGION, _FROM_FIRST, _FROM_LAST = AT["region"], AT["from_first"], AT["from_last"]
_REGION_PLACE, _REGION_WORDS, _PLACE, _FROM_END = AT["region_place"], AT["region_words"], AT["place"], AT["from_end"]
_GAP, _GAP_AFTER, _PROSE_BEFORE, _PROSE_AFTER = AT["gap"], AT["gap_after"], AT["prose_before"], AT["prose_after"]
_NEAR, _NEARER, _MEAN, _RUN = AT["prose_near"], AT["prose_nearer"], AT["mean_words_near"], AT["short_run"]
_SINCE, _UNTIL, _PAGE_WORDS, _LINES = AT["since_prose"], AT["until_prose"], AT["page_words"], AT["page_lines"]
_PROSE_WORDS, _PROSE_LINES = AT["prose_words"], AT["prose_lines"]
_SAME, _SAME_BEFORE, _LIKE = AT["same_text"], AT["same_before"], AT["title_likeness"]
_AFTER_TITLE, _TITLE_DISTANCE = AT["after_title"], AT["title_distance"]
_STRIPS_NEAR, _STRIPS_BEFORE, _STRIPS_AFTER = AT["strips_near"], AT["strips_before"], AT["strips_after"]
_OVERLAP, _COUNT, _NAMES = AT["overlap"], AT["overlap_count"], AT["names_overlap"]
_ASIDE, _FIRST_BESIDE = text.ASIDE, AT[f"{text.BESIDE[0]}_1_before"]
_STRIPPED = len(COLUMNS)  # no feature: whether the rules strip a line
_BESIDE = np.array([_STRIPPED if name == "stripped" else AT[name] for name in text.BESIDE])
_SEED, _PRIME, _LIKELY = np.uint64(SEED), np.uint64(PRIME), np.float32(SAME_TITLE)
_LOOKED_AT = text.LOOKED_AT
_NONE = np.float32(0)


def features(documents: Sequence[Document], said: Sequence[Floats], regions: Sequence[tuple[int, int]]) -> Floats:
    """``text.features_of`` some texts, one behind the other, as ``(lines, columns)``."""
    lines = lines_of([each.text for each in documents], [each.blocks for each in documents])
    many = len(lines.starts)
    held = np.zeros((len(COLUMNS) + 1, many), np.float32)
    found = held[: len(COLUMNS)]
    if not many:
        return found.T
    bounds = list(zip(lines.rows[:-1].tolist(), lines.rows[1:].tolist(), strict=True))
    titles = [
        each.record.title or (each.slice(each.blocks[0]) if each.blocks else "") for each in documents
    ]  # the first line says the title, where nothing else does
    hashes = shape_kernel.fill(lines, titles, found, _LIKE)
    found[FIRST_MARK : FIRST_MARK + len(MARKS)] = np.concatenate(said).T
    held[_STRIPPED] = text.stripped(found[FIRST_MARK:].T)
    words = np.expm1(found[_WORDS])
    told = words * (found[_PROSE] > 0)
    total = np.array([max(float(told[a:b].sum()), 1) for a, b in bounds])
    places = np.array(regions, np.int64).reshape(-1, 2)
    inside = np.array(
        [words[a + first : a + last + 1].sum() for (a, _), (first, last) in zip(bounds, regions, strict=True)],
        np.float32,
    )
    every = np.array([np.cumsum(words[a:b])[-1] if b > a else 0 for a, b in bounds], np.float64)
    of_page = np.stack(
        [
            np.log1p(every), np.log1p(np.diff(lines.rows)), np.log1p(total),
            np.log1p([np.count_nonzero(found[_PROSE, a:b]) for a, b in bounds]), np.log1p(inside),
        ]
    ).astype(np.float32)  # fmt: skip
    _place(*lines, places, words, told, total, of_page, hashes, held)
    _overlap(*lines, places, characters(), held)
    _beside(lines.rows, held)
    found[_COUNT] = np.log1p(found[_COUNT].astype(np.float64))
    return found.T


@compiled
def _place(codes: Any, starts: Any, ends: Any, rows: Any, begins: Any, regions: Any, words: Any, told: Any,
           total: Any, of_page: Any, hashes: Any, found: Any) -> None:  # fmt: skip
    """The columns of the place in the text."""
    for page in range(len(rows) - 1):
        start, end = rows[page], rows[page + 1]
        many = end - start
        first, last = regions[page]
        size = 64
        while size < 2 * many:
            size *= 2
        texts, times = np.zeros(size, np.int64), np.zeros(size, np.int64)
        run, every = np.zeros(many + 1), np.zeros(many + 1)
        gone = np.zeros(many + 1, np.int64)
        so_told, so_every = _NONE, _NONE
        where = begins[page]
        for order in range(many):
            row = start + order
            so_told = np.float32(so_told + told[row])
            so_every = np.float32(so_every + words[row])
            run[order + 1], every[order + 1] = so_told, so_every
            gone[order + 1] = gone[order] + (found[_STRIPPED, row] > 0)
            gap = 0
            for i in range(where, starts[row]):
                gap += codes[i] == 10
                if gap == 4:
                    break
            where = ends[row]
            found[_GAP, row] = gap
            if order:
                found[_GAP_AFTER, row - 1] = gap
            place = slot(hashes[row], size)
            while times[place] and hashes[texts[place]] != hashes[row]:
                place = (place + 1) & (size - 1)
            found[_SAME_BEFORE, row] = times[place] > 0
            texts[place] = row
            times[place] += 1
        title = before = -1
        for order in range(many):
            row = start + order
            if first <= last:
                found[_REGION, row] = -1 if order < first else 1 if order > last else 0
                found[_FROM_FIRST, row] = order - first
                found[_FROM_LAST, row] = order - last
                found[_REGION_PLACE, row] = (order - first) / max(last - first, 1)
                found[_REGION_WORDS, row] = of_page[4, page]
            else:
                found[_REGION, row] = 2
            found[_PLACE, row] = order / many
            found[_FROM_END, row] = many - order
            found[_PROSE_BEFORE, row] = run[order] / total[page]
            found[_PROSE_AFTER, row] = 1 - run[order + 1] / total[page]
            low, high = max(order - 10, 0), min(order + 11, many)
            found[_NEAR, row] = (run[high] - run[low]) / max(every[high] - every[low], 1.0)
            low, high = max(order - 3, 0), min(order + 4, many)
            found[_NEARER, row] = (run[high] - run[low]) / max(every[high] - every[low], 1.0)
            found[_MEAN, row] = (every[high] - every[low]) / (high - low)
            if found[_PROSE, row] > 0:
                before = order
            found[_SINCE, row] = order - before if before >= 0 else -1
            found[_RUN, row] = -before - 1  # and the line of prose that comes, below
            found[_PAGE_WORDS, row], found[_LINES, row] = of_page[0, page], of_page[1, page]
            found[_PROSE_WORDS, row], found[_PROSE_LINES, row] = of_page[2, page], of_page[3, page]
            place = slot(hashes[row], size)
            while hashes[texts[place]] != hashes[row]:
                place = (place + 1) & (size - 1)
            found[_SAME, row] = times[place]
            if found[_LIKE, row] >= _LIKELY:
                title = row
            found[_AFTER_TITLE, row] = title >= 0
            found[_TITLE_DISTANCE, row] = row - title if title >= 0 else -1
            low, high = max(order - 5, 0), min(order + 6, many)
            found[_STRIPS_NEAR, row] = (gone[high] - gone[low]) / (high - low)
            found[_STRIPS_BEFORE, row] = gone[order] / max(order, 1)
            found[_STRIPS_AFTER, row] = (gone[many] - gone[order + 1]) / max(many - order - 1, 1)
        after = many
        for order in range(many - 1, -1, -1):
            row = start + order
            if found[_PROSE, row] > 0:
                after = order
                found[_RUN, row] = 0
            else:
                found[_RUN, row] = after + found[_RUN, row]
            found[_UNTIL, row] = after - order if after < many else -1


@inlined
def _long_word(codes: Any, i: int, end: int, table: Any) -> int:
    """Where the long word that begins at ``i`` ends; ``i`` where none does. ``text.LONG_WORD`` says what one is."""
    stop = i
    while stop < end and entry_of(table, codes[stop]) & LETTER:
        stop += 1
    if stop - i >= 5:
        return stop
    code = codes[i]
    if 65 <= code <= 90 or 0xC0 <= code <= 0xDE:
        stop = i + 1
        while stop < end and (entry_of(table, codes[stop]) & WORD or codes[stop] == 45):
            stop += 1
        if stop - i >= 3:
            return stop
    if i + 1 < end and 0x3040 <= code <= 0x9FFF and 0x3040 <= codes[i + 1] <= 0x9FFF:
        return i + 2
    return i


@compiled
def _overlap(codes: Any, starts: Any, ends: Any, rows: Any, begins: Any, regions: Any, table: Any, found: Any) -> None:
    """The share of a line's longer words that stand in other lines of the article's prose."""
    for page in range(len(rows) - 1):
        start, end = rows[page], rows[page + 1]
        first, last = regions[page]
        article = False
        letters = 0
        for row in range(start, end):
            letters += min(ends[row] - starts[row], _LOOKED_AT)
            inside = first <= row - start <= last and found[_STRIPPED, row] == 0
            article = article or (found[_PROSE, row] > 0 and inside)
        most = letters // 2 + 1  # words
        size = 64
        while size < 2 * most:
            size *= 2
        known = np.zeros(size, np.uint64)
        seen = np.full(size, -1, np.int32)  # the last line that has the word
        times = np.zeros(size, np.int32)
        named = np.zeros(size, np.bool_)
        words = np.empty(most, np.int32)  # of each line, where they stand in the table
        until = np.zeros(end - start + 1, np.int64)
        many = 0
        for row in range(start, end):
            inside = first <= row - start <= last and found[_STRIPPED, row] == 0
            told = found[_PROSE, row] > 0 and (inside or not article)
            i = starts[row]
            stop = min(ends[row], i + _LOOKED_AT)
            while i < stop:
                entry = entry_of(table, codes[i])
                if not entry & LETTER and not 0xC0 <= codes[i] <= 0x9FFF:
                    i += 1
                    continue
                behind = _long_word(codes, i, stop, table)
                if behind == i:
                    i += 1
                    continue
                key = _SEED
                for k in range(i, behind):
                    key = (key ^ np.uint64(codes[k])) * _PRIME
                place = slot(key, size)
                while seen[place] >= 0 and known[place] != key:
                    place = (place + 1) & (size - 1)
                if seen[place] != row:
                    known[place], seen[place], named[place] = key, row, (entry & UPPER) != 0
                    times[place] += told
                    words[many] = place
                    many += 1
                i = behind
            until[row - start + 1] = many
        for row in range(start, end):
            low, high = until[row - start], until[row - start + 1]
            if low == high:
                continue
            inside = first <= row - start <= last and found[_STRIPPED, row] == 0
            least = 1 + (found[_PROSE, row] > 0 and (inside or not article))
            shared = names = shared_names = 0
            for i in range(low, high):
                both = times[words[i]] >= least
                shared += both
                names += named[words[i]]
                shared_names += both and named[words[i]]
            found[_OVERLAP, row] = shared / (high - low)
            found[_COUNT, row] = shared
            if names:
                found[_NAMES, row] = shared_names / names


@compiled
def _beside(rows: Any, found: Any) -> None:
    """The columns of the neighbours, -1 where there is none."""
    for page in range(len(rows) - 1):
        start, end = rows[page], rows[page + 1]
        at = _FIRST_BESIDE
        for side in range(2):
            for k in range(1, _ASIDE + 1):
                step = -k if side == 0 else k
                for column in _BESIDE:
                    for row in range(start, end):
                        there = row + step
                        found[at, row] = found[column, there] if start <= there < end else np.float32(-1)
                    at += 1
