"""The entries of a live blog: where each begins in the source text, and when it was posted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from cleanpipe.clean.kinds import CLOCK
from cleanpipe.dates import rfc3339
from cleanpipe.model import Document, Entry

#: A line that tells the time of day and nothing else, in a page that is known to be a live blog.
_POSTED = re.compile(
    r"(?:(?:posted|published|updated|aktualisiert|veröffentlicht|publié|publicado|actualizado)\s(?:at|um|à|a las)?\s*)?"
    rf"(?:{CLOCK.pattern})",
    re.IGNORECASE,
)
_PROSE = 12  # words of a block that is more than a line about an entry


def entries(document: Document, taken: Sequence[int]) -> list[Entry]:
    """The entries of a page that is a live blog, in text order. ``taken``: the blocks of its article.

    An entry is the innermost element around a ``<time datetime>`` that holds prose; where that is all of the article,
    it begins with the time. Of times that stand in different tags, those count that make the most entries. On a page
    without any, an entry begins with a line that is a time of day and nothing else.
    """
    if document.tree is None or not taken:
        return []
    span = range(max(taken[0] - 1, 0), taken[-1] + 1)
    return _dated(document, span) or [
        Entry(document.blocks[i].start, document.slice(document.blocks[i]))
        for i in span
        if _POSTED.fullmatch(document.slice(document.blocks[i]))
    ]


def _dated(document: Document, span: range) -> list[Entry]:
    first: dict[Any, int] = {}  # element -> the first block in it
    prose: set[Any] = set()  # elements with prose in them
    for i in span:
        element = _element(document.tree, document.elements[i].path)
        long = len(document.slice(document.blocks[i]).split()) >= _PROSE
        for each in () if element is None else (element, *element.iterancestors()):
            first.setdefault(each, i)
            if long:
                prose.add(each)
    alike: dict[tuple[str, ...], list[tuple[list[Any], str]]] = {}  # by the tags that the time stands in
    for time in document.tree.iter("time"):
        if when := rfc3339(time.get("datetime")):
            around = [time, *time.iterancestors()]
            alike.setdefault(tuple(each.tag for each in around), []).append((around, when))
    # Entries are built alike; a time that stands elsewhere is the article's own.
    found = max((_begun(times, first, prose) for times in alike.values()), key=len, default={})
    return [Entry(document.blocks[i].start, found[i]) for i in sorted(found)]


def _begun(times: list[tuple[list[Any], str]], first: Mapping[Any, int], prose: Collection[Any]) -> dict[int, str]:
    """Block that begins an entry -> its time, the first of several."""
    whole: dict[int, str] = {}
    flat: dict[int, str] = {}
    for around, when in times:
        entry = next((each for each in around if each in prose), None)
        if entry is not None:
            whole.setdefault(first[entry], when)
        place = next((first[at] for each in around for at in (each, *each.itersiblings()) if at in first), None)
        if place is not None:
            flat.setdefault(place, when)
    # An entry has a time or two, posted and changed.
    return whole if 3 * len(whole) >= len(times) else flat


def _element(root: Any, path: str) -> Any:
    """The element at a path; None at one that is cut. Not by XPath, which asks what a prefix in a tag's name means."""
    found = root if not path.startswith("//") else None
    for step in path.split("/")[2:]:
        if found is None:
            break
        tag, _, number = step.rstrip("]").partition("[")
        found = next(islice(found.iterchildren(tag), int(number or 1) - 1, None), None)
    return found
