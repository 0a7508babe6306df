"""Repetition inside one document: the headline, a promoted title, a caption or blurb that says itself twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.features import Page, fold, may_begin, pages
from cleanpipe.model import Batch, Mark, Marks

#: Two texts glued without a space, as where a scraper joined a caption's two copies.
_GLUED = re.compile(r"[a-zß-ÿ)”’\"][.!?…][\"”’]?(?=[^\W\d_]{2})")
_PROMO = re.compile(r"^[^\W\d_]{4,8}(?: [^\W\d_]{3,5})?\s*[:|]\s*(?=\S)")
_RUN = 4  # words in a row that must recur


class Repeats:
    """Strips what a document says twice: the first one stays."""

    name = "repeats"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        min_words: int = Field(3, ge=1, description="A repeated headline has at least so many words.")

    def __init__(self, settings: Settings) -> None:
        self._min_words = settings.min_words

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        headlines = {(mark.document, mark.block) for mark in marks if mark.type == "headline"}

        @cache
        def stripped() -> set[tuple[int, int]]:
            return {(mark.document, mark.block) for mark in marks if mark.action == "strip"}

        for page in pages(batch, marks):
            yield from self._headline(page, headlines)
            yield from _promos(page, stripped)
            for i, line in enumerate(page.lines):
                if line.words >= 2 * _RUN and says_itself_twice(page.folded[i]):
                    yield from _twice(page, i)

    def _headline(self, page: Page, headlines: Collection[tuple[int, int]]) -> Iterator[Mark]:
        at = next((i for i, block in enumerate(page.document.blocks) if (page.row, block.number) in headlines), None)
        if at is None:
            return
        headline = page.folded[at]
        if len(headline.split()) < self._min_words and page.lines[at].words < self._min_words:
            return
        opens: dict[str, bool] = {}  # whether a line with this first letter may begin as the headline does
        for i, line in enumerate(page.lines):
            first = line.text[:1]
            may = opens.get(first)
            if may is None:
                may = opens[first] = may_begin(first, headline)
            if not may or i == at:
                continue
            text = page.folded[i]
            if not text.startswith(headline):
                continue
            if text == headline:
                yield page.mark(
                    i,
                    "repeats/headline@1",
                    "strip",
                    "certain",
                    "repeat",
                    "The line repeats the headline, which is kept once.",
                    type="junk:duplicate-headline",
                )
            elif i < at and len(text) - len(headline) <= 60 and not line.terminal:
                yield page.mark(
                    i,
                    "repeats/page-title@1",
                    "strip",
                    "certain",
                    "repeat",
                    "The line is the headline with the site's name, as a browser shows it.",
                    type="junk:duplicate-headline",
                )


def _promos(page: Page, stripped: Callable[[], Collection[tuple[int, int]]]) -> Iterator[Mark]:
    """A line that repeats the title which a line beside it promotes ("WATCH: TITLE" / "TITLE"). ``stripped``: document
    and block of those that bear a mark to strip them; few pages need to know."""
    for i, line in enumerate(page.lines):
        lead = _PROMO.match(line.text) if line.words <= 24 and (":" in line.text or "|" in line.text) else None
        if not lead:
            continue
        title = fold(line.text[lead.end() :])
        if len(title) < 12:
            continue
        for j in (i - 1, i + 1):
            if not 0 <= j < len(page) or page.folded[j] != title:
                continue
            if (page.row, page.document.blocks[i].number) in stripped():
                yield page.mark(
                    j,
                    "repeats/promoted-title@1",
                    "strip",
                    "certain",
                    "repeat",
                    "The line repeats the title that the line beside it promotes.",
                    type="junk:video",
                )


def says_itself_twice(folded: str) -> bool:
    """Whether most of the words stand in runs of four that occur twice in the text."""
    words = folded.split()
    if len(words) < 2 * _RUN or len(set(words)) > 0.7 * len(words):
        return False
    runs = list(zip(*(words[k:] for k in range(_RUN)), strict=False))
    if len(set(runs)) == len(runs):
        return False
    seen = Counter(runs)
    covered = {k + d for k, run in enumerate(runs) if seen[run] > 1 for d in range(_RUN)}
    return len(covered) >= 0.7 * len(words)


def _twice(page: Page, i: int) -> Iterator[Mark]:
    line = page.lines[i]
    kind = "caption" if line.words <= 60 else "blurb"
    yield page.mark(
        i,
        f"repeats/{kind}-twice@1",
        "strip",
        "strong",
        "repeat",
        "The block says the same words twice.",
        type=f"junk:{kind}",
    )
    if _GLUED.search(line.text):
        yield page.mark(
            i,
            f"repeats/{kind}-glued@1",
            "strip",
            "strong",
            "glue",
            "Its two copies are joined without a space, as only a scraper joins them.",
            type=f"junk:{kind}",
        )
