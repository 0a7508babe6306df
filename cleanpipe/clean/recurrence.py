"""What an outlet repeats from story to story: evidence, never a verdict.

Distinct stories are counted, not documents. Short blocks recur by their shape, in which figures and dates are masked
(``shapes``): "12 comments" and "3 comments" are one line. A block that recurs only so counts as evidence, but is no
label for that alone, since results and tables are made of such lines.

Recurring prose is typed ``background`` and needs a second cue to go (a health desk may end every article with the same
caution); a recurring short line needs one, too: it stands in what the site puts around its stories, of which all recurs
up to the document's edge, and is a label there, or speaks to the reader or of the outlet. Within a story "Ingredients",
"Method", the names of a league's teams recur as well. A formula ("did not answer questions") is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.features import Page, fold, pages
from cleanpipe.clean.shapes import LONGEST
from cleanpipe.model import Batch, Mark, Marks

_LABEL_WORDS = 8  # a line that short, without full stop, is no sentence of an article
_LAST = 3  # among so many last blocks, or after the prose, a line stands at the end
_TO_THE_READER = re.compile(
    r"\b(?:you|your|vous|votre|vos|dein|deine|ihnen|euch)\b"
    r"|^(?:follow|read|join|get|visit|listen|watch|download|support|subscribe|sign up|click|folge[nt]?|lesen sie|lies"
    r"|abonnieren|jetzt|suivez|abonnez|lisez|síguenos|suscríbete)\b",
    re.IGNORECASE,
)


class Recurrence:
    """Marks blocks that recur within one outlet."""

    name = "recurrence"
    dataset = "recurrence"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        stories: int = Field(
            3, ge=2, description="A text recurs if it stands in so many distinct stories of an outlet."
        )
        prose_tokens: int = Field(
            15, ge=1, description="Recurring blocks of so many words and more are background, not labels."
        )

    def __init__(self, settings: Settings) -> None:
        self._prose_tokens = settings.prose_tokens
        template = files("cleanpipe.clean").joinpath("recurrence.sql").read_text(encoding="utf-8")
        self.query = template.replace("{stories}", str(settings.stories)).replace("{longest}", str(LONGEST))

    def mark_rows(
        self, batch: Batch, marks: Marks, rows: Mapping[tuple[int, int], Mapping[str, Any]]
    ) -> Iterator[Mark]:
        for page in pages(batch, marks):
            above, below = _around(page, marks, rows)
            for i, block in enumerate(page.document.blocks):
                row = rows.get((page.row, block.number))
                if row is not None:
                    yield from self._marks(page, i, row, i < above or i > below)

    def _marks(self, page: Page, i: int, row: Mapping[str, Any], around: bool) -> Iterator[Mark]:
        """``around``: whether the block belongs to what stands around the story."""
        said = {"outlet": row["outlet"], "stories": row["stories"], "masked": row["masked"]}
        but = ", but for its figures and dates" if row["masked"] else ""
        reason = f"The outlet {row['outlet']} repeats this block in {row['stories']} stories{but}."
        line = page.lines[i]
        prose = line.words >= self._prose_tokens
        if prose:
            yield page.mark(
                i,
                "recurrence/background@1",
                "type",
                "strong",
                "recurrence",
                reason,
                type="background",
                evidence=said,
            )
        yield page.mark(
            i,
            "recurrence/outlet@1",
            "strip",
            "strong",
            "recurrence",
            reason,
            type="junk:recurring",
            evidence=said,
        )
        if (
            not prose
            and around
            and (page.where(i) == "tail" or i >= len(page) - _LAST)
            and _promotes(line.text, row["outlet"])
        ):
            yield page.mark(
                i,
                "recurrence/promo@1",
                "strip",
                "strong",
                "address",
                "It stands at the end and speaks to the reader, or of the outlet.",
                type="junk:recurring",
            )
        if not prose and around and not row["masked"] and line.words <= _LABEL_WORDS and line.short:
            yield page.mark(
                i,
                "recurrence/label@1",
                "strip",
                "strong",
                "shape",
                "It is a short line, no sentence.",
                type="junk:recurring",
            )


def _around(page: Page, marks: Marks, rows: Mapping[tuple[int, int], Mapping[str, Any]]) -> tuple[int, int]:
    """The first and the last block of a page that neither recurs nor is certain to be junk: the story's own."""
    own = [
        i
        for i, block in enumerate(page.document.blocks)
        if (page.row, block.number) not in rows
        and not any(m.action == "strip" and m.strength == "certain" for m in marks.on(page.row, block.number))
    ]
    return (own[0], own[-1]) if own else (len(page), -1)


def _promotes(text: str, outlet: str) -> bool:
    """Whether a line speaks to the reader or names the outlet (by the name, or by the domain's first part)."""
    name = fold(outlet.partition(".")[0])
    return _TO_THE_READER.search(text) is not None or (len(name) > 3 and name in fold(text))
