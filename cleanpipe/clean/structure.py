"""What each block is: headline, standfirst, subhead, list, quote. Everything else is ``body`` until shown otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from cleanpipe.clean.features import Page, begins, fold, may_begin, texts
from cleanpipe.model import Batch, Mark, Marks

_BULLET = re.compile(r"(?:[•·▪■●◦‣*–—-]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+\S")
_QUOTE = re.compile(r"[\"“„«].*[\"”“»][.,]?$", re.DOTALL)
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}\b")

#: What stands between a standfirst and the article: a byline, a date, a picture's credit, a bar of buttons.
_PARTING = re.compile(
    r"^(?i:von|by|par|por|di|door|av|af|texte?|fotos?|photos?|bild|autor(?:in)?|author)\b|[\d©|/@]"
    r"|^[A-ZÀ-Þ][\w.’'-]+(?: [A-ZÀ-Þ][\w.’'-]*){1,3}$"  # a name
)

_NEAR_HEAD = 8  # a headline without other evidence stands so near to the prose
_SUBHEAD_WORDS = 14
_STANDFIRST_WORDS = 60


class Structure:
    """Types blocks by their shape and place. Only adds ``type`` marks: nothing is stripped here."""

    name = "structure"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, settings: Settings) -> None:
        pass

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for page in texts(batch):
            headline = headline_of(page)
            if headline is not None:
                i, why = headline
                yield page.mark(i, "structure/headline@1", "type", "strong", "shape", why, type="headline")
                standfirst = _standfirst(page, i)
                if standfirst is not None:
                    yield page.mark(
                        standfirst,
                        "structure/standfirst@1",
                        "type",
                        "strong",
                        "position",
                        "A short paragraph between the headline and its repetition, byline or picture.",
                        type="standfirst",
                    )
            yield from _body_types(page)


def headline_of(page: Page) -> tuple[int, str] | None:
    """The headline's block and why it is taken for one; None where the page shows none."""
    if not page.has_prose:
        return None
    head = range(min(page.first + 4, len(page)))
    title = fold(page.document.record.title)
    folded = page.folded
    if title:
        for i in head:
            if not may_begin(page.lines[i].text, title):
                continue
            if folded[i] == title or (len(folded[i]) >= 20 and title.startswith(folded[i])):
                return i, "The line is the title of the record."
    candidates = [i for i in range(page.first + 1) if _may_be_headline(page, i)]
    longer = [i for i in candidates if page.lines[i].words > 4]  # shorter ones may be entries of a menu
    near = range(longer[0], min(page.first + 6, len(page))) if longer else ()
    last = {folded[i]: i for i in near}  # where each text stands for the last time
    repeated = [i for i in longer if last[folded[i]] > i or (i and begins(page.lines[0].text, folded[i]))]
    if repeated:
        best = max(repeated, key=lambda i: (min(page.lines[i].words, 8), -i))
        return best, "The line before the article is repeated, as a headline is."
    before = [i for i in candidates if page.first - _NEAR_HEAD <= i < page.first]
    if before:
        best = max(before, key=lambda i: (min(page.lines[i].words, 8), -i))
        return best, "The longest line right before the article's first paragraph."
    return None


def _may_be_headline(page: Page, i: int) -> bool:
    line = page.lines[i]
    if not 4 <= line.words <= 32 or line.digits > 0.3 or line.elided:
        return False
    return not line.terminal or line.text[-1] in '?!？！”"’»'


def _standfirst(page: Page, headline: int) -> int | None:
    """The paragraph after the headline, if something other than prose parts it from the article."""
    for i in range(headline + 1, min(headline + 4, page.last)):
        line = page.lines[i]
        if 10 <= line.words <= _STANDFIRST_WORDS and page.folded[i] != page.folded[headline]:
            if not line.terminal:
                return i if i < page.first else None
            after = page.lines[i + 1]
            parted = page.folded[i + 1] == page.folded[headline] or (
                after.short and after.words >= 2 and _PARTING.search(after.text) is not None
            )
            return i if parted else None
    return None


def _body_types(page: Page) -> Iterator[Mark]:
    lines = page.lines
    for i in range(page.first, page.last + 1):
        line = lines[i]
        if not line.text[:1].isupper() and _BULLET.match(line.text):
            yield page.mark(
                i,
                "structure/list@1",
                "type",
                "weak",
                "shape",
                "The line begins with a bullet or a number.",
                type="list",
            )
        elif (
            line.quoted
            and line.words >= 4
            and _QUOTE.match(line.text)
            and not re.search(r"[”“\"»][^”“\"»]+[“„\"«]", line.text)
        ):
            yield page.mark(
                i, "structure/quote@1", "type", "weak", "shape", "The whole block is a quotation.", type="quote"
            )
        elif line.short and not line.prose and line.words:
            if i < page.last and lines[i + 1].prose and line.words <= _SUBHEAD_WORDS and not _TIME.match(line.text):
                yield page.mark(
                    i,
                    "structure/subhead@1",
                    "type",
                    "weak",
                    "shape",
                    "A short line without full stop above a paragraph.",
                    type="subhead",
                )
            elif i > page.first and i < page.last and lines[i - 1].short and lines[i + 1].short:
                yield page.mark(
                    i,
                    "structure/list@1",
                    "type",
                    "weak",
                    "shape",
                    "One of several short lines within the article.",
                    type="list",
                )
