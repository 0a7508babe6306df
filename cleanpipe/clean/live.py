"""The entries of a live blog: where each begins in the source text, and when it was posted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from cleanpipe.clean.kinds import CLOCK
from cleanpipe.dates import rfc3339
from cleanpipe.model import Document, Entry


def entries(document: Document, taken: Sequence[int]) -> list[Entry]:
    """The entries of a page that is a live blog, in text order. ``taken``: the blocks of its article.

    An entry begins with the block in which a ``<time datetime>`` stands, of those that stand in the same tags the most
    frequent; on a page without any, with a line that is a time of day and nothing else.
    """
    if document.tree is None or not taken:
        return []
    span = range(max(taken[0] - 1, 0), taken[-1] + 1)
    return _dated(document, span) or [
        Entry(document.blocks[i].start, document.slice(document.blocks[i]))
        for i in span
        if CLOCK.fullmatch(document.slice(document.blocks[i]))
    ]


def _dated(document: Document, span: range) -> list[Entry]:
    holders: dict[Any, int] = {}  # element -> the first block that it holds by itself
    for i in span:
        holders.setdefault(_element(document.tree, document.elements[i].path), i)
    found: dict[tuple[str, ...], dict[int, str]] = {}  # by the tags that the time stands in
    for time in document.tree.iter("time"):
        when = rfc3339(time.get("datetime"))
        around = [time, *time.iterancestors()]
        holder = next((holders[each] for each in around if each in holders), None)
        if when and holder is not None:
            found.setdefault(tuple(each.tag for each in around), {}).setdefault(holder, when)
    # Entries are built alike; a time that stands elsewhere is the article's own.
    most = max(found.values(), key=len, default={})
    return [Entry(document.blocks[i].start, most[i]) for i in sorted(most)]


def _element(root: Any, path: str) -> Any:
    """The element at a path; None at one that is cut. Not by XPath, which asks what a prefix in a tag's name means."""
    found = root if not path.startswith("//") else None
    for step in path.split("/")[2:]:
        if found is None:
            break
        tag, _, number = step.rstrip("]").partition("[")
        found = next(islice(found.iterchildren(tag), int(number or 1) - 1, None), None)
    return found
