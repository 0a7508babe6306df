"""Who published: the record's field, the config's glob, the URL's registrable domain, the first folder."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from cleanpipe.read.formats import stem
from cleanpipe.read.spec import InputFile

if TYPE_CHECKING:
    from tldextract import TLDExtract

#: Query parameters that say where a reader came from, never which article it is.
_TRACKING = re.compile(
    r"utm_\w+|at_(?:medium|campaign)\w*|(?:fb|g|d|y|tw)clid|msclkid|igshid|[wg]braid|mc_[ce]id|_ga|_gl|ref|ref_?src|referrer"
    r"|cmp(?:id)?|ncid|ocid|icid|ito|smid|smtyp|taid|xtor|wt_?mc|wt\.mc_id|share|sharetype|guccounter|guce_\w+",
    re.IGNORECASE,
)
_AMP_PARAMETER = re.compile(r"amp|amp_(?:js_v|gsa|tf|r)|usqp|output_?type", re.IGNORECASE)
#: Copies of a page under another host; what follows is the page's own address, perhaps without its scheme.
_WRAPPERS = (
    re.compile(r"https?://web\.archive\.org/web/\d+(?:[a-z]{2}_)?/(.+)", re.IGNORECASE),
    re.compile(r"https?://archive\.(?:today|ph|is|li|vn|fo|md)/(?:\d{4,14}|newest|oldest)/(.+)", re.IGNORECASE),
    re.compile(r"https?://(?:www\.)?google\.[a-z.]{2,6}/amp/(?:s/)?(.+)", re.IGNORECASE),
    re.compile(r"https?://[^/]+\.cdn\.ampproject\.org/[a-z](?:/s)?/(.+)", re.IGNORECASE),
    re.compile(r"https?://webcache\.googleusercontent\.com/search\?q=cache:(?:[\w-]{12}:)?([^&+]+)", re.IGNORECASE),
)


def outlet_of(file: InputFile, given: str = "", url: str = "") -> tuple[str, str]:
    """The outlet and where it is from: ``record``, ``config``, ``url``, ``folder``; ("", "") if unknown.

    ``given`` is the record's own field.
    """
    if given:
        return given, "record"
    bare = stem(file.path)
    for pattern, outlet in file.spec.outlets.items():
        if fnmatchcase(file.path, pattern) or fnmatchcase(bare, pattern):
            return outlet, "config"
    if domain := registrable_domain(url):
        return domain, "url"
    folder, slash, _ = file.path.partition("/")
    return (folder, "folder") if slash else ("", "")


def registrable_domain(url: str) -> str:
    """``example.co.uk`` for a page of ``news.example.co.uk`` (by the Public Suffix List that tldextract ships: it is
    never fetched); copies in archives and caches count as the page they show. "" for addresses without such a name."""
    parts = _split(url)
    return _registrable(parts.hostname or "") if parts else ""


@lru_cache(maxsize=65536)
def _registrable(host: str) -> str:
    host = host.rstrip(".")
    if "." not in host or ":" in host or re.fullmatch(r"[\d.]+", host):
        return ""
    found = _suffixes()(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else ""
    return ".".join(host.split(".")[-2:])  # the list's own rule for top-level domains that it does not know


@cache
def _suffixes() -> TLDExtract:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def canonical_url(url: str) -> str:
    """What the addresses of one article have in common, as an https address: without ``www.``, AMP, port, fragment,
    tracking parameters and the last slash. "" where the address names no article (none, not the web's, a front page):
    articles must not be taken for versions of each other because a dump gives all of them the site's address."""
    parts = _split(url)
    if not parts:
        return ""
    host = re.sub(r"^(?:(?:www\d?|amp|m|mobile)\.)+(?=[^.]+\.)", "", parts.hostname or "")
    path = re.sub(r"/+", "/", parts.path)
    path = re.sub(r"(?:/amp/?|\.amp)$", "", re.sub(r"\.amp(?=\.html?$)", "", path)).rstrip("/")
    query = sorted(
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(key) and not _AMP_PARAMETER.fullmatch(key)
    )
    if not path and not query:
        return ""
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"https://{host}{port}{path}" + (f"?{urlencode(query)}" if query else "")


def article_url(url: str, declared: str = "") -> str:
    """What versions of an article share: the canonical form of the address that its page declares, else of its own.

    A page that declares the section above it is believed no more than one that declares the site.
    """
    own, told = canonical_url(url), canonical_url(declared)
    return own if not told or own.startswith((f"{told}/", f"{told}?")) else told


def _split(url: str) -> SplitResult | None:
    """The parts of a web address, unwrapped from archives and caches; None if it is none."""
    url = url.strip()
    for _ in range(3):  # a copy of a copy
        inner = next((match[1] for match in (wrapper.match(url) for wrapper in _WRAPPERS) if match), None)
        if inner is None:
            break
        inner = unquote(inner) if re.match(r"https?%3a", inner, re.IGNORECASE) else inner
        url = re.sub(r"^(https?):/+", r"\1://", inner) if re.match(r"https?:/", inner) else f"https://{inner}"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises ValueError where it is no number)
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None
