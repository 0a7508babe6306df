"""Kernels give what their references give."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.dedup import batch
from cleanpipe.dedup.align import aligned
from cleanpipe.dedup.batch import bands, overlaps, phrases, shingle_sets, tokenise
from cleanpipe.dedup.doubt import doubts
from cleanpipe.dedup.elect import Sharing
from cleanpipe.dedup.kernels.normal import xxh64
from cleanpipe.dedup.kernels.table import AS_IT_IS, REFER, character_table
from cleanpipe.dedup.ragged import Ragged, offsets_of

SHARED = Path(__file__).parents[1].parent / "shared"

# What interacts: marks and what they join, jamo, sigma, what folds or decomposes to several, what is dropped, spaces.
PIECES = [
    "The", "FERRY", "Straße", "ﬁsh", "港", "務", "カフェー", "ﾌﾞ", "か\u3099", "e", "\u0301", "\u0345", "ᾳ", "Σ", "ς",
    "İ", "i\u0307", "½", "\u1100", "\u1161", "\u11a8", "가", "\u00ad", "\u200d", "’", "´", "¨", "—", "\u00a0",
    "\u2028", "\ufeff", "😀", "𝐀", "\U0001f1e6", "\U000e0041", "𠀀", "\U0002f800", "﷽", "ﷺ", "नमस्ते", "\u09c7",
    "\u09be", "ŉ", "ǰ", "_", "a_b", "3", "٣", "²", "Ⅷ", "㎞", "\x1c", "\x85", "\x00", " ", "  ", "\n", ".", "x" * 40,
    "ไทยไม่เว้นวรรคระหว่างคำ", "$", "€", "£", "¥", "₹", "$5", "5 €",
]  # fmt: skip
MIXED = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
TEXTS = st.lists(st.one_of(MIXED, st.text(max_size=30)), max_size=6)


def same(texts: list[str] | pa.Array) -> None:
    plain, quick = tokenise(texts, kernels=False), tokenise(texts, kernels=True)
    assert quick.hashes == plain.hashes
    for got, want in zip(quick.words, plain.words, strict=True):
        assert got.dtype == want.dtype and np.array_equal(got, want)
    assert np.array_equal(quick.shapes, plain.shapes) and np.array_equal(quick.places, plain.places)
    for n in (1, 3):
        for short in (True, False):
            for got, want in zip(
                shingle_sets(plain.words, n, short, True), shingle_sets(plain.words, n, short, False), strict=True
            ):
                assert np.array_equal(got, want)
    for got, want in zip(phrases(plain.words, True), phrases(plain.words, False), strict=True):
        assert np.array_equal(got, want)
    some = Ragged(plain.words.values, np.unique(plain.words.offsets))  # the rows with words
    for n, threshold in ((3, 0.5), (1, 0.7), (5, 0.9)):
        assert np.array_equal(bands(some, n, threshold, True), bands(some, n, threshold, False))


def test_words_are_the_same_at_every_length_beside_every_byte_and_at_the_end_of_the_buffer() -> None:
    """Letters are read eight at a time, which may reach beyond the word, the row and the buffer."""
    for code in range(128):
        same([f"ab{chr(code)}Cde", chr(code), f"{chr(code)}1"])
    words = ["aBcdefgh1Jklmnopqrstuvwxyz_0123456789é"[:size] for size in range(1, 38)]
    for word in words:
        same([word])
        same([word, "x" + word, word])
    same([" ".join(words), "-".join(words)])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("abXY09_@[`{/:é ,$€", max_size=40), max_size=4))
def test_ascii_comes_out_as_from_the_references(texts: list[str]) -> None:
    same(texts)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_texts_come_out_as_from_the_references(texts: list[str]) -> None:
    same(texts)


def test_every_character_comes_out_as_from_the_reference_alone_and_between_others() -> None:
    texts = [f"{c}a{c}{c} {c}" for c in map(chr, range(0x30000)) if unicodedata.category(c) != "Cs"]
    plain, quick = tokenise(texts, kernels=False), tokenise(texts, kernels=True)
    assert quick.hashes == plain.hashes
    assert np.array_equal(quick.words.values, plain.words.values)
    assert np.array_equal(quick.shapes, plain.shapes) and np.array_equal(quick.places, plain.places)


def test_what_news_is_written_in_needs_no_reference() -> None:
    action = character_table().action
    for text in (
        "“It’s £5 – naïve, ½ café…”",
        "Žluťoučký kůň",
        "CO₂, 10² and 1½",
        "Ελλάδα",
        "Новости",
        "港務局がカフェ",
        "항만 당국",
        "😀 العربية",
    ):
        assert all(action[ord(c)] != REFER for c in text), text
    assert action[ord("a")] == AS_IT_IS and action[ord("\u0301")] == REFER


def test_a_slice_of_a_column_is_read_as_that_slice() -> None:
    column = pa.array(["one", "two three", "four e\u0301", "", "five"])
    for start in range(6):
        for size in range(6 - start):
            same(column.slice(start, size))
    same(pa.array(["", ""]))


@settings(deadline=None)
@given(st.binary(max_size=100), st.integers(0, 40))
def test_the_word_hash_is_xxh64(data: bytes, start: int) -> None:
    start = min(start, len(data))
    assert int(xxh64(np.frombuffer(data, np.uint8), start, len(data))) == xxhash.xxh64_intdigest(data[start:])


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 12)), min_size=1, max_size=5))
def test_overlaps_are_those_of_plain_sets(sets: list[set[int]]) -> None:
    rows = Ragged(
        np.array([v for one in sets for v in sorted(one)], np.uint64), offsets_of(np.array([len(one) for one in sets]))
    )
    left, right = (each.ravel() for each in np.indices((len(sets), len(sets))))
    want = [len(sets[a] & sets[b]) for a, b in zip(left, right, strict=True)]
    assert overlaps(rows, left, right, True).tolist() == overlaps(rows, left, right, False).tolist() == want
    # or by way of what is shared, all of one with all others
    sharing = Sharing(rows, np.zeros(len(sets), np.int64))
    for one in range(len(sets)):
        counts = [sharing.counts(np.array([one]), kernel).tolist() for kernel in (True, False)]
        assert counts[0] == counts[1] == want[one * len(sets) : (one + 1) * len(sets)]


WORDS = st.lists(
    st.sampled_from(
        ["the", "board", "Board", "not", "nobody", "3", "4th", "May", "monday", "Hale", "quay", "of", "million", "t"]
    ),
    max_size=12,
)


@settings(deadline=None)
@given(st.lists(WORDS.map(" ".join), min_size=2, max_size=5))
def test_what_may_tell_other_facts_is_what_the_reference_says(texts: list[str]) -> None:
    tokens = tokenise(texts, kernels=False)
    left, right = (each.ravel() for each in np.indices((len(texts), len(texts))))
    runs = aligned(tokens.words, left, right, False)
    assert doubts(tokens, left, right, runs, True).tolist() == doubts(tokens, left, right, runs, False).tolist()


def test_a_process_takes_the_kernels_once_they_pay_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    by_kernel = batch._tokenise_by_kernel
    monkeypatch.setattr(batch, "_tokenise_by_kernel", lambda column: taken.append(1) or by_kernel(column))
    monkeypatch.setattr(batch, "_done", 0)
    monkeypatch.setattr(batch, "BREAK_EVEN", 5000)
    texts = ["The harbour board closed the port."] * 50
    found = [tokenise(texts).hashes for _ in range(4)]
    assert taken == [1, 1] and found == [found[0]] * 4


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference sets are not beside this work tree")
def test_real_texts_come_out_as_from_the_references() -> None:
    lines = (SHARED / "eval" / "syndicated" / "docs.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [text for line in lines for text in json.loads(line)["text"].split("\n\n")]
    for seed in sorted((SHARED / "seeds").iterdir()):
        texts += seed.read_text(encoding="utf-8", errors="replace").splitlines()
    same(texts)
