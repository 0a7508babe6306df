"""A file that is one document, in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from cleanpipe.model import Rejected
from cleanpipe.read.compress import Broken
from cleanpipe.read.reject import reject_file
from cleanpipe.read.spec import InputFile, Limits


def whole(pieces: Iterator[bytes], file: InputFile, limits: Limits) -> bytes | Rejected:
    """The bytes of the file, or why they cannot be had."""
    held: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size > limits.document:
                # Read no further: a compressed file may hold any amount.
                return reject_file(file, f"longer than the limit of {limits.document} bytes: raise limits.document")
    except Broken as error:
        return reject_file(file, str(error))
    return b"".join(held)  # without a copy, where one piece is all
