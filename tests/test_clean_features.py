"""The shape of a line, against its plain definition."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from cleanpipe.clean.belief import _WEATHER, _may_tell_of_weather
from cleanpipe.clean.features import begins, fold, line_of
from cleanpipe.clean.language import _words

_VISIBLE = "harbour Uhr é ß İ Σ 漢字 ไทย 12 ٣ ½ 14:05 ' ’ \" ” » ) ] [ … . ... ! ? : ： , ; - _"
_PIECES = st.sampled_from([*_VISIBLE.split(), " ", " ", " ", "\u00a0", "\n", "\x1c", "\ufeff", "\u200b"])
_TEXTS = st.lists(_PIECES, max_size=60).map("".join)
_SENTENCE_END = re.compile(r"[^\W\d_]{3}[\"”’“»)\]]*[.!?]+[\"”’“»)\]]*\s+[\"“„«»‘(\[]?[^\W_]")


def _plainly_folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:[’'][^\W_]+)*", text.lower()))


@given(_TEXTS)
@example("12 boats at 14:05")
@example("١٢ boats, 3½ metres: «»")
def test_a_line_is_what_its_fields_say(text: str) -> None:
    line = line_of(text)
    assert line.text == text.strip().strip("\ufeff\u200b").strip()
    digits = len(re.findall(r"\d", line.text))
    assert line.digits == (digits / sum(map(str.isalnum, line.text)) if digits else 0)
    wide = len(re.findall("[\u0e00-\u0eff\u3400-\u9fff]", line.text))
    assert line.words == max(len(line.text.split()), wide // 2)
    assert line.paragraph == (line.words >= 25 and not line.elided and _SENTENCE_END.search(line.text) is not None)
    assert line.short == (not line.terminal and line.words <= 25)
    assert line.label == (line.short and line.words <= 4 and line.digits < 0.3 and not line.text.endswith(":"))
    assert line.opens_list == (line.words >= 3 and line.text.endswith((":", "：")))


@given(_TEXTS, st.integers(0, 9))
@example("o'clock 'tis the boats' o''clock '", 3)
def test_a_folded_text_is_its_words_in_lower_case(text: str, size: int) -> None:
    folded = _plainly_folded(text)
    assert fold(text) == folded
    assert begins(text, folded[:size])
    assert begins(text, "harbour") == folded.startswith("harbour")


@given(st.sampled_from(_WEATHER.pattern.replace(r"\b", "").split("|")), st.data())
def test_a_text_that_tells_of_the_weather_holds_one_of_its_words(word: str, data: st.DataObject) -> None:
    """Each word of the expression, in its shortest form, with all letters that it takes for the same."""
    same = {"s": "sSſ", "i": "iIıİ"}
    letters = re.sub(".[?]", "", word)
    text = "".join(data.draw(st.sampled_from(same.get(letter, letter + letter.upper()))) for letter in letters)
    assert _WEATHER.search(text) and _may_tell_of_weather(text)


@given(_TEXTS | st.text())
@example("1\x1c\ud800क\u0940।Σ…x²")
def test_words_that_tell_the_language_stand_between_signs(text: str) -> None:
    plainly = re.findall(r"[^\s\d!-/:-@\[-`{-~«»‹›“”„‘’‚…–—।،؟؛、。]+", text.lower())
    assert _words(text) == plainly
