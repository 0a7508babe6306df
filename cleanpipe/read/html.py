"""Pages: bytes -> decoded markup with what the page says of itself. (Its text is found by segmentation.)"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from webencodings.labels import LABELS

from cleanpipe.model import METADATA, Record, Rejected, Source
from cleanpipe.read.decode import binary, decode, hides_in_ascii, unicode_mark
from cleanpipe.read.formats import FORMATS
from cleanpipe.read.ids import page_key
from cleanpipe.read.metadata import page_metadata, saved_from
from cleanpipe.read.outlet import outlet_of
from cleanpipe.read.reject import SAMPLE, reject_file
from cleanpipe.read.spec import InputFile, Limits
from cleanpipe.read.whole import whole

#: Where a page may declare its encoding: the standard's 1024 bytes are more than browsers keep to.
_PRESCAN = 4096
_META = re.compile(
    rb"""<meta\s[^<>]{0,1000}?charset\s*=\s*["']?\s*([^\s"'/>;]{1,40})"""
    rb"""|<\?xml\s[^<>]{0,200}?encoding\s*=\s*["']([^"']{1,40})""",
    re.IGNORECASE,
)
#: Python's codecs for encodings of the web's standard that have another name there, or that the standard decodes as a
#: larger one than Python does. (``replacement`` is what browsers refuse to decode; it is text all the same.)
_CODECS = {
    "iso-8859-8-i": "iso8859-8", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "windows-874": "cp874",
    "gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs", "x-user-defined": "cp1252",
}  # fmt: skip
_TAG = re.compile(r"<(?:[a-zA-Z][\w:-]*[\s/>]|!doctype|/[a-zA-Z])", re.IGNORECASE)
_ROOT = re.compile(r"\s*(?:<[?!][a-z][^>]*>\s*|<!--.{0,10000}?-->\s*)*+<([a-zA-Z][\w:.-]*)", re.I | re.S)
_JSON = re.compile(r"\{\s*[\"}]|\[\s*[\"{\[\]\d]")  # not `{{`, with which templates begin
#: Documents of other kinds that are written in angle brackets, by their root.
_OTHER = {
    "rss": "an RSS feed", "feed": "an Atom feed", "rdf:rdf": "an RSS feed", "urlset": "a site map",
    "sitemapindex": "a site map", "svg": "an SVG image", "nitf": "NITF", "newsml": "NewsML", "newsitem": "NewsML",
}  # fmt: skip


def read_html(pieces: Iterator[bytes], file: InputFile, limits: Limits) -> Iterator[Record | Rejected]:
    """The file as one page."""
    data = whole(pieces, file, limits)
    yield data if isinstance(data, Rejected) else page_record(data, file, 0)


def page_record(
    data: bytes | str, file: InputFile, number: int, charset: str = "", *, digest: str = "", **fields: Any
) -> Record | Rejected:
    """The page as a record, or why it is none.

    ``data`` is the page, decoded if a record held it as a string. ``charset`` is what its server declared. ``fields``
    are those of Record that are known already: they win over what the page says (see ``described``). ``digest`` is the
    sha256 of the record's bytes where these are more than the page. Encodings go by the standard's order: byte order
    mark, server, meta tag, the config, detection; but what is valid UTF-8 beyond ASCII is UTF-8 whatever else was
    declared, for no text of another encoding passes for it. Bytes that the encoding does not know become U+FFFD.
    """
    raw = data.encode() if isinstance(data, str) else data
    own = sha256(raw).hexdigest()
    digest = digest or own

    def reject(error: str) -> Rejected:
        if not FORMATS[file.format].many:
            return reject_file(file, error, stage="decode")
        sample = raw if len(raw) <= SAMPLE else b""
        return Rejected(file.root, file.path, number, "decode", error, digest, len(raw), sample)

    if isinstance(data, str):
        markup, encoding = data, "utf-8"
    elif what := binary(data):
        return reject(what)
    else:
        markup, encoding = decode_page(data, charset, file.spec.encoding)
    markup = markup.removeprefix("\ufeff")
    if what := _no_page(markup):
        return reject(what)
    source = Source(file.root, file.path, number, "text/html", encoding, digest, file.format)
    given = {name: "record" for name in METADATA if fields.get(name)}
    # The bytes and the encoding tell what the markup is: there is no need to encode and hash it again.
    encoded = raw if encoding == "utf-8" and "\ufffd" not in markup else b""
    key = page_key(own, encoding)
    record = Record(source, "", markup=markup, encoded=encoded, content_key=key, metadata_from=given)
    return replace(record, **fields)


