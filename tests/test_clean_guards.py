"""What must not be lost, whatever the evidence so far says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from clean_driver import PROSE, gone, kept, marks_on
from clean_driver import document as text_of
from clean_driver import lines as joined

from cleanpipe.clean.guards import Guards
from cleanpipe.decide import decide_document
from cleanpipe.model import Action, Batch, Document, Mark, Marks, Record, Source, Strength
from cleanpipe.segment.dom import page

LONG = (
    "The mill at Orle has ground barley for two hundred years, and when the dam broke in March its wheel stood still "
    "for the first time since the war, which the miller’s daughter wrote down in the book beside the door of the loft."
)
SHORT = "The wheel turns again since Friday, the council said at noon."
LATER = "A second wheel is to be built in the spring, and a bakery in Lower Orle has already ordered its first flour."
QUOTE = "“Sign up here, I told them, and nobody did, because nobody could read my writing on that wall,” she said."


def web(*parts: str) -> Document:
    markup = f"<html><body><main>{''.join(parts)}</main></body></html>"
    found = page(markup)
    record = Record(Source("in", "a.html", 0, "text/html", "utf-8", ""), found.text)
    return Document(bytes(16), record, found.blocks, found.elements, found.tree, found.title)


def evidence(
    document: Document, number: int, action: Action, family: str = "a", strength: Strength = "strong",
    score: float = 0.0, processor: str = "test", type: str = "",
) -> Mark:  # fmt: skip
    block = document.blocks[number]
    rule = f"{processor}/{family}@1"
    return Mark(0, number, block.start, block.end, processor, rule, action, strength, family, "So.", type, score)


def votes(document: Document, *numbers: int, processor: str = "extractor", score: float = 1.0) -> list[Mark]:
    return [evidence(document, n, "vote", "vote", score=score, processor=processor) for n in numbers]


def cues(document: Document, number: int, *families: str, strength: Strength = "strong") -> list[Mark]:
    return [evidence(document, number, "strip", family, strength) for family in families]


def guarded(document: Document, marks: Sequence[Mark], **settings: float) -> tuple[dict[int, str], list[bool]]:
    """The guards' rules by block, and which blocks stay in the end."""
    before = Marks(tuple(marks))
    own = list(Guards(Guards.Settings.model_validate(settings)).mark(Batch((document,)), before))
    decisions = decide_document(document, 0, before + own, "article")
    return {m.block: m.rule for m in own}, [decision.action == "keep" for decision in decisions]


# --- long prose


def test_long_prose_inside_the_article_that_only_a_vote_leaves_out_stays() -> None:
    made = web(f"<p>{SHORT}</p><div><p>{LONG}</p></div><p>{LATER}</p>")
    assert guarded(made, votes(made, 0, 2)) == ({1: "guards/voted-out@1"}, [True, True, True])
    marks = Marks((*votes(made, 0, 2), evidence(made, 1, "keep")))
    decision = decide_document(made, 0, marks, "article")[1]
    assert decision.confidence == 0.7, "it was kept against a vote"


@pytest.mark.parametrize(
    "box",
    [
        f"<aside><p>{LONG}</p></aside>",
        f"<figure><figcaption>{LONG}</figcaption></figure>",
        f"<div class='newsletter-box'><p>{LONG}</p></div>",
        f"<div class='author-bio'><p>{LONG}</p></div>",
        f"<p><a href='/x'>{LONG}</a></p>",
        f"<p>{SHORT}</p>",
    ],
)
def test_what_is_short_all_links_or_in_a_box_of_the_site_needs_no_second_reason(box: str) -> None:
    made = web(f"<p>{SHORT}</p>{box}<p>{LATER}</p>")
    assert guarded(made, votes(made, 0, 2))[0] == {}


def test_long_prose_after_the_article_or_far_from_it_needs_no_second_reason() -> None:
    after = web(f"<p>{SHORT}</p><p>{LATER}</p><div><p>{LONG}</p></div>")
    assert guarded(after, votes(after, 0, 1))[0] == {}
    far = web(f"<p>{SHORT}</p>", "<div>Menu</div>" * 4, f"<p>{LONG}</p>", "<div>Menu</div>" * 4, f"<p>{LATER}</p>")
    assert guarded(far, votes(far, 0, 10 - 1))[0] == {}


def test_long_prose_against_which_a_cue_speaks_as_well_goes() -> None:
    made = web(f"<p>{SHORT}</p><div><p>{LONG}</p></div><p>{LATER}</p>")
    marks = [*votes(made, 0, 2), *cues(made, 1, "phrase", "links")]
    assert guarded(made, marks) == ({}, [True, False, True])


def test_in_a_text_long_prose_needs_a_cue_in_what_it_says() -> None:
    made = text_of("\n\n".join([SHORT, LATER, LONG, LATER, SHORT]))
    assert guarded(made, cues(made, 2, "position", "shape"))[0] == {2: "guards/long-prose@1"}
    assert guarded(made, cues(made, 2, "position", "phrase"))[0] == {}


# --- what an extractor took


@pytest.mark.parametrize(("share", "stays"), [(0.6, True), (0.1, False)])
def test_if_too_little_of_what_an_extractor_took_would_stay_all_of_it_stays(share: float, stays: bool) -> None:
    made = web(*(f"<p>{text}</p>" for text in (SHORT, LONG, LATER)), "<div>Menu</div>")
    marks = [*votes(made, 0, 1, 2), *cues(made, 1, "a", "b", "c"), *cues(made, 2, "a", "b", "c")]
    rules, kept = guarded(made, marks, fallback=share)
    assert kept == [True, stays, stays, False]
    assert rules == ({1: "guards/fallback@1", 2: "guards/fallback@1"} if stays else {})


