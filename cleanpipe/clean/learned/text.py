"""The features of a text dump's lines: shape, what earlier processors marked, place in the text, what stands around."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned.shape import SAME_TITLE, SHAPES, Floats, likeness, neighbours, shapes, since
from cleanpipe.model import Document, Mark

MARKS = (
    "certain", "families", "weak_families", "kept", "teaser", "related", "weather", "share", "newsletter", "comments",
    "ad", "nav", "caption", "credit", "headline", "standfirst", "subhead", "list", "quote", "origin",
)  # fmt: skip
_KEPT = MARKS.index("kept")
_JUNK = {prefix + name: i for i, name in enumerate(MARKS) if 4 <= i < 12 for prefix in ("junk:", "")}
_TYPES = {name: i for i, name in enumerate(MARKS) if 12 <= i < 19}
_PLACE = (
    "region", "from_first", "from_last", "region_place", "place", "from_end", "gap", "gap_after", "prose_before",
    "prose_after", "prose_near", "prose_nearer", "short_run", "since_prose", "until_prose", "page_words", "page_lines",
    "prose_words", "prose_lines", "same_text", "same_before", "title_likeness", "after_title", "title_distance",
    "strips_near", "strips_before", "strips_after", "overlap", "overlap_count", "names_overlap", "mean_words_near",
    "region_words",
)  # fmt: skip
BESIDE = (
    "words", "ends_stop", "prose", "stripped", "capital_words", "digits", "ends_elided", "gap", "says_more",
    "says_time", "overlap",
)  # fmt: skip
ASIDE = 4

COLUMNS = (
    *SHAPES, *MARKS, *_PLACE,
    *(f"{name}_{k}_{side}" for side in ("before", "after") for k in range(1, ASIDE + 1) for name in BESIDE),
)  # fmt: skip
AT = {name: i for i, name in enumerate(COLUMNS)}
FIRST_MARK = AT[MARKS[0]]
_DOCUMENT, _BLOCK, _CUE = itemgetter(0), itemgetter(1), itemgetter(6, 7, 8, 10)  # of a mark
LOOKED_AT = 2000  # code points of a line
LONG_WORD = re.compile(r"[^\W\d_]{5,}|[A-ZÀ-Þ][\w-]{2,}|[\u3040-\u9fff]{2}")


def features(document: Document, marks: Sequence[Mark], region: tuple[int, int]) -> Floats:
    """``(blocks, len(COLUMNS))``. ``marks`` are those on the document, ``region`` its prose's first and last block."""
    return features_of(document, marked(len(document.blocks), marks), region)


def features_of(document: Document, said: Floats, region: tuple[int, int]) -> Floats:
    """``features`` where what was ``marked`` is known."""
    texts = [document.slice(block) for block in document.blocks]
    found = np.zeros((len(texts), len(COLUMNS)), np.float32)
    if not texts:
        return found
    found[:, : len(SHAPES)] = shapes(texts)
    found[:, FIRST_MARK : FIRST_MARK + len(MARKS)] = said
    _place(found, document, texts, region)
    _beside(found)
    return found


def marked(lines: int, marks: Iterable[Mark]) -> Floats:
    """``(lines, len(MARKS))``: what the marks on the lines say."""
    cells: dict[int, int] = {}  # of the matrix, by their place in it
    seen: set[tuple[int, str, str]] = set()
    for mark in marks:
        row = mark.block * len(MARKS)
        if mark.action == "strip":
            if mark.strength == "certain":
                cells[row] = 1
            key = (row, mark.strength, mark.family)
            if key not in seen:
                seen.add(key)
                cell = row + (2 if mark.strength == "weak" else 1)
                cells[cell] = cells.get(cell, 0) + 1
            kind = _JUNK.get(mark.type)
            if kind is not None:
                cells[row + kind] = 1
        elif mark.action == "keep":
            cells[row + _KEPT] = 1
        elif mark.action == "type":
            kind = _TYPES.get(mark.type)
            if kind is not None:
                cells[row + kind] = 1
    found = np.zeros(lines * len(MARKS), np.float32)
    found[list(cells)] = list(cells.values())
    return found.reshape(lines, len(MARKS))


class _Cues(dict[tuple[str, str, str, str], int]):
    """What marks say, of each the number: (action, strength, family, type) in the order they are asked for."""

    def __missing__(self, cue: tuple[str, str, str, str]) -> int:
        self[cue] = len(self)
        return len(self) - 1


def all_marked(lines: Mapping[int, int], marks: Iterable[Mark]) -> dict[int, Floats]:
    """``marked`` of several documents of a batch; ``lines``: of each document, by its row, how many it has."""
    own = [mark for mark in marks if mark.document in lines]
    starts = dict(zip(lines, accumulate(lines.values(), initial=0), strict=False))
    many = sum(lines.values())
    cues = _Cues()
    code = np.fromiter(map(cues.__getitem__, map(_CUE, own)), np.int64, len(own))
    row = np.fromiter(map(starts.__getitem__, map(_DOCUMENT, own)), np.int64, len(own))
    row += np.fromiter(map(_BLOCK, own), np.int64, len(own))
    found = np.zeros((many, len(MARKS)), np.float32)
    kind = np.array([_kind(cue[0], cue[3]) for cue in cues], np.int64)[code]
    found[row[kind >= 0], kind[kind >= 0]] = 1
    families = {cue[1:3]: i for i, cue in enumerate(cues) if cue[0] == "strip"}
    family = np.array([families[cue[1:3]] if cue[0] == "strip" else -1 for cue in cues], np.int64)[code]
    strips = np.zeros((len(cues), many), np.bool_)
    strips[family[family >= 0], row[family >= 0]] = True
    for (strength, _), number in families.items():
        if strength == "certain":
            found[strips[number], 0] = 1
        found[:, 2 if strength == "weak" else 1] += strips[number]
    return {document: found[start : start + lines[document]] for document, start in starts.items()}


