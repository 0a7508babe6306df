"""What a clean text, a text's hash and a shared shingle are, written a second time, plainly, from the documented
definitions: `verify` must not trust the code that it checks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction

import xxhash

_BREAKS = set("\n\r\x0b\x0c\x85\u2028\u2029")
_SPACE = re.compile(r"[\s\ufeff]+")
_WORD = re.compile(r"\w+")

_SINGLE = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}" + (
    "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}\N{PRIME}\N{ACUTE ACCENT}\N{MODIFIER LETTER PRIME}"
    "\N{MODIFIER LETTER TURNED COMMA}\N{MODIFIER LETTER APOSTROPHE}\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
    "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{FULLWIDTH APOSTROPHE}"
)
_DOUBLE = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}" + (
    "\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}\N{DOUBLE PRIME}\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{REVERSED DOUBLE PRIME QUOTATION MARK}"
    "\N{DOUBLE PRIME QUOTATION MARK}\N{LOW DOUBLE PRIME QUOTATION MARK}\N{FULLWIDTH QUOTATION MARK}"
)
_DASH = "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{HORIZONTAL BAR}\N{MINUS SIGN}" + (
    "\N{SMALL EM DASH}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}"
)
_UNSEEN = "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{LEFT-TO-RIGHT MARK}" + (
    "\N{RIGHT-TO-LEFT MARK}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{COMBINING GRAPHEME JOINER}"
    "\N{ARABIC LETTER MARK}\N{MONGOLIAN VOWEL SEPARATOR}\N{FUNCTION APPLICATION}\N{INVISIBLE TIMES}"
    "\N{INVISIBLE SEPARATOR}\N{INVISIBLE PLUS}\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}"
    "\N{POP DIRECTIONAL FORMATTING}\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}"
    "\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
    + "".join(unicodedata.lookup(f"VARIATION SELECTOR-{number}") for number in range(1, 17))
)
_SAME = {ord(c): "'" for c in _SINGLE} | {ord(c): '"' for c in _DOUBLE} | {ord(c): "-" for c in _DASH} | {
    ord(c): "" for c in _UNSEEN
}  # fmt: skip

#: Code points (first, last) of Han, Hiragana and Katakana, whose characters are words of their own.
_CJK = (
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x3035), (0x3038, 0x303C), (0x3041, 0x30FF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)  # fmt: skip


def blank(text: str) -> bool:
    """Whether a gap holds nothing but white space and byte order marks."""
    return all(c.isspace() or c == "\ufeff" for c in text)


def clean(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """The slice without its edits (start, end, inserted; in order), a white-space run with a line break one space; the
    tabs that a row of a table begins with stay."""
    row = text[:1] == "\t"
    for start, end, inserted in reversed(edits):
        text = text[:start] + inserted + text[end:]
    text = _SPACE.sub(lambda run: " " if _BREAKS & set(run[0]) else run[0], text)
    tabs = re.match(r"\t*", text)[0] if row and not text.isspace() else ""  # type: ignore[index]
    return tabs + text.strip()


def _apart(c: str) -> bool:
    """Whether it is a raised or lowered figure or a fraction: it must not melt into the number before it."""
    return c in "\u00b2\u00b3\u00b9\u2189" or any(
        first <= c <= last for first, last in ("\u00bc\u00be", "\u2070\u2089", "\u2150\u215e")
    )


def normal(text: str) -> str:
    """NFKC and case folded, quotes and dashes unified, unseen characters dropped, white space collapsed."""
    text = "".join(" " + c if _apart(c) else c for c in text.translate(_SAME))
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SAME).split())


def text_hash(text: str) -> str:
    """XXH3-128 of the normal form, hex."""
    return xxhash.xxh3_128_hexdigest(normal(text).encode("utf-8", "surrogatepass"))


def words(text: str) -> list[str]:
    found: list[str] = []
    for run in _WORD.findall(normal(text)):
        if run.isascii() or not any(_is_cjk(c) for c in run):
            found.append(run)
            continue
        word = ""
        for c in run:
            if _is_cjk(c):
                found += [word, c] if word else [c]
                word = ""
            else:
                word += c
        found += [word] if word else []
    return found


def _is_cjk(c: str) -> bool:
    point = ord(c)
    return point >= 0x2E80 and any(first <= point <= last for first, last in _CJK)


def shingles(text: str, n: int) -> set[tuple[str, ...]]:
    """The distinct runs of ``n`` words; all words where they are fewer."""
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(max(len(found) - n + 1, 1))} if found else set()


def ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


class Likeness:
    """The thresholds of a run as exact fractions, and what a relation's name promises under them."""

    def __init__(self, threshold: float, containment: float) -> None:
        self._near, self._part = Fraction(str(threshold)), Fraction(str(containment))

    def holds(self, relation: str, shared: int, size: int, other: int) -> bool:
        """Whether the counts bear out "this IS relation TO that"; of the others only the runs tell (``aligned``)."""
        near, part = self._near_and_part(shared, size, other)
        match relation:
            case "near":
                return near
            case "contained":
                return part and not near and size <= other
            case "contains":
                return part and not near and size > other
            case "quotation" | "passage":
                return not near and not part
        return True

    def alike(self, shared: int, size: int, other: int) -> bool:
        """Whether any of these relations holds."""
        return any(self._near_and_part(shared, size, other))

    def _near_and_part(self, shared: int, size: int, other: int) -> tuple[bool, bool]:
        near = shared > 0 and shared >= self._near * (size + other - shared)
        return near, shared > 0 and shared >= self._part * min(size, other)


def aligned(relation: str, own: Sequence[str], other: Sequence[str], runs: Sequence[tuple[int, int, int]]) -> bool:
    """Whether ``runs`` (word of the one, word of the other, how many) say where the words of the one stand in the other
    in order, and are what the relation promises."""
    place = their = 0
    for start, stands, count in runs:
        if start < place or stands < their or own[start : start + count] != other[stands : stands + count] or count < 1:
            return False
        place, their = start + count, stands + count
    total, longest = sum(count for *_, count in runs), max((count for *_, count in runs), default=0)
    if relation == "quotation":
        return longest >= 8 and 5 * total >= 2 * max(len(own), len(other))
    # what differs is a word that the runs leave out
    return longest >= 12 if relation == "passage" else relation not in ("conflict", "template") or own != other
