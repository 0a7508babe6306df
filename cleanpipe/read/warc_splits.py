"""Splits of a web archive, plain or with a gzip member for each record, as crawlers write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cleanpipe.read.compress import Broken, compression, gzip_members, opened
from cleanpipe.read.spec import SPLIT, Split

_HEAD = 64 << 10  # bytes of a record's headers
_HEADERS = re.compile(rb"WARC/\d\.\d[ \t]*\r\n(?:[^\r\n]+\r\n)+\r\n")
_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"


class _Irregular(Exception):
    """Records could be told apart otherwise here than where they are read."""


def divide(location: str) -> tuple[Split, ...]:
    """Splits of at least SPLIT bytes that begin where a record does.

    An archive that has anything odd in it is one split, since what reading makes of it is known only there. A packed
    one is unpacked for this, at a hundredth of what reading its pages takes.
    """
    with opened(location) as stream:
        size = stream.seek(0, 2)
    if size <= SPLIT:
        return (Split(),)
    found = [Split()]
    try:
        for number, start in enumerate(_packed(location) if compression(location) else _plain(location, size)):
            if start - found[-1].start >= SPLIT:
                found[-1] = replace(found[-1], stop=start)
                found.append(Split(len(found), start, -1, number))
    except (_Irregular, Broken):
        return (Split(),)
    return tuple(found)


def _plain(location: str, size: int) -> Iterator[int]:
    """Where each record begins."""
    with opened(location) as stream:
        start = 0
        while start < size:
            yield start
            stream.seek(start)
            start += _record(stream.read(_HEAD))
            stream.seek(start - len(_END))
            if stream.read(len(_END)) != _END:
                raise _Irregular


def _packed(location: str) -> Iterator[int]:
    """Where the member of each record begins."""
    for start, head, tail, size in gzip_members(location, _HEAD):
        yield start
        if _record(head) != size or not tail.endswith(_END):
            raise _Irregular


def _record(head: bytes) -> int:
    """The bytes of the record that begins so, with the line breaks after it."""
    headers = _HEADERS.match(head)
    lengths = _LENGTH.findall(headers[0]) if headers else []
    if headers is None or len(lengths) != 1:
        raise _Irregular
    return headers.end() + int(lengths[0]) + len(_END)
