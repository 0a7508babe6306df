"""What every processor wants to know about a block, computed once a batch, and the prose region of a page.

A ``Page`` is one document seen as lines: a ``Line`` for each block, and the region where its prose stands. The region
is the contiguous run of blocks with the largest sum when prose counts for its words and every other line against
(Kadane's maximum subarray, as in densest-cluster extraction), stretched generously at both ends.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from cleanpipe.model import Action, Batch, Document, Mark, Marks, Strength

#: What may follow the last full stop of a sentence.
_CLOSING = "\"'”’“»«›‹)]}」』）】 \t\u00a0\u200b"
_COLONS = (":", "：")
_GOING_ON = (",", ";")
_TERMINAL = ".!?。！？।؟۔።…‥｡"
_OPENING_QUOTES = '"“„«»‘‚›「『'
#: A text that breaks off: the mark of a teaser's blurb.
_ELIDED = re.compile(r"(?:\[(?:…|\.\.\.)\]|…|\.\.\.)\W*$")
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_DIGIT = re.compile(r"\d")
_FIRST_WIDE = "\u0e00"
_ASCII = bytes(range(128))
_DIGITS = b"0123456789"
_NOT_ALNUM = bytes(code for code in range(256) if code >= 128 or not chr(code).isalnum())
#: UTF-8 with spaces for the ASCII that parts words.
_FOLDED = bytes(code if code >= 128 or chr(code).isalnum() or code == ord("'") else ord(" ") for code in range(256))
_APOSTROPHE_AT_EDGE = re.compile(r"['’](?!\w)|(?<!\w)['’]")
#: The end of a sentence inside a text: a paragraph that a credit, a footnote or a link closes has one, a list has none.
_SENTENCE_END = re.compile(
    r"[\"”’“»)\].!?](?<=[^\W\d_]{3}.)"  # the sign after three letters: what a search finds quickly
    r"(?:(?<=[.!?])|(?<![.!?])[\"”’“»)\]]*[.!?])[.!?]*[\"”’“»)\]]*\s+[\"“„«»‘(\[]?[^\W_]"
)
#: A line of a live ticker: "45'", "90'+2", "14:05", "14.05 Uhr".
_CLOCK = re.compile(
    r"(?:\d{1,3}\.?\s*['’′]\s*(?:\+\s*\d+)?|\d{1,2}[:.h]\d{2}(?:\s*(?:uhr|[ap]\.?m\.?))?)\W*$", re.IGNORECASE
)
#: Finite verbs so common that a line without one is probably a label. Not a grammar: evidence beside other evidence.
_VERBS = frozenset(
    re.findall(
        r"\w+",
        """
        is are was were be been has have had do does did will would can could may might must should says said say told
        ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können soll sollen muss müssen darf
        sagt sagte gibt est sont était étaient a ont avait sera peut doit dit es son era fue ha han había será puede
        debe dijo
        """,
    )
)

PROSE_WORDS = 9  # a sentence this long that ends like one is prose
_INTRODUCTION_WORDS = 12  # one that introduces a list or a speech is longer
_PARAGRAPH_WORDS = 25  # a text this long that holds the end of a sentence is a paragraph, however it closes
_SHORT, _REMEMBERED = 80, 1 << 15  # characters of a line of which a process remembers what it found; how many of them
_LONG, _OF_A_BATCH = 2000, 1 << 11  # characters of a line that is remembered as long as its batch may be; how many
_LONG_WORDS = 40  # beyond it, prose counts no more for the region
_KNOWN_COST = 20  # what a line costs that is known to be junk
_SHORT_COST = 7  # what a line that is no prose costs the region
_WIDGET_TIMES = 4  # a line that stands so often on a page is put between paragraphs: it costs as little as a list
_FIGURES = 0.5  # such a share of digits makes a line a cell of a table
_AMOUNTS = frozenset("0123456789½¼¾+-−")  # an ingredient, a place in a table begins with one
_LIST_COST = 2  # what it costs in a list that a colon opens, or where it is long
_TITLE_START = 15  # characters of the title that a block must begin with to say it
_TITLE_BONUS = 200  # the head start of what follows the page's title
_HEAD_SLACK = 120  # what lines between the title and the prose may cost before they are left out
_SENTENCE_WORDS = 5  # a first paragraph above figures has at least so many
_NEAR = 3  # lines without prose that the region may bridge to prose beyond its edge


class Line(NamedTuple):
    """One block's text and its shape. ``words`` counts a CJK or Thai character as half a word."""

    text: str  # stripped of white space
    words: int
    terminal: bool  # ends as a sentence does
    elided: bool  # breaks off: "…", "[...]"
    digits: float  # share of digits among letters and digits
    quoted: bool  # opens with a quotation mark
    prose: bool  # a sentence or more, which may end with a colon, and no blurb that breaks off
    paragraph: bool  # long, with the end of a sentence in it, though a credit, a footnote or a link may close it
    short: bool  # could be a label, a title, a list item or a subhead, but is no sentence
    label: bool  # as menus have them: a few words, no full stop, no figures
    opens_list: bool  # as it stands above a list or a table: "Index figures at the close:"
    unfinished: bool  # a verse, a salutation, or the time of an entry in a transcript: no menu has it, no title so ends

    @property
    def verbless(self) -> bool:
        return not self.terminal and _VERBS.isdisjoint(self.text.lower().split())


