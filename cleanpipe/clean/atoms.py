"""What a text must hold for a pattern of RE2 to match it: a few strings, one of which stands in every match.

The idea is that of RE2's ``FilteredRE2`` and of Hyperscan's literal factors (Wang et al. 2019, "Hyperscan: A Fast
Multi-pattern Regex Matcher for Modern CPUs", section 4): strings are cheap to find for all patterns at once, and only
texts that hold one are shown to the pattern. Here a string may also be tied to the beginning or the end of the text.

Strings are over *folded* characters: characters that differ by case alone are one, so are all ASCII digits (``0``) and
all ASCII white space (`` ``), and a run of digits or of white space is a single one. Whatever matches a pattern still
does so when both are folded; the reverse need not hold. What is not understood here asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

#: Marks inside strings: the text begins here; it ends here, but for decoration; the match goes on in an unknown way.
START, END, _OPEN = "\x01", "\x02", "\x03"
#: At the beginning of a text: any character that is neither letter nor figure.
SIGN = "\x04"
_MARKS = frozenset((START, END, _OPEN, SIGN))

Strings = frozenset[str]

_SPACE, _DIGITS = " \t\n\v\f\r", "0123456789"
_MOST = 400  # strings that stand for one pattern; of more, only the beginnings
_MOST_JOINED = 48  # strings that are written out where one choice follows another
_LONGEST = 16  # characters of a string
_MOST_OF_CLASS = 8  # characters of a class that are tried one by one
_MOST_TIMES = 3  # repetitions that are written out
_SIGN_PROPERTIES = ("\\pS", "\\pP", "\\p{S}", "\\p{P}")
_SIGNS: Strings = frozenset((SIGN,))
_NOTHING: Strings = frozenset(("",))
_ANYTHING: Strings = frozenset((_OPEN,))

_PLAIN = re.compile(r"[^\\\[(){|.^$*+?)]+(?![*+?{])")
_RUN = re.compile(r"0{2,}| {2,}")
_REPEAT = re.compile(r"([*+?]|\{(\d+)(,?)(\d*)\})[?]?")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAME = re.compile(r"\(\?P?<\w+>")
_PROPERTY = re.compile(r"\\[pP](?:\{[^}]*\}|.)")
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_ESCAPED = {"n": " ", "t": " ", "r": " ", "f": " ", "v": " ", "a": "\x07"}


class _Unsure(Exception):
    """Syntax that is not understood."""


@cache
def case_groups() -> dict[str, str]:
    """Characters that differ by case alone from another -> one of them, in which all of a group agree.

    At least as generous as RE2's simple case folding: characters are together as soon as their full foldings agree.
    """
    groups: dict[str, list[str]] = {}
    for char in map(chr, range(0x1F000)):
        folded = char.casefold()
        if folded != char or char.upper() != char:
            groups.setdefault(folded, []).append(char)
    return {char: folded if len(folded) == 1 else min(each) for folded, each in groups.items() for char in each}


def folded(char: str) -> str:
    """The one that stands for a character in strings."""
    if char in _DIGITS:
        return "0"
    return " " if char in _SPACE else case_groups().get(char, char)


def alternatives(pattern: str) -> list[str]:
    """Patterns that match together what ``pattern`` matches: its alternatives, if it is nothing but a choice."""
    depth = start = i = 0
    found: list[str] = []
    while i < len(pattern):
        char = pattern[i]
        if char == "\\":
            if pattern.startswith("\\Q", i):
                return [pattern]
            i += 1
        elif char == "[":
            i = _class_end(pattern, i)
        elif char == "(":
            if (flags := _FLAGS.match(pattern, i)) and flags[3] == ")":
                return [pattern]  # flags hold for the alternatives that follow as well
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and not depth:
            found.append(pattern[start:i])
            start = i + 1
        i += 1
    return [*found, pattern[start:]]


def _class_end(pattern: str, i: int) -> int:
    """The place of the bracket that closes the class which opens at ``i``."""
    i += 2 if pattern.startswith("[^", i) else 1
    first = i
    while pattern[i : i + 1] != "]" or i == first:
        if i >= len(pattern):
            raise _Unsure
        if pattern.startswith("[:", i) and (end := pattern.find(":]", i)) > 0:
            i = end + 1
        i += 2 if pattern[i] == "\\" else 1
    return i


class Needs(NamedTuple):
    """What every text holds that a pattern matches."""

    strings: Strings  # one of them; any text may match where "" is among them
    signs: frozenset[str]  # all of them: characters that are no letters
    bare: bool = False  # and neither a letter nor a figure


def needs_of(pattern: str, at: str) -> Needs:
    """What a text needs for ``pattern`` to match it.

    ``at``: the pattern is the whole of the text (``line``), or its beginning (``prefix``), but for decoration before
    and after it, or a part of it (anything else).
    """
    parser = _Parser(pattern)
    try:
        each, needed, signs = parser.parsed()
    except (_Unsure, IndexError):
        return Needs(_NOTHING, frozenset())
    if at in ("line", "prefix"):
        each = _joined(frozenset((START,)), each)
    if at == "line":
        each = _joined(each, frozenset((END,)))
    strings = frozenset(map(_told, _best([each, needed])))
    return Needs(strings, signs, at == "line" and not parser.lettered)


def _told(string: str) -> str:
    """What is told apart of a string: a sign only at the beginning of the text."""
    before, sign, _ = string.rstrip(_OPEN).partition(SIGN)
    return before + sign if before == START else before


def _cost(strings: Strings) -> float:
    """How many of a million lines hold one of the strings, very roughly."""
    return sum(_cost_of(string) for string in strings)


@cache
def _cost_of(string: str) -> float:
    cost = 1e8
    for char in string:
        if char == START:
            cost *= 10 if string.rstrip(_OPEN) == START else 0.01  # all texts begin
        elif char == SIGN:
            cost *= 0.02 if string[0] == START else 1
            break
        elif char != _OPEN:
            cost *= 0.06 if char.isalpha() else 0.15 if char in " 0.,-" else 0.2 if char == END else 0.01
    return cost


def _best(choices: Iterable[Strings]) -> Strings:
    return min(choices, key=_cost)


def _joined(left: Strings, right: Strings) -> Strings:
    """All of ``left`` followed by all of ``right``."""
    if left == _NOTHING:
        return right
    closed = [string for string in left if not string.endswith(_OPEN)]
    found = set(left).difference(closed)
    if len(closed) > 1 and len(right) > 1 and len(closed) * len(right) > _MOST_JOINED:
        right = _ANYTHING
    for before in closed:
        if before.endswith(END):
            found.add(before)
            continue
        for after in right:
            after = after.lstrip(START) if before else after
            if before and after and before[-1] == after[0] and after[0] in " 0":
                after = after[1:]
            string = before + after
            found.add(string if len(string) <= _LONGEST else string[:_LONGEST].rstrip(END + _OPEN) + _OPEN)
    return frozenset(found)


def _opened(strings: Strings) -> Strings:
    return frozenset(string if string.endswith(_OPEN) else string + _OPEN for string in strings)


class _Part(NamedTuple):
    """Of a part of a pattern: what each match of it begins with or is (closed), the best strings inside, all signs.

    The strings a match begins with end with ``_OPEN`` where it may go on after them.
    """

    each: Strings
    needed: Strings
    signs: frozenset[str]


class _Parser:
    """The syntax of RE2. ``lettered``: a match may hold a letter or a figure."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._i = 0
        self.lettered = False

    def parsed(self) -> _Part:
        found = self._choice()
        if self._i < len(self._pattern):
            raise _Unsure
        return found

    def _choice(self) -> _Part:
        each, needed, signs = self._sequence()
        while self._pattern.startswith("|", self._i):
            self._i += 1
            more = self._sequence()
            each, needed, signs = each | more.each, needed | more.needed, signs & more.signs
        if len(each) > _MOST:
            each = frozenset(string[:4].rstrip(END + _OPEN) + _OPEN for string in each)
        return _Part(each, needed if len(needed) <= _MOST else _ANYTHING, signs)

    def _sequence(self) -> _Part:
        lead = run = _NOTHING
        choices: list[Strings] = []
        signs: frozenset[str] = frozenset()
        while self._i < len(self._pattern) and self._pattern[self._i] not in "|)":
            each, needed, more = self._repeated()
            signs |= more
            choices.append(needed)
            lead = _joined(lead, each)
            run = _joined(run, each)
            if any(string.endswith(_OPEN) for string in run):
                choices.append(run)
                run = _NOTHING
        return _Part(lead, _best([lead, run, *choices]), signs)

    def _repeated(self) -> _Part:
        part = self._item()
        while found := _REPEAT.match(self._pattern, self._i):
            self._i = found.end()
            sign = found[1]
            least = int(found[2]) if found[2] else int(sign == "+")
            most = {"*": -1, "+": -1, "?": 1}.get(sign, -1 if found[3] and not found[4] else int(found[4] or least))
            part = _Part(*_times(part.each, part.needed, least, most), part.signs if least else frozenset())
        return part

    def _item(self) -> _Part:
        pattern, char = self._pattern, self._pattern[self._i]
        if plain := _PLAIN.match(pattern, self._i):
            self._i = plain.end()
            strings = _letters(plain[0])
            signs = {char for char in map(folded, plain[0]) if not char.isalpha()}
        elif char == "(":
            return self._group()
        elif char == "[":
            end = _class_end(pattern, self._i)
            strings = _of_class(pattern[self._i + 1 : end])
            self._i = end + 1
            signs = set()
        elif char == "\\":
            strings = self._escape()
            signs = set()
        else:
            self._i += 1
            strings = {"^": frozenset((START,)), "$": frozenset((END,)), ".": _ANYTHING}.get(char) or _letter(char)
            signs = set()
        if len(strings) == 1 and len(only := next(iter(strings))) == 1 and only not in _MARKS and not only.isalpha():
            signs = {only}
        self.lettered |= strings == _ANYTHING or any(any(map(str.isalnum, string)) for string in strings)
        return _Part(strings, strings, frozenset(signs))

    def _group(self) -> _Part:
        if self._pattern.startswith("(?", self._i):
            opening = _FLAGS.match(self._pattern, self._i) or _NAME.match(self._pattern, self._i)
            if not opening:
                raise _Unsure
            if opening.re is _FLAGS and not set((opening[1] or "") + (opening[2] or "")) <= set("isU"):
                raise _Unsure
            self._i = opening.end()
            if opening[0].endswith(")"):
                return _Part(_NOTHING, _NOTHING, frozenset())
        else:
            self._i += 1
        found = self._choice()
        if not self._pattern.startswith(")", self._i):
            raise _Unsure
        self._i += 1
        return found

    def _escape(self) -> Strings:
        pattern, i = self._pattern, self._i
        char = pattern[i + 1]
        if found := _PROPERTY.match(pattern, i):
            self._i = found.end()
            return _SIGNS if found[0] in _SIGN_PROPERTIES else _ANYTHING
        if found := _HEX.match(pattern, i):
            self._i = found.end()
            return _letter(chr(int(found[1] or found[2], 16)))
        self._i += 2
        if char in "bB":
            return _NOTHING
        if char in "dswDSW":
            return {"d": frozenset("0"), "s": frozenset(" ")}.get(char, _ANYTHING)
        if char in "Az":
            return frozenset((START if char == "A" else END,))
        if char in _ESCAPED:
            return _letter(_ESCAPED[char])
        if char.isalnum():
            raise _Unsure
        return _letter(char)


