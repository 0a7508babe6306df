"""Web archives (ISO 28500): WARC of crawls, with the HTTP messages in them, and the WET files of texts made from them.

Records are framed here, since an archive may hold any damage: what is broken costs its record, and reading goes on at
the next one. (FastWARC 2.0, which the tests compare with, ends at the first broken header and takes a body that was cut
off for a whole one.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any

from cleanpipe.dates import rfc3339
from cleanpipe.model import PassedOver, Record, Rejected, Source
from cleanpipe.read.compress import Broken, compression, inflated, members, unpacked
from cleanpipe.read.decode import decode
from cleanpipe.read.html import media_charset, page_record
from cleanpipe.read.outlet import outlet_of
from cleanpipe.read.reject import SAMPLE, reject_file
from cleanpipe.read.spec import InputFile, Limits

_HEAD = 64 << 10  # bytes of a record's headers
_PAGES = ("text/html", "application/xhtml+xml")
_TYPES = ("response", "resource", "conversion")
_UUID = re.compile(r"<?urn:uuid:([0-9a-f-]{36})>?", re.IGNORECASE)
_START = re.compile(rb"WARC/\d\.\d[ \t]*\r?\n")
_END = re.compile(rb"\r?\n\r?\n|(?:\r?\n)?(?:\Z|WARC/)")  # of a record
_AFTER_BREAK = re.compile(rb"(?<=\n)WARC/\d\.\d[ \t]*\r?\n")
_MEDIA = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}")
_CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[^\r\n]*\r?\n")
_ENCODINGS = {"gzip": ".gz", "x-gzip": ".gz", "zstd": ".zst"}
_MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
#: What is packed by no encoding without a magic number: markup, or what another one packed.
_TOLD = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]|\x1f\x8b\x08|\x28\xb5\x2f\xfd")
_PAGE_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_LICENCE_LINK = re.compile(r"<[^<>]+>[^,<]*;\s*rel\s*=\s*\"?[^\",;]*\blicense\b[^,<]*", re.IGNORECASE)
#: Headers of a server that say what may be done with the page.
_RIGHTS = ("x-robots-tag", "tdm-reservation", "tdm-policy")

Headers = Mapping[str, list[str]]


class Unreadable(Exception):
    """One record of an archive that cannot be read; its text says why."""


def read_warc(pieces: Iterator[bytes], file: InputFile, limits: Limits) -> Iterator[Record | Rejected | PassedOver]:
    """A record for each page that a server answered with and each text that was made from one; ``record`` is its number
    among all of the archive, sha256 that of the page without what it was packed in for its way."""
    passed: Counter[str] = Counter()
    stream = _Stream(pieces)
    damage: list[str] = []
    if compression(file.location) == ".gz":
        stream = _Stream(members(file.location, damage.append, file.split.start, file.split.stop))
    number = file.split.first
    while stream.more():
        try:
            found = _record(stream, file, number, limits)
        except Unreadable as error:
            yield Rejected(file.root, file.path, number, "read", f"record {number + 1}: {error}", "", -1)
            stream.resume()
        else:
            if isinstance(found, str):
                passed[found] += 1
            else:
                yield found
        number += 1
    if stream.broken:
        yield reject_file(file, f"{stream.broken}; what follows record {number} is lost")
    elif damage:
        yield reject_file(file, f"{damage[0]}, in {len(damage)} places; the records there are lost")
    for what in sorted(passed):
        yield PassedOver(what, passed[what])


class _Stream:
    """Bytes that come in pieces, with a look ahead. ``broken``: why they end where they should not."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.held = b""
        self.broken = ""

    def fill(self, size: int) -> bool:
        """Hold at least ``size`` bytes; False if there are not so many."""
        if len(self.held) >= size:
            return True
        parts, held = [self.held], len(self.held)
        try:
            while held < size and not self.broken and (piece := next(self._pieces, None)) is not None:
                parts.append(piece)
                held += len(piece)
        except Broken as error:
            self.broken = str(error)
        self.held = b"".join(parts)
        return held >= size

    def more(self) -> bool:
        """Whether another record begins; passes over the line breaks before it."""
        while self.fill(1):
            self.held = self.held.lstrip(b"\r\n")
            if self.held:
                return True
        return False

    def take(self, size: int) -> bytes:
        self.fill(size)
        taken, self.held = self.held[:size], self.held[size:]
        return taken

    def skip(self, size: int) -> int:
        """How many of these bytes there are not."""
        while size > 0 and self.fill(1):
            gone = min(size, len(self.held))
            self.held = self.held[gone:]
            size -= gone
        return size

    def resume(self) -> None:
        """Go on to where a record may begin: a line that names the format's version."""
        while self.fill(1):
            if found := _AFTER_BREAK.search(self.held, 1):
                self.held = self.held[found.start() :]
                return
            rest = self.held[-16:]
            self.held = b""
            if not self.fill(1):
                return
            self.held = rest + self.held


