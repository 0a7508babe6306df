"""What the prefilter lets through: every text that a pattern matches, whatever the pattern and the text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import re2
from clean_driver import PROSE, lines
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.clean.atoms import alternatives, case_groups, needs_of
from cleanpipe.clean.examples import document_of
from cleanpipe.clean.features import Page, page_of
from cleanpipe.clean.pack import Rule, builtin_packs, load_pack
from cleanpipe.clean.prefilter import Conditions, Prefilter, Texts
from cleanpipe.clean.rules import _AFTER, _BEFORE, _QUOTED, _WRAP, Rules

PACKS = [load_pack(name) for name in builtin_packs()]
EXAMPLES = sorted(
    {text for pack in PACKS for rule in pack.rules for text in (*rule.examples.strip, *rule.examples.keep)}
)


def passed(patterns: list[str], at: str, texts: list[str]) -> set[tuple[int, int]]:
    """Pairs of a text and a pattern that may match it, without any conditions."""
    tests = [(i, part) for i, pattern in enumerate(patterns) for part in alternatives(pattern)]
    one, none = np.ones(len(tests), np.int32), np.zeros(len(tests), np.int32)
    made = Prefilter([needs_of(part, at) for _, part in tests], Conditions(none, one, one, none, one))
    each = np.ones(len(texts), np.int32)
    rows, found = made.candidates(Texts(texts, each, each, each, each))
    return {(row, tests[test][0]) for row, test in zip(rows.tolist(), found.tolist(), strict=True)}


def options(case_sensitive: bool = False) -> re2.Options:
    made = re2.Options()
    made.case_sensitive = case_sensitive
    return made


@cache
def compiled(at: str, patterns: tuple[str, ...], case_sensitive: bool) -> Any:
    roomy = options(case_sensitive)
    roomy.max_mem = 64 << 20
    made = re2.Set.SearchSet(roomy)
    for pattern in patterns:
        made.Add(_WRAP[at](pattern))
    made.Compile()
    return made


def matches(rule: Rule, text: str) -> bool:
    """Whether one of the rule's patterns, whole and never divided, matches."""
    return bool(compiled(rule.at, tuple(rule.patterns), rule.case_sensitive).Match(text))


ATOM = st.sampled_from(
    ["a", "K", "s", "ſ", "ß", "é", "7", " ", "-", "–", ".", r"\.", r"\d", r"\s", r"\w", r"\pL", r"\b", "^", "$", "[ab]",
     "[^a]", r"[\d.,]", "[0-9a]", r"[a\-k]", r"\x{e9}", r"\x41", "foo", "Bar 12", r"\pS", r"[\pS\s]", r"\(", "[]a]",
     r"[[:alpha:]]", r"\t", "  ", r"\Qa|b\E", "(?i)x", "{", "}", "»"]
)  # fmt: skip
REPEAT = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "{5}", "{0}", "*?", "+?", "{2,9}", "{,2}"])
PATTERN = st.recursive(
    ATOM,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: "(?:" + "|".join(parts) + ")"),
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        st.tuples(inner, REPEAT).map(lambda pair: f"({pair[0]}){pair[1]}"),
        inner.map(lambda part: f"(?i:{part})"),
    ),
    max_leaves=10,
)
TEXT = st.text(
    st.sampled_from("aAbkK\u212asSſßẞéÉ0127 \t\n\xa0-–.,:»•|\ufefffoobarx({$^+\x01\x02\x03\x04"),
    min_size=1,
    max_size=14,
)


@given(PATTERN, st.lists(TEXT, min_size=1, max_size=6), st.sampled_from(sorted(_WRAP)), st.booleans())
@settings(max_examples=600, deadline=None)
def test_whatever_a_pattern_matches_passes(pattern: str, texts: list[str], at: str, case_sensitive: bool) -> None:
    quiet = options(case_sensitive)
    quiet.log_errors = False
    try:
        made = re2.compile(_WRAP[at](pattern), quiet)
    except re2.error:
        return
    found = passed([pattern], at, texts)
    for i, text in enumerate(texts):
        assert not made.search(text) or (i, 0) in found, (pattern, at, text)