def _letter(char: str) -> Strings:
    return _ANYTHING if char in _MARKS else frozenset((folded(char),))


def _letters(text: str) -> Strings:
    if not _MARKS.isdisjoint(text):
        raise _Unsure
    text = _RUN.sub(lambda run: run[0][0], "".join(map(folded, text)))
    return frozenset((text if len(text) <= _LONGEST else text[:_LONGEST] + _OPEN,))


def _times(each: Strings, needed: Strings, least: int, most: int) -> tuple[Strings, Strings]:
    """Of what is repeated; ``most`` -1: without end."""
    if each <= {"0"} or each <= {" "}:
        each = needed = each if least else each | {""}
        return each if most else _NOTHING, needed if most else _NOTHING
    product = _NOTHING
    found = set(product) if least == 0 else set[str]()
    for time in range(1, _MOST_TIMES + 1 if most < 0 else min(most, _MOST_TIMES) + 1):
        product = _joined(product, each)
        if time >= least:
            found |= product
    if most < 0 or most > _MOST_TIMES:  # what is written out in full goes on
        found = set(_opened(frozenset(found if least <= _MOST_TIMES else product)))
    elif least > _MOST_TIMES:
        raise _Unsure
    return frozenset(found), needed if least else _NOTHING


def _of_class(inside: str) -> Strings:
    """The characters of a class, or anything."""
    if inside.startswith("^") or "[:" in inside:
        return _ANYTHING
    chars: list[str] = []
    found: set[str] = set()
    i = 0
    while i < len(inside):
        char, size = inside[i], 1
        if char == "\\":
            if hexed := _HEX.match(inside, i):
                char, size = chr(int(hexed[1] or hexed[2], 16)), hexed.end() - i
            elif inside[i + 1] in "ds":
                found.add("0" if inside[i + 1] == "d" else " ")
                i += 2
                continue
            elif inside[i + 1] in _ESCAPED:
                char, size = _ESCAPED[inside[i + 1]], 2
            elif (named := _PROPERTY.match(inside, i)) and named[0] in _SIGN_PROPERTIES:
                found.add(SIGN)
                i = named.end()
                continue
            elif inside[i + 1].isalnum():
                return _ANYTHING
            else:
                char, size = inside[i + 1], 2
        i += size
        if inside[i : i + 1] == "-" and i + 1 < len(inside):
            if char in _DIGITS and inside[i + 1] in _DIGITS:
                found.add("0")
                i += 2
                continue
            return _ANYTHING
        chars.append(char)
    found.update(*map(_letter, chars))
    if _OPEN in found:
        return _ANYTHING
    if SIGN in found or len(found) > _MOST_OF_CLASS:
        return _SIGNS if not any(map(str.isalnum, found)) else _ANYTHING
    return frozenset(found)