def _record(stream: _Stream, file: InputFile, number: int, limits: Limits) -> Record | Rejected | str:
    """The record that begins here, or what it is if it is no article."""
    headers = _headers(stream, _START)
    length = next(iter(headers.get("content-length", [])), "")
    if not re.fullmatch(r"\d{1,18}", length):
        raise Unreadable(f"its length is {length[:40]!r}" if length else "it has no length")
    size = int(length)
    # A record is longer than its page by the server's headers, and may be packed.
    long = size > limits.document + _HEAD
    stream.fill(_HEAD)
    block = stream.held[:_HEAD] if long else stream.take(size)
    missing = stream.skip(size) if long else size - len(block)
    stream.fill(16)
    if missing or not _END.match(stream.held):
        if not long:
            stream.held = b"\n" + block + stream.held  # what was taken for this record may hold others
        there = f"it is cut off: {size - missing} of {size} bytes" if missing else ""
        raise Unreadable(there or f"its length is not {size} bytes, as it says")
    told = _told(headers, block)
    if told.passed:
        return told.passed
    if long:
        error = f"record {number + 1} is longer than the limit of {limits.document} bytes: raise limits.document"
        return Rejected(file.root, file.path, number, "read", error, "", size)
    return _article(headers, told, block[told.start :], file, number, limits)


def _headers(stream: _Stream, opening: re.Pattern[bytes]) -> Headers:
    stream.fill(_HEAD)
    first = opening.match(stream.held)
    if not first:
        raise Unreadable("it does not begin as a WARC record")
    end = re.compile(rb"\r?\n\r?\n").search(stream.held, first.end() - 2, _HEAD)
    if not end:
        raise Unreadable("its headers have no end")
    lines = stream.held[first.end() : end.start()]
    stream.held = stream.held[end.end() :]
    return _fields(lines)


def _fields(lines: bytes) -> dict[str, list[str]]:
    """The fields of a header block by their names in small letters; a line that begins with a space goes on."""
    found: dict[str, list[str]] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", lines).split(b"\n"):
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """What the beginning of a block tells: ``passed``: what it is, if no article; ``start`` of the page in it."""

    passed: str = ""
    start: int = 0
    http: Headers | None = None
    media: str = ""


def _told(headers: Headers, block: bytes) -> _Told:
    kind = next(iter(headers.get("warc-type", [])), "").lower()
    if kind not in _TYPES:
        return _Told(passed=kind if _MEDIA.fullmatch(f"x/{kind}") else "of unknown type")
    own = next(iter(headers.get("content-type", [])), "")
    start, http = 0, None
    if kind == "response" and (status := re.match(rb"HTTP/\d(?:\.\d)? (\d{3})[^\r\n]*\r?\n", block)):
        if status[1] not in (b"200", b"203"):
            return _Told(passed=f"response {status[1].decode()}")
        end = re.compile(rb"\r?\n\r?\n").search(block, status.end() - 2, _HEAD)
        start = end.end() if end else len(block)
        http = _fields(block[status.end() : end.start() if end else len(block)])
        own = next(iter(http.get("content-type", [])), "")
    elif kind == "response" and own.startswith("application/http"):
        return _Told(passed="response without a status")
    given = next(iter(headers.get("warc-identified-payload-type", [])), "") or own
    media = re.split(r"[;,\s]", given.strip(), maxsplit=1)[0].lower()
    if kind == "conversion" and media == "text/plain":
        return _Told("", start, http, media)
    if media in _PAGES or (not media and _PAGE_TAG.search(_beginning(block[start:], http or {}))):
        return _Told("" if block[start:].strip() else "empty", start, http, "text/html")
    return _Told(passed=media if _MEDIA.fullmatch(media) else "of unknown type")


