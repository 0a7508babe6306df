"""Rules from packs: strings tell for all of them at once what cannot match; RE2 decides on the rest."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import re2
from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.atoms import Needs, alternatives, needs_of
from cleanpipe.clean.belief import Company, answers, tells
from cleanpipe.clean.features import Page, pages
from cleanpipe.clean.language import languages_of
from cleanpipe.clean.pack import Pack, Rule, load_pack, nearest
from cleanpipe.clean.prefilter import AFTER, BEFORE, Conditions, Prefilter, Texts
from cleanpipe.clean.structure import headline_of
from cleanpipe.errors import UserError
from cleanpipe.model import Batch, Mark, Marks, Record, Strength

#: Decoration that may stand around a label.
_BEFORE = rf"^[\s{re2.escape(BEFORE)}]*"
_AFTER = rf"[\s{re2.escape(AFTER)}]*$"
_WRAP: dict[str, Callable[[str], str]] = {
    "line": lambda pattern: f"{_BEFORE}(?:{pattern}){_AFTER}",
    "prefix": lambda pattern: f"{_BEFORE}(?:{pattern})",
    "anywhere": lambda pattern: f"(?:{pattern})",
    "inline": lambda pattern: f"(?:{pattern})",
}

#: What a compiled pattern may take; RE2 falls back to a slower, equally linear matcher beyond it.
_PATTERN_MEMORY = 16 << 20
_SHORT, _REMEMBERED = 80, 1 << 15  # characters of a text of which a process remembers the matches; how many of them
#: Bits of the places where a rule may match.
_PLACES = {"head": 1, "top": 1, "body": 2, "tail": 4, "edge": 5, "past-head": 6, "any": 7}

_QUOTED = re.compile(r"“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|\"[^\"]*(?:\"|$)|^‘.*[’']")

#: Families of rules that know a line by its name alone.
_NAMES = frozenset({"label", "run", "place"})

_Key = tuple[str, Rule]  # the pack's name and the rule


class _Test(NamedTuple):
    """A part of a rule: one of the alternatives of its patterns."""

    rule: int  # its place among the rules
    pattern: str
    needs: Needs


def _tests(place: int, rule: Rule) -> Iterator[_Test]:
    for pattern in rule.patterns:
        for each in alternatives(pattern):
            yield _Test(place, each, needs_of(each, rule.at))


class Rules:
    """Marks what the rules of the packs recognise."""

    name = "rules"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        packs: list[str] = Field(
            ["generic", "news-en", "news-de", "news-fr", "news-es"],
            description="Rule packs: built-in ones by name, your own by path.",
        )
        disable: list[str] = Field([], description="Rules to leave out: ID, or PACK/ID.")

    def __init__(self, settings: Settings) -> None:
        packs = [load_pack(name) for name in settings.packs]
        self._compile(_enabled(packs, settings.disable), packs)

    @classmethod
    def of(cls, rules: list[_Key]) -> Rules:
        """A processor of just these rules, each with its pack's name."""
        made = cls.__new__(cls)
        made._compile(rules, [])
        return made

    def _compile(self, rules: list[_Key], packs: Iterable[Pack]) -> None:
        """``packs`` say which rules are for documents of one language only."""
        # The order in which the marks on a block are made: labels first.
        self.rules = sorted(rules, key=lambda key: (key[1].at != "line", key[1].case_sensitive, key[1].max_tokens > 48))
        packs = list(packs)
        self._only = {pack.name: pack.language for pack in packs if not pack.everywhere and pack.language}
        self._languages = {pack.language for pack in packs} - {""}
        self._matches = lru_cache(maxsize=_REMEMBERED)(self._tested)
        self._compiled: dict[int, Any] = {}

    @cached_property
    def _tests(self) -> list[_Test]:
        return [test for place, (_, rule) in enumerate(self.rules) for test in _tests(place, rule)]

    @cached_property
    def _rule_of(self) -> list[int]:
        return [test.rule for test in self._tests]

    @cached_property
    def _bits(self) -> dict[str, int]:
        """Of each language with rules of its own, and of any (""), a bit."""
        return {language: 1 << i for i, language in enumerate(("", *sorted(set(self._only.values()))))}

    @cached_property
    def _prefilter(self) -> Prefilter:
        rules = [self.rules[test.rule] for test in self._tests]
        columns = (
            [rule.min_tokens for _, rule in rules],
            [rule.max_tokens for _, rule in rules],
            [_PLACES[rule.where] for _, rule in rules],
            [rule.last_blocks for _, rule in rules],
            [self._bits[self._only.get(pack, "")] for pack, _ in rules],
        )
        return Prefilter(
            [test.needs for test in self._tests], Conditions(*(np.array(column, np.int32) for column in columns))
        )

    def prepare(self, batch: Batch) -> None:
        self._prefilter.candidates(_texts_of([], []))

    def _bits_of(self, record: Record) -> int:
        """Of the rules for the record's language, and for any; of all rules where the language is unknown or has no
        pack of its own."""
        own = languages_of(record) if self._only else frozenset()
        if not own or not own <= self._languages:
            return sum(self._bits.values())
        return sum(self._bits.get(language, 0) for language in own | {""})

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        yield from self._on_pages(pages(batch, marks))

    def on_page(self, page: Page) -> Iterator[Mark]:
        yield from self._on_pages([page])

    def _on_pages(self, pages: Sequence[Page]) -> Iterator[Mark]:
        """The marks on pages one after another. Only the lines that hold what a rule needs are looked at."""
        texts = _texts_of(pages, [self._bits_of(page.document.record) for page in pages])
        starts = [0, *accumulate(map(len, pages))]
        on_page: dict[int, list[tuple[int, _Key]]] = {}
        for row, rule in self._found(pages, starts, texts):
            at = bisect_right(starts, row) - 1
            on_page.setdefault(at, []).append((row - starts[at], self.rules[rule]))
        for at, found in on_page.items():
            yield from self._believed(pages[at], found)

    def _found(self, pages: Sequence[Page], starts: list[int], texts: Texts) -> list[tuple[int, int]]:
        """Pairs of a text and a rule that has matched it, in order."""
        found: set[tuple[int, int]] = set()
        quoted: set[tuple[int, int]] = set()
        rule_of = self._rule_of
        for row, test in self._passed(texts):
            rule = rule_of[test]
            match = (row, rule)
            if match in found or match in quoted:
                continue
            known, text = self.rules[rule][1], texts.texts[row]
            if known.unfinished or known.verbless or known.where == "top":
                at = bisect_right(starts, row) - 1
                if not _holds(known, pages[at], row - starts[at]):
                    continue
            if self._test(test, text):
                # What somebody said or wrote inside quotation marks is no cue.
                spares = known.at != "line" and known.action != "type" and _QUOTED.search(text)
                (quoted if spares else found).add(match)
        if quoted:
            rows = sorted({row for row, _ in quoted})
            spared = Texts([_QUOTED.sub(" ", texts.texts[row]) for row in rows], *(each[rows] for each in texts[1:]))
            for row, test in self._passed(spared):
                match = (rows[row], self._tests[test].rule)
                if match in quoted and match not in found and self._test(test, spared.texts[row]):
                    found.add(match)
        return sorted(found)

    def _passed(self, texts: Texts) -> Iterator[tuple[int, int]]:
        rows, tests = self._prefilter.candidates(texts)
        return zip(rows.tolist(), tests.tolist(), strict=True)

    def _test(self, test: int, text: str) -> bool:
        return self._matches(test, text) if len(text) <= _SHORT else self._tested(test, text)

    def _tested(self, test: int, text: str) -> bool:
        compiled = self._compiled.get(test)
        if compiled is None:
            rule, pattern, _ = self._tests[test]
            compiled = self._compiled[test] = _compiled(self.rules[rule], pattern)
        return bool(compiled.Match(text))

    def _believed(self, page: Page, found: list[tuple[int, _Key]]) -> Iterator[Mark]:
        runs = _run_lengths({i for i, _ in found})
        found = [(i, key) for i, key in found if runs[i] >= key[1].run]
        company = _company(page, found)
        for i, key in found:
            strength = _strength(key[1], page, i, company)
            if key[1].action == "edit":
                yield from _edits(page, i, key, strength)
            else:
                rule = key[1]
                yield page.mark(i, _name(key), rule.action, strength, rule.family, rule.reason, type=rule.type)


