"""trafilatura's cascade of extractors over a parsed page, with the same result in less time.

The cascade itself is the library's (``trafilatura.core.trafilatura_sequence``, as ``bare_extraction`` calls it). While
it runs, some of its parts are replaced by ones that say the same:

* expressions that pick elements by their attributes are evaluated by ``Spots``, those for the same part of the page in
  one walk;
* readability is not asked, or does not clean what it takes, where its answer cannot count: it replaces the library's
  own extraction only where it is more than twice as long, or the other has no paragraphs or more tables than
  paragraphs; and no answer is longer than the page without what readability holds for unlikely at first sight;
* trees are copied where one of two is changed: what is pruned from the page is pruned from the copies that are made
  anyway, and the cleaned page, which justext sees, is made only when justext is asked;
* the text of the whole page, which is measured to tell whether too little was taken, is not laid out where its length
  cannot tell so;
* justext gets its paragraphs from ``Paragraphs``.

The text, which nobody here asks for, is not laid out, and options are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from cleanpipe.clean.paragraphs import Paragraphs
from cleanpipe.clean.spots import Spots

# Parts of them are no public interface: whoever imports this module copes with an AttributeError or a KeyError.
core: Any = import_module("trafilatura.core")
external: Any = import_module("trafilatura.external")
htmlprocessing: Any = import_module("trafilatura.htmlprocessing")
main_extractor: Any = import_module("trafilatura.main_extractor")
baseline: Any = import_module("trafilatura.baseline")
readability: Any = import_module("trafilatura.readability_lxml")

_VIDEO = len("VIDEO")  # what readability puts in the place of a frame
_UNLIKELY, _MAYBE = (readability.REGEXES[name] for name in ("unlikelyCandidatesRe", "okMaybeItsACandidateRe"))
_EMPTY = XPath(".//*[not(node())]")
_LENGTH = XPath("string-length(normalize-space(.))")  # no less than what Python leaves of the text: more is space to it
_FORUM = "DiscussionForumPosting"
_REMEMBERED, _SHORT = 1 << 12, 200  # names of elements; characters of one

_OPTIONS = Extractor(output_format="python", comments=False)
_STOPWORDS = frozenset(external.jt_stoplist_init())  # remembers its hash, by which justext looks it up


class _Page:
    """The page in the cascade: what is pruned from it is pruned from the copies that are worked on."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree
        self.pruned: list[HtmlElement] = []

    def __copy__(self) -> HtmlElement:
        return self.without(())

    def without(self, more: Sequence[HtmlElement]) -> HtmlElement:
        """A copy without what is pruned and some more elements."""
        tree = copy(self.tree)
        if less := {*self.pruned, *more}:
            tags = {str(element.tag) for element in less}
            twins = zip(self.tree.iter(*tags), list(tree.iter(*tags)), strict=True)
            for twin in [twin for element, twin in twins if element in less]:
                core.delete_element(twin)
        return tree

    def length(self, less: Sequence[HtmlElement] = ()) -> int:
        """The most characters that a reading of the page can have, of one without some elements."""
        left_out = {*self.pruned, *self.tree.iter("script", "style", "fencedframe"), *less}
        size = _longest(self.tree)
        for element in left_out:
            if left_out.isdisjoint(element.iterancestors()):
                size -= int(_LENGTH(element))
        return size


def _spots(*lists: list[Any]) -> list[Any]:
    """The lists of expressions, one after the other, as parts of one ``_Together``."""
    paths = [path for each in lists for path in each]
    try:
        together = _Together(Spots(*(path.path for path in paths)))
    except ValueError:
        return paths
    return [partial(together, number) for number in range(len(paths))]


def _longest(tree: HtmlElement) -> int:
    """The most characters that readability can make of an element."""
    return int(_LENGTH(tree)) + _VIDEO * sum(1 for _ in tree.iter("iframe"))


class _Together:
    """Expressions that are evaluated one after the other below the same element, in one walk: what the first one is
    asked for tells what the others find. Where they look for one element each, it tells so until one has found its
    own, since that is taken apart then; where for all, elements that are taken out in between may be among them."""

    def __init__(self, spots: Spots) -> None:
        self._spots, self._alone = spots, [Spots(path) for path in spots.paths]
        self._tree: Any = None
        self._found: list[list[Any]] = []

    def __call__(self, number: int, tree: Any) -> list[Any]:
        if not number:
            self._tree, self._found = tree, self._spots.each(tree)
        elif tree is not self._tree:
            return self._alone[number](tree)
        found = self._found[number]
        if number + 1 == len(self._found) or (found and self._spots.single):
            self._tree, self._found = None, []
        return found


