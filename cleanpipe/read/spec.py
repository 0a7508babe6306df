"""What a reader is told: one entry of ``inputs``, the files found for it, the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Our fields, and the keys of a record that are taken for them where the config maps none: the first one that is set.
ALIASES: dict[str, tuple[str, ...]] = {
    "text": ("text", "content", "body"),
    "html": ("html", "page", "content_html", "raw_html", "html_content"),
    "id": ("id",),
    "url": ("url", "link"),
    "outlet": ("outlet", "source", "publisher"),
    "title": ("title", "headline"),
    "published": ("published", "date", "created"),
    "language": ("language", "lang"),
    "authors": ("authors", "author"),
    "site": ("site", "site_name", "sitename"),
    "fetched": ("fetched", "crawl_date", "date_download"),
}


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One entry of the config's ``inputs``.

    ``path`` is a file, folder or glob, relative to the working directory. ``outlets`` maps globs on the path below the
    root (with or without its suffixes; ``*`` crosses ``/``) to outlets, the first match wins. ``fields`` maps our
    fields to a record's keys (dotted for nested objects). ``encoding`` is that of text files ("" = find out),
    ``language`` that of records that do not say.
    """

    path: str
    outlets: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    language: str = ""


#: Bytes of a split. A constant: what is in which part must not depend on the machine.
SPLIT = 64 << 20


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a large file that is read alone: what lies in ``[start, stop)`` (bytes of JSON Lines, row groups of
    Parquet), of which the first record is number ``first`` of the file. Splits depend on the file's content only."""

    number: int = 0
    start: int = 0
    stop: int = -1  # to the end
    first: int = 0


WHOLE = Split()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read, or one split of it: ``root`` label, ``path`` below it ('/'), ``location`` to open; size and
    sha256 of the whole file as stored."""

    root: str
    path: str
    location: str
    size: int
    sha256: str
    format: str  # a name in formats.FORMATS
    spec: InputSpec
    split: Split = WHOLE


@dataclass(frozen=True, slots=True)
class Limits:
    """``document``: bytes of one document after decompression. ``seconds``: for processing one."""

    document: int = 64 << 20
    seconds: float = 20.0
