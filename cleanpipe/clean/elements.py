"""What the markup of a page says of its blocks: headline, standfirst, caption, byline, list ...; teasers and tools of
the site inside the article; and paragraphs of the article that an extractor missed.

All of it is seen from the blocks that were taken by vote: without one a page has no article to speak of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache

from pydantic import BaseModel, ConfigDict

from cleanpipe.clean.features import Line, Page, fold, line_of, title_of
from cleanpipe.model import Batch, Document, Element, Mark, Marks, Strength

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FIGURE = frozenset({"figure", "figcaption"})
_REMEMBERED = 1 << 13  # names, by what is looked for in them
_NEAR = 6  # words of the ancestors' classes that are about the block: those of the next ancestor or two


#: What is found in classes and ids. The pages of a site have the same ones, and are asked for them again and again.
_Search = Callable[[str], re.Match[str] | None]


def _search(pattern: str) -> _Search:
    """``pattern`` without regard to case; first in lower case where that is the same, which is much quicker."""
    lower, either = re.compile(pattern).search, re.compile(pattern, re.IGNORECASE).search

    @lru_cache(maxsize=_REMEMBERED)
    def search(text: str) -> re.Match[str] | None:
        return None if text.isascii() and not lower(text.lower()) else either(text)

    return search


def _searches(patterns: Iterable[tuple[str, str]]) -> tuple[tuple[str, _Search], ...]:
    return tuple((name, _search(pattern)) for name, pattern in patterns)


def _any(patterns: Iterable[tuple[str, str]]) -> _Search:
    return _search("|".join(pattern for _, pattern in patterns))


#: Type, and the class or id words that say it, of the block's own element or of those right around it.
_SAID = (
    ("credit", r"(?:image|photo|picture|media|figure|foto|bild)[-_]*(?:credit|copyright|source|author)|copyright"
               r"|fotocredit|(?:^|[\s_-])credits?(?:$|[\s_-])|photographer|bildnachweis"),
    ("caption", r"caption|bildunterschrift|bildtext|(?:image|photo)[-_]*(?:text|description|legend)|legende"),
    ("byline", r"by-?line|(?:^|[\s_-])author(?:s|-?name|-?info|-?line)?(?:$|[\s_])|article[-_]*author|signature"
               r"|(?:^|[\s_-])autor(?:en|in)?(?:$|[\s_-])|contributors?(?:$|[\s_-])"),
    ("dateline", r"(?:^|[\s_-])(?:publish(?:ed)?|publication|pub|post|entry|article|update[ds]?|modified)[-_]*date"
                 r"|(?:publish(?:ed)?|update[ds]?|modified)[-_]*time|time-?stamp|date-?line|(?:^|[\s_-])(?:date|datetime|datum)(?:$|[\s_])"),
)  # fmt: skip
_SAYS = _searches(_SAID)
_any_kind = _any(_SAID)
_standfirst = _search(
    r"(?:^|[\s_-])(?:stand-?first|sub-?title|sub-?head(?:line|ing)?|lead|lede|deck?|intro|excerpt|abstract|sapo|chapo"
    r"|ingress|vorspann|anleser|entradilla|bajada|sommario|occhiello|synopsis)(?:$|\s|__)"
    r"|(?:article|post|story|entry|header)[-_]*(?:lead|intro|summary|teaser|desc|abstract|excerpt|subtitle)"
    r"|(?:lead|intro|teaser)[-_]?text"
)
#: Category of junk, and the words that say it.
_JUNK_SAID = (
    ("newsletter", r"newsletter|sign-?up|subscribe|subscription|abonn"),
    ("related", r"related|recommend|(?:^|\s)read-?(?:more|next|also)|more-?(?:topic|stories|on|from|news)"
                r"|most-?(?:read|popular)|also-?read|see-?also|trending|similar|link-?card|further-?reading|lesen-?sie"),
    ("share", r"(?:^|[\s_-])shar(?:e|ing)(?:$|[\s_-])|social|share-?(?:bar|buttons?|tools?|wrap)|follow-?us"),
    ("comments", r"(?:^|[\s_-])comments?(?:$|[\s_-])|disqus|comment-?(?:list|form|count)"),
    ("consent", r"cookie|consent|gdpr|privacy|social-placeholder|embed-placeholder"),
    ("paywall", r"paywall-?(?:offer|box|message)|premium-?box"),
    ("nav", r"bread-?crumb|(?:^|[\s_-])(?:menu|navbar|navigation|sub-?nav|pagination|pager)(?:$|[\s_-])"),
    ("ad", r"(?:^|[\s_-])(?:ad|ads|advert|advertisement|anzeige|werbung|sponsored)(?:$|[\s_-])"),
    ("promo", r"(?:^|[\s_-])promo|donat|app-?(?:box|banner|promo)"),
    ("bio", r"author-?(?:box|bio|card|info|description|profile)|about-?(?:the-?)?author|autoren?-?(?:box|info|kasten)"),
    ("tags", r"(?:^|[\s_-])(?:tags?|topics?|keywords?)(?:$|[\s_-])|tag-?(?:list|cloud|links)"),
    ("tools", r"debug|print-?only|(?:^|[\s_-])tools?(?:$|[\s_-])|toolbar|feedback|rating"),
)  # fmt: skip
_JUNK = _searches(_JUNK_SAID)
_any_junk = _any(_JUNK_SAID)
_EMBED = re.compile(
    r"twitter-(?:tweet|video)|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|fb-post|reddit-embed"
)
_unread = _search(r"sr-?only|visually-?hidden|screen-?reader|assistive-?text|a11y-?hidden|u-hidden")

_PARAGRAPHS = frozenset({"p", "h2", "h3", "h4", "blockquote", "li"})
_NO_LEAD = frozenset({"figure", "figcaption", "nav", "li", "time", "button", "table", "aside", "address", "h1"})
_NO_PARAGRAPH = _NO_LEAD | {"footer", "form", "ul", "ol", "label", "summary", "dialog"}
_other = _search(
    r"teaser-?(?:text|box|item|list|short)|widget|image|photo|picture|lightbox|video|gallery|embed|tweet|expandable"
    r"|accordion|info-?box|disclaimer|side-?note"
)
_CONTENT = frozenset({"table", "blockquote", "pre"})  # what a figure may hold beside a picture
_LEAD_WORDS, _LEAD_MOST = 5, 90
_LABEL_WORDS = 60
_ENTRY_WORDS = 6  # of a menu's entry
_NO_LABEL = frozenset({"nav", "aside", "footer", "form", "button"})
_SLUG = 5  # a class with so many hyphens is the title of something
_LINK_WORDS, _LINK_SIZE = 4, 15  # and at least so many characters of it are the link
_LABEL = re.compile(r"[^\W\d_][^.!?:»>|\d]{1,40}[:»>|]+\s*")
_END, _PROMPT_WORDS = 4, 45
_MOST = 0.25  # what is said of more of the article is said of the article
_TEASER_WORDS = 30  # the link to another article is no longer
_TITLE = 12  # characters of a title below which it may be any word
_LEADS = 3  # paragraphs of a standfirst
_TAGS = (
    ("li", "list", "It is an item of a list."),
    ("blockquote", "quote", "Its element is a quotation."),
    ("table", "table", "It is a row or a cell of a table."),
)


class Elements:
    """Types the blocks of pages by their elements, strips what a site puts among them, keeps what was missed."""

    name = "elements"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, settings: Settings) -> None:
        pass

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for row, document in enumerate(batch):
            if document.elements and (taken := marks.taken(row)):
                yield from _Article(row, document, taken).marks()


class _Article:
    """A page seen from the blocks that were taken for its article."""

    def __init__(self, row: int, document: Document, taken: list[int]) -> None:
        self._page = Page(row, document, (), 0, -1)
        self._elements, self._taken = document.elements, taken
        self._lines = _Lines(document)
        self._shares: dict[_Search, float] = {}  # of the article of which a class says this

    @cached_property
    def _size(self) -> int:
        return sum(len(self._lines[i].text) for i in self._taken)

    def marks(self) -> Iterator[Mark]:
        junk = self._junk()
        headline, says = self._headline()
        leads = self._standfirst(headline)
        if headline >= 0:
            why = "It is a heading and says the page's title." if says else "It is the page's first heading."
            yield self._type(headline, "headline", "certain", why)
        for i in leads:
            yield self._type(i, "standfirst", "certain", "It stands between the headline and the article.")
        for i in self._taken:
            if i == headline or i in leads:
                continue
            if i in junk:
                rule, category, family, reason = junk[i]
                # A list of offices with links may be the service that the article does its readers.
                strength: Strength = "strong" if rule == "links" else "certain"
                yield self._page.mark(
                    i, f"elements/{rule}@1", "strip", strength, family, reason, type=f"junk:{category}"
                )
            elif said := self._kind(i):
                yield self._type(i, *said)
        yield from self._beside(headline, leads)
        for i in reversed(self._taken[-_END:]):
            line = self._lines[i]
            if line.prose and line.words > _PROMPT_WORDS:
                break  # what stands above the last paragraph is not the end
            if line.words <= _PROMPT_WORDS and i != headline:
                yield self._page.mark(
                    i, "elements/end@1", "strip", "strong", "place", "It is one of the last blocks of the article.",
                    type="junk:end",
                )  # fmt: skip
        for i in self._missed():
            yield self._page.mark(
                i, "elements/missed@1", "keep", "strong", "container",
                "It stands between paragraphs that were taken, in the same element.",
            )  # fmt: skip
            if (said := self._kind(i)) and said[1] == "strong":
                yield self._type(i, *said)

    def _type(self, i: int, kind: str, strength: Strength, reason: str) -> Mark:
        return self._page.mark(i, f"elements/{kind}@1", "type", strength, "element", reason, type=kind)

    # --- what belongs to the article

    def _headline(self) -> tuple[int, bool]:
        """The first heading up to the end of the article that says the page's title (True), else the first ``h1``; or
        -1."""
        title = fold(title_of(self._page.document))
        first = -1
        for i in range(self._taken[-1] + 1):
            tags = self._elements[i].tags
            if _HEADINGS.isdisjoint(tags) or self._elements[i].linked * 2 > len(self._lines[i].text):
                continue
            if "h1" in tags and first < 0:
                first = i
            own = fold(self._lines[i].text)
            if len(own) >= _TITLE and len(title) >= _TITLE and (own in title or title in own):
                return i, True
        return first, False

    def _standfirst(self, headline: int) -> list[int]:
        """Paragraphs between the headline and the article's first one: by their classes, or where they share the
        headline's ``header``."""
        found: list[int] = []
        if headline < 0:
            return found
        for i in range(headline + 1, min(headline + 12, self._taken[-1])):
            element, line = self._elements[i], self._lines[i]
            tags = element.tags
            if line.words < _LEAD_WORDS or 2 * element.linked > len(line.text) or not _NO_LEAD.isdisjoint(tags):
                continue
            own = element.names if i in self._taken else _near(element, 3)
            said = _standfirst(own) is not None
            inside = ("header" in tags or "hgroup" in tags) and line.words <= _LEAD_MOST
            if not (said or inside) or (i in self._taken and not said) or _any_kind(element.names):
                break
            found.append(i)
            if len(found) == _LEADS:
                break
        return found

    def _kind(self, i: int) -> tuple[str, Strength, str] | None:
        """The type of a block by its tags, or by its classes where it is no prose."""
        element = self._elements[i]
        tags = element.tags
        if not _FIGURE.isdisjoint(tags) and _CONTENT.isdisjoint(tags):
            credit = _SAYS[0][1](element.names) is not None
            return ("credit" if credit else "caption"), "certain", "It stands in a figure."
        if not _HEADINGS.isdisjoint(tags):
            return "subhead", "strong", "It is a heading within the article."
        if _any_kind(element.names) and self._lines[i].words <= _LABEL_WORDS:
            for kind, words in _SAYS:
                if (kind == "caption" or not self._lines[i].prose) and words(element.names) and self._rare(words):
                    return kind, "certain", f"Its class says so: {element.names}."
        if "blockquote" in tags and _EMBED.search(_near(element, _NEAR)):
            return "embed", "strong", "It is a post of a social network, as its site embeds it."
        for tag, kind, reason in _TAGS:
            if tag in tags and not (tag == "table" and self._lines[i].prose):  # a table may be there for the layout
                return kind, "strong", reason
        return None

    def _beside(self, headline: int, leads: Collection[int]) -> Iterator[Mark]:
        """Captions, credits, bylines and dates of the article that were not taken: whoever wants them has them."""
        start = headline if 0 <= headline < self._taken[0] else self._taken[0]
        known = {*self._taken, headline, *leads}
        for i in range(start, self._taken[-1]):
            element = self._elements[i]
            said = not _FIGURE.isdisjoint(element.tags) or _any_kind(element.names) is not None
            if i in known or not (said or "time" in element.tags):
                continue
            if self._lines[i].words > _LABEL_WORDS or not _NO_LABEL.isdisjoint(element.tags):
                continue
            if said:
                kind = self._kind(i)
                if kind and kind[1] == "certain":
                    yield self._type(i, *kind)
            else:
                yield self._type(i, "dateline", "certain", "It is a time by its element.")

    def _missed(self) -> Iterator[int]:
        """Paragraphs and subheads between taken ones that have the same parent."""
        parents: dict[str, int] = {}  # -> how many of its children were taken up to here
        taken = set(self._taken)
        waiting: dict[str, list[int]] = {}  # blocks that count as missed if another child of their parent was taken
        for i in range(self._taken[0], self._taken[-1] + 1):
            element = self._elements[i]
            parent = _parent(element)
            if i in taken:
                parents[parent] = parents.get(parent, 0) + 1
                yield from waiting.pop(parent, ())
            elif i + 1 in taken and not element.linked and self._heads(i):
                yield i
            elif parents.get(parent, 0) > 1 and element.tags[-1] in _PARAGRAPHS:
                line = self._lines[i]
                if line.prose and 2 * element.linked < len(line.text):
                    waiting.setdefault(parent, []).append(i)

    def _heads(self, i: int) -> bool:
        """Whether block ``i`` is a heading right above a paragraph of its own parent, as in entries of a ticker."""
        element, below = self._elements[i], self._elements[i + 1]
        return element.tags[-1] in _HEADINGS and below.tags[-1] == "p" and _parent(element) == _parent(below)

    # --- what does not

    def _junk(self) -> dict[int, tuple[str, str, str, str]]:
        """Taken block -> rule, category, cue family and reason."""
        found: dict[int, tuple[str, str, str, str]] = {}
        told: dict[str, tuple[str, str]] = {}
        run: list[int] = []
        for i in [*self._taken, -1]:
            if i >= 0 and self._links_away(i):
                run.append(i)
                continue
            if len(run) > 1 or any("\n" in self._lines[k].text for k in run):
                found |= dict.fromkeys(run, ("links", "related", "links", "It is one of a list of links."))
            run = []
        for i in self._taken:
            element = self._elements[i]
            if _unread(element.names):
                found[i] = ("unread", "hidden-label", "element", "Only a screen reader says it.")
            elif not _HEADINGS.isdisjoint(element.tags) and 10 * element.linked >= 9 * len(self._lines[i].text):
                found[i] = ("teaser", "teaser", "links", "It is a heading that leads to another article.")
            elif self._leads_away(i):
                found[i] = (
                    "link",
                    "related",
                    "links",
                    "It is nothing but a link to something else, perhaps with a label.",
                )
            elif "nav" in element.tags and 2 * element.linked > len(self._lines[i].text):
                found[i] = ("nav", "nav", "element", "It stands in a menu.")
            else:
                near = _near(element, _NEAR)
                if near not in told:
                    told[near] = self._category(near)
                category, said = told[near]
                if category:
                    found[i] = ("class", category, "element", f"Its class says so: {said}.")
        return found

    def _leads_away(self, i: int) -> bool:
        """Whether a paragraph is one link, or a label and a link: "See also: the title of another article"."""
        element = self._elements[i]
        if element.linked < _LINK_SIZE:
            return False
        line = self._lines[i]
        size = len(line.text)
        if element.tags[-1] in ("td", "th") or not _LINK_WORDS <= line.words <= _TEASER_WORDS:
            return False
        if "li" in element.tags or "table" in element.tags or "\n" in line.text:
            return False
        label = _LABEL.match(line.text)
        return element.linked >= max(size - (label.end() if label else 0) - 2, _LINK_SIZE)

    def _category(self, names: str) -> tuple[str, str]:
        """The category of junk that classes tell, and the word that tells it."""
        if _any_junk(names):
            for category, words in _JUNK:
                if (said := words(names)) and self._rare(words):
                    return category, said[0].strip(" _-")
        return "", ""

    def _links_away(self, i: int) -> bool:
        element, document = self._elements[i], self._page.document
        if not element.linked and document.text[document.blocks[i].start] != "\u200b":
            return False
        line = self._lines[i]
        if 2 * element.linked < len(line.text):  # empty where the block is nothing but marks without width
            return False
        if "\n" in line.text or ("li" in element.tags and line.words <= _TEASER_WORDS):
            return True  # a menu is one block
        return line.words <= _ENTRY_WORDS and 10 * element.linked >= 9 * len(line.text)

    def _rare(self, words: _Search) -> bool:
        """Whether a class that says so is of a small part of the article."""
        if words not in self._shares:
            size = sum(len(self._lines[i].text) for i in self._taken if words(_near(self._elements[i], _NEAR)))
            self._shares[words] = size / self._size
        return self._shares[words] <= _MOST


