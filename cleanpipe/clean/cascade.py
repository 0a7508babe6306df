"""trafilatura's cascade of extractors over a parsed page, with the same result in half the time.

The cascade itself is the library's (``trafilatura.core.trafilatura_sequence``, as ``bare_extraction`` calls it). While
it runs, some of its parts are replaced by ones that say the same:

* expressions that pick elements by their attributes are evaluated by ``Spots``;
* readability is not asked where its answer cannot count: it replaces the library's own extraction only where it is
  more than twice as long, or the other has no paragraphs or more tables than paragraphs; and no answer is longer than
  the page without what readability holds for unlikely at first sight;
* trees are copied where one of two is changed: the page only where something is pruned from it, the cleaned page,
  which justext sees, only when justext is asked;
* the text of the whole page, which is measured to tell whether too little was taken, is not laid out where its length
  cannot tell so;
* justext gets its paragraphs from ``Paragraphs``.

The text, which nobody here asks for, is not laid out, and options are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from importlib import import_module
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from cleanpipe.clean.paragraphs import Paragraphs
from cleanpipe.clean.spots import Spots

# Parts of them are no public interface: whoever imports this module copes with an AttributeError or a KeyError.
core: Any = import_module("trafilatura.core")
external: Any = import_module("trafilatura.external")
main_extractor: Any = import_module("trafilatura.main_extractor")
baseline: Any = import_module("trafilatura.baseline")
readability: Any = import_module("trafilatura.readability_lxml")

_UNSEEN = ("script", "style", "fencedframe")  # which readability leaves out
_VIDEO = len("VIDEO")  # what it puts in the place of a frame
_UNLIKELY, _MAYBE = (readability.REGEXES[name] for name in ("unlikelyCandidatesRe", "okMaybeItsACandidateRe"))
_NAMED = XPath(".//*[@class or @id]")
_REMEMBERED, _SHORT = 1 << 12, 200  # names of elements; characters of one


def _spots(paths: Any) -> Any:
    """A list of XPath expressions, or one, as ``Spots`` where they are understood."""
    if not isinstance(paths, list):
        return _spots([paths])[0]
    try:
        return [Spots(path.path) for path in paths]
    except ValueError:
        return paths


_OPTIONS = Extractor(output_format="python", comments=False)
_STOPWORDS = frozenset(external.jt_stoplist_init())  # remembers its hash, by which justext looks it up


def _quick() -> list[tuple[Any, str, Any]]:
    """(module, name, what stands there while the cascade runs)."""
    return [
        (core, "RAW_TREE_PRUNE_XPATH", _spots(core.RAW_TREE_PRUNE_XPATH)),
        (core, "REMOVE_COMMENTS_AND_LISTS_XPATH", _spots(core.REMOVE_COMMENTS_AND_LISTS_XPATH)),
        (core, "prune_unwanted_nodes", _pruned),
        (core, "_prepare_tree", _prepare_tree),
        (core, "_extract_and_compare", _extract_and_compare),
        (core, "html2txt", _page_text),
        (main_extractor, "BODY_XPATH", _spots(main_extractor.BODY_XPATH)),
        (main_extractor, "OVERALL_DISCARD_XPATH", _spots(main_extractor.OVERALL_DISCARD_XPATH)),
        (main_extractor, "DISCARD_IMAGE_ELEMENTS", _spots(main_extractor.DISCARD_IMAGE_ELEMENTS)),
        (main_extractor, "TEASER_DISCARD_XPATH", _spots(main_extractor.TEASER_DISCARD_XPATH)),
        (baseline, "BASIC_CLEAN_XPATH", _spots(baseline.BASIC_CLEAN_XPATH)),
        (readability.Document, "remove_unlikely_candidates", _remove_unlikely),
        (external, "justext_rescue", _justext_rescue),
        (external, "ParagraphMaker", Paragraphs),
        (external, "JT_STOPLIST", _STOPWORDS),
    ]


def pieces(tree: HtmlElement) -> list[str]:
    """The texts of the elements that ``trafilatura.bare_extraction(tree, include_comments=False)`` takes, in order; []
    where it takes nothing. The tree is not changed."""
    try:
        with _replaced():
            body, text, _, _ = core.trafilatura_sequence(tree, _OPTIONS)
    except (TypeError, ValueError):  # as there
        return []
    return [] if len(text) < _OPTIONS.min_output_size else list(body.itertext())


@contextmanager
def _replaced() -> Iterator[None]:
    for module, name, quick, _ in _PARTS:
        setattr(module, name, quick)
    try:
        yield
    finally:
        for module, name, _, own in _PARTS:
            setattr(module, name, own)


def _pruned(tree: HtmlElement, paths: Any) -> HtmlElement:
    """The page, or a copy of it, without the elements that one of the paths finds."""
    return _prune(copy(tree), paths) if any(path(tree) for path in paths) else tree


def _prepare_tree(tree: HtmlElement, options: Extractor, url: str | None) -> tuple[HtmlElement, None]:
    """See the library's, which also copies what it has before the conversion."""
    return core.convert_tags(core.tree_cleaning(copy(tree), options), options, url), None


