"""A page as it was read -> the tree of its elements."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from functools import cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from cleanpipe.errors import Unreadable

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
