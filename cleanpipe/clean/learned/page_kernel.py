"""``page``'s features of all blocks of a batch of pages; ``page`` is the plain reference, the same to the last bit.

What is summed in float32 is summed as NumPy sums it, and logarithms of what was summed are left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned import page, shape_kernel
from cleanpipe.clean.learned.characters import PRIME, SEED, coded, lexicon
from cleanpipe.clean.learned.page import AT, COLUMNS, VOTES
from cleanpipe.clean.learned.shape import SAME_TITLE, Floats
from cleanpipe.clean.learned.shape_kernel import lines_of, slot
from cleanpipe.compiled import compiled, inlined
from cleanpipe.model import Document

_TAG, _IN, _OWN, _CLASSES, _ABOVE = AT["tag_p"], AT["in_article"], AT["own_body"], len(page.CLASSES), len(page.ABOVE)
_DEPTH, _LINKED, _BOLD, _NAMED = AT["depth"], AT["link_share"], AT["bold_share"], AT["has_class"]
_GROUPED, _MANY = AT["signature_count"], len(page.STATISTICS)
_WORDS, _STOPS, _PROSE, _LIKE = AT["words"], AT["ends_stop"], AT["prose"], AT["title_likeness"]
_H1, _H2, _H3, _H4 = AT["tag_h1"], AT["tag_h2"], AT["tag_h3"], AT["tag_h4"]
_FIGURE, _CAPTION = AT["in_figure"], AT["in_figcaption"]
_PLACE, _FROM_END, _WORDS_BEFORE, _WORDS_AFTER = AT["place"], AT["from_end"], AT["words_before"], AT["words_after"]
_PROSE_BEFORE, _PROSE_AFTER, _PROSE_BLOCKS = AT["prose_before"], AT["prose_after"], AT["prose_blocks"]
_PAGE_WORDS, _PAGE_BLOCKS, _PROSE_WORDS = AT["page_words"], AT["page_blocks"], AT["prose_words"]
_TITLE_SAME, _AFTER_TITLE, _TITLE_DISTANCE = AT["title_same"], AT["after_title"], AT["title_distance"]
_AFTER_H1, _H1_DISTANCE, _SAME_TEXT, _IN_BEST = AT["after_h1"], AT["h1_distance"], AT["same_text"], AT["in_best_parent"]
_BEST_FIRST, _BEST_LAST, _BEST_SHARE = AT["from_best_first"], AT["from_best_last"], AT["best_share"]
_LAST_IN, _FIRST_IN, _IN_PARENT, _RUN = AT["last_in_parent"], AT["first_in_parent"], AT["in_parent"], AT["prose_run"]
_BESIDE, _WIDTH, _ASIDE = AT["words_1_before"], len(page.BESIDE), page.ASIDE
_VOTE, _VOTES = len(COLUMNS), {name: len(COLUMNS) + i for i, name in enumerate(VOTES)}
_VOTE_BEFORE, _VOTE_AFTER, _VOTE_REACH = _VOTES["vote_before"], _VOTES["vote_after"], _VOTES["vote_reach"]
_VOTE_PLACE, _VOTE_WORDS, _VOTE_BESIDE = _VOTES["vote_place"], _VOTES["vote_words"], _VOTES["vote_1_before"]
_VOTE_PARENT, _VOTE_SIGNATURE = _VOTES["vote_parent"], _VOTES["vote_signature"]
_VOTE_GRANDPARENT = _VOTES["vote_grandparent"]
_REACH = 5
_SEED, _PRIME, _LIKELY = np.uint64(SEED), np.uint64(PRIME), np.float32(SAME_TITLE)
_STEP, _OPEN = np.uint32(ord("/")), np.uint32(ord("["))
_NONE, _ONE = np.float32(0), np.float32(1)


def features(documents: Sequence[Document], titles: Sequence[str], shares: Sequence[Sequence[float]] | None) -> Floats:
    """``page.features`` of some pages, one behind the other, as ``(blocks, columns)``; all have ``shares``, or none."""
    lines = lines_of([each.text for each in documents], [each.blocks for each in documents])
    many = len(lines.starts)
    found = np.zeros((len(COLUMNS) + (len(VOTES) if shares is not None else 0), many), np.float32)
    if not many:
        return found.T
    hashes = shape_kernel.fill(lines, titles, found, _LIKE)
    elements = [element for each in documents for element in each.elements]
    paths, linked, bold = [e.path for e in elements], [e.linked for e in elements], [e.bold for e in elements]
    names = [e.names for e in elements]
    classes = np.array([list(map(page.said, names)), *zip(*[page.near_far(e.around) for e in elements], strict=True)])
    same = np.fromiter(map(hash, names), np.int64, many).view(np.uint64)
    sizes = lines.sizes.astype(np.float32)
    found[_LINKED], found[_BOLD] = linked, bold
    found[_NAMED] = list(map(bool, names))
    groups = np.zeros((3, many), np.int64)
    held = np.zeros((len(documents), 3), np.int64)
    codes, offsets = coded(paths)
    _structure(codes, offsets, *_tags(), classes, same, lines.rows, sizes, found, groups, held)
    words = np.expm1(found[_WORDS])
    told = words * (found[_PROSE] > 0)
    table = np.zeros((_MANY, int(held.sum())))
    bounds = list(zip(lines.rows[:-1].tolist(), lines.rows[1:].tolist(), strict=True))
    total = np.array([words[a:b].sum() for a, b in bounds], np.float32)
    prose = np.array([told[a:b].sum() for a, b in bounds], np.float32)
    blocks = np.diff(lines.rows)
    _group(lines.rows, groups, held, words, told, sizes, prose, found, table)
    table[:3] = np.log1p(table[:3])
    of_page = np.stack(
        [
            np.log1p(np.maximum(total.astype(np.float64), 1)), np.log1p(blocks), np.log1p(prose),
            np.log1p([np.count_nonzero(found[_PROSE, a:b]) for a, b in bounds]),
        ]
    ).astype(np.float32)  # fmt: skip
    _place(lines.rows, groups, held, words, told, total, prose, of_page, hashes, table, found)
    np.log1p(found[_RUN], out=found[_RUN])
    if shares is not None:
        found[_VOTE] = np.fromiter(chain.from_iterable(shares), np.float32, many)
        taken = found[_VOTE] * sizes
        sums = np.array([max(float(taken[a:b].sum()), 1) for a, b in bounds])
        _votes(lines.rows, groups, held, taken, sizes, sums, np.log1p(sums).astype(np.float32), found)
    return found.T


@cache
def _tags() -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """What a tag is: its column from 1 on, and above these bits, those of an ancestor."""
    known = dict.fromkeys((*page.TAGS, *page.ABOVE), 0)
    for number, tag in enumerate(page.TAGS, 1):
        known[tag] = number
    for tag, bit in page.ABOVE_BIT.items():
        known[tag] |= bit << 8
    return lexicon(known)


@inlined
def _group_of(key: Any, keys: Any, numbers: Any, stamp: Any, stamps: Any, many: Any) -> Any:
    """The number of a key in its page's table, a new one if it is new."""
    place = slot(key, len(keys))
    while stamps[place] == stamp and keys[place] != key:
        place = (place + 1) & (len(keys) - 1)
    if stamps[place] != stamp:
        keys[place], stamps[place], numbers[place] = key, stamp, many
    return numbers[place]


