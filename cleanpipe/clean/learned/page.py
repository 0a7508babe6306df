"""The features of a page's blocks: shape, element, classes, what stands around, and statistics of their containers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import re2
from numpy.typing import NDArray

from cleanpipe.clean.learned.shape import SAME_TITLE, SHAPES, Floats, likeness, neighbours, shapes, since
from cleanpipe.model import Document, Element

#: What a class or id word may say; one column each for the block's own names, those near it, and those further out.
_SAID = {
    "body": r"article-?_?-?(?:body|content|text|main)|"
    r"(?:story|post|entry|body|main|page|rich|content)-?_?-?(?:body|content|text|copy|main|paragraph)|"
    r"paragraph|^text$|^content$|^body$|articlebody|prose|wysiwyg|fliesstext|artikeltext",
    "article": r"article|artikel|story|post|entry|beitrag|noticia",
    "lead": r"stand-?first|sub-?title|sub-?head|lead|lede|deck|intro|excerpt|abstract|sapo|chapo|ingress|"
    r"vorspann|anleser|entradilla|bajada|summary|teaser-?text|description|dek",
    "headline": r"headline|head-?line|title|titel|ueberschrift|heading",
    "caption": r"caption|figure|image|photo|picture|bild|foto|media|gallery|slide|legende|video|player",
    "credit": r"credit|copyright|source|quelle|rights",
    "byline": r"by-?line|author|autor|signature|contributor|writer|bio",
    "date": r"date|time|published|datum|updated|meta",
    "related": r"related|recommend|more|most|also|read-?next|trending|similar|teaser|card|promo|further|mehr|"
    r"weitere|latest|popular|widget|recirc|outbrain|taboola",
    "newsletter": r"newsletter|sign-?up|subscri|abo(?:nn)?|paywall|premium|offer|cta|donat|app-",
    "share": r"shar(?:e|ing)|social|follow|tool|button|btn|icon",
    "comments": r"comment|kommentar|disqus|reply|respond|discussion|thread",
    "consent": r"cookie|consent|gdpr|privacy|modal|popup|overlay|dialog|banner",
    "nav": r"nav|menu|bread-?crumb|pagination|pager|header|footer|sidebar|side-?bar|aside|topbar|masthead|skip|"
    r"search|login",
    "ad": r"(?:^|[-_])(?:ad|ads|adv|advert|advertisement|anzeige|werbung|sponsor(?:ed)?|banner)(?:$|[-_])",
    "tags": r"tag|topic|keyword|categor|label|kicker|badge|rubrik|section-",
    "list": r"list|item|grid|row|col|feed|stream",
    "quote": r"quote|zitat|embed|tweet|instagram|pull|blockquote|infobox|info-?box|box|factbox|kasten",
    "unread": r"sr-?only|visually|screen-?reader|hidden|a11y|print",
}
CLASSES = tuple(_SAID)
TAGS = (
    "p", "h1", "h2", "h3", "h4", "li", "div", "span", "a", "td", "figcaption", "blockquote", "button", "time",
    "section", "label", "strong", "article", "dd", "pre", "body", "em",
)  # fmt: skip
ABOVE = (
    "article", "main", "aside", "nav", "footer", "header", "form", "ul", "ol", "table", "figure", "figcaption",
    "section", "blockquote", "button", "li", "p", "a", "h2", "h3", "dl", "dialog",
)  # fmt: skip
ABOVE_BIT = {tag: 1 << bit for bit, tag in enumerate(ABOVE)}
_REMEMBERED = 1 << 16  # words, and lists of them: what a process has found in so many it need not look for again
_NEAR = 6  # words of the ancestors' classes that are about the block
ASIDE = 3  # neighbours on each side

_STRUCTURE = (
    *(f"tag_{tag}" for tag in TAGS), *(f"in_{tag}" for tag in ABOVE), "depth", "link_share", "bold_share",
    "has_class", *(f"{where}_{name}" for where in ("own", "near", "far") for name in CLASSES),
)  # fmt: skip
_GROUPS = ("signature", "parent", "grandparent")
STATISTICS = ("count", "words", "prose_words", "prose_share", "link_share", "page_share", "reach", "mean_words")
_PLACE = (
    "place", "from_end", "words_before", "words_after", "prose_before", "prose_after", "page_words", "page_blocks",
    "prose_words", "prose_blocks", "title_same", "title_likeness", "after_title", "title_distance", "after_h1",
    "h1_distance", "same_text", "in_best_parent", "from_best_first", "from_best_last", "best_share", "last_in_parent",
    "first_in_parent", "in_parent", "prose_run",
)  # fmt: skip
BESIDE = ("words", "ends_stop", "link_share", "prose", "tag_p", "same_signature", "same_parent", "heading", "figure")
VOTES = (
    "vote", "vote_before", "vote_after", "vote_parent", "vote_signature", "vote_grandparent", "vote_reach",
    "vote_words", "vote_place", "vote_1_before", "vote_1_after", "vote_2_before", "vote_2_after",
)  # fmt: skip

#: The columns of ``features`` without votes.
COLUMNS = (
    *SHAPES, *_STRUCTURE, *(f"{group}_{name}" for group in _GROUPS for name in STATISTICS), *_PLACE,
    *(f"{name}_{k}_{side}" for side in ("before", "after") for k in range(1, ASIDE + 1) for name in BESIDE),
)  # fmt: skip
AT = {name: i for i, name in enumerate(COLUMNS)}


@lru_cache(maxsize=_REMEMBERED)
def _says(word: str) -> int:
    """The classes' bits for one word of a class or id attribute."""
    # Beyond ASCII, regardless of case, expressions equate letters that ``lower`` does not.
    bits = _any_of().Match(word.lower()) or () if word.isascii() else _said_by(word)
    return sum(1 << bit for bit in bits)


