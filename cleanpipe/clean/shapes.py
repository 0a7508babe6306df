"""The shape of a short text: what is left of it when figures and dates are masked, so that "12 comments" and "Updated
on 3 May at 10:15" are the same line of an outlet each time. Texts without a figure are their own shape.

Never written out: only the 128-bit hash of a shape is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import normalize

import xxhash

#: Code points beyond which a text has no shape: some sixty words. What is longer recurs by its words or not at all.
LONGEST = 400

#: Words that mask like figures, in a text with figures.
_NAMES = """
january february march april may june july august september october november december jan feb mar apr jun jul aug sep
sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
januar jänner februar märz mai juni juli oktober dezember mrz okt dez montag dienstag mittwoch donnerstag freitag
samstag sonnabend sonntag janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr avr
juil déc lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio julio agosto
septiembre octubre noviembre diciembre ene abr ago dic lunes martes miércoles jueves viernes sábado domingo am pm uhr
gmt utc bst est edt cet cest
"""
_DATES = _NAMES.split()
# By their first letters: an expression tries its alternatives one after the other.
_INITIALS = "|".join(
    f"{i}(?:{'|'.join(w[1:] for w in _DATES if w[0] == i)})" for i in dict.fromkeys(w[0] for w in _DATES)
)
_DATE = rf"\b(?:{_INITIALS}|[ap] m)\b"
_FIGURE = r"\d+(?:st|nd|rd|th|er|h|am|pm)?\b|\d+"
_DATED = re.compile(f"{_FIGURE}|{_DATE}", re.ASCII)
_MASKS = re.compile("0(?: ?0)*")
#: What is no letter and no figure parts words: of ASCII all of it becomes a space, and letters become small.
_PLAIN = bytes(ord(chr(i).lower()) if i < 128 and chr(i).isalnum() else 32 if i < 128 else i for i in range(256))
_BETWEEN = re.compile(r"[^\w\s]")  # of the rest
_FIGURES = re.compile("[0-9]")

#: Menus and labels stand on every page of a site: what a process has found of so many texts it remembers.
_REMEMBERED = 1 << 17
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
    for text in new:
        _known[text] = _shape(text)
    found = [_known[text] if len(text) <= LONGEST else (None, False) for text in texts]
    return [each for each, _ in found], [masked for _, masked in found]


def _shape(text: str) -> tuple[bytes | None, bool]:
    plain = text
    if not text.isascii():
        # Each letter by itself: what stands beside it does not change its lower case.
        plain = normalize("NFKC", text).replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()
    plain = plain.encode("utf-8", "surrogatepass").translate(_PLAIN).decode("utf-8", "surrogatepass")
    words = " ".join((plain if plain.isascii() else _BETWEEN.sub(" ", plain)).split())
    masked = _FIGURES.search(words) is not None
    if masked:
        words = _MASKS.sub("0", _DATED.sub("0", words))
        if not any(words[at : at + 3].isalpha() for at in range(len(words) - 2)):
            return None, True  # a shape without three letters in a row is any table's
    return (xxhash.xxh3_128_digest(words.encode()) if words else None), masked
