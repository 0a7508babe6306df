"""The formats of input files. A new one is a module beside this one with a ``read_...`` function, and a line here.

A reader gets the file's bytes in pieces of bounded size, decompressed (it may open ``file.location`` itself where it
must seek), and yields a Record for each article, a Rejected for what it cannot read and a PassedOver for what is no
article. It raises nothing but OSError and Broken, which the pieces raise. Readers are loaded when they are first used:
some bring heavy libraries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from cleanpipe.model import PassedOver, Record, Rejected
from cleanpipe.read.compress import COMPRESSIONS, compression
from cleanpipe.read.spec import InputFile, Limits, Split

Reader = Callable[[Iterator[bytes], InputFile, Limits], Iterator[Record | Rejected | PassedOver]]


@dataclass(frozen=True, slots=True)
class Format:
    """``many``: a file holds many records, so it is a shard of its own and its records need ids of their own.

    ``function`` is the reader as ``module:name``, the module one in this folder; ``divide`` the function that finds the
    splits of a large file, location -> Splits, "" where one cannot begin in its middle; ``packed`` the compressions
    in which it finds some, too. ``start``: how a file begins,
    decompressed, that is of this format whatever its name says nothing of.
    """

    suffixes: tuple[str, ...]
    many: bool
    function: str
    start: str = ""
    divide: str = ""
    packed: tuple[str, ...] = ()

    @property
    def read(self) -> Reader:
        return cast(Reader, _load(self.function))

    def splits(self, location: str) -> tuple[Split, ...]:
        """The splits of a file, in order; a single one that is the whole where the format allows no others."""
        if not self.divide or compression(location) not in ("", *self.packed):
            return (Split(),)
        return cast(Callable[[str], tuple[Split, ...]], _load(self.divide))(location)


def _load(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), function)


FORMATS = {
    "text": Format((".txt", ".text"), False, "text:read_text"),
    "html": Format(
        (".html", ".htm", ".xhtml"), False, "html:read_html",
        r"(?is)(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html|<html[\s>])",
    ),
    "jsonl": Format(
        (".jsonl", ".ndjson", ".json-lines"), True, "jsonl:read_jsonl",
        r'(?:\xef\xbb\xbf)?\s*\{\s*["}]', "jsonl:divide",
    ),
    "parquet": Format((".parquet", ".pq"), True, "parquet:read_parquet", r"PAR1", "parquet:divide"),
    "warc": Format(
        (".warc", ".wet"), True, "warc:read_warc", r"WARC/\d\.\d\r?\n", "warc_splits:divide", (".gz",)
    ),
}  # fmt: skip
EXPECTED = "{} ({})".format(
    " ".join(suffix for known in FORMATS.values() for suffix in known.suffixes), " ".join(COMPRESSIONS)
)


def format_of(path: str) -> str:
    """The format that a file's name tells, "" if none."""
    return _split(path)[1]


def sniffed(head: bytes) -> str:
    """The format that a file's first bytes tell, "" if none. (Text has no mark of its own.)"""
    text = head.decode("latin-1")
    return next((name for name, known in FORMATS.items() if known.start and re.match(known.start, text)), "")


def stem(path: str) -> str:
    """The path without known format and compression suffixes."""
    return _split(path)[0]


def _split(path: str) -> tuple[str, str]:
    bare = path[: len(path) - len(compression(path))]
    for name, known in FORMATS.items():
        for suffix in known.suffixes:
            if bare.lower().endswith(suffix) and not bare[: -len(suffix)].endswith("/") and len(bare) > len(suffix):
                return bare[: -len(suffix)], name
    return bare, ""
