"""The kernels of the features say what the plain references say, to the last bit, on whatever Unicode there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cleanpipe.clean.learned import characters, kernel, page, page_kernel, shape, text, text_kernel
from cleanpipe.errors import UserError
from cleanpipe.model import Block, Document, Element, Mark, Record, Source

#: Words that mean something, characters whose lower case is not their own affair, what parts words and ends sentences.
SAID = (
    "the", "The", "abonnieren", "NEWSLETTER", "(c)", "e-mail", "photo:", "Photo:,", "said", "ΟΔΟΣ", "İstanbul", "ÀB-c",
    "x²", "Ⅻ", "Straße", "word_", "12.50", "…", "...", "。", "日本語", "ひらがな", "𠀀𠀁", "𐐀", "\ud800", "ǅ", "McDo",
    "Qualmouth", "harbour", "Ⓐ", ",", "\u00a0", "\u3000", "“Quite”", "!", "a\u0301", "\U000e0100", "\x1f", "🚢",
)  # fmt: skip
PIECES = st.lists(st.sampled_from(SAID) | st.text(max_size=4), min_size=1, max_size=30)
TEXTS = st.lists(
    st.tuples(PIECES, st.sampled_from(["", " "])).map(lambda made: made[1].join(made[0]).strip()), max_size=9
)
TAGS = st.sampled_from(["p", "div", "ul", "li[2]", "h1", "h2[1]", "figure", "", "x-card", "article"])
PATHS = st.lists(TAGS, min_size=1, max_size=5).map(lambda steps: "/" + "/".join(steps))
NAMES = st.sampled_from(["", "story-body", "related more", "ad", "headline lead"])
AROUND = NAMES.map(lambda words: f"{words} one two three four five menu share")
ELEMENTS = st.builds(Element, PATHS, NAMES, AROUND, st.integers(0, 9), st.integers(0, 9))


def joined(texts: list[str], title: str, between: list[str], elements: tuple[Element, ...] = ()) -> Document:
    blocks, said = [], ""
    for number, each in enumerate(texts):
        said += between[number % len(between)]
        blocks.append(Block(number, len(said), len(said) + len(each)))
        said += each
    return Document(b"", Record(Source("", "", 0, "", "", ""), said, title=title), tuple(blocks), elements)


@st.composite
def pages(draw: st.DrawFn) -> tuple[Document, str, list[float]]:
    texts = [each for each in draw(TEXTS) if each]
    elements = tuple(draw(ELEMENTS) for _ in texts)
    shares = [draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])) for _ in texts]
    return joined(texts, "", ["\n"], elements), " ".join(draw(PIECES)), shares


@st.composite
def dumps(draw: st.DrawFn) -> tuple[Document, np.ndarray, tuple[int, int]]:
    texts = [each for each in draw(TEXTS) if each]
    # Lines of prose, which more than a few words have.
    texts = [
        f"The harbour of Qualmouth and {each} stay closed until Monday." if draw(st.booleans()) else each
        for each in texts
    ]
    title = draw(st.sampled_from(["", "The harbour of Qualmouth", "İstanbul said ΟΔΟΣ"]))
    said = np.zeros((len(texts), len(text.MARKS)), np.float32)
    for row in range(len(texts)):
        said[row, :2] = draw(st.tuples(st.sampled_from([0, 0, 1]), st.integers(0, 3)))
    first = draw(st.integers(0, max(len(texts) - 1, 0)))
    last = draw(st.integers(first, max(len(texts) - 1, first)))
    region = (0, -1) if not texts or draw(st.booleans()) else (first, last)
    return (
        joined(texts, title, draw(st.lists(st.sampled_from(["\n", "\n\n", "\n" * 7, " \n"]), min_size=1))),
        said,
        region,
    )


@settings(deadline=None)
@given(st.lists(pages(), min_size=1, max_size=3), st.booleans())
def test_pages(made: list[tuple[Document, str, list[float]]], voted: bool) -> None:
    wanted = [page.features(document, title, shares if voted else None) for document, title, shares in made]
    documents, titles, shares = zip(*made, strict=True)
    found = page_kernel.features(documents, titles, shares if voted else None)
    assert_same(found, np.concatenate(wanted), (*page.COLUMNS, *page.VOTES))


@settings(deadline=None)
@given(st.lists(dumps(), min_size=1, max_size=3))
def test_text_dumps(made: list[tuple[Document, np.ndarray, tuple[int, int]]]) -> None:
    wanted = [text.features_of(*each) for each in made]
    assert_same(text_kernel.features(*zip(*made, strict=True)), np.concatenate(wanted), text.COLUMNS)


CUES = st.tuples(
    st.sampled_from(["strip", "keep", "type", "note"]),
    st.sampled_from(["certain", "strong", "weak"]),
    st.sampled_from(["label", "position"]),
    st.just(""),
    st.sampled_from(["junk:nav", "ad", "headline", "quote", "body", ""]),
)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), CUES), max_size=30))
def test_what_marks_say(said: list[tuple[int, int, tuple[str, ...]]]) -> None:
    marks = [Mark(row, block, 0, 1, "rules", "rules/x@1", *cue) for row, block, cue in said]
    found = text.all_marked({2: 3, 0: 3, 3: 4}, marks)
    assert list(found) == [2, 0, 3]
    for row, cells in found.items():
        wanted = text.marked(len(cells), [mark for mark in marks if mark.document == row])
        assert_same(cells, wanted, text.MARKS)


def assert_same(found: np.ndarray, wanted: np.ndarray, columns: tuple[str, ...]) -> None:
    wrong = {columns[k] for k in np.flatnonzero((found != wanted).any(axis=0))}
    assert not wrong and found.shape == wanted.shape


@given(st.integers(0, characters.KNOWN - 1))
@example(0x130)
@example(0x3A3)
def test_a_characters_number_says_what_python_says(code: int) -> None:
    number, said = int(characters.characters()[code]), chr(code)
    if number & characters.SPECIAL:
        assert said in "İΣ"
    else:
        assert chr(number & characters.LOWER) == said.lower()
    assert bool(number & characters.WORD) == (said.isalnum() or said == "_")
    assert bool(number & characters.LETTER) == (said.isalnum() and not said.isdecimal())
    assert bool(number & characters.UPPER) == (said.isupper() and said.isalnum())
    assert (number >> characters.CLASS & 255) == int(shape.classified(np.array([code], np.uint32))[0])


def test_no_character_beyond_the_table_has_a_case_or_is_of_a_word() -> None:
    beyond = "".join(map(chr, range(characters.KNOWN, 0x110000)))
    assert beyond.lower() == beyond and not any(map(str.isalnum, beyond))


def test_a_tree_with_too_many_leaves_is_no_tree_for_the_kernel() -> None:
    inner = np.arange(kernel.LEAVES) * 2  # each node's left child is a leaf
    feature = np.full(2 * kernel.LEAVES + 1, -1, np.int32)
    left, right = np.zeros_like(feature), np.zeros_like(feature)
    feature[inner], left[inner], right[inner] = 0, inner + 1, inner + 2
    values = np.zeros(len(feature))
    with pytest.raises(UserError, match="more than 32 leaves"):
        kernel.packed(feature, values, left, right, values, np.zeros(1, np.int32))


@given(
    st.text(st.sampled_from("Aabdeg-_ıſKİ9é"), max_size=9), st.sampled_from(["", "ad", "Story", "TEXT", "more", "nav"])
)
@example("", "App-")
@example("AD", "")
def test_what_a_word_of_a_class_says_is_what_each_expression_says(around: str, cue: str) -> None:
    for word in (around + cue, cue + around, f"{around}-{cue}", f"{cue}{around[:2]}{cue}"):
        assert page._says.__wrapped__(word) == sum(1 << bit for bit in page._said_by(word))