def _said_by(word: str) -> Iterator[int]:
    return (bit for bit, pattern in enumerate(_patterns()) if pattern.search(word))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _SAID.values())


@cache
def _any_of() -> Any:
    """All of them at once, for lower case: pages have sixty new words each."""
    found = re2.Set.SearchSet()
    for pattern in _SAID.values():
        found.Add(pattern)
    found.Compile()
    return found


@lru_cache(maxsize=_REMEMBERED)
def said(words: str) -> int:
    found = 0
    for word in words.split():
        found |= _says(word)
    return found


@lru_cache(maxsize=_REMEMBERED)
def near_far(around: str) -> tuple[int, int]:
    words = around.split(" ", _NEAR)
    near = 0
    for word in words[:_NEAR]:
        near |= _says(word)
    return near, said(words[_NEAR]) if len(words) > _NEAR else 0


def _tags_of(path: str) -> tuple[int, int, str]:
    """The bits of the tags on a path, how many there are, and the path without numbers."""
    tags = [step.partition("[")[0] for step in path.split("/") if step]
    bits = 0
    for tag in tags:
        bits |= ABOVE_BIT.get(tag, 0)
    return bits, len(tags), "/".join(tags)


_BITS_CLASSES = np.arange(len(CLASSES), dtype=np.int64)
_BITS_ABOVE = np.arange(len(ABOVE), dtype=np.int64)
_TAG_NUMBER = {tag: i for i, tag in enumerate(TAGS)}


def features(document: Document, title: str, shares: Sequence[float] | None = None) -> Floats:
    """``(blocks, len(COLUMNS))`` of a page; with the ``shares`` of its blocks that an extractor took, ``VOTES`` too."""
    texts = [document.slice(block) for block in document.blocks]
    rows = len(texts)
    found = np.zeros((rows, len(COLUMNS) + (len(VOTES) if shares is not None else 0)), np.float32)
    if not rows:
        return found
    found[:, : len(SHAPES)] = shapes(texts)
    sizes = np.fromiter(map(len, texts), np.float32, rows)
    groups = _structure(document.elements, sizes, found)
    signature, parent, grandparent = groups
    words = np.expm1(found[:, AT["words"]])
    prose = found[:, AT["prose"]] > 0
    linked = found[:, AT["link_share"]] * sizes
    for name, group in zip(_GROUPS, groups, strict=True):
        at = AT[f"{name}_count"]
        found[:, at : at + len(STATISTICS)] = _statistics(group, words, prose, linked, sizes)
    _place(found, texts, title, words, prose, parent)
    _beside(found, signature, parent)
    if shares is not None:
        found[:, len(COLUMNS) :] = _votes(np.array(shares, np.float32), sizes, signature, parent, grandparent)
    return found


