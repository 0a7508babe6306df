"""Which words two texts share, where they stand, and whether the others matter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.dedup.align import MOST_WORDS, align, aligned
from cleanpipe.dedup.decisive import decisive
from cleanpipe.dedup.ragged import Ragged, offsets_of
from cleanpipe.dedup.tokens import located_words, normalise, words

MIXED = st.lists(
    st.sampled_from(["The", "ferry", "ﬁsh", "Cafe\u0301", "港務局", "don’t", "½", "¨", "in\u00adter", "\n", "½\u0301"]),
    max_size=12,
).map(" ".join)


@given(st.one_of(st.text(max_size=60), MIXED))
def test_located_words_are_the_words_and_lie_in_order(text: str) -> None:
    found = located_words(text)
    assert [word.form for word in found] == words(normalise(text))
    for before, after in pairwise(found):
        assert before.start <= after.start and before.end <= after.end
    assert all(0 <= word.start < word.end <= len(text) for word in found)


def test_a_word_is_found_where_it_is_written() -> None:
    text = "“Don’t”  in\u00adter ﬁsh ½ 港務"
    assert [(word.form, text[word.start : word.end]) for word in located_words(text)] == [
        ("don", "Don"), ("t", "t"), ("inter", "in\u00adter"), ("fish", "ﬁsh"), ("1", "½"), ("2", "½"), ("港", "港"),
        ("務", "務"),
    ]  # fmt: skip


@given(MIXED, MIXED)
def test_runs_and_residue_together_are_the_words_of_a(a: str, b: str) -> None:
    found = align(a, b)
    assert sum(run.words for run in found.runs) + len(found.residue) == len(located_words(a))
    for run in found.runs:
        assert words(normalise(a[run.a_start : run.a_end])) == words(normalise(b[run.b_start : run.b_end]))


WORDS = st.lists(st.integers(0, 4), max_size=40)


@settings(deadline=None)  # the first call compiles
@given(st.lists(WORDS, min_size=1, max_size=4))
def test_the_kernel_finds_the_runs_that_difflib_finds(texts: list[list[int]]) -> None:
    rows = Ragged(
        np.array([word for text in texts for word in text], np.uint64), offsets_of(np.array([len(t) for t in texts]))
    )
    left, right = (each.ravel() for each in np.indices((len(texts), len(texts))))
    for got, want in zip(aligned(rows, left, right, True), aligned(rows, left, right, False), strict=True):
        assert got.tolist() == want.tolist()


def test_what_was_inserted_is_the_residue_and_the_longest_run_is_known() -> None:
    a = "The port reopened on Monday after the gale, the board said."
    b = "The port reopened after the gale, the board said in a note."
    found = align(a, b)
    assert [word.form for word in found.residue] == ["on", "monday"]
    assert (
        found.longest is not None and a[found.longest.a_start : found.longest.a_end] == "after the gale, the board said"
    )
    assert decisive(found.residue, a) == "date"
    assert decisive(align(b, a).residue, b) == ""


def test_texts_without_a_word_in_common_have_no_run() -> None:
    found = align("one two", "three four")
    assert found.longest is None and len(found.residue) == 2
    assert align("", "three").residue == ()


def test_a_text_too_long_to_align_is_all_residue() -> None:
    long = "word " * (MOST_WORDS + 1)
    assert len(align(long, "word").residue) == MOST_WORDS + 1


@pytest.mark.parametrize(
    "text, lost, what",
    [
        ("The crew rescued 14 people.", "14", "number"),
        ("The crew rescued fourteen or twelve people.", "twelve", "number"),
        ("The loss was ½ of it.", "½", "number"),
        ("They met on Friday at the port.", "Friday", "date"),
        ("The board did not agree.", "not", "negation"),
        ("The board didn’t agree.", "t", "negation"),
        ("Der Hafen bleibt nicht offen.", "nicht", "negation"),
        ("Then the mayor thanked Okafor.", "Okafor", "name"),
        ("It was late. Then Mr. Okafor left.", "Okafor", "name"),
        ("Okafor left. Later the mayor saw Okafor.", "Okafor", "name"),
        ("McAvoy left the port.", "McAvoy", "name"),
        ("港務局 closed the port.", "港", "name"),
        ("Berg left. The mayor said so.", "Berg", "name"),
        ("The board denied it.", "denied", "negation"),
        ("The gale was over. Later the port opened.", "Later", ""),
        ("“Later” the port opened.", "Later", ""),
        ("The gale was strongly felt.", "strongly", ""),
    ],
)
def test_numbers_dates_negations_and_names_decide(text: str, lost: str, what: str) -> None:
    start = text.index(lost)
    residue = [word for word in located_words(text) if start <= word.start < start + len(lost)]
    assert residue and decisive(residue, text) == what
