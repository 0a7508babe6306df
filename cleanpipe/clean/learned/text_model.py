"""The model's vote on the lines of a text dump, from their shape, their place and what the rules and regions said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cleanpipe.clean.features import texts
from cleanpipe.clean.learned.explain import expect, likely, parts, vote
from cleanpipe.clean.learned.forest import kernels_pay
from cleanpipe.clean.learned.models import BUILTIN, ModelSettings, model
from cleanpipe.clean.learned.shape import Floats
from cleanpipe.clean.learned.text import all_marked, features_of, stripped
from cleanpipe.model import Batch, Document, Mark, Marks

#: The model was trained on dumps of whole pages: a text around which the rules find no site is none.
_LEAST_JUNK, _LEAST_SHARE = 10, 0.1


class TextModel:
    """Votes for the lines of texts that are dumps of whole pages. Pages and texts without prose get no vote."""

    name = "text_model"

    Settings = ModelSettings

    def __init__(self, settings: ModelSettings) -> None:
        self._models = settings.models or BUILTIN
        self._prepared = False

    def prepare(self, batch: Batch) -> None:
        self._prepared = True
        expect(batch)
        model(self._models, "text")

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        if not self._prepared:
            expect(batch)
        pages = {page.row: page for page in texts(batch) if page.has_prose}
        said = all_marked({row: len(page) for row, page in pages.items()}, marks)
        dumps = [row for row in pages if _is_dump(said[row])]
        forest = model(self._models, "text")
        for part in parts(batch, dumps):
            documents = [batch.documents[row] for row in part]
            rows = _features(
                documents, [said[row] for row in part], [(pages[row].first, pages[row].last) for row in part]
            )
            found = forest.probabilities(rows)
            chosen, places = likely(batch, part, found)
            yield from vote(batch, places, chosen, found, [forest], rows, self.name)


def _is_dump(said: Floats) -> bool:
    """Whether the rules strip so many lines that the text is one of a whole page."""
    junk = np.count_nonzero(stripped(said))
    return bool(junk >= _LEAST_JUNK and junk >= _LEAST_SHARE * len(said))


def _features(documents: Sequence[Document], said: Sequence[Floats], regions: Sequence[tuple[int, int]]) -> Floats:
    if kernels_pay():
        from cleanpipe.clean.learned import text_kernel

        return text_kernel.features(documents, said, regions)
    return np.concatenate([features_of(*each) for each in zip(documents, said, regions, strict=True)])
