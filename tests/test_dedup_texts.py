"""Normal form, words, shingles, signatures and bands."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.dedup.batch import bands, packed, packed_shapes, shingle_sets, tokenise, unpacked, unpacked_shapes
from cleanpipe.dedup.ragged import Ragged, distinct, offsets_of
from cleanpipe.dedup.shingles import shingles
from cleanpipe.dedup.sketch import band_keys, banding, signatures
from cleanpipe.dedup.tokens import located_words, normalise, text_hash, words

WORDS = st.lists(
    st.sampled_from(["harbour", "ferry", "vote", "Straße", "ﬁsh", "港", "カフェ", "12", "μ", "İ"]), max_size=20
).map(" ".join)


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_every_character_normalises_to_a_fixed_point() -> None:
    for code in range(0x110000):
        once = normalise(chr(code))
        assert normalise(once) == once, hex(code)


@pytest.mark.parametrize(
    "a, b",
    [
        ("“It’s a ferry” – she said", '"It\'s  a FERRY" - she said'),
        ("STRASSE", "Straße"),
        ("ﬁsh\u00a0market", "Fish market"),
        ("har\u00adbour\ufeff", "harbour"),
        ("\u202ahar\u034fbour\u202c\ufe0f", "\u2067harbour\u2069"),
        ("Cafe\u0301", "café"),
        ("ﾌｪﾘｰ", "フェリー"),
    ],
)
def test_what_readers_take_for_the_same_text_has_one_hash(a: str, b: str) -> None:
    assert text_hash(a) == text_hash(b)


def test_another_word_is_another_hash_and_sixteen_bytes() -> None:
    assert text_hash("The ferry left at nine") != text_hash("The ferry left at ten")
    assert len(text_hash("")) == 16


def test_chinese_and_japanese_are_split_by_character_and_korean_by_space() -> None:
    assert words("港務局 said ok") == ["港", "務", "局", "said", "ok"]
    assert words("カフェー・港") == ["カ", "フ", "ェ", "ー", "港"]
    assert words("항만 당국이 밝혔다") == ["항만", "당국이", "밝혔다"]


def by_hand(text: str, n: int) -> list[int]:
    """The definition of a shingle, written out."""
    found = [xxhash.xxh64_intdigest(word.encode()) for word in words(normalise(text))]
    result = set()
    for start in range(max(len(found) - n + 1, min(len(found), 1))):
        state = 0
        for value in found[start : start + n]:
            state = (state + value) * 0x9E3779B97F4A7C15 % 2**64
            state ^= state >> 32
        result.add(state)
    return sorted(result)


@given(st.lists(st.one_of(WORDS, st.text(max_size=40)), max_size=6), st.integers(1, 5))
def test_shingles_are_those_of_the_definition_one_by_one_or_in_a_batch(texts: list[str], n: int) -> None:
    batch = shingle_sets(tokenise(texts).words, n)
    for i, text in enumerate(texts):
        assert batch.row(i).tolist() == by_hand(text, n) == shingles(text, n).tolist()


def test_a_text_of_fewer_words_than_a_shingle_has_one() -> None:
    assert len(shingles("ferry", 3)) == len(shingles("ferry late", 3)) == 1
    assert len(shingles("...", 3)) == 0
    assert shingles("ferry late", 3)[0] != shingles("late ferry", 3)[0]


def datasketch_values(row: np.ndarray) -> np.ndarray:
    sketch = MinHash(num_perm=128, seed=1, hashfunc=lambda x: x)
    for value in row.tolist():
        sketch.update(value & 0xFFFFFFFF)
    return sketch.hashvalues


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30), min_size=1, max_size=5))
def test_signatures_are_those_of_datasketch(rows: list[list[int]]) -> None:
    ragged = Ragged(np.array([v for row in rows for v in row], np.uint64), offsets_of(np.array([len(r) for r in rows])))
    got = signatures(ragged)
    for i in range(len(rows)):
        assert np.array_equal(got[i], datasketch_values(ragged.row(i)))


def test_signatures_of_rows_longer_than_a_window_are_those_of_datasketch() -> None:
    lengths = np.array([3, 9000, 1, 2048, 700])
    values = np.random.default_rng(5).integers(0, 2**64, int(lengths.sum()), np.uint64, endpoint=False)
    ragged = Ragged(values, offsets_of(lengths))
    got = signatures(ragged)
    for i in range(len(lengths)):
        assert np.array_equal(got[i], datasketch_values(ragged.row(i)))


def test_the_bands_are_those_of_the_design() -> None:
    assert banding(0.5) == (42, 3)
    assert banding(0.7) == (21, 6)


@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.3, 0.5, 0.62, 0.7, 0.8, 0.95, 1.0])
def test_a_pair_at_the_threshold_is_proposed_nine_times_in_ten(threshold: float) -> None:
    bands, rows = banding(threshold)
    assert bands * rows <= 128
    assert 1 - (1 - threshold**rows) ** bands >= 0.9
    more = [r for r in range(rows + 1, 129) if 1 - (1 - threshold**r) ** (128 // r) >= 0.9]
    assert not more


def test_equal_rows_of_different_bands_have_different_keys() -> None:
    keys = band_keys(np.full((1, 128), 7, np.uint32), 42, 3)
    assert keys.shape == (1, 42) and keys.dtype == np.int64
    assert len(np.unique(keys)) == 42


@pytest.mark.parametrize("kernels", [True, False])
def test_texts_in_one_batch_or_one_by_one_give_the_same_rows(kernels: bool) -> None:
    texts = ["Too short.", "", "The harbour board said that the last ferry would leave at nine.", "港" * 9, "…"]
    batch = tokenise(texts, kernels)
    assert batch.words.lengths.tolist() == [2, 0, 12, 9, 0]
    for i, text in enumerate(texts):
        alone = tokenise([text], kernels)
        assert alone.hashes == [batch.hashes[i]] == [text_hash(text)]
        assert np.array_equal(alone.words.values, batch.words.row(i))


@pytest.mark.parametrize("kernels", [True, False])
def test_no_texts_make_no_rows(kernels: bool) -> None:
    nothing = tokenise([], kernels)
    assert (nothing.hashes, len(nothing.words.values)) == ([], 0)
    assert bands(nothing.words, 3, 0.5, kernels).shape == (0, 42)


@given(st.lists(st.lists(st.integers(0, 9), max_size=9), max_size=6))
def test_distinct_sorts_each_row_and_drops_repetitions(rows: list[list[int]]) -> None:
    ragged = Ragged(np.array([v for row in rows for v in row], np.uint64), offsets_of(np.array([len(r) for r in rows])))
    got = distinct(ragged)
    assert [got.row(i).tolist() for i in range(len(rows))] == [sorted(set(row)) for row in rows]


@given(st.lists(WORDS, min_size=1), st.integers(0, 3))
def test_columns_of_words_unpack_the_same_with_wide_offsets(texts: list[str], start: int) -> None:
    """A family may have more than 2 GiB of words: offsets of 32 bits would not do for these."""
    tokens = tokenise(texts)
    words, shapes = packed(tokens.words).slice(start), packed_shapes(tokens).slice(start)
    wide = unpacked(words.cast(pa.large_binary()))
    assert [wide.row(i).tolist() for i in range(len(words))] == [
        tokens.words.row(i).tolist() for i in range(start, len(texts))
    ]
    assert np.array_equal(wide.values, unpacked(words).values)
    assert np.array_equal(unpacked_shapes(shapes.cast(pa.large_binary())), unpacked_shapes(shapes))


def test_words_of_composed_characters_have_places_of_their_own() -> None:
    """Else each word of a text without spaces would have all of it, and reading them would take its square."""
    text = unicodedata.normalize("NFD", "がぎぐげご") * 20_000
    found = located_words(text)
    assert len(found) == 100_000
    assert found[:2] == [("が", 0, 2), ("ぎ", 2, 4)] and found[-1].end == len(text)
    assert located_words("e\u0301t\u00ad\u0301 o\u0308l") == [("ét", 0, 5), ("öl", 6, 9)]
