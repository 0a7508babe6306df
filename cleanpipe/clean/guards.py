"""The last word before the decision: ``keep`` marks on what the evidence so far would wrongly strip.

Guards weigh only what is not ``certain``; they see all marks, and what a decision would make of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.features import Page, pages
from cleanpipe.model import Batch, Mark, Marks

#: Families that say where a block stands and how it looks, not what it says.
_OUTER = frozenset({"position", "shape", "run"})


class Guards:
    """Keeps the first paragraph, quotations, long prose, and whatever a page would be empty without."""

    name = "guards"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        little_prose: int = Field(
            40, ge=0, description="A page with fewer words of prose loses nothing by place and shape alone."
        )
        long_prose: int = Field(
            30, ge=1, description="Prose of so many words inside the article needs cues in what it says."
        )

    def __init__(self, settings: Settings) -> None:
        self._little = settings.little_prose
        self._long = settings.long_prose

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for page in pages(batch, marks):
            yield from self._page(page, marks)

    def _page(self, page: Page, marks: Marks) -> Iterator[Mark]:
        prose = [i for i in range(page.first, page.last + 1) if page.lines[i].prose]
        first = prose[0] if prose else -1
        left = 0  # prose of the region that stays
        going: list[int] = []
        little = page.prose_words < self._little
        for i, block in enumerate(page.document.blocks):
            strips = [m for m in marks.on(page.row, block.number) if m.action == "strip"]
            families = {m.family for m in strips if m.strength == "strong"}
            line = page.lines[i]
            inside = page.first <= i <= page.last
            if any(m.strength == "certain" for m in strips):
                continue
            if len(families) < 2:
                left += inside and line.prose
                continue
            why = ""
            if little and families <= _OUTER:
                why, name = "The page has little prose: its short lines are its content.", "little-prose"
            elif i == first and len(families) < 3:
                why, name = "The first paragraph is not stripped on its class alone.", "first-paragraph"
            elif line.quoted and line.words >= 8 and inside and families <= _OUTER | {"phrase"}:
                why, name = "The block lies inside quotation marks: its words are somebody's speech.", "quotation"
            elif inside and line.prose and line.words >= self._long and families <= _OUTER:
                why, name = "Long prose inside the article needs a cue in what it says.", "long-prose"
            if why:
                left += inside and line.prose
                yield page.mark(i, f"guards/{name}@1", "keep", "strong", "guard", why)
            elif inside and line.prose:
                going.append(i)
        if not left:
            for i in going:
                yield page.mark(
                    i,
                    "guards/empty-page@1",
                    "keep",
                    "strong",
                    "guard",
                    "Without it, nothing of the page's prose would be left.",
                )