class _Lines(dict[int, Line]):
    """The shape of each block, found out when it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __missing__(self, i: int) -> Line:
        line = self[i] = line_of(self._document.slice(self._document.blocks[i]))
        return line


def _near(element: Element, words: int) -> str:
    """The element's own classes and the first words of its ancestors', without slugs of other texts."""
    return _joined(element.names, element.around, words)


@lru_cache(maxsize=_REMEMBERED)
def _joined(names: str, around: str, words: int) -> str:
    found = f"{names} {' '.join(around.split(' ', words)[:words])}"
    return found if found.count("-") < _SLUG else " ".join(w for w in found.split() if w.count("-") < _SLUG)


def _parent(element: Element) -> str:
    """The path of the element that holds the block's innermost paragraph, heading or list."""
    steps = element.path.split("/")
    for place in range(len(steps) - 1, 0, -1):
        if steps[place].partition("[")[0] in _PARAGRAPHS:
            return "/".join(steps[:place])
    return element.path.rpartition("/")[0]


def says_other(element: Element) -> bool:
    """Whether an element, or the classes right around it, say that it is something else than the article's text."""
    if not _NO_PARAGRAPH.isdisjoint(element.tags) and "blockquote" not in element.tags[-2:]:
        return True
    words = f"{element.names} {' '.join(element.around.split()[:_NEAR])}"
    return any(search(words) for search in (_any_junk, _any_kind, _other))
