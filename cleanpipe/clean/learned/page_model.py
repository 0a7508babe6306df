"""The model's vote on the blocks of a page: it takes the place of an extractor's, whose vote it weighs as evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cleanpipe.clean.features import title_of
from cleanpipe.clean.learned.explain import VOTED, expect, likely, parts, vote
from cleanpipe.clean.learned.forest import kernels_pay
from cleanpipe.clean.learned.models import BUILTIN, ModelSettings, model
from cleanpipe.clean.learned.page import COLUMNS, features
from cleanpipe.clean.learned.shape import Floats
from cleanpipe.model import Batch, Document, Mark, Marks

_STANDFIRST = 0.8  # from here on a block of the article is its standfirst


class PageModel:
    """Votes for the blocks of pages; texts get no vote, nor pages on which it sees no article."""

    name = "page_model"

    Settings = ModelSettings

    def __init__(self, settings: ModelSettings) -> None:
        self._models = settings.models or BUILTIN
        self._prepared = False

    def prepare(self, batch: Batch) -> None:
        self._prepared = True
        expect(batch)
        if any(document.elements for document in batch):
            for name in ("page", "vote", "standfirst"):
                model(self._models, name)

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        shares = shares_of(batch, marks)
        pages = [row for row, document in enumerate(batch) if document.elements]
        if not self._prepared:
            expect(batch)
        made: dict[int, list[Mark]] = {row: [] for row in pages}
        for voted in (False, True):
            for part in parts(batch, [row for row in pages if (row in shares) == voted]):
                for mark in self._pages(batch, part, [shares[row] for row in part] if voted else None):
                    made[mark.document].append(mark)
        for row in pages:
            yield from made[row]

    def _pages(self, batch: Batch, part: Sequence[int], shares: list[list[float]] | None) -> Iterator[Mark]:
        """The marks on the pages ``part`` of a batch; all have ``shares``, or none."""
        documents = [batch.documents[row] for row in part]
        rows = _features(documents, [title_of(document) for document in documents], shares)
        forests = [model(self._models, name) for name in (("page",) if shares is None else ("page", "vote"))]
        found = np.mean([each.probabilities(rows[:, : len(each.columns)]) for each in forests], axis=0)
        every, places = likely(batch, part, found)
        yield from vote(batch, places, every, found, forests, rows, self.name)
        taken = np.flatnonzero(found[every] >= VOTED)
        leads = model(self._models, "standfirst").probabilities(rows[every[taken], : len(COLUMNS)])
        for k in np.flatnonzero(leads >= _STANDFIRST).tolist():
            row, i = places[taken[k]]
            block, share = batch.documents[row].blocks[i], leads[k]
            yield Mark(
                row, block.number, block.start, block.end, self.name, f"{self.name}/standfirst@1", "type", "strong",
                "model", f"The model gives it {share:.0%} to be the standfirst.", "standfirst", round(share, 4),
            )  # fmt: skip


def _features(documents: Sequence[Document], titles: Sequence[str], shares: list[list[float]] | None) -> Floats:
    if kernels_pay():
        from cleanpipe.clean.learned import page_kernel

        return page_kernel.features(documents, titles, shares)
    known: Sequence[list[float] | None] = shares or [None] * len(documents)
    return np.concatenate([features(*each) for each in zip(documents, titles, known, strict=True)])


def shares_of(batch: Batch, marks: Marks) -> dict[int, list[float]]:
    """The share of each block that trafilatura took, which the model was trained with, of the documents of which it
    took something."""
    found: dict[int, list[float]] = {}
    for mark in marks:
        if mark.action == "vote" and mark.rule.startswith("extractor/trafilatura@"):
            row = mark.document
            if row not in found:
                found[row] = [0.0] * len(batch.documents[row].blocks)
            found[row][mark.block] = mark.score
    return found
