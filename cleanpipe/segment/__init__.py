"""Source text -> blocks. Blocks and the white space between them tile the text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cleanpipe.segment.text import segment

if TYPE_CHECKING:
    from cleanpipe.segment.dom import Page

__all__ = ["Unreadable", "prepare", "segment", "segment_page"]


class Unreadable(ValueError):
    """A page that the parser cannot hold as a whole; the text says why."""


def segment_page(markup: str | bytes) -> Page:
    """``dom.page``; the parser is loaded with the first page. Raises Unreadable."""
    from cleanpipe.segment import dom

    return dom.page(markup)


def prepare() -> None:
    """Load or compile what the next page needs, before its time counts."""
    if dom := sys.modules.get("cleanpipe.segment.dom"):
        dom.prepare()