def _article(
    headers: Headers, told: _Told, body: bytes, file: InputFile, number: int, limits: Limits
) -> Record | Rejected:
    def first(name: str) -> str:
        return next(iter(headers.get(name, [])), "")

    def reject(error: str) -> Rejected:
        sample = body if len(body) <= SAMPLE else b""
        digest = sha256(body).hexdigest()
        return Rejected(
            file.root, file.path, number, "decode", f"record {number + 1}: {error}", digest, len(body), sample
        )

    own = _UUID.fullmatch(first("warc-record-id"))
    known: dict[str, Any] = {
        "id": own[1].lower() if own else "",
        "url": first("warc-target-uri").strip("<>"),
        "fetched": rfc3339(first("warc-date")),
        "truncated": first("warc-truncated").lower()[:40] or ("segmented" if first("warc-segment-number") else ""),
    }
    http = told.http or {}
    try:
        data = _limited(_plain(body, http), limits.document)
    except Broken as error:
        return reject(str(error))
    if len(data) > limits.document:
        return reject(f"longer than the limit of {limits.document} bytes: raise limits.document")
    declared = media_charset(next(iter(http.get("content-type", headers.get("content-type", []))), ""))
    if told.media == "text/html":
        return page_record(data, file, number, declared, rights=tuple(_rights(http)), **known)
    text, encoding = decode(data, declared)
    outlet, outlet_from = outlet_of(file, "", known["url"])
    language = file.spec.language
    source = Source(file.root, file.path, number, "text/plain", encoding, sha256(data).hexdigest(), file.format)
    sources = {"url": "record"} | ({"language": "config"} if language else {})
    return Record(
        source, text, outlet=outlet, outlet_from=outlet_from, language=language, metadata_from=sources, **known
    )


def _rights(http: Headers) -> Iterator[str]:
    for name in _RIGHTS:
        yield from (f"http:{name}: {value}" for value in http.get(name, []) if value)
    for value in http.get("link", []):
        yield from (f"http:link: {link[0].strip()}" for link in _LICENCE_LINK.finditer(value))


def _beginning(body: bytes, http: Headers) -> bytes:
    """The first bytes of a page whose type nobody names."""
    try:
        return _limited(_plain(body, http), 4096)[:4096]
    except Broken:
        return b""


def _plain(body: bytes, http: Headers) -> Iterator[bytes]:
    """The page without its transfer and content encodings, the last one first. Crawlers undo some or all of them and
    leave the headers as they were: what is not packed as they say is taken as it is."""
    transfer = _listed(http, "transfer-encoding")
    if "chunked" in transfer and _CHUNK.match(body):
        body = b"".join(_chunks(body))
    found: Iterator[bytes] = iter([body])
    for name in reversed(_listed(http, "content-encoding") + transfer):
        first = next(found, b"")
        found = chain([first], found)
        kind = _ENCODINGS.get(name, "")
        if kind and first.startswith(_MAGIC[kind]):
            found = unpacked(found, kind)
        elif name == "deflate" and not _TOLD.match(first):
            found = inflated(found)
        elif name == "br" and not _TOLD.match(first):
            found = _unbrotli(found)
    yield from found


def _listed(http: Headers, name: str) -> list[str]:
    return ",".join(http.get(name, [])).lower().replace(" ", "").split(",")


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 0
    while size := _CHUNK.match(body, at):
        length = int(size[1], 16)
        at = size.end()
        if not length:
            return
        if at + length > len(body):
            raise Broken("the server's last chunk is cut off")
        yield body[at : at + length]
        at += length
    if not at or body[at:].strip():
        raise Broken("the server's chunks are damaged")
    # Nothing but the end mark is missing: the server hung up, and a browser shows the page.


def _unbrotli(stored: Iterable[bytes]) -> Iterator[bytes]:
    import brotli

    decompressor = brotli.Decompressor()
    try:
        for data in stored:
            yield decompressor.process(data, output_buffer_limit=1 << 20)
            while not decompressor.can_accept_more_data():
                yield decompressor.process(b"", output_buffer_limit=1 << 20)
    except brotli.error as error:
        raise Broken(f"damaged brotli data ({error})") from None
    if not decompressor.is_finished():
        raise Broken("truncated brotli data")


def _limited(found: Iterable[bytes], limit: int) -> bytes:
    """All of it, or more than ``limit`` bytes of it."""
    held = bytearray()
    for piece in found:
        held += piece
        if len(held) > limit:
            break
    return bytes(held)
