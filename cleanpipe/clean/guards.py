"""The last word before the decision: ``keep`` marks on what the evidence so far would wrongly strip.

Guards weigh only what is not ``certain``; they see all marks, and what a decision would make of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.elements import says_other
from cleanpipe.clean.features import Page, line_of, pages
from cleanpipe.clean.learned import OUTER, WEIGHED
from cleanpipe.model import Batch, Block, Document, Mark, Marks

#: Families that say where a block stands and how it looks, not what it says.
_OUTER = OUTER | {"run"}
_VOTED = 0.5  # share of a block, or its score, from which a vote is for it
_FEW_LINKS = 0.5  # share of a block's characters
_SENTENCE, _DOUBT = 6, 0.15  # words of a sentence, and the probability from which the model is in doubt
#: Below this probability of the model of texts no short line is saved by those around it: 2 of 62 were of the article.
_SURE = 0.12
_HEADING = 0.4  # the probability from which a line right above a paragraph may be its heading
_SPOTLESS = 0.1  # share of the article's lines that the rules strip
_ROWS, _FIGURES = 5, 0.5  # lines of a table without a colon above, and digits among the letters of a figure
_UNMARKED = "voted out"  # as most blocks of a page are
_NEAR = 3  # blocks between long prose and the next one that stays, inside the article


class Guards:
    """Keeps the first paragraph, quotations, long prose, most of what an extractor took, and whatever a page would be
    empty without."""

    name = "guards"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        little_prose: int = Field(
            40, ge=0, description="A page with fewer words of prose loses nothing by place and shape alone."
        )
        long_prose: int = Field(
            30, ge=1, description="Prose of so many words inside the article needs two independent reasons to go."
        )
        fallback: float = Field(
            0.6, ge=0, le=1, description="If less of what an extractor took would stay, all of it that may stays."
        )

    def __init__(self, settings: Settings) -> None:
        self._little = settings.little_prose
        self._long = settings.long_prose
        self._fallback = settings.fallback

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for page in pages(batch, marks):
            kept = list(self._page(page, marks))
            yield from kept
            if marks.voter(page.row):
                fates = _fates(batch.documents[page.row], page.row, marks)
                numbers = {mark.block for mark in kept}
                more = list(self._missed(page, fates, numbers))
                yield from more
                yield from self._fall_back(page, fates, numbers | {mark.block for mark in more})

    def _page(self, page: Page, marks: Marks) -> Iterator[Mark]:
        voter = marks.voter(page.row)
        prose = [i for i in range(page.first, page.last + 1) if page.lines[i].prose]
        first = prose[0] if prose else -1
        left = 0  # blocks that stay: of a page with prose, prose of its region
        going: list[int] = []
        little = page.prose_words < self._little
        model = not page.document.elements and voter != ""  # of texts; pages are seen to by _missed
        spotless = model and self._spotless(page, marks)
        listed = _listed(page, marks) if model else frozenset()
        for i, block in enumerate(page.document.blocks):
            on_block = marks.on(page.row, block.number)
            strips = [m for m in on_block if m.action == "strip"]
            families = {m.family for m in strips if m.strength == "strong"}
            line = page.lines[i]
            inside = page.first <= i <= page.last
            counts = (inside and line.prose) or not prose
            fate = _fate(on_block, voter)
            out = model and fate == "voted out"
            if fate == "certain":
                continue
            if fate != "cues" and not out:
                left += counts
                continue
            quoted = line.quoted or any(m.action == "type" and m.type == "quote" for m in on_block)
            beside = families - OUTER if out else families  # what speaks against it beside the model
            doubted = not out or _given(on_block) >= _DOUBT
            why = ""
            if little and families <= _OUTER:
                why, rule = "The page has little prose: its short lines are its content.", "little-prose@1"
            elif i == first and len(beside) < (2 if out else 3):
                why, rule = "The first paragraph is not stripped on its class alone.", "first-paragraph@1"
            elif quoted and line.words >= 8 and inside and families <= _OUTER | {"phrase"} and doubted:
                why, rule = "The block is a quotation: its words are somebody's speech.", "quotation@2"
            elif inside and line.prose and line.words >= self._long and families <= _OUTER:
                why, rule = "Long prose inside the article needs a cue in what it says.", "long-prose@1"
            elif spotless and inside and len(beside) < 2 and _given(on_block) >= _SURE:
                why, rule = (
                    "The article's lines are hardly ever boilerplate; only the model leaves it out.",
                    "spotless@2",
                )
            elif inside and not families and line.terminal and line.words >= _SENTENCE and doubted:
                why, rule = (
                    "A sentence inside the article; only the model, which is in doubt, leaves it out.",
                    "sentence@1",
                )
            elif out and not families and _given(on_block) >= _HEADING and _heads(page, i):
                why, rule = (
                    "It stands right above a paragraph; only the model, which is in doubt, leaves it out.",
                    "heading@1",
                )
            elif i in listed:
                why, rule = (
                    "It stands in a list or table right below a paragraph; only the model leaves it out.",
                    "list@1",
                )
            if why:
                left += counts
                yield _keep(page, block, rule, why)
            elif counts:
                going.append(i)
        if not left:
            what = "of the page's prose" if prose else "of the page"
            for i in going:
                why = f"Without it, nothing {what} would be left."
                yield _keep(page, page.document.blocks[i], "empty-page@1", why)

    def _spotless(self, page: Page, marks: Marks) -> bool:
        """Whether the rules strip next to nothing of the article: its short lines are a list's or a poem's then."""
        inside = page.document.blocks[page.first : page.last + 1]
        gone = sum(_gone(marks.on(page.row, block.number)) for block in inside)
        return gone <= _SPOTLESS * len(inside)

    def _missed(self, page: Page, fates: _Fates, kept: set[int]) -> Iterator[Mark]:
        """Long prose between blocks that stay, which was voted out and against which nothing else speaks."""
        document = fates.document
        stay = [n in kept or fate == "stays" for n, fate in enumerate(fates.of_blocks)]
        places = [n for n, stays in enumerate(stay) if stays]
        if not places:
            return
        for block in document.blocks[places[0] + 1 : places[-1]]:
            n = block.number
            if fates.of_blocks[n] != "voted out" or n in kept or block.end - block.start < 3 * self._long:
                continue
            line = line_of(document.slice(block))
            if line.words < self._long or not (line.prose or line.paragraph):
                continue
            if document.elements:
                element = document.elements[n]
                if element.linked > _FEW_LINKS * (block.end - block.start) or says_other(element):
                    continue
            if any(stay[max(n - _NEAR, 0) : n]) and any(stay[n + 1 : n + 1 + _NEAR]):
                why = f"Long prose inside the article with few links; only {fates.judge} leaves it out."
                yield _keep(page, block, "voted-out@1", why)

    def _fall_back(self, page: Page, fates: _Fates, kept: set[int]) -> Iterator[Mark]:
        """What an extractor took, where too little of it would stay."""
        document = fates.document
        taken = [
            block
            for block in (document.blocks[n] for n in sorted(fates.taken) if fates.of_blocks[n] != "certain")
            if not document.elements
            or document.elements[block.number].linked <= _FEW_LINKS * (block.end - block.start)  # a menu, if it is more
        ]
        going = [b for b in taken if fates.of_blocks[b.number] != "stays" and b.number not in kept]
        whole = sum(b.end - b.start for b in taken)
        gone = sum(b.end - b.start for b in going)
        if going and whole - gone < self._fallback * whole:
            why = f"Only {1 - gone / whole:.0%} of what the extractor took would stay."
            for block in going:
                yield _keep(page, block, "fallback@1", why)


@dataclass(frozen=True, slots=True)
class _Fates:
    """What a decision would make of each block of a document: ``stays``; ``certain`` to go; ``cues`` strip it; ``voted
    out``. ``taken``: blocks that an extractor took. ``judge``: the last processor to vote, whose vote counts."""

    document: Document
    of_blocks: tuple[str, ...]
    taken: frozenset[int]
    judge: str


def _fates(document: Document, row: int, marks: Marks) -> _Fates:
    on_blocks = marks.of(row)
    votes = [m for on_block in on_blocks.values() for m in on_block if m.action == "vote"]
    taken = frozenset(m.block for m in votes if m.processor == "extractor" and m.score >= _VOTED)
    judge = marks.voter(row)
    fates = [_UNMARKED] * len(document.blocks)
    for number, on_block in on_blocks.items():
        fates[number] = _fate(on_block, judge)
    return _Fates(document, tuple(fates), taken, judge)


def _fate(on_block: Sequence[Mark], judge: str) -> str:
    """See the table in ``decide``."""
    if not on_block:
        return _UNMARKED
    if any(m.action == "keep" for m in on_block):
        return "stays"
    strips = [m for m in on_block if m.action == "strip"]
    if any(m.strength == "certain" for m in strips):
        return "certain"
    given = max((m.score for m in on_block if m.action == "vote" and m.processor == judge), default=0.0)
    enough = 3 if judge == "text_model" and given >= WEIGHED else 2
    families = {m.family for m in strips if m.strength == "strong"}
    outer = judge == "text_model" and families <= OUTER
    if len(families) >= enough and not outer:
        return "cues"
    voted = given >= _VOTED
    above = ("headline", "standfirst") if judge == "text_model" else ()
    known = any(m.action == "type" and (m.strength == "certain" or m.type in above) for m in on_block)
    return "stays" if voted or known else "voted out"


def _heads(page: Page, i: int) -> bool:
    return i + 1 < len(page) and page.lines[i].short and page.lines[i + 1].prose


def _given(on_block: Sequence[Mark]) -> float:
    """The probability that the model gives."""
    return max((m.score for m in on_block if m.action == "vote"), default=0.0)


def _gone(on_block: Sequence[Mark]) -> bool:
    """Whether the rules strip a block."""
    strips = [m for m in on_block if m.action == "strip"]
    certain = any(m.strength == "certain" for m in strips)
    return certain or len({m.family for m in strips if m.strength == "strong"}) > 1


def _listed(page: Page, marks: Marks) -> frozenset[int]:
    """Short lines that no rule strips right below a paragraph: a colon opens the list, or many of them are figures."""
    found: set[int] = set()
    run: list[int] = []
    above = False  # whether a paragraph stands right above the run
    for i in range(len(page) + 1):
        line = page.lines[i] if i < len(page) else None
        on_block = marks.on(page.row, page.document.blocks[i].number) if line else ()
        cues = _gone(on_block)
        if line and line.short and not line.opens_list and not cues:
            run.append(i)
            continue
        if run and above:
            opened = page.lines[run[0] - 1].opens_list
            figures = sum(page.lines[k].digits > _FIGURES for k in run)
            if opened or (len(run) >= _ROWS and 3 * figures >= len(run)):
                found.update(run)
        above = line is not None and not cues and (line.prose or line.opens_list)
        run = []
    return frozenset(found)


def _keep(page: Page, block: Block, rule: str, why: str) -> Mark:
    return Mark(
        page.row, block.number, block.start, block.end, "guards", f"guards/{rule}", "keep", "strong", "guard", why
    )