def _kind(action: str, type: str) -> int:
    """The column of the type that a mark says; -1 where it has none."""
    if action == "keep":
        return _KEPT
    return _JUNK.get(type, -1) if action == "strip" else _TYPES.get(type, -1) if action == "type" else -1


def _place(found: Floats, document: Document, texts: Sequence[str], region: tuple[int, int]) -> None:
    rows = len(texts)
    order = np.arange(rows)
    first, last = region

    def column(name: str) -> Floats:
        return found[:, AT[name]]

    words = np.expm1(column("words"))
    prose = column("prose") > 0
    told = words * prose
    if first <= last:
        column("region")[:] = np.where(order < first, -1, np.where(order > last, 1, 0))
        column("from_first")[:] = order - first
        column("from_last")[:] = order - last
        column("region_place")[:] = (order - first) / max(last - first, 1)
        column("region_words")[:] = np.log1p(words[first : last + 1].sum())
    else:
        column("region")[:] = 2
    column("place")[:] = order / rows
    column("from_end")[:] = rows - order
    text = document.text
    end = 0
    for row, block in enumerate(document.blocks):
        found[row, AT["gap"]] = min(text.count("\n", end, block.start), 4)
        end = block.end
    column("gap_after")[:-1] = column("gap")[1:]
    total = max(float(told.sum()), 1)
    run = np.concatenate([[0], np.cumsum(told)])
    column("prose_before")[:] = run[:-1] / total
    column("prose_after")[:] = 1 - run[1:] / total
    every = np.concatenate([[0], np.cumsum(words)])
    for name, reach in (("prose_near", 10), ("prose_nearer", 3)):
        low, high = np.maximum(order - reach, 0), np.minimum(order + reach + 1, rows)
        column(name)[:] = (run[high] - run[low]) / np.maximum(every[high] - every[low], 1)
    column("mean_words_near")[:] = (every[high] - every[low]) / (high - low)
    before = np.maximum.accumulate(np.where(prose, order, -1))
    column("since_prose")[:] = np.where(before >= 0, order - before, -1)
    after = np.minimum.accumulate(np.where(prose, order, rows)[::-1])[::-1]
    column("until_prose")[:] = np.where(after < rows, after - order, -1)
    column("short_run")[:] = np.where(prose, 0, np.minimum(after, rows) - before - 1)
    column("page_words")[:] = np.log1p(every[-1])
    column("page_lines")[:] = np.log1p(rows)
    column("prose_words")[:] = np.log1p(total)
    column("prose_lines")[:] = np.log1p(prose.sum())
    count = Counter(texts)
    column("same_text")[:] = [count[line] for line in texts]
    seen: set[str] = set()
    for row, line in enumerate(texts):
        found[row, AT["same_before"]] = line in seen
        seen.add(line)
    column("title_likeness")[:] = likeness(texts, document.record.title or texts[0])
    column("after_title")[:], column("title_distance")[:] = since(column("title_likeness") >= SAME_TITLE)
    strips = stripped(found[:, FIRST_MARK:])
    gone = np.concatenate([[0], np.cumsum(strips)])
    low, high = np.maximum(order - 5, 0), np.minimum(order + 6, rows)
    column("strips_near")[:] = (gone[high] - gone[low]) / (high - low)
    column("strips_before")[:] = gone[:-1] / np.maximum(order, 1)
    column("strips_after")[:] = (gone[-1] - gone[1:]) / np.maximum(rows - order - 1, 1)
    inside = prose & (order >= first) & (order <= last) & ~strips
    _overlap(found, texts, inside if inside.any() else prose)


def _overlap(found: Floats, texts: Sequence[str], prose: NDArray[np.bool_]) -> None:
    """The share of a line's longer words that stand in other lines of the article's prose."""
    own = [set(LONG_WORD.findall(text[:LOOKED_AT])) for text in texts]
    count: Counter[str] = Counter()
    for row in np.flatnonzero(prose).tolist():
        count.update(own[row])
    for row, words in enumerate(own):
        if words:
            least = 1 + bool(prose[row])
            shared = [word for word in words if count[word] >= least]
            found[row, AT["overlap"]] = len(shared) / len(words)
            found[row, AT["overlap_count"]] = np.log1p(len(shared))
            names = [word for word in words if word[0].isupper()]
            if names:
                found[row, AT["names_overlap"]] = sum(count[word] >= least for word in names) / len(names)


def stripped(said: Floats) -> NDArray[np.bool_]:
    """Which lines the rules strip, by what the marks on them say."""
    return (said[:, 0] > 0) | (said[:, 1] >= 2)


def _beside(found: Floats) -> None:
    rows = len(found)
    gone = stripped(found[:, FIRST_MARK:])
    own = np.stack([gone if name == "stripped" else found[:, AT[name]] for name in BESIDE], axis=1)
    width = len(BESIDE)
    at = AT[f"{BESIDE[0]}_1_before"]
    for here, there in neighbours(rows, ASIDE):
        part = found[:, at : at + width]
        part[:] = -1
        part[here] = own[there]
        at += width
