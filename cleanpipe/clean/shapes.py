"""The shape of a short text: what is left of it when figures and dates are masked, so that "12 comments" and "Updated
on 3 May at 10:15" are the same line of an outlet each time. Texts without a figure are their own shape.

Never written out: only the 128-bit hash of a shape is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import is_normalized

import pyarrow as pa
import pyarrow.compute as pc
import xxhash

#: Code points beyond which a text has no shape: some sixty words. What is longer recurs by its words or not at all.
LONGEST = 400

#: Of a text with figures. The longer of two comes first, where one begins with the other.
_DATE = (
    r"\b(?:"
    r"january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|thu|fri|sat|sun"
    r"|januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|mrz|okt|dez|montag|dienstag|mittwoch|donnerstag"
    r"|freitag|samstag|sonnabend|sonntag|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre"
    r"|décembre|janv|févr|avr|juil|déc|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|enero|febrero|marzo|abril"
    r"|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|ene|abr|ago|dic|lunes|martes|miércoles|jueves"
    r"|viernes|sábado|domingo|[ap] m|am|pm|uhr|gmt|utc|bst|est|edt|cet|cest)\b"
)
_FIGURE = r"\d+(?:st|nd|rd|th|er|h|am|pm)?\b|\d+"
#: Most texts are plain: for them strings do what Arrow does, which compiles its expressions anew for each batch.
_NOT_PLAIN = re.compile(r"[0-9İΣ]")  # what is masked, and letters whose lower case is not one of their own
_NO_WORD = re.compile(r"[\W_]+")
_BETWEEN = r"[^\pL\pN]+"  # what is no letter and no figure parts words
_SAYS = r"\pL\pL\pL"  # a shape that says nothing else is any table's


#: Menus and labels stand on every page of a site: what a process has found of so many texts it remembers.
_REMEMBERED = 1 << 16
_known: dict[str, tuple[bytes | None, bool]] = {}


def shapes(texts: Sequence[str]) -> tuple[list[bytes | None], list[bool]]:
    """The 128-bit hash of each text's shape, and whether something was masked.

    None where a text is longer than ``LONGEST`` or nothing is left of it but masks. Figures stand for any figure, runs
    of figures and names of months and weekdays (English, German, French, Spanish) for any date; case, white space and
    punctuation do not count.
    """
    new = [text for text in dict.fromkeys(texts) if len(text) <= LONGEST and text not in _known]
    if len(_known) + len(new) > _REMEMBERED:
        _known.clear()
        new = [text for text in dict.fromkeys(texts) if len(text) <= LONGEST]
    rest = []
    for text in new:
        if _plain(text):
            words = _NO_WORD.sub(" ", text.lower()).strip().encode()
            _known[text] = (xxhash.xxh3_128_digest(words) if words else None, False)
        else:
            rest.append(text)
    if rest:
        _known.update(zip(rest, _shapes(pa.array(rest, pa.string())), strict=True))
    found = [_known[text] if len(text) <= LONGEST else (None, False) for text in texts]
    return [each for each, _ in found], [masked for _, masked in found]


def _plain(text: str) -> bool:
    return not _NOT_PLAIN.search(text) and (text.isascii() or is_normalized("NFKC", text))


def _shapes(texts: pa.Array) -> Iterator[tuple[bytes | None, bool]]:
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    words = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, _BETWEEN, " "))
    masked = pc.match_substring_regex(words, r"\d")
    dated = pc.replace_substring_regex(words.filter(masked), f"{_FIGURE}|{_DATE}", "0")
    dated = pc.replace_substring_regex(dated, r"0(?: ?0)*", "0")
    said = pc.if_else(pc.match_substring_regex(dated, _SAYS), dated, None)
    words = pc.replace_with_mask(words, masked, said)
    for text, any_masked in zip(words.cast(pa.binary()).to_pylist(), masked.to_pylist(), strict=True):
        yield xxhash.xxh3_128_digest(text) if text else None, any_masked