def _name(key: _Key) -> str:
    pack, rule = key
    return f"rules/{pack}.{rule.id}@{rule.version}"


def _edits(page: Page, i: int, key: _Key, strength: Strength) -> Iterator[Mark]:
    rule = key[1]
    block = page.document.blocks[i]
    end = block.start
    for start, stop in sorted(
        match.span()
        for pattern in rule.patterns
        for match in re2.finditer(pattern, page.document.slice(block), _options(rule.case_sensitive))
    ):
        if block.start + start >= end and stop > start:
            end = block.start + stop
            span = (block.start + start, end)
            yield page.mark(i, _name(key), "edit", strength, rule.family, rule.reason, span=span)


def _texts_of(pages: Sequence[Page], bits: Sequence[int]) -> Texts:
    """The lines of pages one after another; of each page the bits of its languages."""
    lengths = [len(page) for page in pages]
    count = sum(lengths)
    lines = [line for page in pages for line in page.lines]
    place = np.full(count, _PLACES["body"], np.int32)
    left = np.empty(count, np.int32)
    start = 0
    for page, length in zip(pages, lengths, strict=True):
        left[start : start + length] = np.arange(length, 0, -1)
        if page.has_prose:
            place[start : start + page.first] = _PLACES["head"]
            place[start + page.last + 1 : start + length] = _PLACES["tail"]
        start += length
    words = np.fromiter((line.words for line in lines), np.int32, count)
    return Texts([line.text for line in lines], words, place, left, np.repeat(np.array(bits, np.int32), lengths))


