"""The two definitions of text that every floor shares: what a line break is, and what a clean text is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cleanpipe.model import Edit

#: What ends a line (Unicode TR 13's newline functions, form feed and vertical tab included).
LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")

_BROKEN_SPACE = re.compile(r"[\s\ufeff]*[\n\r\x0b\x0c\x85\u2028\u2029][\s\ufeff]*")


def is_gap(text: str) -> bool:
    """Whether ``text`` may stand between blocks: white space and byte order marks only."""
    return not text.strip("\ufeff \n\r\t") or not text.replace("\ufeff", " ").strip()


def layout(text: str) -> str:
    """layout@1: a run of white space that holds a line break becomes one space."""
    # Most texts hold no break, which ``splitlines`` tells sooner than the expression that tries at each space.
    return text if text.splitlines() == [text] else _BROKEN_SPACE.sub(" ", text)


def clean_text(source: str, start: int, end: int, edits: Iterable[Edit] = ()) -> str:
    """The clean text of ``source[start:end]``: the slice minus its edits (sorted, disjoint), then ``layout@1``, without
    the white space around it, but with the tabs that a table's row begins with: they are its empty cells."""
    row = source.startswith("\t", start)
    parts = []
    for edit in edits:
        parts.append(source[start : edit.start])
        parts.append(edit.inserted)
        start = edit.end
    parts.append(source[start:end])
    text = layout("".join(parts))
    words = text.strip()
    return text[: len(text) - len(text.lstrip("\t"))] + words if row and words else words