def described(record: Record, file: InputFile, tree: Any = None) -> Record:
    """The record with what its page says of itself in the fields that it leaves open, and its outlet. ``tree``: the
    page, where it has been parsed."""
    found = page_metadata(record.markup, record.url, tree)
    known = dict(record.metadata_from)
    taken: dict[str, Any] = {}
    for name in ("canonical_url", "title", "published", "authors", "site", "language"):
        if not getattr(record, name) and getattr(found, name):
            taken[name] = getattr(found, name)
            known[name] = found.sources[name]
    if not record.url:
        saved = saved_from(record.markup)
        if url := saved or found.own_url:
            taken["url"] = url
            known["url"] = "comment:saved-from" if saved else found.sources["own_url"]
    if not record.language and "language" not in taken and file.spec.language:
        taken["language"], known["language"] = file.spec.language, "config"
    if not record.published and "published" not in taken and not record.unread_date:
        taken["unread_date"] = found.unread_date
    if "published" in taken:
        taken["unread_date"] = ""
    given = record.outlet if record.outlet_from == "record" else ""
    outlet, outlet_from = outlet_of(file, given, taken.get("url", record.url))
    rights = tuple(dict.fromkeys((*record.rights, *found.rights)))
    return replace(
        record, outlet=outlet, outlet_from=outlet_from, rights=rights, live=found.live, metadata_from=known, **taken
    )


def decode_page(data: bytes, charset: str = "", default: str = "") -> tuple[str, str]:
    """The markup and the codec that it was decoded by; see ``page_record``. ``default``: what the config says."""
    if encoding := unicode_mark(data):
        return data.decode(encoding, "replace"), encoding
    server, own = _codec(charset), _declared(data)
    declared = server or own or default
    hidden = bool(declared) and hides_in_ascii(declared)
    for encoding in ([declared] if hidden else []) + ["utf-8"] + ([declared] if declared and not hidden else []):
        try:
            return data.decode(encoding), encoding
        except UnicodeError:
            continue
    text = data.decode("utf-8", "replace")
    beyond = sum(not character.isascii() for character in text)
    if text.count("\ufffd") * 10 <= beyond or (declared == "utf-8" and text.count("\ufffd") * 2 <= beyond):
        return text, "utf-8"  # here and there a byte is broken: cut through by whoever put the page together
    if declared and declared != "utf-8":
        return data.decode(declared, "replace"), declared
    return decode(data)


def _declared(data: bytes) -> str:
    """The codec that the page declares itself, "" if none or one that cannot be: then it could not have been read."""
    found = _META.search(data, 0, _PRESCAN)
    name = _codec((found[1] or found[2]).decode("latin-1")) if found else ""
    return "utf-8" if name.startswith("utf-16") else name


def media_charset(media_type: str) -> str:
    """The charset that a Content-Type names, "" if none."""
    found = re.search(r"""charset\s*=\s*["']?\s*([^\s"';,]{1,40})""", media_type, re.IGNORECASE)
    return found[1] if found else ""


def _codec(label: str) -> str:
    """The Python codec for an encoding's label on the web (WHATWG Encoding, section 4.2), or for a name that only
    Python knows; "" if there is none."""
    label = label.strip(" \t\"'").lower()
    try:
        label = label if label in LABELS else codecs.lookup(label).name
        name = LABELS.get(label, label)
        known = codecs.lookup(label if name == "replacement" else _CODECS.get(name, name)).name
        "".encode(known)
    except (LookupError, ValueError):
        return ""
    # These decode nothing that a page was ever written in, and hide what a page must not hide.
    return "" if known in ("utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined") else known


def _no_page(markup: str) -> str:
    """Why this is no page, "" if it may be one."""
    head = markup[:20_000].lstrip("\ufeff \t\r\n\f\0")
    if not head:
        return "no page: it is empty"
    if _JSON.match(head):
        return "no page: it is JSON"
    if not _TAG.search(markup):
        return "no page: it has not one tag"
    root = _ROOT.match(head)
    kind = _OTHER.get(root[1].lower(), "") if root else ""
    return f"no page: it is {kind}" if kind else ""
