"""The model's vote on the blocks of a page: it takes the place of an extractor's, whose vote it weighs as evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.learned.explain import LEAST, vote
from cleanpipe.clean.learned.forest import Floats, logistic
from cleanpipe.clean.learned.models import BUILTIN, model
from cleanpipe.clean.learned.page import COLUMNS, features
from cleanpipe.model import Batch, Document, Mark, Marks

_STANDFIRST = 0.8  # from here on a block of the article is its standfirst
_FALLBACK = 0.6  # a model that takes less of what trafilatura took has not understood the page


class PageModel:
    """Votes for the blocks of pages; texts get no vote."""

    name = "page_model"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        models: str = Field("", description="Models for this step alone; empty: the config's `models`.")

    def __init__(self, settings: Settings) -> None:
        self._models = settings.models or BUILTIN

    def prepare(self, batch: Batch) -> None:
        if any(document.elements for document in batch):
            for name in ("page", "vote", "standfirst"):
                model(self._models, name)

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for row, document in enumerate(batch):
            if document.elements:
                yield from self._page(row, document, shares_of(document, row, marks))

    def _page(self, row: int, document: Document, shares: list[float] | None) -> Iterator[Mark]:
        rows = features(document, title_of(document), shares)
        found = self._probabilities(rows, shares is not None)
        if shares is not None and _too_little(document, found, shares):
            return
        likely = np.flatnonzero(found >= LEAST)
        own = rows[:, : len(COLUMNS)]
        yield from vote(document, row, likely, found, model(self._models, "page"), own, self.name)
        taken = likely[found[likely] >= 0.5]
        leads = model(self._models, "standfirst").probabilities(own[taken])
        for i, share in zip(taken, leads, strict=True):
            if share >= _STANDFIRST:
                block = document.blocks[i]
                yield Mark(
                    row, block.number, block.start, block.end, self.name, f"{self.name}/standfirst@1", "type", "strong",
                    "model", f"The model gives it {share:.0%} to be the standfirst.", "standfirst", round(share, 4),
                )  # fmt: skip

    def _probabilities(self, rows: Floats, voted: bool) -> NDArray[np.float64]:
        found = model(self._models, "page").scores(rows[:, : len(COLUMNS)])
        if not voted:
            return logistic(found)
        return (logistic(found) + logistic(model(self._models, "vote").scores(rows))) / 2


def shares_of(document: Document, row: int, marks: Marks) -> list[float] | None:
    """The share of each block that trafilatura took, which the model was trained with; None where it took nothing."""
    found = [0.0] * len(document.blocks)
    voted = False
    for block in document.blocks:
        for mark in marks.on(row, block.number):
            if mark.action == "vote" and mark.rule.startswith("extractor/trafilatura@"):
                found[block.number] = mark.score
                voted = True
    return found if voted else None


def _too_little(document: Document, found: NDArray[np.float64], shares: Sequence[float]) -> bool:
    sizes = np.array([block.end - block.start for block in document.blocks])
    both = sizes[(np.array(shares) >= 0.5) & (found >= 0.5)].sum()
    return bool(both < _FALLBACK * sizes[np.array(shares) >= 0.5].sum())


def title_of(document: Document) -> str:
    """The record's title, else what a browser shows as the title of a page that was parsed here."""
    shown = document.tree.findtext(".//title") if document.tree is not None else ""
    return document.record.title or shown or ""
