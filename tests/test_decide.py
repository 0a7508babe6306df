"""The decision table, and what may be dropped as a duplicate."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.decide import (
    Candidate,
    certain_to_go,
    decide,
    decide_document,
    drop_documents,
    drop_paragraphs,
    edits_of,
)
from cleanpipe.model import PROFILES, Action, Block, Document, Mark, Marks, Record, Source, Strength
from cleanpipe.text import clean_text

TEXT = "tap here The pier was closed for a week after the storm."
DOCUMENT = Document(b"k" * 16, Record(Source("r", "p", 0, "text/plain", "utf-8", ""), TEXT), (Block(0, 0, len(TEXT)),))
BLOCK = DOCUMENT.blocks[0]
ARTICLE = frozenset(PROFILES["article"])


def mark(
    action: Action,
    strength: Strength = "strong",
    family: str = "a",
    kind: str = "",
    start: int = 0,
    end: int = len(TEXT),
) -> Mark:
    return Mark(
        0, 0, start, end, "test", f"test/{family}@1", action, strength, family, f"It is {family}.", kind
    )  # fmt: skip


STRONG, OTHER, CERTAIN, WEAK = (
    mark("strip", kind="junk:ad"),
    mark("strip", family="b", kind="junk:nav"),
    mark("strip", "certain", "c", "junk:teaser"),
    mark("strip", "weak", "d"),
)
KEEP = mark("keep", family="guard")


@pytest.mark.parametrize(
    ("marks", "action"),
    [
        ([], "keep"),
        ([WEAK, WEAK], "keep"),
        ([STRONG], "keep"),
        ([STRONG, STRONG], "keep"),  # one family counts once
        ([STRONG, WEAK], "keep"),
        ([STRONG, OTHER], "strip"),
        ([CERTAIN], "strip"),
        ([CERTAIN, KEEP], "keep"),
        ([STRONG, OTHER, KEEP], "keep"),
        ([mark("type", kind="credit")], "profile"),
        ([mark("type", kind="headline")], "keep"),
        ([mark("vote"), STRONG], "keep"),
    ],
)
def test_the_decision_table(marks: list[Mark], action: str) -> None:
    assert decide(DOCUMENT, BLOCK, marks, "article", ARTICLE).action == action


def test_a_strip_cites_the_certain_mark_or_the_reason_of_each_family() -> None:
    assert decide(DOCUMENT, BLOCK, [STRONG, CERTAIN], "article", ARTICLE).rule == "test/c@1"
    assert decide(DOCUMENT, BLOCK, [STRONG, OTHER], "article", ARTICLE).reason == "It is a. It is b."
    assert decide(DOCUMENT, BLOCK, [STRONG, CERTAIN], "article", ARTICLE).type == "junk:teaser"


def test_confidence_falls_from_certain_to_two_cues_and_is_low_where_one_cue_stood_alone() -> None:
    sure, two, alone, none = (
        decide(DOCUMENT, BLOCK, marks, "article", ARTICLE).confidence
        for marks in ([CERTAIN], [STRONG, OTHER], [STRONG], [])
    )
    assert sure > two > alone and none > alone


def test_what_would_go_with_less_confidence_than_asked_for_stays_and_says_what_speaks_against_it() -> None:
    marks = [STRONG, OTHER, mark("type", kind="list")]
    assert decide(DOCUMENT, BLOCK, marks, "article", ARTICLE, least=0.9).action == "strip"
    gone = decide(DOCUMENT, BLOCK, marks, "article", ARTICLE)
    kept = decide(DOCUMENT, BLOCK, marks, "article", ARTICLE, least=0.95)
    assert (kept.action, kept.type, kept.rule) == ("keep", "list", "confidence/least@1")
    assert kept.confidence == pytest.approx(1 - gone.confidence)
    assert json.loads(kept.evidence)["spared"] == {
        "type": gone.type, "rule": gone.rule, "confidence": gone.confidence, "reason": gone.reason
    }  # fmt: skip
    assert decide(DOCUMENT, BLOCK, [CERTAIN], "article", ARTICLE, least=0.95).action == "strip"


def test_what_an_extractor_leaves_out_stays_where_more_confidence_is_asked_for() -> None:
    vote = mark("vote")
    assert decide(DOCUMENT, BLOCK, [], "article", ARTICLE, voter=vote.processor).action == "strip"
    assert (
        decide(DOCUMENT, BLOCK, [], "article", ARTICLE, voter=vote.processor, least=0.95).rule == "confidence/least@1"
    )


def test_a_profile_still_leaves_out_what_confidence_spared() -> None:
    marks = [STRONG, OTHER, mark("type", kind="byline")]
    decision = decide(DOCUMENT, BLOCK, marks, "article", ARTICLE, least=1.0)
    assert (decision.action, decision.rule) == ("profile", "profile/article@1")


def test_a_headline_that_the_model_of_texts_would_leave_out_is_kept_for_what_it_is() -> None:
    marks = [mark("type", kind="headline"), mark("vote")._replace(score=0.06, processor="text_model")]
    found = decide(DOCUMENT, BLOCK, marks, "article", ARTICLE, voter="text_model")
    assert (found.action, found.type, found.confidence) == ("keep", "headline", 0.95)


@pytest.mark.parametrize(
    ("score", "action", "confidence"), [(0.7, "keep", 0.7), (0.2, "strip", 0.8), (0.0, "strip", 0.97)]
)
def test_place_and_shape_decide_nothing_that_the_model_of_texts_has_read(
    score: float, action: str, confidence: float
) -> None:
    marks = [mark("strip", family="position"), mark("strip", family="shape")]
    if score:
        marks.append(mark("vote")._replace(score=score, processor="text_model"))
    found = decide(DOCUMENT, BLOCK, marks, "article", ARTICLE, voter="text_model")
    assert (found.action, found.confidence) == (action, confidence)
    assert decide(DOCUMENT, BLOCK, marks, "article", ARTICLE).action == "strip"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([mark("vote")._replace(score=0.3, processor="text_model")], 0.3),
        ([], 0.03),
        ([mark("vote")._replace(score=0.3, processor="text_model"), STRONG, OTHER], 0.7),
        ([mark("vote")._replace(score=0.6, processor="text_model")], 0.98),
    ],
)
def test_what_a_guard_keeps_against_a_model_is_as_sure_as_the_model_thinks(marks: list[Mark], expected: float) -> None:
    found = decide(DOCUMENT, BLOCK, [*marks, KEEP], "article", ARTICLE, voter="text_model")
    assert (found.action, found.confidence) == ("keep", expected)
    kind = mark("type", kind="list")
    left_out = decide(DOCUMENT, BLOCK, [*marks, kind, KEEP], "body", frozenset({"body"}), voter="text_model")
    assert left_out.action == "profile" and left_out.confidence >= 0.7


@given(st.lists(st.sampled_from([STRONG, OTHER, CERTAIN, WEAK, KEEP])), st.sampled_from([0.0, 0.9, 0.95, 0.98, 1.0]))
def test_asking_for_more_confidence_never_strips_more(marks: list[Mark], least: float) -> None:
    decision = decide(DOCUMENT, BLOCK, marks, "article", ARTICLE, least=least)
    if decision.action == "strip":
        assert decision == decide(DOCUMENT, BLOCK, marks, "article", ARTICLE)
        assert decision.confidence >= least


def test_the_strongest_type_counts_and_of_equals_the_latest() -> None:
    marks = [mark("type", "certain", kind="subhead"), mark("type", kind="list"), mark("type", kind="quote")]
    assert decide(DOCUMENT, BLOCK, marks, "article", ARTICLE).type == "subhead"
    assert decide(DOCUMENT, BLOCK, marks[1:], "article", ARTICLE).type == "quote"


def test_a_type_that_the_profile_leaves_out_cites_the_profile() -> None:
    decision = decide(DOCUMENT, BLOCK, [mark("type", kind="headline")], "body", frozenset(PROFILES["body"]))
    assert (decision.action, decision.rule) == ("profile", "profile/body@1")
    assert "headline" in decision.reason


def test_a_list_of_types_is_the_profile_custom() -> None:
    marks = Marks((mark("type", kind="headline"),))
    assert decide_document(DOCUMENT, 0, marks, ("body",))[0].rule == "profile/custom@1"


def test_an_edit_takes_its_span_out_but_never_everything() -> None:
    edits = edits_of(DOCUMENT, BLOCK, [mark("edit", end=9)])
    assert clean_text(TEXT, 0, len(TEXT), edits) == TEXT[9:]
    assert clean_text("a\n\tMay \t\nb", 2, 8) == "\tMay"  # a row's first cell is empty
    assert edits_of(DOCUMENT, BLOCK, [mark("edit")]) == ()


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))), max_size=8))
def test_edits_are_sorted_and_disjoint(spans: list[tuple[int, int]]) -> None:
    edits = edits_of(DOCUMENT, BLOCK, [mark("edit", start=min(s), end=max(s)) for s in spans])
    assert all(a.end <= b.start for a, b in pairwise(edits))


def test_a_block_is_certain_to_go_only_if_nothing_local_keeps_it() -> None:
    assert certain_to_go([STRONG, CERTAIN])
    assert not certain_to_go([CERTAIN, KEEP])
    assert not certain_to_go([STRONG, OTHER])


@pytest.mark.parametrize(("score", "certain"), [(0.04, True), (0.2, False), (0.7, False)])
def test_what_a_guard_may_save_from_a_vote_is_not_certain_to_go(score: float, certain: bool) -> None:
    """Else it would stay without having been compared."""
    vote = mark("vote")._replace(score=score, processor="text_model")
    assert certain_to_go([vote], "text_model") is certain


def test_of_a_chain_of_republished_articles_the_one_whose_holder_is_dropped_stays() -> None:
    first, second, third = b"1", b"2", b"3"
    assert drop_documents([first, second, third], {second: [first], third: [second]}) == {second: first}
    assert drop_documents([first, second, third], {second: [first], third: [second, first]}) == {
        second: first,
        third: first,
    }


@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=10))
def test_a_dropped_document_is_always_held_by_a_kept_one(pairs: dict[int, list[int]]) -> None:
    holders = {bytes([a]): [bytes([b]) for b in others if b < a] for a, others in pairs.items()}
    dropped = drop_documents([bytes([n]) for n in range(10)], holders)
    assert all(holder not in dropped for holder in dropped.values())


def test_only_body_is_dropped_alone() -> None:
    full, same, title = (
        Candidate("a#1", b"t", "body"), Candidate("b#1", b"t", "body"), Candidate("c#1", b"t", "headline")
    )  # fmt: skip
    assert drop_paragraphs([full, same, title], {}) == {"b#1": "a#1"}


def test_a_paragraph_held_only_by_a_dropped_one_stays() -> None:
    order = [Candidate("a#1", b"A", "body"), Candidate("b#1", b"B", "body"), Candidate("c#1", b"C", "body")]
    assert drop_paragraphs(order, {b"B": [b"A"], b"C": [b"B"]}) == {"b#1": "a#1"}


@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["body", "quote"])), max_size=20),
       st.dictionaries(st.sampled_from("ABCDE"), st.lists(st.sampled_from("ABCDE"), max_size=3)))  # fmt: skip
def test_a_dropped_paragraph_is_always_held_by_a_kept_one(
    rows: list[tuple[str, str]], holds: dict[str, list[str]]
) -> None:
    order = [Candidate(f"d#{n}", text.encode(), kind) for n, (text, kind) in enumerate(rows)]
    dropped = drop_paragraphs(order, {a.encode(): [b.encode() for b in bs if b != a] for a, bs in holds.items()})
    assert all(holder not in dropped for holder in dropped.values())
    assert all(order[int(name[2:])].type == "body" for name in dropped)
