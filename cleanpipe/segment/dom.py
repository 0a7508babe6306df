"""A page -> what a reader sees of it, as blocks with the elements they stand in.

Visible is what a browser with scripts shows: no scripts, styles, templates, ``<noscript>``, no fallback of frames and
players, no form values and alternative texts, nothing that is ``hidden`` or has ``display: none`` in its own style,
unless it holds most of the page's paragraphs: then a script shows it. ``aria-hidden`` text is seen, so it is taken; so
are closed ``<details>``, which a click opens. Other styles (``visibility``, ``opacity``, what a style sheet says) are
not asked for, and a template is not seen even where it is a shadow root's. Readings beside a word (ruby) are taken
where the page gives parentheses for them: without, they would run into the word.
"""

from __future__ import annotations

import re
import sys
from codecs import BOM_UTF8
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from cleanpipe.model import Block, Element
from cleanpipe.segment import Unreadable
from cleanpipe.segment.walk import Seen, walk

#: What neither a reader nor an extractor wants: taken out of the tree, which makes both quicker.
_IDLE = ("script", "style", "link", "meta", "iframe", "svg")
_SAYS = etree.XPath("boolean(.//text()[normalize-space()][not(parent::title or parent::desc or parent::style)])")
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\f\r"})  # nobody sees them, and extractors stumble over them
_NAMED_CONTROL = re.compile(
    rb"&#(?:0*(?:[1-8]|1[1245-9]|2\d|3[01]|127|6553[45])(?!\d)"
    rb"|[xX]0*(?:[1-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_XHTML = ("-//W3C//DTD XHTML", "http://www.w3.org/TR/xhtml1/")
_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{65536,}")
_PIECE = 1 << 15  # bytes: half a long tag
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_MOST_ATTRIBUTES = 20_000  # of one element: the parser's time grows with their square, and nothing can interrupt it

#: Loading the kernels costs a process as much time as they save on so many pages: most of it is Numba's own start.
_BREAK_EVEN = 128
_BREAK_EVEN_STARTED = 24  # where another kernel has started it

_walked = 0  # pages by the plain walk in this process; both say the same, so this changes no result


@dataclass(frozen=True, slots=True)
class Page:
    """What is seen of a page. ``elements`` is parallel to ``blocks``; ``tree`` is the parsed page, None if it is empty,
    without what neither a reader nor an extractor wants."""

    text: str
    blocks: tuple[Block, ...]
    elements: tuple[Element, ...]
    tree: HtmlElement | None


@cache
def _parser() -> Any:
    parser: Any = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False,
        default_doctype=False,
    )  # fmt: skip
    # One class for all elements, chosen without a call into Python: extractors ask for this one.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def parse(markup: str | bytes) -> HtmlElement | None:
    """The tree of a page, given as it is or in UTF-8; None where there is none. Raises Unreadable."""
    data = markup.encode("utf-8", "surrogatepass") if isinstance(markup, str) else markup
    while data.startswith(BOM_UTF8):
        data = data[3:]
    data = data.translate(None, _CONTROLS).replace(b"\f", b" ")
    data = _NAMED_CONTROL.sub(b" ", data)
    if not data.strip():
        return None
    # A long tag fills at least one of these pieces.
    long = any(data.find(b"<", at, at + _PIECE) < 0 for at in range(0, len(data) - _PIECE + 1, _PIECE))
    if long and any(len(_QUOTED.sub(b"", tag[0]).split()) > _MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(data)):
        raise Unreadable(f"an element with more than {_MOST_ATTRIBUTES:,} attributes")
    parser = _parser()
    try:
        root: HtmlElement | None = etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError:
        return None  # not one element and no text: a lone comment
    if root is not None and parser.error_log.filter_from_fatals():
        for entry in parser.error_log:
            if entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
                raise Unreadable(f"elements in each other beyond what the parser holds ({entry.message.split(',')[0]})")
    if root is not None:
        _forget_xhtml(root)
        _take_in(root)
    return root


def _forget_xhtml(root: HtmlElement) -> None:
    """Where a page declares itself to be XHTML, libxml2 would write more than the tree holds."""
    declared = root.getroottree().docinfo
    public, system = declared.public_id, declared.system_url
    if (public or "").startswith(_XHTML) or (system or "").startswith(_XHTML):
        declared.public_id = declared.system_url = None


def _take_in(root: HtmlElement) -> None:
    """Put what follows ``</html>`` to the end of the root, since a browser shows it: the parser leaves it beside."""
    beside = list(root.itersiblings())
    if not beside and not root.tail:
        return
    tail, root.tail = root.tail, None
    if tail and len(root):
        root[-1].tail = (root[-1].tail or "") + tail
    elif tail:
        root.text = (root.text or "") + tail
    for element in beside:
        root.append(element)


def page(markup: str | bytes) -> Page:
    """The visible text of a page in document order, a block a line; linear in time, without recursion. ``markup`` may
    be in UTF-8.

    A block ends where a block element begins or ends, and at ``<br>``. White space inside it is collapsed as a browser
    does; a table's row is one block with tabs between its cells (it begins with one where the first of several is
    empty), unless its cells hold paragraphs of their own; the entries of a menu, short items of one list that are
    nothing but links, are one block, each on a line. Raises Unreadable.
    """
    root = parse(markup)
    if root is None:
        return Page("", (), (), None)
    _drop_idle(root)
    return Page(*_seen(root), root)


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
