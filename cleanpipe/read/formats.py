"""The formats of input files. A new one is a module beside this one with a ``read_...`` function, and a line here.

A reader gets the file's bytes in pieces of bounded size, decompressed (it may open ``file.location`` itself where it
must seek), and yields a Record for each article and a Rejected for what it cannot read. It raises nothing but OSError
and Broken, which the pieces raise. Readers are loaded when they are first used: some bring heavy libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from cleanpipe.model import Record, Rejected
from cleanpipe.read.compress import compression
from cleanpipe.read.spec import InputFile, Limits

Reader = Callable[[Iterator[bytes], InputFile, Limits], Iterator[Record | Rejected]]


@dataclass(frozen=True, slots=True)
class Format:
    """``many``: a file holds many records, so it is a shard of its own and its records need ids of their own.

    ``function`` is the reader as ``module:name``, the module one in this folder.
    """

    suffixes: tuple[str, ...]
    media_type: str
    many: bool
    function: str

    @property
    def read(self) -> Reader:
        module, _, name = self.function.partition(":")
        return cast(Reader, getattr(import_module(f"{__package__}.{module}"), name))


FORMATS = {
    "text": Format((".txt", ".text"), "text/plain", False, "text:read_text"),
    "jsonl": Format((".jsonl", ".ndjson", ".json-lines"), "application/x-ndjson", True, "jsonl:read_jsonl"),
}
RECORD_MEDIA = frozenset(known.media_type for known in FORMATS.values() if known.many)
EXPECTED = "{} (.gz .zst)".format(" ".join(suffix for known in FORMATS.values() for suffix in known.suffixes))


def format_of(path: str) -> str:
    """The format that a file's name tells, "" if none."""
    return _split(path)[1]


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
