"""What a page says of itself, from a tree: JSON-LD (schema.org), meta tags (Open Graph, Dublin Core, citation, and the
names that publishing systems agree on), ``<html lang>``, ``<link>``, ``<time>``, ``<title>``; each with its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element
from lxml.html import HtmlElement

from cleanpipe.dates import rfc3339
from cleanpipe.errors import Unreadable
from cleanpipe.markup import parse
from cleanpipe.read.json_ld import Article, article

_ROOT = re.compile(r"<(?:!--.*?(?:-->|\Z)|((?i:html)\s[^<>]*>))", re.DOTALL)
_SAVED = re.compile(r"<!--\s*(?:saved from url=\(\d{4}\)|Page saved with SingleFile\s+url:\s*)(https?://\S+)", re.I)
_TITLES = ("og:title", "citation_title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title",
           "twitter:title", "headline")  # fmt: skip
_DATES = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "citation_publication_date", "citation_online_date", "citation_date",
    "dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date.created",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "publishdate",
    "publish-date", "publish_date", "publication_date", "publicationdate", "pubdate", "article_date_original",
    "dc.date", "dcterms.date", "date", "article:published", "rnews:datepublished", "og:pubdate",
)  # fmt: skip
_AUTHORS = ("citation_author", "dc.creator", "dcterms.creator", "author", "parsely-author", "sailthru.author",
            "article:author", "og:article:author", "byl", "cxenseparse:author")  # fmt: skip
_SITES = (
    "og:site_name",
    "citation_journal_title",
    "dc.publisher",
    "dcterms.publisher",
    "application-name",
    "copyright-holder",
)
_LANGUAGES = ("content-language", "dc.language", "dcterms.language", "language", "og:locale", "inlanguage")
_ROBOTS = ("robots", "googlebot", "googlebot-news", "bingbot", "tdm-reservation", "tdm-policy")
_RIGHTS = ("copyright", "dc.rights", "dcterms.rights", "dcterms.license", "dcterms.rightsholder", "rights", "license",
           "article:content_tier", "cc:license")  # fmt: skip

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?=[/_-])")
_SEPARATOR = re.compile(r"\s*[|–—•·»:-]\s*\Z")  # of a title and a site's name
_LONG = 1000  # characters of a value; a longer one is no title, name or licence


@dataclass(frozen=True, slots=True)
class Metadata:
    """``rights`` and ``sources`` as in ``model.Record``. Unknown values are empty."""

    canonical_url: str = ""
    own_url: str = ""  # where the page says that it stands; its canonical address may be another site's
    title: str = ""
    published: str = ""
    unread_date: str = ""
    authors: tuple[str, ...] = ()
    site: str = ""
    language: str = ""
    rights: tuple[str, ...] = ()
    live: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)


def page_metadata(markup: str, url: str = "", tree: HtmlElement | None = None) -> Metadata:
    """What the page says of itself; ``url`` is its address if it is known, ``tree`` the page if it has been parsed."""
    if tree is None:
        try:
            tree = parse(markup)
        except Unreadable:
            return Metadata()
    if tree is None:
        return Metadata()
    # Where something stands before ``<html>``, the parser leaves out what that says.
    return metadata(tree, url, "" if tree.attrib else _language_of_root(markup))


def _language_of_root(markup: str) -> str:
    roots = (parse(tag[0]) for tag in _ROOT.finditer(markup) if tag[1])
    return next((said for root in roots if root is not None and (said := _lang(root))), "")


def saved_from(markup: str) -> str:
    """The address that a browser notes in a page when it saves it."""
    found = _SAVED.search(markup, 0, 4096)
    return _absolute("", found[1]) if found else ""


def metadata(tree: _Element, url: str = "", language: str = "") -> Metadata:
    """What a parsed page says of itself; the tree is not changed. ``url`` is its address, ``language`` what its root
    declares, if they are known."""
    meta: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    times: list[_Element] = []
    scripts: list[str] = []
    title, base = "", url
    unseen = {element for template in tree.iter("template") for element in template.iter()}
    licences = [link for link in tree.iter("a") if "license" in link.get("rel", "")]
    for element in (*tree.iter("html", "meta", "link", "time", "base", "title", "script"), *licences):
        tag = element.tag
        if element in unseen:
            continue
        if tag == "meta":
            content = _text(element.get("content"))
            for attribute in ("name", "property", "itemprop", "http-equiv"):
                if content and (name := element.get(attribute)):
                    meta.setdefault(name.strip().lower(), []).append(content)
        elif tag in ("link", "a"):
            for relation in (element.get("rel") or "").lower().split():
                if target := (element.get("href") or "").strip():
                    links.setdefault(relation, []).append(target)
        elif tag == "time":
            times.append(element)
        elif tag == "title":
            title = title or _text("".join(element.itertext()))
        elif tag == "html":
            language = language or _lang(element)
        elif tag == "base":
            base = _absolute(base, element.get("href") or "") or base
        elif (element.get("type") or "").strip().lower() == "application/ld+json":
            scripts.append("".join(element.itertext()))

    sources: dict[str, str] = {}

    def first(name: str, options: Iterable[tuple[str, Any]]) -> Any:
        for source, value in options:
            if value:
                sources[name] = source
                return value
        return ""

    addresses = [
        (source, next((full for each in given if (full := _absolute(base, each))), ""))
        for source, given in (("link:canonical", links.get("canonical", [])), ("meta:og:url", meta.get("og:url", [])))
    ]
    canonical = first("canonical_url", addresses)
    # Of two sites that a page names, one has the original.
    elsewhere = urlsplit(addresses[0][1]).netloc != urlsplit(addresses[1][1]).netloc
    own_url = first("own_url", reversed(addresses) if elsewhere else addresses)
    said = article(scripts, canonical or url, title)
    site = first("site", [*_metas(meta, _SITES[:1]), ("json-ld", said.publisher), *_metas(meta, _SITES[1:])])
    found_title = first("title", [("json-ld", said.headline), *_metas(meta, _TITLES), ("title", title)])
    dates = [*_dates(said, meta, times), ("url", _in_url(canonical or url))]
    published = first("published", ((source, rfc3339(value)) for source, value in dates))
    authors = first("authors", [("json-ld", said.authors), *_author_metas(meta)])
    languages = [("html:lang", language), ("json-ld", said.language), *_metas(meta, _LANGUAGES)]
    return Metadata(
        canonical_url=canonical,
        own_url=own_url,
        title=_bare(found_title, site),
        published=published,
        unread_date="" if published else next((str(value)[:64] for _, value in dates if value), ""),
        authors=authors or (),
        site=site,
        language=first("language", ((source, _language(value)) for source, value in languages)),
        rights=tuple(dict.fromkeys(_rights(said, meta, links, base))),
        live=said.live,
        sources=sources,
    )


def _lang(root: _Element) -> str:
    return (root.get("lang") or root.get("xml:lang") or "").strip()


def _metas(meta: Mapping[str, list[str]], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        for value in meta.get(name, [])[:1]:
            yield f"meta:{name}", value


def _author_metas(meta: Mapping[str, list[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in _AUTHORS:
        names = (_text(value.removeprefix("By ").removeprefix("by ")) for value in meta.get(name, []))
        # Some give the address of the author's page, or what a template left open.
        real = (each for each in names if each and not re.match(r"(?:https?:)?//|[\[{@$]", each))
        yield f"meta:{name}", tuple(dict.fromkeys(real))


def _dates(said: Article, meta: Mapping[str, list[str]], times: list[_Element]) -> Iterator[tuple[str, str]]:
    yield "json-ld", said.published
    yield from _metas(meta, _DATES)
    published = [
        time.get("datetime") or ""
        for time in times
        if "datepublished" in (time.get("itemprop") or "").lower() or time.get("pubdate") is not None
    ]
    yield "time:published", next(iter(published), "")
    # The only time on a page is the article's, and so are two of one day: posted and changed. More may be teasers'.
    every = {rfc3339(time.get("datetime")) for time in times} - {""}
    if len(every) <= 2 and len({when[:10] for when in every}) == 1:
        yield "time", min(every)


def _in_url(url: str) -> str:
    found = _IN_URL.search(urlsplit(url).path) if url else None
    return "-".join(found.groups()) if found else ""


def _rights(said: Article, meta: Mapping[str, list[str]], links: Mapping[str, list[str]], base: str) -> Iterator[str]:
    for name in (*_ROBOTS, *_RIGHTS):
        for value in meta.get(name, []):
            yield f"meta:{name}: {value}"
    for relation in ("license", "copyright"):
        for target in links.get(relation, []):
            yield f"link:{relation}: {_absolute(base, target) or target[:_LONG]}"
    for name, value in said.rights:
        yield f"json-ld:{name}: {value}"


def _absolute(base: str, target: str) -> str:
    """``target`` as an absolute web address, "" if that cannot be told."""
    try:
        full = urljoin(base, target.strip())
        parts = urlsplit(full)
    except ValueError:
        return ""
    return full if parts.scheme in ("http", "https") and parts.netloc and len(full) <= 4096 else ""


def _bare(title: str, site: str) -> str:
    """A page's title without the name of the site at its end."""
    end = _SEPARATOR.search(title[: -len(site)]) if site else None
    if not end or not end.start():
        return title
    last = title[-len(site) :]
    # An expression for each site would take longer to compile than all the rest takes.
    same = last == site or re.fullmatch(re.escape(site), last, re.IGNORECASE)
    return title[: end.start()] if same else title


def _language(value: str) -> str:
    found = _LANGUAGE.fullmatch(value.strip().split(",")[0].strip())
    if not found:
        return ""
    first, *rest = re.split("[-_]", found[0])
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def _text(value: str | None) -> str:
    """White space made single, "" for what is too long to be a name or a title."""
    shown = " ".join((value or "").split())
    return shown if len(shown) <= _LONG else ""
