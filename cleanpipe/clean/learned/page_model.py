"""The model's vote on the blocks of a page: it takes the place of an extractor's, whose vote it weighs as evidence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cleanpipe.clean.features import title_of
from cleanpipe.clean.learned.explain import VOTED, likely, vote
from cleanpipe.clean.learned.models import BUILTIN, ModelSettings, model
from cleanpipe.clean.learned.page import COLUMNS, features
from cleanpipe.model import Batch, Document, Mark, Marks

_STANDFIRST = 0.8  # from here on a block of the article is its standfirst


class PageModel:
    """Votes for the blocks of pages; texts get no vote, nor pages on which it sees no article."""

    name = "page_model"

    Settings = ModelSettings

    def __init__(self, settings: ModelSettings) -> None:
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
        forests = [model(self._models, name) for name in (("page",) if shares is None else ("page", "vote"))]
        found = np.mean([each.probabilities(rows[:, : len(each.columns)]) for each in forests], axis=0)
        chosen = likely(found)
        yield from vote(document, row, chosen, found, forests, rows, self.name)
        taken = chosen[found[chosen] >= VOTED]
        leads = model(self._models, "standfirst").probabilities(rows[taken, : len(COLUMNS)])
        for i, share in zip(taken, leads, strict=True):
            if share >= _STANDFIRST:
                block = document.blocks[i]
                yield Mark(
                    row, block.number, block.start, block.end, self.name, f"{self.name}/standfirst@1", "type", "strong",
                    "model", f"The model gives it {share:.0%} to be the standfirst.", "standfirst", round(share, 4),
                )  # fmt: skip


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
