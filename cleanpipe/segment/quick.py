"""``walk`` by kernels: what libxml2 writes of a tree goes in, numbers come out, and strings are made of them."""

from __future__ import annotations

from collections.abc import Callable
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
    wanted = list(dict.fromkeys(holders))
    numbers = np.array(wanted, np.int64)
    names, places = names_of(data, elements, numbers)
    written, spans = places_of(data, elements, tags, names, places, numbers)
    whole, of_names = _slices(written.tobytes()), _slices(names.tobytes())
    known: dict[str, str] = {}
    once = known.setdefault  # many stand in the same ones
    found = {
        element: (
            whole(path, above),
            once(own := of_names(start, stop), own),
            once(outer := whole(above, end), outer),
        )
        for element, (start, stop), (path, above, end) in zip(
            wanted, places[numbers].tolist(), spans.tolist(), strict=True
        )
    }
    paths, classes, around = zip(*[found[element] for element in holders], strict=True) if holders else ((), (), ())
    return list(paths), list(classes), list(around)


def _slices(data: bytes) -> Callable[[int, int], str]:
    """What gives the text from one byte to another."""
    if data.isascii():
        text = data.decode()
        return lambda start, end: text[start:end]
    return lambda start, end: data[start:end].decode()
