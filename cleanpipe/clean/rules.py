"""Rules from packs: all patterns are tested at once, in linear time, by RE2 sets; then each rule's conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import re2
from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.belief import Company, answers, tells
from cleanpipe.clean.features import Line, Page, pages
from cleanpipe.clean.language import languages_of
from cleanpipe.clean.pack import Pack, Rule, load_pack, nearest
from cleanpipe.clean.structure import headline_of
from cleanpipe.errors import UserError
from cleanpipe.model import Batch, Mark, Marks, Strength

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
_LONG_TOKENS = 48  # rules for longer blocks are tested apart: they are few, and long paragraphs are many

_QUOTED = re.compile(r"“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|\"[^\"]*(?:\"|$)|^‘.*[’']")

#: Families of rules that know a line by its name alone.
_NAMES = frozenset({"label", "run", "place"})

_Key = tuple[str, Rule]  # the pack's name and the rule


class _Set:
    """Rules whose patterns are tested together."""

    def __init__(self, rules: Iterable[_Key], case_sensitive: bool, whole_line: bool) -> None:
        self.whole_line = whole_line
        self.owners: list[_Key] = []
        options = _options(case_sensitive)
        options.max_mem = _SET_MEMORY
        self._set = re2.Set.SearchSet(options)
        self.longest = 0
        for key in rules:
            self.longest = max(self.longest, key[1].max_tokens)
            for pattern in key[1].patterns:
                self._set.Add(_WRAP[key[1].at](pattern))
                self.owners.append(key)
        try:
            self._set.Compile()
        except re2.error:
            largest = max(self.owners, key=lambda key: max(map(len, key[1].patterns)))
            raise UserError(
                f"the rule packs' patterns need more than {_SET_MEMORY >> 20} MiB together; shorten counted "
                f"repetitions, as {{1,500}}, first in {largest[0]}/{largest[1].id}"
            ) from None

    def matches(self, text: str) -> list[_Key]:
        found = self._set.Match(text)
        if not found:
            return []
        return list({id(self.owners[i][1]): self.owners[i] for i in sorted(found)}.values())


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
        self.rules = rules
        only = {pack.name: "" if pack.everywhere else pack.language for pack in packs}
        self._languages = {pack.language for pack in packs} - {""}
        self._sets = {
            language: _sets([key for key in rules if only.get(key[0], "") == language])
            for language in sorted({only.get(pack, "") for pack, _ in rules})
        }
        self._spans = {
            id(rule): [re2.compile(p, _options(rule.case_sensitive)) for p in rule.patterns]
            for _, rule in self.rules
            if rule.at == "inline"
        }

    def _sets_for(self, page: Page) -> list[_Set]:
        """The rules for the page's language; all rules where it is unknown or has no pack of its own."""
        own = languages_of(page.document.record) if len(self._sets) > 1 else frozenset()
        known = own and own <= self._languages
        return [s for language, sets in self._sets.items() if not known or language in own | {""} for s in sets]

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for page in pages(batch, marks):
            yield from self.on_page(page)

    def on_page(self, page: Page) -> Iterator[Mark]:
        found: list[tuple[int, _Key]] = []
        count = len(page)
        sets = self._sets_for(page)
        for i, line in enumerate(page.lines):
            for some in sets:
                if line.words > some.longest or not line.text:
                    continue
                matches = some.matches(line.text)
                if matches and not some.whole_line and _QUOTED.search(line.text):
                    # What somebody said or wrote inside quotation marks is no cue.
                    spared = some.matches(_QUOTED.sub(" ", line.text))
                    matches = [key for key in matches if key in spared or key[1].action == "type"]
                found += [(i, key) for key in matches if _holds(key[1], page, i, line, count)]
        matched = {i for i, _ in found}
        found = [(i, key) for i, key in found if key[1].run == 1 or _run_length(i, matched) >= key[1].run]
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


def _sets(rules: list[_Key]) -> list[_Set]:
    made = []
    for whole_line in (True, False):  # most blocks are too long for a label: they are spared the larger set
        for case in (False, True):
            for long in (False, True):
                chosen = [
                    key
                    for key in rules
                    if (key[1].at == "line", key[1].case_sensitive, key[1].max_tokens > _LONG_TOKENS)
                    == (whole_line, case, long)
                ]
                if chosen:
                    made.append(_Set(chosen, case, whole_line))
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


def _run_length(i: int, matched: set[int]) -> int:
    first = last = i
    while first - 1 in matched:
        first -= 1
    while last + 1 in matched:
        last += 1
    return last - first + 1


def pack_digests(settings: Rules.Settings) -> dict[str, str]:
    """SHA-256 of each pack in use, by its name: for the manifest and the steps' keys."""
    return {pack.name: pack.digest for pack in map(load_pack, settings.packs)}