def test_case_groups_hold_whatever_re2_takes_for_the_same_letter() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    groups = case_groups()
    cased = {char for char in every if char in groups or char.lower() != char or char.upper() != char}
    members: dict[str, set[str]] = {}
    for char in cased:
        members.setdefault(groups.get(char, char), set()).add(char)
    assert len(cased) > 2_500
    text = "".join(sorted(cased))
    for group in members.values():
        others = text.translate({ord(char): None for char in group})
        for char in group:
            assert not re2.search(char, others, options()), char
    # What has no case for Python has none for RE2, either.
    plain = "".join(char for char in every if char not in cased)
    assert not re2.search("[" + "".join(map(re.escape, sorted(cased))) + "]", plain, options())


def test_every_pattern_of_the_built_in_packs_is_one_of_re2() -> None:
    """They are compiled when first needed, unlike those of a user's pack."""
    for pack in PACKS:
        for rule in pack.rules:
            for pattern in rule.patterns:
                re2.compile(pattern, options(rule.case_sensitive))


def test_decoration_of_the_patterns_is_the_kernels_own() -> None:
    for char in map(chr, range(0x3000)):
        before, after = (re2.search(pattern, char) is not None for pattern in (_BEFORE + "$", "^" + _AFTER))
        found = passed(["abc"], "line", [char + "abc", "abc" + char])
        assert (not before or (0, 0) in found) and (not after or (1, 0) in found), char


def plain_marks(page: Page, processor: Rules) -> set[tuple[int, str]]:
    """Block and rule of each match, found by showing every line to every pattern."""
    found = set()
    for i, line in enumerate(page.lines):
        for pack, rule in processor.rules:
            if not line.text or not rule.min_tokens <= line.words <= rule.max_tokens or not matches(rule, line.text):
                continue
            spared = _QUOTED.sub(" ", line.text)
            if rule.at == "line" or rule.action == "type" or matches(rule, spared):
                found.add((i, f"rules/{pack}.{rule.id}@{rule.version}"))
    return found


def everywhere() -> Iterator[tuple[str, Rule]]:
    """All rules, without the conditions that depend on other lines."""
    for pack in PACKS:
        for rule in pack.rules:
            free = {"where": "any", "last_blocks": 0, "run": 1, "unfinished": False, "verbless": False, "prompt": False}
            yield pack.name, rule.model_copy(update={**free, "company": False})


def test_on_all_examples_the_rules_mark_what_plain_search_finds() -> None:
    """Each example on its own and all upper case, between quotation marks, behind a bullet."""
    shapes = [shape for text in EXAMPLES[::8] for shape in (text, text.upper(), f"• {text} »", f"{text}, “{text}”")]
    processor = Rules.of([key for key in everywhere() if key[1].at != "inline"])
    page = page_of(0, document_of(lines(PROSE, *shapes)))
    marked = {(mark.block, mark.rule) for mark in processor.on_page(page)}
    assert len(marked) > 400
    assert marked == plain_marks(page, processor)


@pytest.mark.parametrize("at", ["line", "anywhere"])
def test_a_pattern_that_needs_no_string_is_shown_every_text(at: str) -> None:
    assert passed([r"\w+"], at, ["Harbour", "7"]) == {(0, 0), (1, 0)}


def test_a_string_is_looked_for_where_the_pattern_has_it() -> None:
    texts = ["Read more", "Read more »", "Read more books", "They read more"]
    assert passed(["read more"], "line", texts) == {(0, 0), (1, 0)}
    assert passed(["read more"], "prefix", texts) == {(0, 0), (1, 0), (2, 0)}
    assert passed(["read more"], "anywhere", texts) == {(i, 0) for i in range(4)}
