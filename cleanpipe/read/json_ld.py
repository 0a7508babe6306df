"""The article that a page's JSON-LD describes, in the terms of schema.org."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import orjson

from cleanpipe.read.outlet import canonical_url

_ARTICLES = frozenset((
    "NewsArticle", "Article", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "ReviewNewsArticle",
    "BackgroundNewsArticle", "AskPublicNewsArticle", "AdvertiserContentArticle", "SatiricalArticle", "LiveBlogPosting",
    "BlogPosting", "SocialMediaPosting", "TechArticle", "ScholarlyArticle", "MedicalScholarlyArticle", "Report",
    "DiscussionForumPosting", "Review", "Recipe",
))  # fmt: skip
_PAGES = frozenset(("WebPage", "ItemPage", "AboutPage", "FAQPage"))
_RIGHTS = ("isAccessibleForFree", "license", "copyrightHolder", "copyrightYear", "copyrightNotice", "creditText",
           "usageInfo", "conditionsOfAccess")  # fmt: skip
_NODES = 10_000  # of one page
_LONG = 1000  # characters of a value
#: What scripts wrap around JSON so that it passes as XML or as a comment.
_WRAPPED = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$")


@dataclass(frozen=True, slots=True)
class Article:
    """``rights``: (name of the property, value) in a fixed order. Unknown values are empty."""

    headline: str = ""
    published: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    language: str = ""
    rights: tuple[tuple[str, str], ...] = ()
    live: bool = False  # a LiveBlogPosting


def article(scripts: Iterable[str], url: str = "", title: str = "") -> Article:
    """The article of the page at ``url`` with this ``<title>``: the one that names this address (but for what
    ``canonical_url`` leaves out), else the one whose headline the title holds, else the first; a page in its place.

    What is not JSON is passed over: metadata are a help, never a reason to refuse a page.
    """
    nodes = [node for script in scripts for node in _nodes(_load(script))]
    named = {node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node in nodes if _types(node) & _ARTICLES]
    own = articles
    if len(articles) > 1:
        here, shown = canonical_url(url), _plain(title)
        own = [node for node in articles if here and here in _addresses(node, url)]
        own = own or [node for node in articles if (said := _plain(_string(node.get("headline")))) and said in shown]
    own = own or articles[:1]
    pages = [node for node in nodes if _types(node) & _PAGES]
    # A page tells what its article leaves out, but calls its title a name.
    told = [*own[:1], *pages[:1]]
    if not told:
        return Article()

    def first(*names: str) -> Any:
        return next((node[name] for node in told for name in names if node.get(name) not in (None, "", [], {})), None)

    authors = tuple(dict.fromkeys(name for each in _list(first("author", "creator")) if (name := _name(each, named))))
    return Article(
        headline=_string(told[0].get("headline") or told[0].get("name")),
        published=_string(first("datePublished", "dateCreated")),
        authors=authors,
        publisher=next((name for each in _list(first("publisher")) if (name := _name(each, named))), ""),
        language=_string(_one(first("inLanguage"), "alternateName", "name")),
        rights=tuple((name, value) for name in _RIGHTS if (value := _right(first(name), named))),
        live=any("LiveBlogPosting" in _types(node) for node in own),
    )


def _load(script: str) -> Any:
    try:
        return orjson.loads(script)
    except orjson.JSONDecodeError:
        pass
    try:
        # Line breaks within strings are what spoils most of these.
        return json.loads(_WRAPPED.sub("", script).strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a document: of lists, graphs and what a page is about; not those that only belong to another."""
    pending = [value]
    for _ in range(_NODES):
        if not pending:
            return
        found = pending.pop()
        if isinstance(found, list):
            pending += found[_NODES::-1]
        elif isinstance(found, dict):
            yield found
            pending += [found[name] for name in ("mainEntityOfPage", "mainEntity", "@graph") if name in found]


def _types(node: Mapping[str, Any]) -> set[str]:
    return {each.rpartition("/")[2] for each in _list(node.get("@type")) if isinstance(each, str)}


def _addresses(node: Mapping[str, Any], base: str) -> set[str]:
    found = [node.get("url"), node.get("@id"), *_list(node.get("mainEntityOfPage"))]
    plain = (each.get("@id") or each.get("url") if isinstance(each, dict) else each for each in found)
    return {canonical_url(_joined(base, each.strip())) for each in plain if isinstance(each, str)}


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _one(value: Any, *names: str) -> Any:
    """The value, the first of a list, or what one of ``names`` says in an object."""
    value = next(iter(_list(value)), None)
    return next((value[name] for name in names if value.get(name)), None) if isinstance(value, dict) else value


def _name(value: Any, named: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of a person or organisation: a string, an object, or a reference to one."""
    if isinstance(value, dict):
        value = value if value.get("name") else named.get(str(value.get("@id")), value)
        value = _one(value.get("name"), "@value")
    name = _string(value)
    return "" if re.match(r"(?:https?:)?//", name) else name


def _right(value: Any, named: Mapping[str, Mapping[str, Any]]) -> str:
    value = next(iter(_list(value)), None)
    if isinstance(value, bool | int):
        return str(value).lower()
    text = (_name(value, named) or _string(_one(value, "url", "@id"))) if isinstance(value, dict) else _string(value)
    return text.lower() if text in ("True", "False") else text


def _string(value: Any) -> str:
    """A string without markup and needless white space, "" for anything else or what is too long."""
    if not isinstance(value, str) or len(value) > 16 * _LONG:
        return ""
    text = html.unescape(value)
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    shown = " ".join(text.split())
    return shown if len(shown) <= _LONG else ""
