"""A page -> what a reader sees of it, as blocks with the elements they stand in.

Visible is what a browser with scripts shows: no scripts, styles, templates, ``<noscript>``, no fallback of frames and
players, no form values and alternative texts, nothing that is ``hidden`` or has ``display: none`` in its own style,
unless it holds most of the page's paragraphs: then a script shows it. ``aria-hidden`` text is seen, so it is taken; so
are closed ``<details>``, which a click opens. Readings beside a word (ruby) are taken where the page gives parentheses
for them: without, they would run into the word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from lxml import etree
from lxml.html import HtmlElement

from cleanpipe.model import Block, Element
from cleanpipe.segment import Unreadable

#: Elements that stand on lines of their own (the rendering section of the HTML standard), and buttons.
_BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure
        footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup p pre
        plaintext search section summary table caption colgroup thead tbody tfoot tr td th ul xmp
        """,
    )
)
#: Elements whose content nobody sees.
UNSEEN: Final = frozenset(
    re.findall(
        r"\w+",
        """
        applet area audio canvas datalist desc defs embed head iframe input link meta metadata noembed noframes
        object option optgroup param script select source style template textarea title track video
        """,
    )
)
#: What neither a reader nor an extractor wants: taken out of the tree, which makes both quicker.
_IDLE = ("script", "style", "link", "meta", "iframe", "svg")
_SAYS = etree.XPath("boolean(.//text()[normalize-space()][not(parent::title or parent::desc or parent::style)])")
_HIDDEN = etree.XPath("//*[@hidden or @popover or contains(@style,'none') or contains(@style,'NONE')]")
_PERHAPS_HIDDEN = ("noscript", "dialog", "rt", "rtc")
_NO_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINE = re.compile(r"\n[ \t\r\f]*\n\s*")
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\f\r"})  # nobody sees them, and extractors stumble over them
_NAMED_CONTROL = re.compile(
    rb"&#(?:0*(?:[1-8]|1[1245-9]|2\d|3[01]|127|6553[45])(?!\d)"
    rb"|[xX]0*(?:[1-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_TRIM = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"  # U+3000 is the last that isspace knows

_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{65536,}")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_MOST_ATTRIBUTES = 20_000  # of one element: the parser's time grows with their square, and nothing can interrupt it
_DEEPEST = 2040  # the parser gives up beyond 2048 elements in each other
_ENTRY = 60  # characters of a menu's entry, which shares a block with its neighbours
_ITEM_DEPTH = 5  # elements around the text of a list's item
_STEPS = 64  # of a path that are kept, the last ones
_WORDS = 16  # of the ancestors' classes and ids that are kept, the nearest ones
_LONGEST_NAMES = 240  # characters of an element's class and id
_ROW = 1000  # characters of a table's row beyond which its cells are blocks of their own
_CELL = 300


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


def parse(markup: str) -> HtmlElement | None:
    """The tree of a page; None where there is none. Raises Unreadable."""
    data = markup.lstrip("\ufeff").encode("utf-8", "surrogatepass").translate(None, _CONTROLS).replace(b"\f", b" ")
    data = _NAMED_CONTROL.sub(b" ", data)
    if not data.strip():
        return None
    if any(len(_QUOTED.sub(b"", tag[0]).split()) > _MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(data)):
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
        _take_in(root)
    return root


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


def page(markup: str) -> Page:
    """The visible text of a page in document order, a block a line; linear in time, without recursion.

    A block ends where a block element begins or ends, and at ``<br>``. White space inside it is collapsed as a browser
    does; a table's row is one block with tabs between its cells, unless its cells hold paragraphs of their own; the
    entries of a menu, short items of one list that are nothing but links, are one block, each on a line.
    Raises Unreadable.
    """
    root = parse(markup)
    if root is None:
        return Page("", (), (), None)
    _drop_idle(root)
    found = _Blocks()
    _walk(root, found)
    return Page("\n".join(found.texts), tuple(found.blocks), tuple(found.elements), root)


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


class _Frame:
    """An open element."""

    __slots__ = ("around", "counts", "depth", "element", "names", "number", "parent", "path", "tag")

    def __init__(self, parent: _Frame | None, element: Any, tag: str, depth: int, number: int) -> None:
        self.parent, self.element, self.tag, self.depth, self.number = parent, element, tag, depth, number
        self.counts: dict[str, int] = {}  # its children by tag, as far as they have been met
        self.path = self.names = self.around = ""  # filled in where a block stands in it


class _Blocks:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self._at = 0
        self._menu: _Frame | None = None  # the list whose items the last block holds

    def add(self, text: str, frame: _Frame, linked: int, bold: int) -> None:
        text = text.strip(_TRIM)
        if not text:
            return
        size = len(text)
        menu = _list_of(frame) if linked >= size and size < _ENTRY else None
        if menu is not None and menu is self._menu:
            last = self.blocks[-1]
            self.texts[-1] += "\n" + text
            self.blocks[-1] = Block(last.number, last.start, last.end + 1 + size)
            before = self.elements[-1]
            self.elements[-1] = Element(*_describe(menu), before.linked + size, before.bold + min(bold, size))
            self._at += size + 1
            return
        self._menu = menu
        self.texts.append(text)
        self.blocks.append(Block(len(self.blocks), self._at, self._at + size))
        self._at += size + 1
        path, names, around = _describe(frame)
        self.elements.append(Element(path, names, around, min(linked, size), min(bold, size)))


def _walk(root: HtmlElement, found: _Blocks) -> None:
    hidden = _hidden(root)
    walker = etree.iterwalk(root, events=("start", "end"))
    frame: _Frame | None = None
    skipping: Any = None
    run: list[str] = []  # the pieces of text of the block that is being read
    cells: list[str] = []  # of the row that is being read
    row: _Frame | None = None
    at: _Frame | None = None  # the innermost element that holds all of the run's text
    dip = depth = 0
    linked = bold = 0
    links = bolds = pres = 0  # open elements of this kind

    def flush() -> None:
        nonlocal at, linked, bold
        if at is not None:
            text = "".join(run)
            if cells:
                text = "\t".join([*cells, _SPACE.sub(" ", text).strip(_TRIM)])
                cells.clear()
            elif pres:
                for part in _BLANK_LINE.split(text):
                    found.add(part, at, linked, bold)
                text = ""
            else:
                text = _SPACE.sub(" ", text)
            found.add(text, at, linked, bold)
            at = None
        run.clear()
        linked = bold = 0

    for event, element in walker:
        if event == "start":
            tag = element.tag
            if tag in UNSEEN or not isinstance(tag, str):
                walker.skip_subtree()
                skipping = element
                continue
            number = 1
            if frame is not None:
                number = frame.counts[tag] = frame.counts.get(tag, 0) + 1
            if hidden and element in hidden:
                walker.skip_subtree()
                skipping = element
                continue
            depth += 1
            if depth > _DEEPEST:
                raise Unreadable(f"more than {_DEEPEST} elements in each other")
            frame = _Frame(frame, element, tag, depth, number)
            if tag in _BLOCKS:
                if row is None:
                    flush()
                    if tag == "tr" and _is_row(element):
                        row = frame
                elif tag in ("td", "th"):
                    if at is not None:
                        cells.append(_SPACE.sub(" ", "".join(run)).strip(_TRIM))
                        run.clear()
                else:
                    run.append(" ")
            elif tag == "br":
                if row is None:
                    flush()
                else:
                    run.append(" ")
            elif tag == "a":
                links += 1
            elif tag in ("b", "strong"):
                bolds += 1
            if tag == "pre":
                pres += 1
            text, holder = element.text, frame
        else:
            if skipping is not None:
                skipping = None
            else:
                assert frame is not None
                tag = frame.tag
                if tag in _BLOCKS:
                    if row is None:
                        flush()
                    elif row is frame:
                        flush()
                        row = None
                    else:
                        run.append(" ")
                if tag == "a":
                    links -= 1
                elif tag in ("b", "strong"):
                    bolds -= 1
                elif tag == "pre":
                    pres -= 1
                frame = frame.parent
                depth -= 1
                if depth < dip:
                    dip = depth
            if frame is None:
                break
            text, holder = element.tail, frame
        if text:
            if text.isspace():
                if at is not None:
                    run.append(text)
                continue
            run.append(text)
            if at is None:
                at = holder
            else:
                low = dip if dip < depth else depth
                while at.depth > low:
                    assert at.parent is not None
                    at = at.parent
            dip = depth
            if links:
                linked += len(text.strip())
            if bolds:
                bold += len(text.strip())


def _hidden(root: HtmlElement) -> set[HtmlElement]:
    """The elements that are hidden. One that holds most of the page's paragraphs is not: a script shows it to readers
    when it has put streamed parts together or asked who may read; or shows the same as a ``<noscript>``."""
    hidden = {element for element in (*_HIDDEN(root), *root.iter(*_PERHAPS_HIDDEN)) if _is_hidden(element)}
    if any(element.find(".//p") is not None for element in hidden):
        total = 0
        held: dict[HtmlElement, int] = {}
        for paragraph in root.iter("p"):
            size = sum(len(text.strip()) for text in (paragraph.text, *(e.tail for e in paragraph)) if text)
            total += size
            above = paragraph.getparent()
            while above is not None:
                if above in hidden:
                    held[above] = held.get(above, 0) + size
                above = above.getparent()
        hidden -= {element for element, size in held.items() if 5 * size > 3 * total}
    return hidden


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in ("html", "body"):
        return False  # until a script has made up the page: readers do see it
    tag = element.tag
    if tag == "noscript" or (tag == "dialog" and element.get("open") is None):
        return True
    if tag in ("rt", "rtc") and any(ruby.find(".//rp") is None for ruby in element.iterancestors("ruby")):
        return True
    if element.get("hidden") is not None or element.get("popover") is not None:
        return True
    return _NO_DISPLAY.search(element.get("style", "")) is not None


def _is_row(row: HtmlElement) -> bool:
    """Whether a table's row is one of data: two cells and more, none with more than one block of its own."""
    cells = own = size = longest = 0
    for element in row.iterdescendants():
        tag = element.tag
        if tag in ("td", "th"):
            cells += 1
            own = longest = 0
        elif tag in _BLOCKS or tag == "br":
            own += 1
            if own > 1 or tag in ("table", "ul", "ol", "dl"):
                return False
        for text in (element.text, element.tail):
            if text:
                size += len(text)
                longest += len(text.strip())
        if size > 4 * _ROW or longest > _CELL:
            return False
    return cells > 1


def _list_of(frame: _Frame) -> _Frame | None:
    """The list of which the element is an item, or stands alone in one."""
    above: _Frame | None = frame
    for _ in range(_ITEM_DEPTH):
        if above is None or above.tag == "li":
            break
        above = above.parent
    return above.parent if above is not None and above.tag == "li" else None


def _describe(frame: _Frame) -> tuple[str, str, str]:
    """(path, names, around) of an element: see model.Element. Kept with its frame and its ancestors'."""
    if not frame.path:
        open_: list[_Frame] = []
        above: _Frame | None = frame
        while above is not None and not above.path:
            open_.append(above)
            above = above.parent
        for each in reversed(open_):
            _fill(each)
    return frame.path, frame.names, frame.around


def _fill(frame: _Frame) -> None:
    parent, step = frame.parent, f"/{frame.tag}[{frame.number}]"
    if parent is None:
        frame.path = f"/{frame.tag}"
    elif frame.depth <= 2:
        frame.path = f"{parent.path}/{frame.tag}"
    elif frame.depth <= _STEPS:
        frame.path = parent.path + step
    else:
        frame.path = "//" + (parent.path + step).lstrip("/").partition("/")[2]
    own = f"{frame.element.get('class', '')[:_LONGEST_NAMES]} {frame.element.get('id', '')[:_LONGEST_NAMES]}"
    frame.names = " ".join(own.split())
    if parent is not None:
        frame.around = " ".join(f"{parent.names} {parent.around}".split()[:_WORDS]) if parent.names else parent.around
