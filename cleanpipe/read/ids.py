"""Keys and ids, computed from content: never from a counter, a position or a clock."""

from __future__ import annotations

import re
from hashlib import blake2b

from cleanpipe.model import Record
from cleanpipe.read.formats import FORMATS, stem

_ID_LIMIT = 512
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def base_id(record: Record) -> str:
    """The public id before clashes are resolved: the record's own; else the file's path below the root without
    suffixes, followed by ``:`` and the first 8 hex digits of the record's sha256 if a file holds many records.

    Ids are shown and compared, never used as file names, so ``../../x`` is one like any other. Control characters and
    line ends become U+FFFD; an id of more than 512 characters is cut and ends in ``~`` and a hash of the whole.
    """
    source = record.source
    own = record.id.strip()
    if not own:
        own = stem(source.path)
        if FORMATS[source.format].many:
            own += f":{source.sha256[:8]}"
    shown = _CONTROL.sub("\ufffd", own)
    if len(shown) > _ID_LIMIT:
        shown = f"{shown[:_ID_LIMIT]}~{blake2b(own.encode(), digest_size=4).hexdigest()}"
    return shown


def doc_key(record: Record) -> bytes:
    """16 bytes that stand for this record in all tables: of where it was read and what its bytes are."""
    source = record.source
    parts = (source.root, source.path, str(source.record), source.sha256)
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()


def content_key(record: Record) -> bytes:
    """16 bytes of a page's bytes, or of the source text: the same article fetched again has the same."""
    return record.content_key or blake2b(record.text.encode(), digest_size=16).digest()


def page_key(digest: str, encoding: str) -> bytes:
    """``content_key`` of the page whose bytes have this sha256 and are decoded by ``encoding``."""
    return blake2b(f"{digest} {encoding}".encode(), digest_size=16).digest()
