"""What kind of document a page is, as far as its markup tells. Texts without markup are articles."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from cleanpipe.model import Document, Element, Mark

#: Kinds whose text is not the article: no paragraph of theirs stands for a group that another document carries.
NEVER_CANONICAL = frozenset({"stub", "error"})

_LIVE_CLASS = re.compile(r"live-?(?:blog|ticker|event|feed|update|post)|news-?ticker|ticker-?entry", re.IGNORECASE)
_LIVE_ENTRIES = 3
_FREE = "json-ld:isAccessibleForFree: "  # then what the article's own JSON-LD says, in ``Record.rights``
_PAID_CLASS = re.compile(
    r"(?<!no-)(?<!non-)(?<!without-)pay-?wall(?!-(?:free|off|disabled|inactive|removed))"
    r"|(?:^|[\s_-])paid-?content|subscriber-?only|premium-?(?:content|wall)",
    re.IGNORECASE,
)
_STUB_WORDS = 150  # of a page that must be paid for, so few words are its opening
_ERROR = re.compile(
    r"(?:error|fehler|erreur)\W{0,3}(?:40[0134]|410|50[0234])\b"
    # "500 evacuated" is news.
    r"|(?:40[0134]|410|50[0234])\s*"
    r"(?:\Z|[:|(–—-]|(?:error|fehler|erreur|not|page|seite|bad|forbidden|gone|internal|service)\b)"
    r"|(?:page|seite|article|artikel|página|story)\W+"
    r"(?:was |is |wurde |could )?(?:not|nicht|no|non|introuvable)\b|not found\b|access denied\b|seite nicht gefunden"
    r"|page introuvable|página no encontrada|are you (?:a robot|human)|just a moment\b|attention required",
    re.IGNORECASE,
)
_ERROR_WORDS = 80
#: The last part of a title, behind the name of the site.
_LAST_PART = re.compile(r"\s[|–—·•:-]\s+([^|–—·•]{1,40})\Z")
_CORRECTION = re.compile(
    r"(?:corrections?|clarifications?|berichtigung(?:en)?|korrektur|richtigstellung|rectificati(?:f|on)|corrección"
    r"|fe de errores|erratum)"
    # "Corrections and probation budget rises" is news.
    r"(?:\s*(?:\Z|[:|–—]|-\s)|\s(?:and|und|et|y|&)\s(?:clarif|correct|klarstell|ergänz|berichtig|précision|aclaraci))",
    re.IGNORECASE,
)
#: The time of day and nothing else: lines with a date are of lists of articles and of events.
CLOCK = re.compile(
    r"(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d)?\s?(?:uhr|h|hrs|[ap]\.?m\.?)?(?:\s[a-z]{2,4})?\W*", re.IGNORECASE
)
_DIGEST = re.compile(
    r"\b(?:briefing|newsletter|round-?up|in brief|(?:morning|evening|daily|weekly) (?:report|digest|edition)"
    r"|(?:morgen|abend)(?:briefing|lage)|kurz (?:notiert|gemeldet)|kurzmeldungen|meldungen (?:des|vom)"
    r"|l['’]essentiel|en bref|las noticias (?:de|del)|en breve|resumen (?:de|del))\b",
    re.IGNORECASE,
)
_HEAD = re.compile(r"/h[2-6](?=[\[/\n]|\Z)")
_PIECES = 4  # short articles at least, of a roundup; three where the title says what it is
_PIECE_WORDS = range(15, 251)  # of one of them
_PIECES_SHARE = 0.75  # of the subheads that must be one, and of the words that must stand under them


def kind_of(document: Document, marks: Iterable[Mark], voted: Iterable[int]) -> str:
    """``article``, ``liveblog``, ``roundup`` (several short articles), ``stub`` (the opening of an article that must be
    paid for), ``correction`` or ``error``; ``marks`` are those on the document, ``voted`` the blocks that
    were taken by vote."""
    if not document.elements:
        return "article"
    taken = set(voted)
    subheads: set[int] = set()
    headline = ""
    for mark in marks:
        if mark.type == "headline" and mark.action == "type":
            headline = document.slice(document.blocks[mark.block])
        elif mark.type == "subhead" and mark.action == "type":
            subheads.add(mark.block)
    words = sum(len(document.slice(document.blocks[i]).split()) for i in taken)
    title = headline or document.record.title
    if words < _ERROR_WORDS and _is_error(title):
        return "error"
    entries = {_entry(e.path) for i in taken if _is_live((e := document.elements[i]).around)}
    if document.record.live or len(entries - {""}) >= _LIVE_ENTRIES or _is_ticker(document, taken):
        return "liveblog"
    if words < _STUB_WORDS and _must_be_paid(document):
        return "stub"
    if _CORRECTION.match(title):
        return "correction"
    heads = subheads | _under_heads(document.elements)
    return "roundup" if _is_roundup(document, taken, heads, bool(_DIGEST.search(title))) else "article"


def _is_error(title: str) -> bool:
    last = _LAST_PART.search(title)
    found = _ERROR.match(last[1]) if last else None
    # "Divers lost – not found on the second day either" is news.
    return _ERROR.match(title) is not None or bool(last and found and len(last[1]) - found.end() <= len(" available"))


@lru_cache(maxsize=1 << 12)
def _is_live(names: str) -> bool:
    return _LIVE_CLASS.search(names) is not None


@lru_cache(maxsize=1 << 12)
def _is_paid(names: str) -> bool:
    return _PAID_CLASS.search(names) is not None


def _must_be_paid(document: Document) -> bool:
    """Whether the page says so of its article, or of what is no link: a class of a teaser is another article's."""
    if (said := next((right for right in document.record.rights if right.startswith(_FREE)), "")) != "":
        return said == f"{_FREE}false"
    return any(
        (_is_paid(element.names) or _is_paid(element.around)) and 5 * element.linked < 4 * (block.end - block.start)
        for block, element in zip(document.blocks, document.elements, strict=True)
    )


