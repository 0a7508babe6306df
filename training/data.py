"""The reference sets as features and labels, made by the same code that runs in production."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanpipe import clean, read
from cleanpipe.clean.features import texts, title_of
from cleanpipe.clean.learned import page, text
from cleanpipe.clean.learned.page_model import shares_of
from cleanpipe.clean.learned.shape import SHAPES
from cleanpipe.model import Batch, Document, Record
from cleanpipe.segment import segment, segment_page
from cleanpipe.shards import mark, processors
from training.labels import Labels, of_paragraphs, of_snippets

SETS = ("fundus", "trafi")
FOLDS = 5
_LIMITS = read.Limits()
#: Truths that are not the page's.
_WRONG = frozenset({"kr-HankookIlbo_2026_01_29"})
_SHARDS = 16


class Rows(NamedTuple):
    """Blocks as rows: features ``(n, columns)``, labels, the fold of the block's outlet."""

    features: NDArray[np.float32]
    kind: NDArray[np.int64]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]


def fold_of(url: str) -> int:
    """The fold of a page: all pages of a registrable domain are in one."""
    domain = read.registrable_domain(url) or url
    return int(hashlib.sha256(domain.encode()).hexdigest(), 16) % FOLDS


def truths(folder: Path, name: str) -> dict[str, Any]:
    """The truth of each page by its id."""
    with (folder / name / "truth.jsonl").open(encoding="utf-8") as file:
        return {row["id"]: row for row in map(json.loads, file)}


def rows(folder: Path) -> tuple[Rows, Rows]:
    """The blocks of all pages (with votes) and the lines of all text dumps of the sets in ``folder``."""
    pages: list[Rows] = []
    lines: list[Rows] = []
    with ProcessPoolExecutor() as pool:
        for name in SETS:
            jobs = [(folder, name, shard) for shard in range(_SHARDS)]
            for of_pages, of_lines in pool.map(_shard, jobs):
                pages += of_pages
                lines += of_lines
    return _joined(pages), _joined(lines)


def _joined(parts: list[Rows]) -> Rows:
    features, kind, weight, fold = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Rows(features, kind, weight, fold)


def _shard(job: tuple[Path, str, int]) -> tuple[list[Rows], list[Rows]]:
    folder, name, shard = job
    known = truths(folder, name)
    mine = {key for place, key in enumerate(sorted(known)) if place % _SHARDS == shard}
    before = clean.DEFAULT[: clean.DEFAULT.index("text_model")]
    extractor, _ = processors((("extractor", "{}"),))
    rules, _ = processors(tuple((step, "{}") for step in before if step != "page_model"))
    pages: dict[str, Rows] = {}
    lines: dict[str, Rows] = {}
    extracted: dict[str, list[str]] = {}
    for key, record in _records(folder / name / "pages", mine):
        parsed = segment_page(record.markup)
        document = Document(
            b"", replace(record, text=parsed.text), parsed.blocks, parsed.elements, parsed.tree, parsed.title
        )
        _, marks = mark(extractor, Batch((document,)))
        shares = shares_of(Batch((document,)), marks).get(0) or [0.0] * len(document.blocks)
        blocks = [document.slice(block) for block in document.blocks]
        extracted[key] = [block for block, share in zip(blocks, shares, strict=True) if share >= 0.5]
        found = page.features(document, title_of(document), shares)
        pages[key] = _labelled(found, _labels(name, known[key], blocks, extracted[key], document), known[key])
    for key, record in _records(folder / name / "rawtext.jsonl.gz", mine):
        document = Document(b"", record, segment(record.text))
        batch, marks = mark(rules, Batch((document,)))
        region = texts(batch)[0]
        found = text.features(document, list(marks), (region.first, region.last))
        blocks = [document.slice(block) for block in document.blocks]
        lines[key] = _labelled(found, _labels(name, known[key], blocks, extracted.get(key, []), None), known[key])
    return [pages[key] for key in sorted(pages)], [lines[key] for key in sorted(lines)]


def _records(path: Path, wanted: set[str]) -> Iterator[tuple[str, Record]]:
    plan = read.plan([read.InputSpec(str(path))], "")
    for file in (file for _, of_shard in plan.shards for file in of_shard):
        if path.is_dir() and file.path.partition(".html")[0] not in wanted:
            continue
        for record in read.read(file, _LIMITS):
            if isinstance(record, Record) and (key := read.base_id(record)) in wanted:
                yield key, record


def _labels(name: str, truth: Any, blocks: list[str], extracted: list[str], document: Document | None) -> Labels:
    if name == "trafi":
        return of_snippets(blocks, truth, extracted)
    found = of_paragraphs(blocks, truth["truth_text"], document.elements if document else ())
    return found._replace(weight=found.weight * 0) if truth["id"] in _WRONG else found


def _labelled(features: NDArray[np.float32], labels: Labels, truth: Any) -> Rows:
    # A long block decides more of the text than a short one.
    words = np.clip(np.expm1(features[:, SHAPES.index("words")].astype(np.float64)), 2, 60)
    weight = labels.weight * np.sqrt(words) / 3
    return Rows(features, labels.kind, weight, np.full(len(features), fold_of(truth["url"])))