def _extract_and_compare(cleaned: HtmlElement, _: None, tree: HtmlElement, options: Extractor) -> tuple[Any, str]:
    """See the library's; readability sees an empty page where its answer cannot count."""
    body, text = core.extract_content(cleaned, options)
    balanced = options.focus == "balanced"
    length = _length(tree) if balanced else 0
    most = 2 * len(text)
    counts = not (balanced and text and _sound(body) and (length <= most or _likely(tree) <= most))
    raw = copy(tree) if counts else HtmlElement()
    found: tuple[Any, str] = core.compare_extraction(
        lambda: core.tree_cleaning(copy(tree), options), raw, body, text, options
    )
    if balanced:
        _seen.length, _seen.taken = length, len(found[1])
    return found


def _justext_rescue(tree: Callable[[], HtmlElement], options: Extractor) -> tuple[Any, str]:
    found: tuple[Any, str] = core.justext_rescue(tree(), options)
    return found


class _Seen:
    """Characters of the page and of what was taken of it, as the last comparison found them. What rescues a short
    extraction afterwards makes it only longer."""

    length = taken = 0


_seen = _Seen()


def _page_text(tree: HtmlElement) -> str:
    """``html2txt(tree)``; or "" where it is too short to say that too little was taken."""
    longest = _seen.length + 2 * sum(1 for _ in tree.iter(*baseline._BLOCK_ELEMS))  # with spaces around each
    text: str = baseline.html2txt(tree) if longest * core.ESCALATION_PAGE_SHARE > _seen.taken else ""
    return text


def _sound(body: Any) -> bool:
    """Whether there are paragraphs with text, and no fewer than tables."""
    paragraphs = body.findall(".//p")
    return any(next(each.itertext(), "") for each in paragraphs) and len(body.findall(".//table")) <= len(paragraphs)


def _length(tree: HtmlElement) -> int:
    """The most characters that a reading of the page can have."""
    return _size(tree) - sum(len(" ".join((each.text or "").split())) for each in tree.iter(*_UNSEEN))


def _size(tree: HtmlElement) -> int:
    return len(" ".join(tree.text_content().split())) + _VIDEO * sum(1 for _ in tree.iter("iframe"))


def _likely(tree: HtmlElement) -> int:
    """The most characters that readability can take of the page."""
    unlikely: set[HtmlElement] = set()
    size = _size(tree)
    for element in _unlikely(tree):
        if unlikely.isdisjoint(element.iterancestors()):
            size -= len(" ".join(element.text_content().split()))
        unlikely.add(element)
    return size


def _unlikely(tree: HtmlElement) -> list[HtmlElement]:
    """The elements that readability takes out first, in document order."""
    found = []
    for element in _NAMED(tree):
        name, own = element.get("class"), element.get("id")
        names = f"{name} {own}" if name and own else name or own or ""
        said = _sounds_unlikely if len(names) <= _SHORT else _sounds_unlikely.__wrapped__
        if len(names) > 1 and said(names) and element.tag not in readability.FRAME_TAGS:
            found.append(element)
    return found


@lru_cache(maxsize=_REMEMBERED)
def _sounds_unlikely(names: str) -> bool:
    names = names.lower()
    return bool(_UNLIKELY.search(names)) and not _MAYBE.search(names)


def _remove_unlikely(readable: Any) -> None:
    for element in _unlikely(readable.doc):
        element.drop_tree()


_prune: Any = core.prune_unwanted_nodes
_PARTS = [(module, name, quick, getattr(module, name)) for module, name, quick in _quick()]
