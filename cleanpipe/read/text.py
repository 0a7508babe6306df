"""Text files: one file is one document."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from cleanpipe.model import Record, Rejected, Source
from cleanpipe.read.decode import binary, broken, decode
from cleanpipe.read.outlet import outlet_of
from cleanpipe.read.reject import reject_file
from cleanpipe.read.spec import InputFile, Limits
from cleanpipe.read.whole import whole


def read_text(pieces: Iterator[bytes], file: InputFile, limits: Limits) -> Iterator[Record | Rejected]:
    """The file as one record, its encoding found out (see ``decode``). An empty file is a document without text."""
    data = whole(pieces, file, limits)
    if isinstance(data, Rejected):
        yield data
        return
    if what := binary(data):
        yield reject_file(file, what, stage="decode")
        return
    text, encoding = decode(data, file.spec.encoding)
    if what := broken(data, encoding):
        yield reject_file(file, what, stage="decode")
        return
    outlet, outlet_from = outlet_of(file)
    source = Source(file.root, file.path, 0, "text/plain", encoding, sha256(data).hexdigest(), file.format)
    language = file.spec.language
    known = {"language": "config"} if language else {}
    yield Record(source, text, outlet=outlet, outlet_from=outlet_from, language=language, metadata_from=known)
