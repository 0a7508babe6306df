"""What a paragraph says that must not be mixed up: its figures, dates, negations, names and words that have an
opposite, in a form to compare.

"US$14.3 billion" and "$14.3B" are one figure, "40 per cent" and "40%" too, "28 January" and "Jan. 28" one date. Words
for numbers, months and days: English, German, French, Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cleanpipe.dedup.decisive import NEGATIONS, is_name
from cleanpipe.dedup.opposites import POLES
from cleanpipe.dedup.ragged import I64
from cleanpipe.dedup.tokens import CJK, MONEY, money

#: number, code (A320), day, month, weekday, negation, name, or a topic of ``opposites``.
Kind = str

#: Words that are put in the place of others tell something only where they are few: a longer stretch is told anew, and
#: its facts need not be about the same thing.
SLOT_WORDS = 6
#: A negation in a longer stretch may well deny something else; "did not resign" for "resigned" is no longer.
NEGATED_WORDS = 3
#: Below this many words one other name is another story. Above, one may be the agency or the town of the dateline.
SHORT_WORDS = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact and its characters ``[start, end)``. Facts of other kinds are not compared: a Friday may be the 28th."""

    kind: Kind
    value: str
    start: int
    end: int


def _numbered(*rows: str, first: int = 1) -> dict[str, int]:
    return {
        word: number for row in rows for number, words in enumerate(row.split(), first) for word in words.split("/")
    }


_MONTHS = _numbered(
    "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep october/oct "
    "november/nov december/dec",
    "januar/jänner februar/feber märz april mai juni juli august september oktober/okt november dezember/dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
_WEEKDAYS = _numbered(
    "monday/mon tuesday/tue/tues wednesday/wed thursday/thu/thur/thurs friday/fri saturday/sat sunday/sun",
    "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
)
# The words for one in other languages are articles too.
_NUMBERS = _numbered(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen",
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn "
    "neunzehn",
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "dos tres cuatro cinco seis siete ocho nueve diez ONCE doce trece catorce quince dieciséis diecisiete dieciocho "
    "diecinueve",
    first=2,
)
del _NUMBERS["ONCE"]  # is English too
_NUMBERS["one"] = 1
_TENS = _numbered(
    "twenty thirty forty fifty sixty seventy eighty ninety hundred",
    "zwanzig dreißig/dreissig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "vingt trente quarante cinquante soixante",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien",
    first=2,
)
_NUMBERS |= {word: 10 * tens for word, tens in _TENS.items()}
_ORDINALS = _numbered("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_SCALES = {
    word: 10**zeros
    for zeros, words in {
        3: "k thousand tausend mille mil",
        6: "m mn mln mio million millions millionen millones millón",
        9: "b bn bln mrd billion billions milliarde milliarden milliard milliards",
        12: "trillion trillions tn",
    }.items()
    for word in words.split()
}

#: Behind a letter a figure is part of a name (A320); Chinese and Japanese leave no space before it.
_NUMBER = re.compile(
    rf"(?<![^\W_{CJK}])(\d{{1,3}}(?:[,.’'\u00a0\u202f]\d{{3}})+(?!\d)|\d+)([.,]\d+)?(?:(?:\s|-)?([^\W\d_]+))?"
)  # fmt: skip
_CODE = re.compile(rf"(?<!\w)([^\W\d_{CJK}]+)(\d[^\W{CJK}]*)")
_IN_CODE = re.compile(r"(?<=[^\W\d_])\d")
_CURRENCIES = frozenset({"eur", "usd", "gbp", "chf", "inr", "rs", "jpy", "rmb"})  # "EUR500"
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_a-z]\.){2,}")
_MONTH = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_DAY = re.compile(
    rf"\b(?:(?P<m1>{_MONTH})\.?\s(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?|"
    rf"(?P<d2>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s(?:of\s|de\s)?(?P<m2>{_MONTH}))\b(?![:.]\d)",
    re.IGNORECASE,
)
_JOINED = re.compile(r"[\s-]")  # the words of a number
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")
# Unlike in ``decisive`` a capital after "it." is no name: a name too many parts two copies of one paragraph.
_OPENING = re.compile(r"""(?:^|[\n\r]|[.!?:…]["'”’»)\]]*\s)\W*$""")
#: "NAIROBI (Agency) - ", "Nairobi (Agency) -- ", "NAIROBI — ": each outlet has its own.
_DATELINE = re.compile(r"\W*(?:[^()a-zß-öø-ÿ]{3,40}(?:\([^()]{2,40}\))?|[^()]{3,40}\([^()]{2,40}\))\s*[-–—]+\s")
# Words of which a number or a date may be made.
_FIGURE_WORDS = frozenset({*_NUMBERS, *_ORDINALS, *_WEEKDAYS, *_MONTHS, *_SCALES})
#: Words that may tell other facts where both texts have one.
TELLING = _FIGURE_WORDS | POLES.keys()
_LISTED = TELLING | NEGATIONS
# What is opened may be closed in another paragraph.
_QUOTED = re.compile(r'[“„«»"][^“”„«»"]*(?:[”“»«"]|$)')
_DIGIT = re.compile(r"\d")
_SIGN = re.compile(f"[{''.join(MONEY)}]")
_LETTERS = re.compile(r"[^\W\d_]+")