def line_of(text: str) -> Line:
    return _short_line(text) if len(text) <= _SHORT else _long_line(text) if len(text) <= _LONG else _line(text)


def _line(text: str) -> Line:
    text, others = text.strip(), ""
    if text.isascii():
        data = text.encode()
    else:
        text = text.strip("\ufeff\u200b").strip()
        data = text.encode("utf-8", "surrogatepass")
        others = data.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    words = len(text.split())
    digits = len(data) - len(data.translate(None, _DIGITS))
    if others:
        if max(others) >= _FIRST_WIDE:
            words = max(words, len(_WIDE.findall(others)) // 2)
        digits += len(_DIGIT.findall(others))
    share = digits / (len(data.translate(None, _NOT_ALNUM)) + sum(map(str.isalnum, others))) if digits else 0.0
    core = text.rstrip(_CLOSING)
    last, end = core[-1:], text[-1:]
    terminal = last != "" and last in _TERMINAL
    elided = last != "" and last in "….[" and _ELIDED.search(text) is not None
    colon = end in _COLONS
    # In half the time that the constructor takes: the fields in their order.
    return Line._make(
        (
            text,
            words,
            terminal,
            elided,
            share,
            text != "" and text[0] in _OPENING_QUOTES,  # quoted
            not elided and ((terminal and words >= PROSE_WORDS) or (colon and words >= _INTRODUCTION_WORDS)),  # prose
            words >= _PARAGRAPH_WORDS and not elided and _SENTENCE_END.search(text) is not None,  # paragraph
            not terminal and words <= 25,  # short
            not terminal and words <= 4 and share < 0.3 and end != ":",  # label
            colon and words >= 3,  # opens_list
            end in _GOING_ON or (words <= 3 and share > 0 and _CLOCK.match(text) is not None),  # unfinished
        )
    )


def title_of(document: Document) -> str:
    """The record's title, else what a browser shows as the title of a page that was parsed here."""
    return document.record.title or document.title


def fold(text: str) -> str:
    """``text`` as it is compared with another: words in lower case, joined by one space."""
    return _short_fold(text) if len(text) <= _SHORT else _long_fold(text) if len(text) <= _LONG else _fold(text)


def _fold(text: str) -> str:
    lower = text.lower()
    data = lower.encode("utf-8", "surrogatepass")
    if not lower.isascii():
        signs = {c for c in set(data.translate(None, _ASCII).decode("utf-8", "surrogatepass")) if not c.isalnum()}
        if signs:
            for sign in signs - {"’"}:
                lower = lower.replace(sign, " ")
            data = lower.encode()
    found = b" ".join(data.translate(_FOLDED).split()).decode()
    if ("'" in found or "’" in found) and _APOSTROPHE_AT_EDGE.search(found):
        return reference_fold(text)
    return found


def reference_fold(text: str) -> str:
    """``fold`` in the plainest words."""
    return " ".join(_WORD.findall(text.lower()))


def begins(text: str, folded: str) -> bool:
    """Whether ``fold(text)`` begins with ``folded``; most texts show by their first letter that they do not."""
    return may_begin(text, folded) and fold(text).startswith(folded)


def may_begin(text: str, folded: str) -> bool:
    """Whether the first letter lets ``fold(text)`` begin with ``folded``, or be the beginning of it."""
    first = text[:1]
    return not folded or not first.isalnum() or first.lower()[0] == folded[0]


#: Labels and menus stand on every page of a site, and processors ask for the same line again.
_short_line = lru_cache(maxsize=_REMEMBERED)(_line)
_short_fold = lru_cache(maxsize=_REMEMBERED)(_fold)
#: One processor after the other asks for the paragraphs of a batch.
_long_line = lru_cache(maxsize=_OF_A_BATCH)(_line)
_long_fold = lru_cache(maxsize=_OF_A_BATCH)(_fold)


@dataclass(frozen=True)
class Page:
    """One document of a batch as its processors see it. ``row`` is its place in the batch."""

    row: int
    document: Document
    lines: tuple[Line, ...]
    first: int  # the first block of the prose region
    last: int  # its last one; first > last where there is no prose at all
    titles: frozenset[int] = frozenset()  # blocks that say the page's title

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def has_prose(self) -> bool:
        return self.first <= self.last

    @cached_property
    def prose_words(self) -> int:
        """Words of prose inside the region."""
        return sum(line.words for line in self.lines[self.first : self.last + 1] if line.prose)

    @cached_property
    def folded(self) -> Mapping[int, str]:
        """Each line as ``fold`` has it, found when it is asked for."""
        return _Folded(self.lines)

    def where(self, i: int) -> str:
        """``head``, ``body`` or ``tail``; ``body`` everywhere on a page without prose, which has no edges."""
        if not self.has_prose:
            return "body"
        return "head" if i < self.first else "tail" if i > self.last else "body"

    def mark(
        self, i: int, rule: str, action: Action, strength: Strength, family: str, reason: str, *,
        type: str = "", span: tuple[int, int] | None = None, score: float = 0.0,
        evidence: Mapping[str, Any] | None = None,
    ) -> Mark:  # fmt: skip
        """A mark on block ``i``, or on the part ``span`` of it (code points of the source text).

        ``rule`` is ``processor/name@version``.
        """
        block = self.document.blocks[i]
        start, end = span or (block.start, block.end)
        said = json.dumps(evidence, ensure_ascii=False, sort_keys=True) if evidence else "{}"
        return Mark._make(  # in half the time that the constructor takes
            (
                self.row, block.number, start, end, rule.partition("/")[0], rule, action, strength, family, reason,
                type, score, said,
            )
        )  # fmt: skip


class _Folded(dict[int, str]):
    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def __missing__(self, i: int) -> str:
        found = self[i] = fold(self._lines[i].text)
        return found


def region(
    lines: Sequence[Line], known: Collection[int] = (), doubtful: Collection[int] = (), titles: Collection[int] = ()
) -> tuple[int, int]:
    """First and last block of the prose region; (0, -1) where no line is prose.

    ``known`` are blocks known to be junk: they weigh more heavily against a region that would hold them. Prose of
    ``doubtful`` blocks, which look like a prompt, weighs nothing. ``titles`` are blocks that repeat the page's title:
    what follows one of them has a head start over longer prose elsewhere, such as comments or a consent dialogue.
    """
    weights = _weights(lines, known, doubtful)
    best = total = 0
    first, last, start = 0, -1, 0
    for i, weight in enumerate(weights):
        if i in titles:
            if total < _TITLE_BONUS:
                total, start = _TITLE_BONUS, i + 1
            continue
        total += weight
        if weight > 0 and total > best:
            best, first, last = total, start, i
        if total <= 0:
            total, start = 0, i + 1
    if last < 0:
        return 0, -1
    # The head start has chosen the end; where the prose begins, its own weight tells.
    best, total, head = 0, 0, last
    for i in range(last, first - 1, -1):
        total += weights[i]
        best = max(best, total)
        if total >= best - _HEAD_SLACK:
            head = i
    first = head
    while first in known or not lines[first].prose:
        first += 1
    return _stretch(lines, known, first, -1), _stretch(lines, known, last, 1)


def _weights(lines: Sequence[Line], known: Collection[int], doubtful: Collection[int]) -> list[int]:
    """What each line weighs for a region that holds it."""
    weights: list[int] = []
    cost = _SHORT_COST
    count = Counter([line.text for i, line in enumerate(lines) if not line.prose or i in known])
    often = {text for text, times in count.items() if times >= _WIDGET_TIMES}
    for i, line in enumerate(lines):
        if line.opens_list:
            cost = _LIST_COST
        elif line.prose:
            cost = _SHORT_COST
        if often and line.text in often:
            weights.append(0 if i in known else -_LIST_COST)
        elif i in known:
            weights.append(-_KNOWN_COST)
        elif line.prose:
            weights.append(0 if i in doubtful else min(line.words, _LONG_WORDS))
        else:
            figures = line.digits >= _FIGURES or (line.digits and line.text[0] in _AMOUNTS)
            weights.append(-cost if line.short and not line.unfinished and not figures else -_LIST_COST)
    return weights


def _stretch(lines: Sequence[Line], known: Collection[int], edge: int, step: int) -> int:
    """The region's edge, moved over to prose that stands near it."""
    i, gap, listing, figures = edge + step, 0, False, False
    while 0 <= i < len(lines) and gap <= _NEAR:
        line = lines[i]
        listing = step > 0 and i not in known and (line.opens_list or (listing and line.short))
        figures = figures or (step < 0 and 0.3 <= line.digits < 1 and line.short)
        if i not in known and (line.prose or (figures and line.terminal and line.words >= _SENTENCE_WORDS)):
            edge, gap, figures = i, 0, False
        else:
            # A list that a colon opens parts nothing, nor do short sentences, nor figures below the first paragraph.
            said = line.unfinished or (line.terminal and not line.elided and line.words >= _SENTENCE_WORDS)
            gap += not (listing or (said and i not in known) or (step < 0 and 0.3 <= line.digits < 1))
        i += step
    # Short sentences right at the edge ("“We are ready,” she said.", "Maybe.") belong to the prose, and so does a last
    # paragraph that a credit or a link closes.
    i = edge + step
    while 0 <= i < len(lines) and i not in known and not lines[i].elided:
        line = lines[i]
        least = 1 if step > 0 or line.quoted else 2  # words
        signed = step > 0 and line.short and lines[i - 1].text[-1:] == ","  # "Yours faithfully," and the name
        if not (line.paragraph or line.unfinished or signed or (line.terminal and line.words >= least)):
            break
        edge, i = i, i + step
    return edge


def pages(batch: Batch, marks: Marks) -> tuple[Page, ...]:
    """The pages of a batch; computed once and kept with the batch, for all processors.

    Where there are votes on a document with markup, its page holds only the blocks that bear a mark (a vote, or a type
    by their elements): what stands around the article is none of the processors' business.
    """
    kept: tuple[Page, ...] | None = vars(batch).get("_pages")
    if kept is None:
        voted = {row for row, document in enumerate(batch) if document.elements and marks.voter(row)}
        marked: dict[int, set[int]] = {row: set() for row in voted}
        for mark in marks:
            if mark.document in voted:
                marked[mark.document].add(mark.block)
        plain = {page.row: page for page in texts(batch)}
        kept = tuple(
            plain.get(row) or page_of(row, _part(document, marked.get(row))) for row, document in enumerate(batch)
        )
        vars(batch)["_pages"] = kept
    return kept


def texts(batch: Batch) -> tuple[Page, ...]:
    """The pages of the documents that have no markup."""
    found: tuple[Page, ...] | None = vars(batch).get("_texts")
    if found is None:
        found = tuple(page_of(row, document) for row, document in enumerate(batch) if not document.elements)
        vars(batch)["_texts"] = found
    return found


def unvoted(batch: Batch, marks: Marks) -> Iterator[Page]:
    """The pages of texts, and of documents with markup of which no extractor took a part."""
    return (page for page in pages(batch, marks) if not marks.voter(page.row))


def _part(document: Document, numbers: set[int] | None) -> Document:
    """The document with only these of its blocks, which keep their numbers; all of them without votes."""
    if numbers is None:
        return document
    blocks = tuple(block for block in document.blocks if block.number in numbers)
    elements = tuple(document.elements[block.number] for block in blocks)
    return Document(document.key, document.record, blocks, elements, document.tree, document.title)


def page_of(row: int, document: Document) -> Page:
    text = document.text
    lines = tuple([line_of(text[start:end]) for _, start, end in document.blocks])
    titles = titles_of(document.record.title, lines)
    return Page(row, document, lines, *region(lines, titles=titles), titles)


def titles_of(title: str, lines: Sequence[Line]) -> frozenset[int]:
    """Blocks that say the page's title: the record's, or the first line's, which may end with the site's name."""
    if not lines:
        return frozenset()
    said = fold(title or lines[0].text)
    opening = said[:_TITLE_START]
    if len(opening) < _TITLE_START:
        return frozenset()
    return frozenset(
        i
        for i, line in enumerate(lines)
        if 4 <= line.words <= 32 and (i or title) and begins(line.text, opening) and said.startswith(fold(line.text))
    )
