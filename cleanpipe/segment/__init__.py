"""Source text -> blocks. Blocks and the white space between them tile the text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cleanpipe.errors import Unreadable
from cleanpipe.segment.text import segment

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from cleanpipe.segment.dom import Page

__all__ = ["Unreadable", "parse_page", "prepare", "segment", "segment_page", "segment_tree"]


def parse_page(markup: str | bytes) -> HtmlElement | None:
    """``markup.parse``; the parser is loaded with the first page. Raises Unreadable."""
    from cleanpipe.markup import parse

    return parse(markup)


def segment_tree(tree: HtmlElement | None) -> Page:
    """``dom.page_of``. Raises Unreadable."""
    from cleanpipe.segment import dom

    return dom.page_of(tree)


def segment_page(markup: str | bytes) -> Page:
    """``dom.page``. Raises Unreadable."""
    return segment_tree(parse_page(markup))


def prepare() -> None:
    """Load or compile what the next page needs, before its time counts."""
    if dom := sys.modules.get("cleanpipe.segment.dom"):
        dom.prepare()