def facts(text: str) -> list[Fact]:
    """The facts of a text in order."""
    found: list[Fact] = []
    written = set(_LETTERS.findall(text.lower()))  # what it has none of need not be looked for
    if _DIGIT.search(text):
        if not written.isdisjoint(_MONTHS):
            found += _days(text)
        days = len(found)
        if _IN_CODE.search(text):
            found += _codes(text)
        found += [number for number in _numbers(text) if not _overlap(number, found[:days])]
    figures = len(found)
    if not written.isdisjoint(_NUMBERS):
        found += [number for number in _spelled(text) if not _overlap(number, found[:figures])]
    found += [Fact("name", x.group().replace(".", "").lower(), *x.span()) for x in _INITIALS.finditer(text)]
    taken = len(found)
    for word in _WORD.finditer(text):
        form = word.group()
        if form.islower() and form.isascii() and form not in _LISTED:
            continue
        found += [Fact(topic, pole, *word.span()) for topic, pole in POLES.get(form.lower(), ())]
        fact = _word(form, word.start(), text)
        if fact is not None and not _overlap(fact, found[:taken]):
            found.append(fact)
    return sorted(found, key=lambda fact: fact.start)


def _overlap(fact: Fact, others: list[Fact]) -> bool:
    return any(other.start < fact.end and fact.start < other.end for other in others)


def _days(text: str) -> Iterator[Fact]:
    for date in _DAY.finditer(text):
        month = _MONTHS[(date["m1"] or date["m2"]).lower()]
        yield Fact("day", f"{month}-{int(date['d1'] or date['d2'])}", date.start(), date.end())


def _numbers(text: str) -> Iterator[Fact]:
    for number in _NUMBER.finditer(text):
        whole, decimals, unit = number.groups()
        value = Decimal(re.sub(r"\D", "", whole) + (decimals or "").replace(",", "."))
        scale = _SCALES.get((unit or "").lower(), 1)
        end = number.end() if scale > 1 else number.end(2) if decimals else number.end(1)
        yield Fact("number", f"{(value * scale).normalize():f}", number.start(), end)


def _codes(text: str) -> Iterator[Fact]:
    for code in _CODE.finditer(text):
        letters = code[1].lower()
        if letters not in _CURRENCIES and not code[1].islower():
            yield Fact("code", letters + code[2].lower(), *code.span())
        elif letters in _CURRENCIES and code[2].isdecimal():
            yield Fact("number", str(int(code[2])), *code.span())


