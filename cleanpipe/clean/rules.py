"""Rules from packs: all patterns are tested at once, in linear time, by RE2 sets; then each rule's conditions."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import re2
from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.belief import Company, answers, tells
from cleanpipe.clean.features import Line, Page, pages
from cleanpipe.clean.language import languages_of
from cleanpipe.clean.pack import Pack, Rule, load_pack, nearest
from cleanpipe.clean.structure import headline_of
from cleanpipe.errors import UserError
from cleanpipe.model import Batch, Mark, Marks, Record, Strength

#: Decoration that may stand around a label: bullets, arrows, colons.
_BEFORE = r"^[\s•·|›»>▸►▶▼→–—*+#✓✔@&\x{feff}\-]*"
_AFTER = r"[\s:…›»>▸►▶▼▾→|.*+!✓\-–—]*$"
_WRAP: dict[str, Callable[[str], str]] = {
    "line": lambda pattern: f"{_BEFORE}(?:{pattern}){_AFTER}",
    "prefix": lambda pattern: f"{_BEFORE}(?:{pattern})",
    "anywhere": lambda pattern: f"(?:{pattern})",
    "inline": lambda pattern: f"(?:{pattern})",
}

#: What the compiled patterns of a set may take; RE2 falls back to a slower, equally linear matcher beyond it.
_SET_MEMORY = 64 << 20
#: Words of a block up to which one set of rules serves: few rules are for the shortest and for the longest.
_TIERS = (3, 12, 48)
_SHORT, _REMEMBERED = 80, 1 << 15  # characters of a text of which a process remembers the matches; how many of them

_QUOTED = re.compile(r"“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|\"[^\"]*(?:\"|$)|^‘.*[’']")

#: Families of rules that know a line by its name alone.
_NAMES = frozenset({"label", "run", "place"})

_Key = tuple[str, Rule]  # the pack's name and the rule


class _Set:
    """Rules whose patterns are tested together, in the order in which their marks are made."""

    def __init__(self, rules: list[_Key]) -> None:
        self._places = {id(key[1]): place for place, key in enumerate(rules)}
        # What must stand at the beginning of a text is given up after a character or two.
        self._patterns = [
            _compiled([key for key in rules if (key[1].at in ("line", "prefix")) == anchored])
            for anchored in (True, False)
        ]
        self.short = lru_cache(maxsize=_REMEMBERED)(self.matches)

    def matches(self, text: str) -> tuple[_Key, ...]:
        found = self._tested(text)
        if any(key[1].at != "line" for key in found) and _QUOTED.search(text):
            # What somebody said or wrote inside quotation marks is no cue.
            spared = self._tested(_QUOTED.sub(" ", text))
            return tuple(key for key in found if key[1].at == "line" or key in spared or key[1].action == "type")
        return tuple(found)

    def _tested(self, text: str) -> list[_Key]:
        found = {
            id(key[1]): key for some, owners in self._patterns for i in some.Match(text) or () if (key := owners[i])
        }
        return sorted(found.values(), key=lambda key: self._places[id(key[1])]) if found else []


def _compiled(rules: list[_Key]) -> tuple[Any, list[_Key]]:
    """A set of the rules' patterns, and of each the rule."""
    owners: list[_Key] = []
    options = _options(case_sensitive=True)
    options.max_mem = _SET_MEMORY
    made = re2.Set.SearchSet(options)
    for key in rules:
        for pattern in key[1].patterns:
            wrapped = _WRAP[key[1].at](pattern)
            made.Add(wrapped if key[1].case_sensitive else f"(?i:{wrapped})")
            owners.append(key)
    try:
        made.Compile()
    except re2.error:
        largest = max(owners, key=lambda key: max(map(len, key[1].patterns)))
        raise UserError(
            f"the rule packs' patterns need more than {_SET_MEMORY >> 20} MiB together; shorten counted "
            f"repetitions, as {{1,500}}, first in {largest[0]}/{largest[1].id}"
        ) from None
    return made, owners


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
        self._only = {pack.name: pack.language for pack in packs if not pack.everywhere}
        self._languages = {pack.language for pack in packs} - {""}
        self._sets: dict[str, list[tuple[int, _Set]]] = {}
        self._places = {id(rule): place for place, (_, rule) in enumerate(self.rules)}
        self._spans = {
            id(rule): [re2.compile(p, _options(rule.case_sensitive)) for p in rule.patterns]
            for _, rule in self.rules
            if rule.at == "inline"
        }

    def prepare(self, batch: Batch) -> None:
        for document in batch:
            self._sets_for(document.record)

    def _sets_for(self, record: Record) -> list[list[tuple[int, _Set]]]:
        """The rules for the record's language, and for any; all rules where the language is unknown or has no pack of
        its own. Of each language sets apart, since one of all outgrows what RE2 keeps of it; see ``_tiers``."""
        own = languages_of(record) if self._only else frozenset()
        if not own or not own <= self._languages:
            own = frozenset(self._only.values())
        return [self._tiers(language) for language in sorted(own | {""})]

    def _tiers(self, language: str) -> list[tuple[int, _Set]]:
        """The sets of the rules of one language (of any: ""), each with the most words of a block that it is for."""
        if language not in self._sets:
            rules = [key for key in self.rules if self._only.get(key[0], "") == language]
            tiers = self._sets[language] = []
            for least, most in pairwise((0, *_TIERS, sys.maxsize)):
                chosen = [key for key in rules if key[1].max_tokens > least and key[1].min_tokens <= most]
                if chosen:
                    tiers.append((most, _Set(chosen)))
        return self._sets[language]

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for page in pages(batch, marks):
            yield from self.on_page(page)

    def on_page(self, page: Page) -> Iterator[Mark]:
        found: list[tuple[int, _Key]] = []
        count = len(page)
        sets = self._sets_for(page.document.record)
        for i, line in enumerate(page.lines):
            text = line.text
            if not text:
                continue
            here: list[_Key] = []
            for tiers in sets:
                some = next((some for most, some in tiers if line.words <= most), None)
                if some is not None:
                    here += some.short(text) if len(text) <= _SHORT else some.matches(text)
            if len(here) > 1:
                here.sort(key=lambda key: self._places[id(key[1])])
            found += [(i, key) for key in here if _holds(key[1], page, i, line, count)]
        matched = {i for i, _ in found}
        runs = _run_lengths(matched)
        found = [(i, key) for i, key in found if runs[i] >= key[1].run]
        company = _company(page, found)
        for i, key in found:
            yield from self._marks(page, i, key, _strength(key[1], page, i, company))

    def _marks(self, page: Page, i: int, key: _Key, strength: Strength) -> Iterator[Mark]:
        pack, rule = key
        name = f"rules/{pack}.{rule.id}@{rule.version}"
        if rule.action != "edit":
            yield page.mark(i, name, rule.action, strength, rule.family, rule.reason, type=rule.type)
            return
        block = page.document.blocks[i]
        end = block.start
        for start, stop in sorted(
            m.span() for p in self._spans[id(rule)] for m in p.finditer(page.document.slice(block))
        ):
            if block.start + start >= end and stop > start:
                end = block.start + stop
                span = (block.start + start, end)
                yield page.mark(i, name, "edit", strength, rule.family, rule.reason, span=span)


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


def _holds(rule: Rule, page: Page, i: int, line: Line, count: int) -> bool:
    if not rule.min_tokens <= line.words <= rule.max_tokens:
        return False
    if rule.where != "any" and not _stands(rule.where, page, i):
        return False
    if rule.last_blocks and i < count - rule.last_blocks:
        return False
    if rule.unfinished and line.terminal and not line.elided:
        return False
    return not rule.verbless or line.verbless


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
        if body and line.prose and rule.strength == "certain" and not company.beside(i):
            return "strong"
    return rule.strength


def _stands(where: str, page: Page, i: int) -> bool:
    place = page.where(i)
    if where == "top":
        headline = headline_of(page) if place == "head" else None
        return headline is not None and i < headline[0] and all(line.words <= 3 for line in page.lines[:i])
    if where == "edge":
        return place != "body"
    return place != "head" if where == "past-head" else place == where


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
