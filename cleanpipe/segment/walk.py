"""The walk over a page's tree in plain Python: what a reader sees of it, as blocks with the elements they stand in.

The first pages of a process come this way; ``kernels`` do the same as machine code, and are held equal to this.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from cleanpipe.model import Block, Element
from cleanpipe.segment import Unreadable
from cleanpipe.segment.tags import (
    BLOCKS,
    CELL,
    DEEPEST,
    ENTRY,
    ITEM_DEPTH,
    LONGEST_NAMES,
    ROW,
    STEPS,
    UNSEEN,
    WORDS,
    no_display,
)

_HIDDEN = etree.XPath("//*[@hidden or @popover or contains(translate(@style,'NOE','noe'),'none')]")
_PERHAPS_HIDDEN = ("noscript", "dialog", "rt", "rtc")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINE = re.compile(r"\n[ \t\r\f]*\n\s*")
_TRIM = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"  # U+3000 is the last that isspace knows


Seen = tuple[str, tuple[Block, ...], tuple[Element, ...]]


def walk(root: HtmlElement) -> Seen:
    """The text, blocks and elements of ``dom.Page``. Raises Unreadable."""
    found = _Blocks()
    _walk(root, found)
    return "\n".join(found.texts), tuple(found.blocks), tuple(found.elements)


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
        if not text:
            return
        size = len(text)
        menu = _list_of(frame) if linked >= size and size < ENTRY else None
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
    begun = False  # whether a cell of it has
    at: _Frame | None = None  # the innermost element that holds all of the run's text
    dip = depth = 0
    linked = bold = 0
    links = bolds = pres = 0  # open elements of this kind

    def flush() -> None:
        nonlocal at, linked, bold
        if at is not None:
            text = "".join(run)
            if cells:
                text = "\t".join([*cells, _collapsed(text)]).rstrip(_TRIM)
                alone = text.lstrip(_TRIM)  # a row of several cells with words: the empty ones before them stay
                found.add(text if "\t" in alone else alone, at, linked, bold)
            elif pres:
                for part in _BLANK_LINE.split(text):
                    found.add(part.strip(_TRIM), at, linked, bold)
            else:
                found.add(_collapsed(text), at, linked, bold)
            at = None
        run.clear()
        cells.clear()
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
            if depth > DEEPEST:
                raise Unreadable(f"more than {DEEPEST} elements in each other")
            frame = _Frame(frame, element, tag, depth, number)
            if tag in BLOCKS:
                if row is None:
                    flush()
                    if tag == "tr" and _is_row(element):
                        row, begun = frame, False
                elif tag in ("td", "th"):
                    if begun or at is not None:
                        cells.append(_collapsed("".join(run)))
                        run.clear()
                    begun = True
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
                if tag in BLOCKS:
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


def _collapsed(text: str) -> str:
    """``text`` without the white space around it, and with single spaces in it."""
    return _SPACE.sub(" ", text).strip(_TRIM)


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
    return no_display(element.get("style", ""))


def _is_row(row: HtmlElement) -> bool:
    """Whether a table's row is one of data: two cells and more, none with more than one block of its own."""
    cells = own = size = longest = 0
    for element in row.iterdescendants():
        tag = element.tag
        if tag in ("td", "th"):
            cells += 1
            own = longest = 0
        elif tag in BLOCKS or tag == "br":
            own += 1
            if own > 1 or tag in ("table", "ul", "ol", "dl"):
                return False
        for text in (element.text, element.tail):
            if text:
                size += len(text)
                longest += len(text.strip())
        if size > 4 * ROW or longest > CELL:
            return False
    return cells > 1


def _list_of(frame: _Frame) -> _Frame | None:
    """The list of which the element is an item, or stands alone in one."""
    above: _Frame | None = frame
    for _ in range(ITEM_DEPTH):
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
    elif frame.depth <= STEPS:
        frame.path = parent.path + step
    else:
        frame.path = "//" + (parent.path + step).lstrip("/").partition("/")[2]
    own = f"{frame.element.get('class', '')[:LONGEST_NAMES]} {frame.element.get('id', '')[:LONGEST_NAMES]}"
    frame.names = " ".join(own.split())
    if parent is not None:
        frame.around = " ".join(f"{parent.names} {parent.around}".split()[:WORDS]) if parent.names else parent.around
