"""What kind of document a page is, as far as its markup tells. Texts without markup are articles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cleanpipe.model import Document, Mark

#: Kinds whose text is not the article: no paragraph of theirs stands for a group that another document carries.
NEVER_CANONICAL = frozenset({"stub", "error"})

_LIVE_CLASS = re.compile(r"live-?(?:blog|ticker|event|feed|update|post)|news-?ticker|ticker-?entry", re.IGNORECASE)
_LIVE_ENTRIES = 3
_LIVE_SAID = re.compile(r'"@type"\s*:\s*(?:\[[^\]]*)?"LiveBlogPosting"')
_PAID_SAID = re.compile(r'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_PAID_CLASS = re.compile(
    r"pay-?wall|(?:^|[\s_-])paid-?content|subscriber-?only|premium-?(?:content|wall)", re.IGNORECASE
)
_STUB_WORDS = 150  # of a page that must be paid for, so few words are its opening
_ERROR = re.compile(
    r"(?:(?:error|fehler|erreur)\W{0,3})?(?:40[0134]|410|50[0234])\b|(?:page|seite|article|artikel|página|story)\W+"
    r"(?:was |is |wurde |could )?(?:not|nicht|no|non|introuvable)\b|not found\b|access denied\b|seite nicht gefunden"
    r"|page introuvable|página no encontrada|are you (?:a robot|human)|just a moment\b|attention required",
    re.IGNORECASE,
)
_ERROR_WORDS = 80
_CORRECTION = re.compile(
    r"(?:corrections?|clarifications?|berichtigung(?:en)?|korrektur|richtigstellung|rectificati(?:f|on)|corrección"
    r"|fe de errores|erratum)\b",
    re.IGNORECASE,
)


def kind_of(document: Document, marks: Iterable[Mark]) -> str:
    """``article``, ``liveblog``, ``stub`` (the opening of an article that must be paid for), ``correction`` or
    ``error``; ``marks`` are those on the document."""
    if not document.elements:
        return "article"
    taken: set[int] = set()
    headline = ""
    for mark in marks:
        if mark.action == "vote" and mark.score >= 0.5:
            taken.add(mark.block)
        elif mark.type == "headline" and mark.action == "type":
            headline = document.slice(document.blocks[mark.block])
    words = sum(len(document.slice(document.blocks[i]).split()) for i in taken)
    said = _scripts(document.tree)
    title = headline or document.record.title
    if words < _ERROR_WORDS and _ERROR.match(title):
        return "error"
    entries = {_entry(e.path) for i in taken if _LIVE_CLASS.search((e := document.elements[i]).around)}
    if _LIVE_SAID.search(said) or len(entries - {""}) >= _LIVE_ENTRIES:
        return "liveblog"
    if words < _STUB_WORDS and (
        _PAID_SAID.search(said) or any(_PAID_CLASS.search(f"{e.names} {e.around}") for e in document.elements)
    ):
        return "stub"
    return "correction" if _CORRECTION.match(title) else "article"


def _entry(path: str) -> str:
    """What tells the entry of a live blog from its neighbours: the last numbered list item, article or section."""
    found = re.findall(r"^.*/(?:li|article|section|div)\[\d+\](?=/)", path)
    return found[0] if found else ""


def _scripts(tree: Any) -> str:
    """The page's JSON-LD."""
    return "" if tree is None else "\n".join(script.text or "" for script in tree.iter("script"))
