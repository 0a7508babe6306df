"""Bytes -> records. Which files there are (``plan``), what is in them (``read``); each format is one module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cleanpipe.model import PassedOver, Record, Rejected
from cleanpipe.read.compress import pieces
from cleanpipe.read.formats import FORMATS
from cleanpipe.read.ids import base_id, content_key, doc_key
from cleanpipe.read.outlet import article_url, canonical_url, registrable_domain
from cleanpipe.read.plan import Plan, plan
from cleanpipe.read.reject import os_error, reject_file
from cleanpipe.read.spec import ALIASES, InputFile, InputSpec, Limits

__all__ = [
    "ALIASES", "InputFile", "InputSpec", "Limits", "Plan", "article_url", "base_id", "canonical_url", "content_key",
    "described", "doc_key", "plan", "read", "records", "registrable_domain",
]  # fmt: skip


def read(file: InputFile, limits: Limits) -> Iterator[Record | Rejected | PassedOver]:
    """The records of a file (or of its split) in their order, pages with what they say of themselves; what cannot be
    read comes as Rejected, nothing is raised for bad data."""
    for found in records(file, limits):
        yield described(found, file) if isinstance(found, Record) else found


def described(record: Record, file: InputFile, tree: Any = None) -> Record:
    """The record; a page with what it says of itself. (Apart from ``records``, for a page may make it long work.)
    ``tree``: the page, where it has been parsed."""
    if not record.markup:
        return record
    from cleanpipe.read.html import described

    return described(record, file, tree)


def records(file: InputFile, limits: Limits) -> Iterator[Record | Rejected | PassedOver]:
    """Like ``read``, but pages are not looked into yet."""
    try:
        yield from FORMATS[file.format].read(pieces(file.location, file.split.start, file.split.stop), file, limits)
    except OSError as error:
        yield reject_file(file, os_error(error))
