"""Files as pieces of bounded size, decompressed by suffix, with an error where the data break off."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, cast

from zlib_ng import zlib_ng as zlib  # the same, in half the time

from cleanpipe.read import remote

_Damaged = cast("type[Exception]", zlib.error)  # its stub takes it for an instance
_DISK = 64 << 10
_PIECE = 1 << 20  # the most that is handed out at once
#: zstd hands out whatever a feed holds: a block of 128 KiB may take 4 bytes, so 512 bytes are at most 16 MiB.
_ZSTD_FEED = 512
_ZSTD_WINDOW = 128 << 20  # `zstd --long=27`, the largest that zstd itself opens unasked
_XZ_MEMORY = 128 << 20  # `xz -9` needs half of it

_GZIP = b"\x1f\x8b\x08"
_MOST_DAMAGED = 1000  # members of a file
_MOST_HELD = 4 << 20  # bytes of a member, packed

COMPRESSIONS = (".gz", ".zst", ".bz2", ".xz")


class Broken(Exception):
    """Compressed data that end too early or are damaged. What was yielded before stands."""


def compression(name: str) -> str:
    """The compression suffix of a file name, "" if it has none."""
    return next((suffix for suffix in COMPRESSIONS if name.lower().endswith(suffix)), "")


def opened(location: str) -> IO[bytes]:
    """The file at a path or a remote address, open for reading and seeking. Raises OSError."""
    return remote.opened(location) if remote.is_remote(location) else Path(location).open("rb")


def pieces(location: str, start: int = 0, stop: int = -1) -> Iterator[bytes]:
    """The bytes of a file, decompressed; of a file that is not compressed, those of a range.

    Raises OSError, or Broken after the last good bytes.
    """
    return unpacked(_stored(location, start, stop), compression(location))


def unpacked(stored: Iterable[bytes], kind: str) -> Iterator[bytes]:
    """``stored`` decompressed, in pieces of bounded size. ``kind``: a suffix of COMPRESSIONS, or "" for as it is."""
    match kind:
        case ".gz":
            return _unpack(stored, lambda: _Zlib(31), _Damaged, "gzip")
        case ".bz2":
            return _unpack(stored, bz2.BZ2Decompressor, OSError, "bzip2")
        case ".xz":
            return _unpack(stored, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY), lzma.LZMAError, "xz")
        case ".zst":
            return _unzstd(stored)
        case _:
            return iter(stored)


def gzip_members(location: str, head: int) -> Iterator[tuple[int, bytes, bytes, int]]:
    """Of each member of a gzip file: where it begins, its first bytes, ``head`` of them and somewhat more, the last
    ones, four at least if there are, and how many there are. Raises OSError, or Broken where it ends within a member or
    has something else in it."""
    start = at = 0  # of the member, of what is to be unpacked next
    stream, first, last, size = _Zlib(31), b"", b"", 0
    for data in _stored(location, 0, -1):
        while data or not stream.needs_input:
            try:
                out = stream.decompress(data, _PIECE)
            except _Damaged as error:
                raise Broken(f"damaged gzip data ({error})") from None
            at += len(data)
            data = b""
            first = first if len(first) >= head else first + out[:head]
            last, size = (last + out)[-4:], size + len(out)
            if stream.eof:
                data = stream.unused_data
                at -= len(data)
                yield start, first, last, size
                start = at
                stream, first, last, size = _Zlib(31), b"", b"", 0
    if at > start:
        raise Broken("truncated gzip data")


def members(location: str, damaged: Callable[[str], None], start: int = 0, stop: int = -1) -> Iterator[bytes]:
    """The bytes of a gzip file, or of a range of it, whose members stand for themselves, as those of web archives do.
    Where one is damaged, ``damaged`` is told why, and after a blank line reading goes on with the next that can be
    found. Raises OSError, or Broken where the file ends within a member."""
    stored = _stored(location, start, stop)
    raw = next(stored, b"")  # from where a member may begin
    if not raw:
        raise Broken("truncated gzip data")
    for _ in range(_MOST_DAMAGED):
        stream = _Zlib(31)
        fed = 0
        try:
            while True:
                while fed < len(raw) or not stream.needs_input:
                    out = stream.decompress(raw[fed:], _PIECE)
                    fed = len(raw)
                    if out:
                        yield out
                    if stream.eof:
                        raw = stream.unused_data.lstrip(b"\0")
                        stream, fed = _Zlib(31), 0
                if not (more := next(stored, b"")):
                    break
                # What was fed is kept: the next member may have begun in it, where this one turns out to be damaged.
                raw, fed = (raw + more, fed) if len(raw) < _MOST_HELD else (more, 0)
        except _Damaged as error:
            start = raw.find(_GZIP, 1)
            while start < 0 and (more := next(stored, b"")):
                raw = raw[-2:] + more
                start = raw.find(_GZIP)
            if start < 0:
                raise Broken(f"damaged gzip data ({error})") from None
            damaged(f"damaged gzip data ({error})")
            raw = raw[start:]
            yield b"\r\n\r\n"
            continue
        if raw:
            raise Broken("truncated gzip data")
        return
    raise Broken(f"damaged gzip data in {_MOST_DAMAGED} places")


def inflated(stored: Iterable[bytes]) -> Iterator[bytes]:
    """The HTTP encoding ``deflate``: zlib's format or, as some servers have it, the bare data."""
    data = b"".join(stored)
    wbits = zlib.MAX_WBITS if data[:1] == b"\x78" else -zlib.MAX_WBITS
    return _unpack([data], lambda: _Zlib(wbits), _Damaged, "deflate")


def _stored(location: str, start: int, stop: int) -> Iterator[bytes]:
    with opened(location) as stream:
        if start:
            stream.seek(start)
        left = stop - start if stop >= 0 else -1
        while data := stream.read(min(_DISK, left) if left >= 0 else _DISK):
            left -= len(data) if left > 0 else 0
            yield data


class _Decompressor(Protocol):
    """What bz2 and lzma offer."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Zlib:
    """zlib with the manners of bz2 and lzma: what it could not hand out yet, it keeps."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(out) < max_length
        return out


def _unpack(
    stored: Iterable[bytes], new: Callable[[], _Decompressor], error: type[Exception], name: str
) -> Iterator[bytes]:
    stream: _Decompressor | None = None
    first = True
    for data in stored:
        while True:
            if stream is None:
                data = data if first else data.lstrip(b"\0")  # tapes and some tools pad with zeros
                if not data:
                    break
                stream, first = new(), False
            try:
                out = stream.decompress(data, _PIECE)
            except error as what:
                raise Broken(f"damaged {name} data ({what})") from None
            if out:
                yield out
            if stream.eof:
                data, stream = stream.unused_data, None
            else:
                data = b""
                if stream.needs_input:
                    break
    if first or stream is not None:
        raise Broken(f"truncated {name} data")


def _unzstd(stored: Iterable[bytes]) -> Iterator[bytes]:
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame: Any = None
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