def _spelled(text: str) -> Iterator[Fact]:
    """Numbers in words: "fourteen", "forty-two", "two hundred", "three million"."""
    phrase: list[tuple[str, int, int]] = []
    for word in _WORD.finditer(text):
        form = word.group().lower()
        follows = phrase and _JOINED.fullmatch(text, phrase[-1][2], word.start()) and _continues(phrase[-1][0], form)
        if phrase and not follows:
            yield _value(phrase)
            phrase = []
        if follows or form in _NUMBERS:
            phrase.append((form, *word.span()))
    if phrase:
        yield _value(phrase)


def _continues(before: str, form: str) -> bool:
    """Whether a number goes on with this word."""
    if form in _SCALES and len(form) > 3:
        return True
    value, last = _NUMBERS.get(form, 0), _NUMBERS.get(before, 100)
    return last < value == 100 or (last >= 100 and 0 < value < 100) or (20 <= last < 100 and 0 < value < 10)


def _value(phrase: list[tuple[str, int, int]]) -> Fact:
    whole = part = 0
    for form, _, _ in phrase:
        if form in _SCALES:
            whole, part = whole + max(part, 1) * _SCALES[form], 0
        else:
            number = _NUMBERS[form]
            part = max(part, 1) * 100 if number == 100 else part + number
    return Fact("number", str(whole + part), phrase[0][1], phrase[-1][2])


def _word(written: str, start: int, text: str) -> Fact | None:
    form, end = written.lower(), start + len(written)
    if form in _ORDINALS:
        return Fact("number", str(_ORDINALS[form]), start, end)
    if form in _WEEKDAYS and (len(form) > 3 or written[0].isupper()):
        return Fact("weekday", str(_WEEKDAYS[form]), start, end)
    if form in _MONTHS and len(form) > 3 and written[0].isupper():
        return Fact("month", str(_MONTHS[form]), start, end)
    if form in NEGATIONS:
        # "t" and "n" only as in "don't" and "n'est": scanning errors leave single letters
        near = text[max(0, start - 1) : start] + text[end : end + 1]
        return Fact("negation", "", start, end) if len(form) > 1 or any(c in "'\u2019" for c in near) else None
    # a script without capitals hides its names
    if is_name(written, start, text, _OPENING) and any(c.lower() != c.upper() for c in written):
        return Fact("name", form, start, end)
    return None


@dataclass(frozen=True)
class Told:
    """A text, the characters ``[start, end)`` of each of its words, and its facts, found when they are asked for."""

    text: str
    places: NDArray[np.int32]  # (words, 2)

    @cached_property
    def in_quotes(self) -> NDArray[np.bool_]:
        """Of each word whether it stands in quotation marks."""
        within = np.zeros(len(self.places), np.bool_)
        for quote in _QUOTED.finditer(self.text):
            within |= (self.places[:, 0] >= quote.start()) & (self.places[:, 1] <= quote.end())
        return within

    @cached_property
    def words_in_quotes(self) -> int:
        return int(self.in_quotes.sum())

    @cached_property
    def facts(self) -> list[Fact]:
        return facts(self.text)

    @cached_property
    def values(self) -> dict[Kind, set[str]]:
        return _by_kind(self.facts)

    def written(self, first: int, last: int) -> str:
        """The words ``[first, last)`` as they stand."""
        return self.text[self.places[first, 0] : self.places[last - 1, 1]] if first < last else ""

    def money(self, word: int) -> int:
        """The signs of currencies beside it."""
        return money(self.text, int(self.places[word, 0]), int(self.places[word, 1]))

    def in_dateline(self, words: int) -> bool:
        """Whether the first ``words`` stand in a dateline."""
        line = _DATELINE.match(self.text)
        return line is not None and (words == 0 or bool(self.places[words - 1, 1] <= line.end()))

    def between(self, first: int, last: int) -> dict[Kind, set[str]]:
        """The facts that the words ``[first, last)`` take part in, by kind."""
        if first == last:
            return {}
        start, end = int(self.places[first, 0]), int(self.places[last - 1, 1])
        return _by_kind(fact for fact in self.facts if fact.start < end and start < fact.end)


