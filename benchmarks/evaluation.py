"""The reference sets of news pages and their scorer, read from ``../shared/eval`` beside the repository.

Scores are the scorer's own (its ``score.py`` is loaded, not written again); here they are kept page by page, so that
pages can be ranked and outlets drawn again.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
EVAL = ROOT.parent / "shared" / "eval"
SETS = ("fundus", "trafi")
#: What a set is read from: web pages, or the same pages as naive text dumps.
INPUTS = {"pages": "pages", "rawtext": "rawtext.jsonl.gz"}
RESAMPLES, SEED = 1000, 20260501

_SPACE = re.compile(r"\s+")


@cache
def scorer() -> ModuleType:
    """``score.py`` of the reference sets."""
    path = EVAL / "score.py"
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def truths(name: str) -> dict[str, dict[str, Any]]:
    """The truth of each page of a set by its id."""
    return {row["id"]: row for row in scorer().read(EVAL / name / "truth.jsonl")}


def texts(out: Path) -> dict[str, str]:
    """Id -> text of the corpus in a folder."""
    return {row["id"]: row["text"] for row in scorer().records(out, "corpus")}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def flat(text: str) -> str:
    """As the scorer compares snippets: white space is one space."""
    return _SPACE.sub(" ", text)


@dataclass(frozen=True, slots=True)
class Score:
    """What a page counts: precision is ``right / proposed`` and recall ``right / wanted`` of sums over pages.

    ``fundus`` sums the shares of each page (n-grams right of those put out, of those in the truth; a page without
    either counts for none); ``trafi`` counts snippets.
    """

    id: str
    outlet: str
    precise: float
    proposed: float
    found: float
    wanted: float

    @property
    def f1(self) -> float:
        return float(f1(np.array([[self.precise, self.proposed, self.found, self.wanted]])))


def scores(name: str, found: Mapping[str, str]) -> list[Score]:
    """Each page of a set, by the text that was found for it; a page without one has found nothing."""
    each = _shares if name == "fundus" else _snippets
    return [
        Score(page, truth["outlet"] or page, *each(truth, found.get(page, ""))) for page, truth in truths(name).items()
    ]


def _shares(truth: Mapping[str, Any], text: str) -> tuple[float, float, float, float]:
    by = scorer()
    matches = [by.match(variant, text) for variant in by.variants(truth["truth_text"])]
    tp, fp, fn = max(matches, key=lambda match: by.f1([match])[0] if match[0] else 0)
    return by.ratio(tp, fp) if tp + fp else 0.0, float(tp + fp > 0), by.ratio(tp, fn), float(tp + fn > 0)


def _snippets(truth: Mapping[str, Any], text: str) -> tuple[float, float, float, float]:
    text = flat(text)
    hit = sum(flat(snippet) in text for snippet in truth["with"])
    junk = sum(flat(snippet) in text for snippet in truth["without"])
    return float(hit), float(hit + junk), float(hit), float(len(truth["with"]))


def measures(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 4) sums of ``Score`` over pages -> (..., 3): F1, precision, recall."""
    precision = sums[..., 0] / np.maximum(sums[..., 1], 1)
    recall = sums[..., 2] / np.maximum(sums[..., 3], 1)
    return np.stack([2 * precision * recall / np.maximum(precision + recall, 1e-9), precision, recall], axis=-1)


def f1(pages: NDArray[np.float64]) -> float:
    """F1 of the pages in rows."""
    return float(measures(pages.sum(axis=0))[0])


def table(pages: Sequence[Score]) -> NDArray[np.float64]:
    return np.array([[page.precise, page.proposed, page.found, page.wanted] for page in pages])


def resampled(pages: Sequence[Score]) -> NDArray[np.float64]:
    """(``RESAMPLES``, 3) F1, precision and recall where as many outlets are drawn again, each with all of its pages.

    The same draws for every tool on a set, so that differences can be drawn as well. Bootstrap by cluster: Efron and
    Tibshirani 1993.
    """
    outlets = sorted({page.outlet for page in pages})
    place = {outlet: n for n, outlet in enumerate(outlets)}
    sums = np.zeros((len(outlets), 4))
    np.add.at(sums, [place[page.outlet] for page in pages], table(pages))
    draws = np.random.default_rng(SEED).integers(0, len(outlets), (RESAMPLES, len(outlets)))
    return measures(sums[draws].sum(axis=1))
