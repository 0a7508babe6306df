"""A page -> what a reader sees of it, as blocks with the elements they stand in.

Visible is what a browser with scripts shows: no scripts, styles, templates, ``<noscript>``, no fallback of frames and
players, no form values and alternative texts, nothing that is ``hidden`` or has ``display: none`` in its own style,
unless it holds most of the page's paragraphs: then a script shows it. ``aria-hidden`` text is seen, so it is taken; so
are closed ``<details>``, which a click opens. Other styles (``visibility``, ``opacity``, what a style sheet says) are
not asked for, and a template is not seen even where it is a shadow root's. Readings beside a word (ruby) are taken
where the page gives parentheses for them: without, they would run into the word.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

from lxml import etree
from lxml.html import HtmlElement

from cleanpipe.markup import parse
from cleanpipe.model import Block, Element
from cleanpipe.segment.walk import Seen, walk

#: What neither a reader nor an extractor wants: taken out of the tree, which makes both quicker.
_IDLE = ("script", "style", "link", "meta", "iframe", "svg")
_SAYS = etree.XPath("boolean(.//text()[normalize-space()][not(parent::title or parent::desc or parent::style)])")
#: Loading the kernels costs a process as much time as they save on so many pages: most of it is Numba's own start.
_BREAK_EVEN = 128
_BREAK_EVEN_STARTED = 24  # where another kernel has started it

_walked = 0  # pages by the plain walk in this process; both say the same, so this changes no result


@dataclass(frozen=True, slots=True)
class Page:
    """What is seen of a page. ``elements`` is parallel to ``blocks``; ``tree`` is the parsed page, None if it is empty,
    without what neither a reader nor an extractor wants; ``title`` is what a browser shows as such."""

    text: str
    blocks: tuple[Block, ...]
    elements: tuple[Element, ...]
    tree: HtmlElement | None
    title: str = ""


def page(markup: str | bytes) -> Page:
    """``page_of`` a page that is given as it is or in UTF-8. Raises Unreadable."""
    return page_of(parse(markup))


def page_of(root: HtmlElement | None) -> Page:
    """The visible text of a parsed page in document order, a block a line; linear in time, without recursion. What
    neither a reader nor an extractor wants is taken out of the tree.

    A block ends where a block element begins or ends, and at ``<br>``. White space inside it is collapsed as a browser
    does; a table's row is one block with tabs between its cells (it begins with one where the first of several is
    empty), unless its cells hold paragraphs of their own; the entries of a menu, short items of one list that are
    nothing but links, are one block, each on a line. Raises Unreadable.
    """
    if root is None:
        return Page("", (), (), None)
    _drop_idle(root)
    title = next(root.iterdescendants("title"), None)
    return Page(*_seen(root), root, (title.text or "") if title is not None else "")


def prepare() -> None:
    """Load the kernel, and compile it once a machine, where this process has come to the pages that it takes it for."""
    if _kernels_pay():
        _load_kernels()


def _kernels_pay() -> bool:
    return _walked >= (_BREAK_EVEN_STARTED if "numba" in sys.modules else _BREAK_EVEN)


@cache  # once a process: it is asked for before each page
def _load_kernels() -> None:
    from cleanpipe.segment.quick import walk

    root = parse("<p>Text")
    assert root is not None
    walk(root)


def _seen(root: HtmlElement) -> Seen:
    global _walked
    if not _kernels_pay():
        _walked += 1
        return walk(root)
    from cleanpipe.segment.quick import walk as quick_walk

    return quick_walk(root)


def _drop_idle(root: HtmlElement) -> None:
    """Take out scripts but for JSON-LD, drawings without words, and the rest of ``_IDLE``."""
    kept = []
    for element in root.iter("script", "svg"):
        if element.get("type") == "application/ld+json" if element.tag == "script" else _SAYS(element):
            kept.append((element, element.tag))
            element.tag = "kept"
    etree.strip_elements(root, *_IDLE, with_tail=False)
    for element, tag in kept:
        element.tag = tag
