"""JSON Lines: one object a line is one document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from cleanpipe.model import Record, Rejected
from cleanpipe.read.compress import Broken, opened
from cleanpipe.read.fields import KINDS, article
from cleanpipe.read.reject import SAMPLE, reject_file
from cleanpipe.read.spec import SPLIT, InputFile, Limits, Split

_BOM = b"\xef\xbb\xbf"
#: A line beyond the limit is followed to its end, so that the rest of the file is read; but not for ever where a few
#: compressed bytes hold a terabyte.
_PATIENCE = 1 << 30


def read_jsonl(pieces: Iterator[bytes], file: InputFile, limits: Limits) -> Iterator[Record | Rejected]:
    """A record for each line that is not blank; ``record`` is the line's number from 0, sha256 of the line without its
    end (``\\n`` or ``\\r\\n``)."""
    number = file.split.first - 1
    try:
        lines = _lines(pieces, limits.document, max(_PATIENCE, 16 * file.size))
        for number, line in enumerate(lines, file.split.first):
            if isinstance(line, _Long):
                error = f"line {number + 1} is longer than the limit of {limits.document} bytes: raise limits.document"
                yield Rejected(file.root, file.path, number, "read", error, line.sha256, line.size)
            elif line.strip(b" \t\r"):
                yield _record(line, number, file)
    except _Cut as cut:
        if cut.pending:
            error = f"line {number + 2} is incomplete: {cut}"
            yield Rejected(file.root, file.path, number + 1, "read", error, "", -1)
        yield reject_file(file, f"{cut}; what follows line {number + 1} is lost")


def divide(location: str) -> tuple[Split, ...]:
    """Splits of at least SPLIT bytes that begin where a line does."""
    found = [Split()]
    with opened(location) as stream:
        size = stream.seek(0, 2)
        if size <= SPLIT:
            return tuple(found)
        stream.seek(0)
        offset = lines = 0
        while data := stream.read(1 << 20):
            at = 0
            while (wanted := found[-1].start + SPLIT - 1 - offset) < len(data):
                end = data.find(b"\n", max(wanted, at))
                if end < 0:
                    break
                lines += data.count(b"\n", at, end + 1)
                at = end + 1
                if offset + at < size:
                    found[-1] = replace(found[-1], stop=offset + at)
                    found.append(Split(len(found), offset + at, -1, lines))
                else:
                    break
            lines += data.count(b"\n", at)
            offset += len(data)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Long:
    """A line over the limit, of which only size and hash are known."""

    size: int
    sha256: str


class _Cut(Exception):
    """The file ends before its end, perhaps within a line (``pending``)."""

    def __init__(self, error: str, pending: bool) -> None:
        super().__init__(error)
        self.pending = pending


def _lines(pieces: Iterator[bytes], limit: int, patience: int) -> Iterator[bytes | _Long]:
    """The lines without their ends, holding no more than ``limit`` bytes of one and a piece."""
    line = _Line(limit)
    try:
        for piece in pieces:
            start = 0
            while (end := piece.find(b"\n", start)) >= 0:
                if line.size:
                    line.add(piece[start:end])
                    yield line.finish()
                    line = _Line(limit)
                else:
                    whole = piece[start:end].removesuffix(b"\r")
                    yield whole if len(whole) <= limit else _Long(len(whole), sha256(whole).hexdigest())
                start = end + 1
            line.add(piece[start:])
            if line.size > patience:
                raise _Cut(f"a line of more than {patience} bytes", pending=True)
    except Broken as error:
        raise _Cut(str(error), pending=line.size > 0) from None
    if line.size:
        yield line.finish()


class _Line:
    """A line that spans pieces: held up to the limit, hashed beyond it."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.held = bytearray()
        self.last = b""  # a carriage return that may belong to the line's end
        self.hash = sha256()

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size <= self.limit + 1:
            self.held += part
            return
        if self.held:
            self._digest(self.held)
            self.held = bytearray()
        self._digest(part)

    def _digest(self, part: bytes | bytearray) -> None:
        if part:
            self.hash.update(self.last)
            self.last = b"\r" if part.endswith(b"\r") else b""
            self.hash.update(memoryview(part)[: len(part) - len(self.last)])

    def finish(self) -> bytes | _Long:
        if self.size > self.limit + 1:
            return _Long(self.size - len(self.last), self.hash.hexdigest())
        whole, self.held = bytes(self.held).removesuffix(b"\r"), bytearray()
        return whole if len(whole) <= self.limit else _Long(len(whole), sha256(whole).hexdigest())


def _record(line: bytes, number: int, file: InputFile) -> Record | Rejected:
    digest = sha256(line).hexdigest()

    def reject(stage: str, error: str) -> Rejected:
        sample = line if len(line) <= SAMPLE else b""
        return Rejected(file.root, file.path, number, stage, f"line {number + 1}: {error}", digest, len(line), sample)

    try:
        fields = orjson.loads(line.removeprefix(_BOM) if number == 0 else line)
    except orjson.JSONDecodeError as error:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as broken:
            return reject("decode", f"not UTF-8 at byte {broken.start}")
        return reject("parse", f"broken JSON at column {error.colno} ({error.msg.partition(': line ')[0]})")
    if not isinstance(fields, dict):
        return reject("parse", f"a {KINDS[type(fields)]}, not an object")
    found = article(fields, file, number, "application/x-ndjson", digest)
    return reject("parse", found) if isinstance(found, str) else found