def _structure(
    elements: Sequence[Element], sizes: Floats, found: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Fills the columns of tags and classes; the groups of equal signature, parent and grandparent, as numbers."""
    rows = len(elements)
    signatures: dict[tuple[str, str, str], int] = {}
    parents: dict[str, int] = {}
    grandparents: dict[str, int] = {}
    known: dict[str, tuple[int, int, str, int, int]] = {}
    groups = np.zeros((3, rows), np.int64)
    bits = np.zeros((4, rows), np.int64)
    tag_at = AT["tag_p"]
    depth = found[:, AT["depth"]]
    for row, element in enumerate(elements):
        above, _, last = element.path.rpartition("/")
        tag = last.partition("[")[0]
        held = known.get(above)
        if held is None:
            group = grandparents.setdefault(above.rpartition("/")[0], len(grandparents))
            held = known[above] = (*_tags_of(above), parents.setdefault(above, len(parents)), group)
        inside, deep, plain, groups[1, row], groups[2, row] = held
        groups[0, row] = signatures.setdefault((plain, tag, element.names), len(signatures))
        number = _TAG_NUMBER.get(tag)
        if number is not None:
            found[row, tag_at + number] = 1
        depth[row] = deep + 1
        near, far = near_far(element.around)
        bits[0, row] = inside | ABOVE_BIT.get(tag, 0)
        bits[1, row], bits[2, row], bits[3, row] = said(element.names), near, far
    at = AT["in_article"]
    found[:, at : at + len(ABOVE)] = bits[0][:, None] >> _BITS_ABOVE & 1
    for place, name in enumerate(("own", "near", "far"), 1):
        at = AT[f"{name}_{CLASSES[0]}"]
        found[:, at : at + len(CLASSES)] = bits[place][:, None] >> _BITS_CLASSES & 1
    size = np.maximum(sizes, 1)
    found[:, AT["link_share"]] = np.minimum(np.fromiter((e.linked for e in elements), np.float32, rows) / size, 1)
    found[:, AT["bold_share"]] = np.minimum(np.fromiter((e.bold for e in elements), np.float32, rows) / size, 1)
    found[:, AT["has_class"]] = [bool(e.names) for e in elements]
    return groups[0], groups[1], groups[2]


def _votes(
    shares: Floats,
    sizes: Floats,
    signature: NDArray[np.int64],
    parent: NDArray[np.int64],
    grandparent: NDArray[np.int64],
) -> Floats:
    """``(blocks, len(VOTES))``: what an extractor took of a block, of those around it and of its groups."""
    rows = len(shares)
    found = np.zeros((rows, len(VOTES)), np.float32)
    column = dict(zip(VOTES, found.T, strict=True))
    taken = shares * sizes
    total = max(float(taken.sum()), 1)
    before = np.cumsum(taken)
    column["vote"][:] = shares
    column["vote_before"][:] = (before - taken) / total
    column["vote_after"][:] = 1 - before / total
    for name, group in (("parent", parent), ("signature", signature), ("grandparent", grandparent)):
        share = np.bincount(group, taken) / np.maximum(np.bincount(group, sizes), 1)
        column[f"vote_{name}"][:] = share[group]
    on = np.flatnonzero(shares >= 0.5)
    column["vote_reach"][:] = len(on) / rows
    column["vote_words"][:] = np.log1p(total)
    if len(on):
        order = np.arange(rows)
        column["vote_place"][:] = np.where(order < on[0], -1, np.where(order > on[-1], 1, 0))
    for k in (1, 2):
        if rows > k:
            column[f"vote_{k}_before"][k:] = shares[:-k]
            column[f"vote_{k}_after"][:-k] = shares[k:]
    return found


def _statistics(
    groups: NDArray[np.int64], words: Floats, prose: NDArray[np.bool_], linked: Floats, sizes: Floats
) -> Floats:
    """Of each block, what its group's blocks are like."""
    rows, many = len(groups), int(groups.max()) + 1
    count = np.bincount(groups, minlength=many)
    total = np.bincount(groups, words, many)
    told = np.bincount(groups, words * prose, many)
    first = np.full(many, rows)
    np.minimum.at(first, groups, np.arange(rows))
    last = np.zeros(many, np.int64)
    np.maximum.at(last, groups, np.arange(rows))
    table = np.stack(
        [
            np.log1p(count), np.log1p(total), np.log1p(told), told / np.maximum(total, 1),
            np.bincount(groups, linked, many) / np.maximum(np.bincount(groups, sizes, many), 1),
            told / max(float((words * prose).sum()), 1), (last - first + 1) / rows, total / count,
        ],
        axis=1,
    )  # fmt: skip
    return table[groups].astype(np.float32)


def _place(
    found: Floats, texts: Sequence[str], title: str, words: Floats, prose: NDArray[np.bool_], parent: NDArray[np.int64]
) -> None:
    rows = len(texts)
    order = np.arange(rows)

    def column(name: str) -> Floats:
        return found[:, AT[name]]

    column("place")[:] = order / rows
    column("from_end")[:] = rows - order
    total = max(float(words.sum()), 1)
    told = words * prose
    prose_total = max(float(told.sum()), 1)
    before = np.cumsum(words) - words
    column("words_before")[:] = before / total
    column("words_after")[:] = 1 - (before + words) / total
    before = np.cumsum(told) - told
    column("prose_before")[:] = before / prose_total
    column("prose_after")[:] = 1 - (before + told) / prose_total
    column("page_words")[:] = np.log1p(total)
    column("page_blocks")[:] = np.log1p(rows)
    column("prose_words")[:] = np.log1p(told.sum())
    column("prose_blocks")[:] = np.log1p(prose.sum())
    column("title_likeness")[:] = likeness(texts, title)
    titles = column("title_likeness") >= SAME_TITLE
    column("title_same")[:] = titles
    column("after_title")[:], column("title_distance")[:] = since(titles)
    column("after_h1")[:], column("h1_distance")[:] = since(column("tag_h1") > 0)
    seen: dict[str, int] = {}
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
    column("same_text")[:] = [seen[text] for text in texts]
    held = np.bincount(parent, told)
    best = int(held.argmax())
    inside = np.flatnonzero(parent == best)
    column("in_best_parent")[:] = parent == best
    column("from_best_first")[:] = order - inside[0]
    column("from_best_last")[:] = order - inside[-1]
    column("best_share")[:] = held[best] / prose_total
    many = len(held)
    first = np.full(many, rows)
    np.minimum.at(first, parent, order)
    last = np.zeros(many, np.int64)
    np.maximum.at(last, parent, order)
    column("first_in_parent")[:] = order - first[parent]
    column("last_in_parent")[:] = last[parent] - order
    column("in_parent")[:] = (order - first[parent]) / np.maximum(last - first, 1)[parent]
    run = np.cumsum(told)
    reach = 5
    ahead = run[np.minimum(order + reach, rows - 1)]
    behind = np.where(order > reach, run[np.maximum(order - reach - 1, 0)], 0)
    column("prose_run")[:] = np.log1p(ahead - behind)


def _beside(found: Floats, signature: NDArray[np.int64], parent: NDArray[np.int64]) -> None:
    rows = len(found)
    own = np.stack(
        [
            found[:, AT["words"]], found[:, AT["ends_stop"]], found[:, AT["link_share"]], found[:, AT["prose"]],
            found[:, AT["tag_p"]], np.zeros(rows), np.zeros(rows),
            found[:, AT["tag_h1"]] + found[:, AT["tag_h2"]] + found[:, AT["tag_h3"]] + found[:, AT["tag_h4"]],
            np.maximum(found[:, AT["in_figure"]], found[:, AT["in_figcaption"]]),
        ],
        axis=1,
    )  # fmt: skip
    width = len(BESIDE)
    same_signature, same_parent = BESIDE.index("same_signature"), BESIDE.index("same_parent")
    at = AT[f"{BESIDE[0]}_1_before"]
    for here, there in neighbours(rows, ASIDE):
        part = found[:, at : at + width]
        part[:] = -1
        part[here] = own[there]
        part[here, same_signature] = signature[here] == signature[there]
        part[here, same_parent] = parent[here] == parent[there]
        at += width