@compiled
def _structure(codes: Any, offsets: Any, keys: Any, values: Any, classes: Any, same: Any, rows: Any, sizes: Any,
               found: Any, groups: Any, held: Any) -> None:  # fmt: skip
    """The columns of tags and classes; the number of each block's signature, parent and grandparent on its page."""
    largest = 0
    for page_ in range(len(rows) - 1):
        largest = max(largest, rows[page_ + 1] - rows[page_])
    room = 64
    while room < 2 * largest:
        room *= 2
    known = np.zeros((3, room), np.uint64)
    numbers = np.zeros((3, room), np.int64)
    stamps = np.full((3, room), -1, np.int64)
    for page_ in range(len(rows) - 1):
        for row in range(rows[page_], rows[page_ + 1]):
            above = parent = plain = hashed = tag = _SEED
            grandparent = _SEED
            depth = inside = 0
            naming, empty = True, True
            meaning = np.int64(0)
            for i in range(offsets[row], offsets[row + 1]):
                code = codes[i]
                if code == _STEP:
                    if not empty:
                        place = slot(tag, len(keys))
                        while keys[place] != np.uint64(0) and keys[place] != tag:
                            place = (place + 1) & (len(keys) - 1)
                        inside |= values[place] >> 8
                        plain = (plain ^ tag) * _PRIME
                        plain ^= plain >> np.uint64(31)
                        depth += 1
                    grandparent, parent = parent, hashed
                    tag, naming, empty = _SEED, True, True
                else:
                    empty = False
                    naming = naming and code != _OPEN
                    if naming:
                        tag = (tag ^ np.uint64(code)) * _PRIME
                hashed = (hashed ^ np.uint64(code)) * _PRIME
            place = slot(tag, len(keys))
            while keys[place] != np.uint64(0) and keys[place] != tag:
                place = (place + 1) & (len(keys) - 1)
            meaning = values[place]
            if meaning & 255:
                found[_TAG + (meaning & 255) - 1, row] = 1
            inside |= meaning >> 8
            found[_DEPTH, row] = depth + 1
            above = (plain ^ tag) * _PRIME
            above = (above ^ (above >> np.uint64(31)) ^ same[row]) * _PRIME
            for group in range(3):
                key = above if group == 0 else parent if group == 1 else grandparent
                number = _group_of(key, known[group], numbers[group], page_, stamps[group], held[page_, group])
                groups[group, row] = number
                held[page_, group] = max(held[page_, group], number + 1)
            for bit in range(_ABOVE):
                found[_IN + bit, row] = (inside >> bit) & 1
            for where in range(3):
                for bit in range(_CLASSES):
                    found[_OWN + where * _CLASSES + bit, row] = (classes[where, row] >> bit) & 1
            size = max(sizes[row], _ONE)
            found[_LINKED, row] = min(np.float32(found[_LINKED, row] / size), _ONE)
            found[_BOLD, row] = min(np.float32(found[_BOLD, row] / size), _ONE)


