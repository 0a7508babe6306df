"""What a reader is told: one entry of ``inputs``, the files found for it, the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Our fields, and the keys of a record that are taken for them where the config maps none: the first one that is set.
ALIASES: dict[str, tuple[str, ...]] = {
    "text": ("text", "content", "body"),
    "id": ("id",),
    "url": ("url", "link"),
    "outlet": ("outlet", "source", "publisher"),
    "title": ("title", "headline"),
    "published": ("published", "date", "created"),
    "language": ("language", "lang"),
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


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read: ``root`` label, ``path`` below it ('/'), ``location`` to open; size and sha256 as stored."""

    root: str
    path: str
    location: str
    size: int
    sha256: str
    format: str  # a name in formats.FORMATS
    spec: InputSpec


@dataclass(frozen=True, slots=True)
class Limits:
    """``document``: bytes of one document after decompression. ``seconds``: for processing one (see ``time_limit``)."""

    document: int = 64 << 20
    seconds: float = 20.0