def _under_heads(elements: Sequence[Element]) -> set[int]:
    """The blocks in subheads. All paths at once: few have one."""
    ends = list(accumulate(len(element.path) + 1 for element in elements))
    paths = "\n".join([element.path for element in elements])
    return {bisect_right(ends, found.start()) for found in _HEAD.finditer(paths)}


def _is_ticker(document: Document, taken: Collection[int]) -> bool:
    """Whether most of the text stands in entries that begin with a line of their own that tells the time of day."""
    times = {
        i
        for i, block in enumerate(document.blocks)
        if document.text[block.start].isdecimal() and CLOCK.fullmatch(document.text, block.start, block.end)
    }
    if len(times) < _PIECES:
        return False
    texts = [document.slice(block) for block in document.blocks]
    pieces = [sum(len(texts[i].split()) for i in piece if i in taken) for _, piece in _pieces(document, taken, times)]
    told = [words for words in pieces if words >= _PIECE_WORDS.start]
    total = sum(len(texts[i].split()) for i in taken)
    return len(told) >= _PIECES and sum(told) >= _PIECES_SHARE * total


def _is_roundup(document: Document, taken: Collection[int], heads: Collection[int], named: bool) -> bool:
    """Whether nearly every one of ``heads`` has some prose of its own and a link to the whole of it: itself, or a
    line of its own; any link, where the page is ``named`` as a roundup."""
    elements = document.elements
    least = _PIECES - 1 if named else _PIECES
    pieces = list(_pieces(document, taken, heads))
    if len(pieces) < least:
        return False
    texts = [document.slice(block) for block in document.blocks]

    def links(i: int) -> bool:
        linked = elements[i].linked
        return linked > 0 if named else 5 * linked >= 4 * len(texts[i])

    whole = words = count = 0
    for head, piece in pieces:
        own = sum(len(texts[i].split()) for i in piece if i in taken and 2 * elements[i].linked < len(texts[i]))
        count += 1
        if own in _PIECE_WORDS and any(map(links, (head, *piece))):
            whole += 1
            words += own
    total = sum(len(texts[i].split()) for i in taken if i not in heads)
    return whole >= least and whole >= _PIECES_SHARE * count and words >= _PIECES_SHARE * total


def _pieces(document: Document, taken: Collection[int], heads: Collection[int]) -> Iterator[tuple[int, range]]:
    """Each of ``heads`` within the article with the blocks up to the next of them."""
    last = max(taken, default=-1) + 2  # a link to the whole is mostly left out by extractors
    first = min(taken, default=0) - 1
    inside = sorted(i for i in heads if first <= i < last)
    for head, end in pairwise((*inside, min(last, len(document.blocks)))):
        yield head, range(head + 1, end)


def _entry(path: str) -> str:
    """What tells the entry of a live blog from its neighbours: the last numbered list item, article or section."""
    found = re.findall(r"^.*/(?:li|article|section|div)\[\d+\](?=/)", path)
    return found[0] if found else ""