def _compiled(key: _Key, pattern: str) -> Any:
    """A set of one pattern, which says the fastest whether it matches."""
    pack, rule = key
    options = _options(case_sensitive=True)
    options.max_mem = _PATTERN_MEMORY
    made = re2.Set.SearchSet(options)
    wrapped = _WRAP[rule.at](pattern)
    made.Add(wrapped if rule.case_sensitive else f"(?i:{wrapped})")
    try:
        made.Compile()
    except re2.error:
        raise UserError(
            f"a pattern of the rule {pack}/{rule.id} needs more than {_PATTERN_MEMORY >> 20} MiB; shorten counted "
            "repetitions, as {1,500}"
        ) from None
    return made


def _options(case_sensitive: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    return options


def _enabled(packs: Iterable[Pack], disable: Iterable[str]) -> list[_Key]:
    rules = [(pack.name, rule) for pack in packs for rule in pack.rules]
    known = {name for pack, rule in rules for name in (rule.id, f"{pack}/{rule.id}")}
    off = set(disable)
    for name in sorted(off - known):
        raise UserError(f"clean.rules.disable: unknown rule {name!r}{nearest(name, sorted(known))}")
    return [key for key in rules if key[1].id not in off and f"{key[0]}/{key[1].id}" not in off]


def _holds(rule: Rule, page: Page, i: int) -> bool:
    """Whether the conditions hold that the prefilter does not know."""
    line = page.lines[i]
    if rule.unfinished and line.terminal and not line.elided:
        return False
    if rule.verbless and not line.verbless:
        return False
    return rule.where != "top" or _stands_at_top(page, i)


def _company(page: Page, found: Iterable[tuple[int, _Key]]) -> Company:
    strips = [
        (i, rule)
        for i, (_, rule) in found
        if rule.action == "strip" and not (rule.prompt and (tells(page.lines[i].text) or answers(page, i)))
    ]
    alone = {i for i, rule in strips if rule.strength == "certain" and not rule.company and not rule.prompt}
    return Company(page, alone, {i for i, _ in strips})


def _strength(rule: Rule, page: Page, i: int, company: Company) -> Strength:
    """How strongly a rule speaks where it has matched: a prompt or a label that the article may use itself, less so."""
    if rule.company and (company.lonely(i) if rule.family in _NAMES else company.listed(i)):
        return "weak"
    if rule.prompt:
        line = page.lines[i]
        body = page.where(i) == "body"
        if tells(line.text) or (body and answers(page, i)):
            return "weak"
        sentence = line.prose or line.terminal
        if body and sentence and rule.strength == "certain" and not company.beside_label(i):
            return "strong"
    return rule.strength


def _stands_at_top(page: Page, i: int) -> bool:
    headline = headline_of(page)
    return headline is not None and i < headline[0] and all(line.words <= 3 for line in page.lines[:i])


def _run_lengths(matched: set[int]) -> dict[int, int]:
    """How long the run of neighbours is that each stands in."""
    runs: dict[int, int] = {}
    for first in matched:
        if first - 1 not in matched:
            last = first
            while last + 1 in matched:
                last += 1
            runs |= dict.fromkeys(range(first, last + 1), last - first + 1)
    return runs


def pack_digests(settings: Rules.Settings) -> dict[str, str]:
    """SHA-256 of each pack in use, by its name: for the manifest and the steps' keys."""
    return {pack.name: pack.digest for pack in map(load_pack, settings.packs)}