def _quick() -> list[tuple[Any, str, Any]]:
    """(module, name, what stands there while the cascade runs)."""
    discarded = ("OVERALL_DISCARD_XPATH", "DISCARD_IMAGE_ELEMENTS", "TEASER_DISCARD_XPATH")
    lists = [getattr(main_extractor, name) for name in discarded]
    sections = iter(_spots(*lists))
    page = [core.RAW_TREE_PRUNE_XPATH, core.REMOVE_COMMENTS_AND_LISTS_XPATH]
    raw = iter(_spots(*page))
    return [
        (core, "RAW_TREE_PRUNE_XPATH", list(islice(raw, len(page[0])))),
        (core, "REMOVE_COMMENTS_AND_LISTS_XPATH", list(raw)),
        (core, "_forum_thread_page", _forum),
        (core, "prune_unwanted_nodes", _prune),
        (core, "_prepare_tree", _prepare_tree),
        (core, "_extract_and_compare", _extract_and_compare),
        (core, "baseline", lambda page: baseline.baseline(copy(page))),
        (core, "html2txt", _page_text),
        (main_extractor, "BODY_XPATH", _spots(main_extractor.BODY_XPATH)),
        *((main_extractor, name, list(islice(sections, len(own)))) for name, own in zip(discarded, lists, strict=True)),
        (baseline, "BASIC_CLEAN_XPATH", _spots([baseline.BASIC_CLEAN_XPATH])[0]),
        (readability.Document, "remove_unlikely_candidates", lambda _: None),  # done before
        (readability.Document, "sanitize", _sanitize),
        (htmlprocessing, "prune_html", _prune_html),
        (external, "justext_rescue", _justext_rescue),
        (external, "ParagraphMaker", Paragraphs),
        (external, "JT_STOPLIST", _STOPWORDS),
    ]


def pieces(tree: HtmlElement) -> list[str]:
    """The texts of the elements that ``trafilatura.bare_extraction(tree, include_comments=False)`` takes, in order; []
    where it takes nothing. The tree is not changed."""
    try:
        with _replaced():
            body, text, _, _ = core.trafilatura_sequence(_Page(tree), _OPTIONS)
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


def _forum(page: _Page) -> bool:
    """Whether the page's data say that it is a discussion; as there, with a look for the word first."""
    texts = (script.text for script in page.tree.iterfind('.//script[@type="application/ld+json"]'))
    return any(text and _FORUM in text and core._DISCUSSION_FORUM_POSTING_RE.search(text) for text in texts)


def _prune(page: _Page, paths: Any) -> _Page:
    for path in paths:
        page.pruned += path(page.tree)
    return page


def _prepare_tree(page: _Page, options: Extractor, url: str | None) -> tuple[HtmlElement, None]:
    """See the library's, which also copies what it has before the conversion."""
    return core.convert_tags(core.tree_cleaning(copy(page), options), options, url), None


def _extract_and_compare(cleaned: HtmlElement, _: None, page: _Page, options: Extractor) -> tuple[Any, str]:
    """See the library's; readability sees an empty page where its answer cannot count."""
    body, text = core.extract_content(cleaned, options)
    balanced = options.focus == "balanced"
    length = page.length() if balanced else 0
    most = 2 * len(text)
    sound = balanced and text and _sound(body)
    _seen.most = most if sound else -1
    if sound and length <= most:
        readable = HtmlElement()
    else:
        unlikely = _unlikely(page.tree)
        readable = HtmlElement() if sound and page.length(unlikely) <= most else page.without(unlikely)
    found: tuple[Any, str] = core.compare_extraction(
        lambda: core.tree_cleaning(copy(page), options), readable, body, text, options
    )
    if balanced:
        _seen.length, _seen.taken = length, len(found[1])
    return found


def _justext_rescue(tree: Callable[[], HtmlElement], options: Extractor) -> tuple[Any, str]:
    found: tuple[Any, str] = core.justext_rescue(tree(), options)
    return found


class _Seen:
    """Characters of the page and of what was taken of it, as the last comparison found them. What rescues a short
    extraction afterwards makes it only longer. And how many readability must find more than to count."""

    length = taken = 0
    most = -1


_seen = _Seen()


def _page_text(page: _Page) -> str:
    """``html2txt(page)``; or "" where it is too short to say that too little was taken."""
    longest = _seen.length + 2 * sum(1 for _ in page.tree.iter(*baseline._BLOCK_ELEMS))  # with spaces around each
    text: str = baseline.html2txt(copy(page)) if longest * core.ESCALATION_PAGE_SHARE > _seen.taken else ""
    return text


def _sound(body: Any) -> bool:
    """Whether there are paragraphs with text, and no fewer than tables."""
    paragraphs = body.findall(".//p")
    return any(next(each.itertext(), "") for each in paragraphs) and len(body.findall(".//table")) <= len(paragraphs)


def _unlikely(tree: HtmlElement) -> list[HtmlElement]:
    """The elements that readability takes out first, in document order."""
    found = []
    for element in tree.iterdescendants():
        names = element.get("class"), element.get("id")
        said = _said.get(names)
        if said is None:
            said = _sounds_unlikely(names)
        if said and element.tag not in readability.FRAME_TAGS:
            found.append(element)
    return found


def _sounds_unlikely(names: tuple[str | None, str | None]) -> bool:
    text = " ".join(filter(None, names))
    low = text.lower()
    said = len(text) > 1 and bool(_UNLIKELY.search(low)) and not _MAYBE.search(low)
    if len(_said) >= _REMEMBERED:
        _said.clear()
    if len(text) <= _SHORT:
        _said[names] = said
    return said


_said: dict[tuple[str | None, str | None], bool] = {}


def _sanitize(readable: Any, node: HtmlElement, candidates: Any) -> str:
    """See the library's; "" where what readability takes is too short to count."""
    if _longest(node) <= _seen.most:
        return ""
    text: str = _sanitized(readable, node, candidates)
    return text


def _prune_html(tree: HtmlElement, focus: str = "balanced") -> HtmlElement:
    """See the library's."""
    tails = focus != "precision"
    for element in _EMPTY(tree):
        if element.tag in htmlprocessing.CUT_EMPTY_ELEMS:
            core.delete_element(element, keep_tail=tails)
    return tree


_sanitized: Any = readability.Document.sanitize
_PARTS = [(module, name, quick, getattr(module, name)) for module, name, quick in _quick()]