def differ(a: Told, b: Told, runs: I64) -> bool:
    """Whether two texts, aligned by ``runs`` (rows: word of a, word of b, words; in order), tell different facts.

    They do where a few words stand in place of others, and both hold a figure or a date of one kind, or names, that the
    other text has nowhere; or where a negation was put in or taken out; or where one figure is of two currencies.
    """
    if _other_money(a, b, runs):
        return True
    names = 0
    for a_first, a_last, b_first, b_last in gaps(runs, len(a.places), len(b.places)):
        lost, gained = a_last - a_first, b_last - b_first
        if max(lost, gained) > SLOT_WORDS:
            continue
        here, there = a.between(a_first, a_last), b.between(b_first, b_last)
        if (
            (max(lost, gained) < NEGATED_WORDS or (max(lost, gained) == NEGATED_WORDS and min(lost, gained) <= 1))
            and ("negation" in here) != ("negation" in there)
            and not _misread(a.written(a_first, a_last), b.written(b_first, b_last))
        ):
            return True
        if a.in_dateline(a_last) and b.in_dateline(b_last):
            continue
        for kind in here.keys() & there.keys() - {"negation"}:
            if _others(kind, here[kind], b.values[kind]) and _others(kind, there[kind], a.values[kind]):
                if kind != "name":
                    return True
                names += 1
    return names > (0 if min(len(a.places), len(b.places)) < SHORT_WORDS else 1)


def _other_money(a: Told, b: Told, runs: I64) -> bool:
    """Whether one word of the runs stands beside the signs of two currencies."""
    if not (_SIGN.search(a.text) and _SIGN.search(b.text)):
        return False
    for i, j, size in runs.tolist():
        for k in range(size):
            one, other = a.money(i + k), b.money(j + k)
            if one and other and not one & other:
                return True
    return False


def gaps(runs: I64, a_words: int, b_words: int) -> Iterator[tuple[int, int, int, int]]:
    """The words between the runs, and before and after them: ``[a_first, a_last)`` and ``[b_first, b_last)``."""
    i = j = 0
    for a_start, b_start, size in [*runs.tolist(), [a_words, b_words, 0]]:
        if a_start > i or b_start > j:
            yield i, a_start, j, b_start
        i, j = a_start + size, b_start + size


def _misread(written: str, other: str) -> bool:
    """Whether two words are one, but for a slip: "not" and "nto", "n ot", "noot"."""
    left, right = ("".join(c for c in text.lower() if c.isalpha()) for text in (written, other))
    return sorted(left) == sorted(right) or SequenceMatcher(None, left, right, autojunk=False).ratio() >= 0.8


def _others(kind: Kind, values: set[str], known: set[str]) -> bool:
    """Whether none of ``values`` is like one of ``known``."""
    return not any(value in known or any(_alike(kind, value, other) for other in known) for value in values)


def _alike(kind: Kind, value: str, other: str) -> bool:
    if kind == "number":
        # Outlets drop "million", and 2.41m may be million or metres. Below a thousand every zero counts.
        scaled = value.rstrip("0") == other.rstrip("0") and (len(value) - len(other)) % 3 == 0
        return scaled and min(len(value), len(other)) > 3
    if kind == "name":
        # a typing or scanning error, an ending, a short form
        longer, shorter = sorted((value, other), key=len, reverse=True)
        return len(shorter) > 2 and (
            longer.startswith(shorter)
            or (len(shorter) > 4 and SequenceMatcher(None, value, other, autojunk=False).ratio() >= 0.75)
        )
    return False


def _by_kind(found: Iterable[Fact]) -> dict[Kind, set[str]]:
    values: dict[Kind, set[str]] = {}
    for fact in found:
        values.setdefault(fact.kind, set()).add(fact.value)
    return values