@compiled
def _group(rows: Any, groups: Any, held: Any, words: Any, told: Any, sizes: Any, prose: Any, found: Any,
           table: Any) -> None:  # fmt: skip
    """The statistics of each group, those of the signatures of a page first."""
    base = 0
    for page_ in range(len(rows) - 1):
        first, last = rows[page_], rows[page_ + 1]
        for group in range(3):
            many = held[page_, group]
            linked, size = np.zeros(many), np.zeros(many)
            begins, ends = np.full(many, -1), np.zeros(many, np.int64)
            for row in range(first, last):
                number = groups[group, row]
                table[0, base + number] += 1
                table[1, base + number] += words[row]
                table[2, base + number] += told[row]
                linked[number] += np.float32(found[_LINKED, row] * sizes[row])
                size[number] += sizes[row]
                if begins[number] < 0:
                    begins[number] = row
                ends[number] = row
            for number in range(many):
                at = base + number
                table[3, at] = table[2, at] / max(table[1, at], 1.0)
                table[4, at] = linked[number] / max(size[number], 1.0)
                table[5, at] = table[2, at] / max(np.float64(prose[page_]), 1.0)
                table[6, at] = (ends[number] - begins[number] + 1) / (last - first)
                table[7, at] = table[1, at] / table[0, at]
            base += many