def test_a_later_vote_is_the_judge_and_the_extractor_the_measure() -> None:
    made = web(*(f"<p>{text}</p>" for text in (SHORT, LONG, LATER)), "<div>Menu</div>")
    judged = [
        *votes(made, 0, 1, 2),
        *votes(made, 0, processor="model"),
        *votes(made, 1, 2, processor="model", score=0.1),
    ]
    rules, _ = guarded(made, judged)
    assert rules == {1: "guards/fallback@1", 2: "guards/fallback@1"}
    assert guarded(made, [*votes(made, 0, 1, 2), *votes(made, 0, 1, 2, 3, processor="model")])[0] == {}


@pytest.mark.parametrize(("score", "stays"), [(0.45, True), (0.3, False)])
def test_a_heading_of_which_the_model_of_texts_is_in_doubt_stays_above_its_paragraph(score: float, stays: bool) -> None:
    made = text_of("\n\n".join([LATER, "The last lamp of the pier", LONG, LATER]))
    judged = [*votes(made, 0, 2, 3, processor="text_model"), *votes(made, 1, processor="text_model", score=score)]
    # Rules that strip much of the article: the text is not spotless.
    judged += [mark for n in (0, 3) for mark in cues(made, n, "a", strength="certain")]
    assert guarded(made, judged)[0] == ({1: "guards/heading@1"} if stays else {})


def test_a_menu_that_an_extractor_took_is_not_brought_back() -> None:
    menu = (
        "<ul>"
        + "".join(f"<li><a href='/{n}'>Section {n} of the paper and its news</a></li>" for n in range(9))
        + "</ul>"
    )
    made = web(f"<p>{SHORT}</p>", menu)
    numbers = range(len(made.blocks))
    judged = [*votes(made, *numbers), *votes(made, 0, processor="page_model")]
    rules, kept = guarded(made, judged)
    assert rules == {} and kept[0] and not any(kept[1:])


def test_what_is_certain_to_go_is_no_reason_to_fall_back() -> None:
    made = web(*(f"<p>{text}</p>" for text in (SHORT, LONG, LATER)))
    marks = [*votes(made, 0, 1, 2), *cues(made, 1, "links", strength="certain")]
    assert guarded(made, marks) == ({}, [True, False, True])


# --- first paragraph, quotations, empty pages


def test_the_first_paragraph_is_not_stripped_on_its_class_and_place_but_on_three_cues() -> None:
    made = text_of("\n\n".join([LATER, SHORT, LONG]))
    assert guarded(made, cues(made, 0, "class", "place"))[0] == {0: "guards/first-paragraph@1"}
    assert guarded(made, cues(made, 0, "class", "place", "phrase"))[0] == {}
    assert guarded(made, cues(made, 1, "class", "place"))[0] == {}


@pytest.mark.parametrize("typed", [False, True])
def test_a_quotation_is_exempt_from_cue_phrases(typed: bool) -> None:
    text = QUOTE.strip("“") if typed else QUOTE
    made = text_of("\n\n".join([LATER, SHORT, text, LONG, SHORT]))
    kind = [evidence(made, 2, "type", type="quote")] if typed else []
    assert guarded(made, [*kind, *cues(made, 2, "phrase", "position")])[0] == {2: "guards/quotation@2"}
    assert guarded(made, [*kind, *cues(made, 2, "phrase", "links")])[0] == {}


@pytest.mark.parametrize(("score", "stays"), [(0.16, True), (0.11, False), (0.0, False)])
def test_of_what_the_model_of_texts_is_sure_looks_save_nothing(score: float, stays: bool) -> None:
    made = text_of("\n\n".join([LATER, SHORT, QUOTE, "Low tide at nine", SHORT, LONG, SHORT]))
    doubtful = (2, 3, 4)
    marks = [
        evidence(made, n, "vote", processor="text_model", score=score if n in doubtful else 0.9)
        for n in range(len(made.blocks))
    ]
    marks = [mark for mark in marks if mark.score]
    found = guarded(made, marks)[0]
    expected = {2: "guards/quotation@2", 3: "guards/spotless@2", 4: "guards/spotless@2"}
    assert found == (expected if stays else {})


@pytest.mark.parametrize("lines", [[SHORT, LATER], ["Low tide", "High tide", "Neap tide"]], ids=["prose", "labels"])
def test_a_page_is_never_emptied_but_of_what_is_certain(lines: list[str]) -> None:
    made = text_of("\n\n".join(lines))
    marks = [mark for n in range(len(lines)) for mark in cues(made, n, "a", "b", "c")]
    rules, kept = guarded(made, marks)
    assert any(kept) and set(rules.values()) <= {"guards/empty-page@1"}
    marks += cues(made, 0, "label", strength="certain")
    assert guarded(made, marks)[1][0] is False and any(guarded(made, marks)[1])


# --- with the marks of all processors


def test_the_first_paragraph_stays_where_two_cues_agree_and_the_last_one_goes() -> None:
    plea = (
        "Please consider making a donation to keep the reporting of the Qualmouth desk free for everybody who needs it."
    )
    row = {"outlet": "a.example", "stories": 4, "masked": False}
    assert gone(joined(plea, PROSE), rows={(0, 0): row}) == []
    assert marks_on(joined(plea, PROSE), plea) != []


def test_a_page_is_never_emptied_of_its_prose() -> None:
    pleas = [
        f"Please consider making a donation to keep our journalism free for everybody in {town} who needs it."
        for town in ("Tolven", "Skarn", "Merrow")
    ]
    rows = {(0, i): {"outlet": "a.example", "stories": 4, "masked": False} for i in range(3)}
    assert kept(joined(pleas), rows=rows) != []
