"""The second definitions of what a text is, by which ``verify`` judges: they agree with the kernels."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.audit import oracle
from cleanpipe.dedup import shingles as kernels
from cleanpipe.dedup import tokens
from cleanpipe.text import clean_text, is_gap


@settings(max_examples=300)
@given(st.text(max_size=60), st.integers(1, 4))
def test_the_oracle_and_the_kernels_agree_on_any_text(text: str, n: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert oracle.text_hash(text) == tokens.text_hash(text).hex()
    assert oracle.words(text) == tokens.words(tokens.normalise(text))
    assert len(oracle.shingles(text, n)) == len(kernels.shingles(text, n))
    assert oracle.clean(text, []) == clean_text(text, 0, len(text))
    assert oracle.blank(text) == is_gap(text)


@given(st.text(st.sampled_from("a\u3042漢ーB1_ -–’'\u00ad\ufeff \u2028\nİßﬁ½"), max_size=30))
def test_the_oracle_and_the_kernels_agree_on_odd_characters(text: str) -> None:
    assert oracle.words(text) == tokens.words(tokens.normalise(text))
    assert oracle.text_hash(text) == tokens.text_hash(text).hex()
    assert oracle.clean(text, []) == clean_text(text, 0, len(text))