@compiled
def _place(rows: Any, groups: Any, held: Any, words: Any, told: Any, total: Any, prose: Any, of_page: Any,
           hashes: Any, table: Any, found: Any) -> None:  # fmt: skip
    """The columns of groups, of the place on the page, and of the neighbours."""
    base = 0
    for page_ in range(len(rows) - 1):
        start, end = rows[page_], rows[page_ + 1]
        many = end - start
        if not many:
            continue
        for group in range(3):
            for k in range(_MANY):
                for row in range(start, end):
                    found[_GROUPED + group * _MANY + k, row] = table[k, base + groups[group, row]]
            base += held[page_, group]
        parents = held[page_, 1]
        heavy = np.zeros(parents)
        begins, ends = np.full(parents, -1), np.zeros(parents, np.int64)
        size = 64
        while size < 2 * many:
            size *= 2
        texts, times = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for row in range(start, end):
            parent = groups[1, row]
            heavy[parent] += told[row]
            if begins[parent] < 0:
                begins[parent] = row
            ends[parent] = row
            place = slot(hashes[row], size)
            while times[place] and hashes[texts[place]] != hashes[row]:
                place = (place + 1) & (size - 1)
            texts[place] = row
            times[place] += 1
        best = 0
        for parent in range(parents):
            if heavy[parent] > heavy[best]:
                best = parent
        every, proses = max(total[page_], _ONE), max(prose[page_], _ONE)
        share = heavy[best] / np.float64(proses)
        title = h1 = -1
        before = run = _NONE
        runs = np.empty(many, np.float32)
        for row in range(start, end):
            order = row - start
            parent = groups[1, row]
            found[_PLACE, row] = order / many
            found[_FROM_END, row] = many - order
            # As NumPy: the sum up to here, and of it what was there before.
            with_it = np.float32(before + words[row])
            without = np.float32(with_it - words[row])
            found[_WORDS_BEFORE, row] = np.float32(without / every)
            found[_WORDS_AFTER, row] = np.float32(_ONE - np.float32(np.float32(without + words[row]) / every))
            before = with_it
            run = np.float32(run + told[row])
            runs[order] = run
            without = np.float32(run - told[row])
            found[_PROSE_BEFORE, row] = np.float32(without / proses)
            found[_PROSE_AFTER, row] = np.float32(_ONE - np.float32(np.float32(without + told[row]) / proses))
            found[_PAGE_WORDS, row], found[_PAGE_BLOCKS, row] = of_page[0, page_], of_page[1, page_]
            found[_PROSE_WORDS, row], found[_PROSE_BLOCKS, row] = of_page[2, page_], of_page[3, page_]
            if found[_LIKE, row] >= _LIKELY:
                found[_TITLE_SAME, row] = 1
                title = row
            found[_AFTER_TITLE, row] = title >= 0
            found[_TITLE_DISTANCE, row] = row - title if title >= 0 else -1
            if found[_H1, row] > 0:
                h1 = row
            found[_AFTER_H1, row] = h1 >= 0
            found[_H1_DISTANCE, row] = row - h1 if h1 >= 0 else -1
            place = slot(hashes[row], size)
            while hashes[texts[place]] != hashes[row]:
                place = (place + 1) & (size - 1)
            found[_SAME_TEXT, row] = times[place]
            found[_IN_BEST, row] = parent == best
            found[_BEST_FIRST, row] = row - begins[best]
            found[_BEST_LAST, row] = row - ends[best]
            found[_BEST_SHARE, row] = share
            found[_FIRST_IN, row] = row - begins[parent]
            found[_LAST_IN, row] = ends[parent] - row
            found[_IN_PARENT, row] = (row - begins[parent]) / max(ends[parent] - begins[parent], 1)
        for order in range(many):
            behind = runs[order - _REACH - 1] if order > _REACH else _NONE
            found[_RUN, start + order] = np.float32(runs[min(order + _REACH, many - 1)] - behind)
        at = _BESIDE
        for side in range(2):
            for k in range(1, _ASIDE + 1):
                step = -k if side == 0 else k
                for row in range(start, end):
                    there = row + step
                    if there < start or there >= end:
                        for column in range(_WIDTH):
                            found[at + column, row] = -1
                        continue
                    found[at, row] = found[_WORDS, there]
                    found[at + 1, row] = found[_STOPS, there]
                    found[at + 2, row] = found[_LINKED, there]
                    found[at + 3, row] = found[_PROSE, there]
                    found[at + 4, row] = found[_TAG, there]
                    found[at + 5, row] = groups[0, row] == groups[0, there]
                    found[at + 6, row] = groups[1, row] == groups[1, there]
                    found[at + 7, row] = found[_H1, there] + found[_H2, there] + found[_H3, there] + found[_H4, there]
                    found[at + 8, row] = max(found[_FIGURE, there], found[_CAPTION, there])
                at += _WIDTH


@compiled
def _votes(rows: Any, groups: Any, held: Any, taken: Any, sizes: Any, total: Any, words: Any, found: Any) -> None:
    for page_ in range(len(rows) - 1):
        start, end = rows[page_], rows[page_ + 1]
        all_ = np.float32(total[page_])
        first, last, reach = end, -1, 0
        for row in range(start, end):
            if found[_VOTE, row] >= np.float32(0.5):
                first, last, reach = min(first, row), row, reach + 1
        for group in range(3):
            column = _VOTE_SIGNATURE if group == 0 else _VOTE_PARENT if group == 1 else _VOTE_GRANDPARENT
            part, size = np.zeros(held[page_, group]), np.zeros(held[page_, group])
            for row in range(start, end):
                part[groups[group, row]] += taken[row]
                size[groups[group, row]] += sizes[row]
            for row in range(start, end):
                number = groups[group, row]
                found[column, row] = part[number] / max(size[number], 1.0)
        before = _NONE
        for row in range(start, end):
            before = np.float32(before + taken[row])
            found[_VOTE_BEFORE, row] = np.float32(np.float32(before - taken[row]) / all_)
            found[_VOTE_AFTER, row] = np.float32(_ONE - np.float32(before / all_))
            found[_VOTE_REACH, row] = reach / (end - start)
            found[_VOTE_WORDS, row] = words[page_]
            if reach:
                found[_VOTE_PLACE, row] = -1 if row < first else 1 if row > last else 0
            for k in (1, 2):
                if row - k >= start:
                    found[_VOTE_BESIDE + 2 * (k - 1), row] = found[_VOTE, row - k]
                if row + k < end:
                    found[_VOTE_BESIDE + 2 * (k - 1) + 1, row] = found[_VOTE, row + k]
