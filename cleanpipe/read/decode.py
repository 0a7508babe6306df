"""Bytes of a text file -> text, in an encoding that gives exactly these bytes back."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

_BOMS = (  # UTF-32 before UTF-16: its little-endian mark begins with the other's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What text on the web is in when it is not Unicode (the WHATWG list, without what news hardly uses). The order breaks
#: ties. A detector that may choose among all codecs Python knows takes short Western texts for Icelandic or Kazakh.
_LEGACY = (
    "cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "euc_jp",
    "gb18030", "big5", "cp949", "cp874",
)  # fmt: skip
_DETECT = 32 << 10  # bytes shown to the detector
_HEAD = 64 << 10
_MAGIC = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP (or an office document): unpack it"),
    (b"\x1f\x8b", "gzip, which the name of a file must show (.gz)"),
    (b"\x28\xb5\x2f\xfd", "zstd, which the name of a file must show (.zst)"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7z: unpack it"),
    (b"Rar!", "RAR: unpack it"),
    (b"\x7fELF", "ELF program"),
    (b"MZ", "Windows program"),
    (b"RIFF", "RIFF (WebP, WAV, AVI)"),
    (b"ID3", "MP3"),
    (b"OggS", "Ogg"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3", "SQLite"),
    (b"\xd0\xcf\x11\xe0", "old office document"),
)
#: Control characters that text does not hold; escape is not among them (ISO-2022), nor are tab, line and page breaks.
_CONTROL = bytes({*range(9), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})


def known_encoding(name: str) -> bool:
    """Whether ``name`` is an encoding of text that Python knows."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def binary(data: bytes) -> str:
    """What kind of binary file this is, "" if it may be text."""
    head = data[:_HEAD]
    controls = len(head) - len(head.translate(None, _CONTROL))
    if not controls or unicode_mark(head):
        return ""  # words such as "GIF8" may open a text
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return f"binary file, looks like {kind}"
    if controls > 16 and controls > len(head) // 20:
        return f"binary file: {100 * controls // len(head)} % control characters in the first 64 KiB"
    return ""


def broken(data: bytes, encoding: str) -> str:
    """Why a text that was decoded by ``encoding`` is none: it begins with the mark of UTF-16 or UTF-32 and is neither.
    As single bytes it would be letters with NULs between them."""
    marked = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    return "" if marked in ("utf-8", encoding) else f"begins as {marked} and is broken: cut off, or of two encodings"


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text and its encoding, such that ``text.encode(encoding) == data``. A BOM stays in the text as U+FEFF."""
    for encoding in _candidates(data, declared):
        try:
            text = data.decode(encoding)
            text.encode("utf-8")  # UTF-7 and the like can smuggle in lone surrogates
            if text.encode(encoding) == data:
                return text, encoding
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("latin-1"), "latin-1"


def _candidates(data: bytes, declared: str) -> Iterator[str]:
    if encoding := unicode_mark(data):
        yield encoding
    # A declaration covers a folder, and files that are UTF-8 do occur in it; but what may pass for UTF-8 comes first.
    hidden = bool(declared) and hides_in_ascii(declared)
    if hidden:
        yield declared
    yield "utf-8"
    if declared and not hidden:
        yield declared
    yield from _detected(data)
    yield "cp1252"


def unicode_mark(data: bytes) -> str:
    """The Unicode encoding that a BOM shows, or that NULs in every second byte betray."""
    head = data[:_HEAD]
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if 0 not in head:
        return ""
    even, odd, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if half >= 8 and odd * 2 > half and even * 20 < half:
        return "utf-16-le"
    if half >= 8 and even * 2 > half and odd * 20 < half:
        return "utf-16-be"
    return ""


def hides_in_ascii(encoding: str) -> bool:
    """Whether text in this encoding may consist of bytes below 128 that mean other characters (UTF-16, ISO-2022)."""
    letters = "".join(map(chr, range(32, 127)))
    try:
        return letters.encode(encoding) != letters.encode("ascii") or "é橋".encode(encoding, "ignore").isascii()
    except UnicodeError:
        return True


def _detected(data: bytes) -> Iterator[str]:
    """The encoding that the lines beyond ASCII look like."""
    import charset_normalizer

    telling = b"\n".join(line for line in data[: 32 * _DETECT].splitlines() if not line.isascii())
    # Not cut through a character: two bytes make one in most legacy encodings of many characters.
    samples = [telling] if len(telling) <= _DETECT else [telling[:_DETECT], telling[: _DETECT - 1]]
    # The detector's best guess on broken data may be no better than none: decode() tries each and checks.
    found = [
        (match.chaos, -match.coherence, _LEGACY.index(name))
        for sample in samples
        for match in charset_normalizer.from_bytes(sample, cp_isolation=list(_LEGACY))
        for name in {match.encoding, *match.could_be_from_charset}
        if name in _LEGACY
    ]
    yield from (_LEGACY[order] for _, _, order in sorted(found))
