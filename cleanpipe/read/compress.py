"""Files as pieces of bounded size, decompressed by suffix, with an error where the data break off."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_DISK = 64 << 10
_PIECE = 1 << 20  # the most that gzip hands out at once
#: zstd hands out whatever a feed holds: a block of 128 KiB may take 4 bytes, so 512 bytes are at most 16 MiB.
_ZSTD_FEED = 512
_ZSTD_WINDOW = 128 << 20  # `zstd --long=27`, the largest that zstd itself opens unasked

COMPRESSIONS = (".gz", ".zst")


class Broken(Exception):
    """Compressed data that end too early or are damaged. What was yielded before stands."""


def compression(name: str) -> str:
    """The compression suffix of a file name, "" if it has none."""
    return next((suffix for suffix in COMPRESSIONS if name.lower().endswith(suffix)), "")


def pieces(location: str) -> Iterator[bytes]:
    """The bytes of a file, decompressed. Raises OSError, or Broken after the last good bytes."""
    stored = _stored(location)
    kind = compression(location)
    return _gunzip(stored) if kind == ".gz" else _unzstd(stored) if kind == ".zst" else stored


def _stored(location: str) -> Iterator[bytes]:
    with Path(location).open("rb") as stream:
        while data := stream.read(_DISK):
            yield data


def _gunzip(stored: Iterable[bytes]) -> Iterator[bytes]:
    member = None
    first = True
    for data in stored:
        while True:
            if member is None:
                data = data if first else data.lstrip(b"\0")  # tapes and some tools pad with zeros
                if not data:
                    break
                member, first = zlib.decompressobj(wbits=31), False
            try:
                out = member.decompress(data, _PIECE)
            except zlib.error as error:
                raise Broken(f"damaged gzip data ({error})") from None
            if out:
                yield out
            if member.eof:
                data, member = member.unused_data, None
            else:
                data = member.unconsumed_tail
                if not data and len(out) < _PIECE:
                    break
    if first or member is not None:
        raise Broken("truncated gzip data")


def _unzstd(stored: Iterable[bytes]) -> Iterator[bytes]:
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = None
    first = True
    for data in stored:
        for start in range(0, len(data), _ZSTD_FEED):
            feed = data[start : start + _ZSTD_FEED]
            while feed:
                if frame is None:
                    frame, first = decompressor.decompressobj(write_size=_DISK), False
                try:
                    out = frame.decompress(feed)
                except zstandard.ZstdError as error:
                    raise Broken(f"damaged zstd data ({error})") from None
                if out:
                    yield out
                feed = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = None
    if first or frame is not None:
        raise Broken("truncated zstd data")
