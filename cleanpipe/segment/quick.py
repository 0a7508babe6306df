"""``walk`` by kernels: what libxml2 writes of a tree goes in, numbers come out, and strings are made of them."""

from __future__ import annotations

from html import unescape
from typing import Any

import numpy as np
from lxml import etree
from lxml.html import HtmlElement

from cleanpipe.model import Block, Element
from cleanpipe.segment import Unreadable
from cleanpipe.segment.kernels.names import names_of, places_of
from cleanpipe.segment.kernels.scan import HIDES, PADDED, PREFIX, STYLE, STYLED, scan
from cleanpipe.segment.kernels.walk import blocks_of
from cleanpipe.segment.tags import DEEPEST, no_display
from cleanpipe.segment.walk import Seen


def walk(root: HtmlElement) -> Seen:
    """The same as ``walk.walk``. Raises Unreadable."""
    written = PREFIX + etree.tostring(root, encoding="utf-8", with_tail=False) + bytes(PADDED)
    data = np.frombuffer(written, np.uint8)
    elements, events, tags = scan(data, len(PREFIX))
    for element in np.flatnonzero(elements[:, HIDES] & STYLED).tolist():
        start, end = elements[element, STYLE : STYLE + 2].tolist()
        if not no_display(unescape(written[start:end].decode())):
            elements[element, HIDES] &= ~STYLED
    text, found = blocks_of(data, elements, events)
    if len(found) and found[0, 0] < 0:
        raise Unreadable(f"more than {DEEPEST} elements in each other")
    holders, _, _, linked, bold = columns = found.T.tolist()
    blocks = tuple(map(Block, range(len(found)), *columns[1:3]))
    return text.tobytes().decode(), blocks, tuple(map(Element, *_said(data, elements, tags, holders), linked, bold))


def _said(data: Any, elements: Any, tags: Any, holders: list[int]) -> tuple[list[str], list[str], list[str]]:
    """Path, names and what is around of each of these elements: model.Element."""
    order = {element: k for k, element in enumerate(dict.fromkeys(holders))}
    wanted = np.array(list(order), np.int64)
    names, places = names_of(data, elements, wanted)
    # No tag, class or id holds a line break.
    lines = places_of(data, elements, tags, names, places, wanted).tobytes().decode().split("\n")
    known: dict[str, str] = {}
    once = known.setdefault  # many stand in the same ones
    paths, own, around = lines[0:-1:3], lines[1:-1:3], lines[2:-1:3]
    own, around = list(map(once, own, own)), list(map(once, around, around))
    rows = [order[element] for element in holders]
    return [paths[k] for k in rows], [own[k] for k in rows], [around[k] for k in rows]
