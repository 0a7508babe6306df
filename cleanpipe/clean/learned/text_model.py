"""The model's vote on the lines of a text dump, from their shape, their place and what the rules and regions said."""

from __future__ import annotations

from collections.abc import Iterator

from cleanpipe.clean.features import texts
from cleanpipe.clean.learned.explain import likely, vote
from cleanpipe.clean.learned.models import BUILTIN, ModelSettings, model
from cleanpipe.clean.learned.text import features, stripped
from cleanpipe.model import Batch, Mark, Marks

#: The model was trained on dumps of whole pages: a text around which the rules find no site is none.
_LEAST_JUNK, _LEAST_SHARE = 10, 0.1


class TextModel:
    """Votes for the lines of texts that are dumps of whole pages. Pages and texts without prose get no vote."""

    name = "text_model"

    Settings = ModelSettings

    def __init__(self, settings: ModelSettings) -> None:
        self._models = settings.models or BUILTIN

    def prepare(self, batch: Batch) -> None:
        model(self._models, "text")

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        forest = model(self._models, "text")
        for page in texts(batch):
            document = page.document
            if not page.has_prose:
                continue
            said = [mark for block in document.blocks for mark in marks.on(page.row, block.number)]
            rows = features(document, said, (page.first, page.last))
            junk = stripped(rows).sum()
            if junk < _LEAST_JUNK or junk < _LEAST_SHARE * len(rows):
                continue
            found = forest.probabilities(rows)
            yield from vote(document, page.row, likely(found), found, [forest], rows, self.name)
