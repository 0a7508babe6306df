"""Phrases that a publishing system glued to a sentence: cut out as ``edit`` marks of just that span."""

from __future__ import annotations

from collections.abc import Iterator

import re2
from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.features import pages
from cleanpipe.model import Batch, Mark, Marks


class Inserts:
    """Cuts configured phrases at the start of a block, where a capital or a quotation mark follows."""

    name = "inserts"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        phrases: list[str] = Field(
            [], description="Phrases that are glued to the beginning of a sentence, word for word."
        )

    def __init__(self, settings: Settings) -> None:
        phrases = sorted({" ".join(phrase.split()) for phrase in settings.phrases} - {""}, key=lambda p: (-len(p), p))
        spaced = (r"\s+".join(re2.escape(word) for word in phrase.split()) for phrase in phrases)
        # Only in the phrase's own spelling: an article about inserts writes "Short article inserts are ..."
        self._openings = tuple({phrase.split()[0] for phrase in phrases})
        self._pattern = (
            re2.compile(rf"^\s*((?:{'|'.join(spaced)})\s*)[\"“”„«»‘’'\p{{Lu}}\p{{Lo}}\d]") if phrases else None
        )

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        if self._pattern is None:
            return
        for page in pages(batch, marks):
            for i, block in enumerate(page.document.blocks):
                if not page.lines[i].text.startswith(self._openings):
                    continue
                found = self._pattern.search(page.document.slice(block))
                if found:
                    span = (block.start + found.start(1), block.start + found.end(1))
                    yield page.mark(
                        i,
                        "inserts/glued@1",
                        "edit",
                        "certain",
                        "phrase",
                        "A configured phrase is glued to the sentence.",
                        type="junk:insert",
                        span=span,
                    )
