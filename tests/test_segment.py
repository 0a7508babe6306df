"""Blocks and gaps tile any text; wrapped text is joined, everything else is a block a line."""

from __future__ import annotations

import json
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.segment import segment
from cleanpipe.text import clean_text, is_gap

SHARED = Path(__file__).parents[1].parent / "shared"

HARBOUR = (
    "The harbour board of Port Ellery voted late on Tuesday to reopen the old ferry slip, which has been closed since "
    "the flood carried off its pontoon nine winters ago. The work is to begin in March, and the first boat is "
    "expected to sail before the summer fair, if the weather allows the divers to finish the foundations in time."
)
MAYOR = (
    "Mayor Ines Tolland said the town had waited long enough. She promised that fares would stay where they are, and "
    "that the night boat, which many nurses of the hill clinic depend on, would run again on all days but Sunday."
)
GERMAN = (
    "Der Gemeinderat von Oberwinkel hat am Dienstag beschlossen, die alte Mühle am Bach zu kaufen und darin eine "
    "Bücherei einzurichten. Die Kosten sollen sich auf rund zwei Millionen Euro belaufen, von denen das Land die "
    "Hälfte trägt, wie die Bürgermeisterin nach der Sitzung erklärte."
)


def slices(text: str) -> list[str]:
    return [text[block.start : block.end] for block in segment(text)]


def cleaned(text: str) -> list[str]:
    return [clean_text(text, block.start, block.end) for block in segment(text)]


PIECES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b", "\x0c", "\ufeff", "\x1c", " ", "\t", "\n\n", "- ", "1. "]
    ),
    st.text("abcde fgh.", min_size=20, max_size=90),
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_blocks_and_gaps_tile_any_text(text: str) -> None:
    blocks = segment(text)
    end = 0
    for number, block in enumerate(blocks):
        assert block.number == number
        assert is_gap(text[end : block.start])
        assert block.start < block.end
        assert not is_gap(text[block.start])
        assert not is_gap(text[block.end - 1])
        end = block.end
    assert is_gap(text[end:])
    assert segment(text) == blocks


WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=9), min_size=180, max_size=240).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=5), st.integers(45, 70), st.sampled_from(["\n", "\r\n", "\u2028"]))
def test_any_prose_filled_to_any_width_is_joined_again(paragraphs: list[str], width: int, end: str) -> None:
    text = (end * 2).join(end.join(textwrap.wrap(paragraph, width)) for paragraph in paragraphs)
    assert cleaned(text) == paragraphs


@given(st.lists(st.text("abcdefghij .", min_size=1, max_size=400).filter(str.strip), max_size=20))
def test_lines_apart_by_blank_lines_are_never_joined(lines: list[str]) -> None:
    assert slices("\n\n".join(lines)) == [line.strip() for line in lines]


@pytest.mark.parametrize("width", [40, 60, 72, 76, 80, 100, 120])
@pytest.mark.parametrize("prose", [HARBOUR, MAYOR, GERMAN])
def test_a_wrapped_letter_gives_its_paragraphs(prose: str, width: int) -> None:
    letter = (
        "Dear editor,\n\n" + "\n\n".join(textwrap.fill(p, width) for p in (HARBOUR, prose)) + "\n\nYours,\nT. Olm\n"
    )
    assert cleaned(letter) == ["Dear editor,", HARBOUR, prose, "Yours,", "T. Olm"]


def test_indented_paragraphs_without_blank_lines_are_told_apart() -> None:
    text = "\n".join(textwrap.fill(p, 66, initial_indent="   ") for p in (HARBOUR, MAYOR, HARBOUR, MAYOR))
    assert cleaned(text) == [HARBOUR, MAYOR, HARBOUR, MAYOR]


def test_a_heading_on_top_of_a_wrapped_paragraph_stays_its_own() -> None:
    text = f"Ferry slip to reopen\n{textwrap.fill(HARBOUR, 70)}\n\nThe costs\n{textwrap.fill(MAYOR, 70)}\n"
    assert cleaned(text) == ["Ferry slip to reopen", HARBOUR, "The costs", MAYOR]


def test_the_items_of_a_list_in_a_wrapped_text_stay_items() -> None:
    items = ["the slip is dredged by the end of March, as the board of the harbour has asked for,", "fares do not rise"]
    bullets = [textwrap.fill(f"- {item}", 72, subsequent_indent="  ") for item in items]
    numbers = ["1. Open the gate", "2. Ring the bell", "3. Wait for the boat"]
    text = "\n\n".join([textwrap.fill(HARBOUR, 72), "\n".join(bullets), textwrap.fill(MAYOR, 72), "\n".join(numbers)])
    assert cleaned(text) == [HARBOUR, *(f"- {item}" for item in items), MAYOR, *numbers]


POEM = """The ferry leaves at half past nine,
the gulls are loud, the ropes are wet,
a boy counts barrels down the line
and has not lost his number yet.

The clerk who stamped my paper slip
had ink along her yellow sleeve;
she wished the lot of us a trip
as fine as she would take, on leave.
"""
RECIPE = """Barley soup for six
200 g pearl barley
2 leeks, washed well and cut into rings
1 litre of vegetable stock
a bunch of flat parsley
salt

Soak the barley in cold water overnight, then drain it. Sweat the leeks until they are soft, add barley and stock.
Simmer for fifty minutes.
Season and serve with the parsley.
"""
WEATHER = "32.2 C\nPort Ellery\n28.1 C\nOberwinkel\n30.0 C\nSt. Maren\n"
TABLE = "\n".join(f"Harbour {n:02d}   Ellery Rovers   {n} : {n + 1}   Oberwinkel Town" for n in range(12))
SENTENCES = "\n".join(f"{s}." for s in (HARBOUR + " " + MAYOR).rstrip(".").split(". "))
LINKS = "\n".join(f"https://harbour-gazette.example/2025/06/{n}/{'ferry-' * (n % 9 + 1)}slip.html" for n in range(20))
CAPTION = (
    f"The slip in 1998, seen from the customs house\nPhoto: Tolland archive\n\n"
    f"{HARBOUR}\n\n{MAYOR}\nInes Tolland spoke on Tuesday\n"
)


@pytest.mark.parametrize("text", [POEM, RECIPE, WEATHER, TABLE, SENTENCES, LINKS, CAPTION, POEM + WEATHER + TABLE])
def test_what_is_not_wrapped_is_a_block_a_line(text: str) -> None:
    assert slices(text) == [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\u2029", "\x85", "\x0c"])
def test_one_paragraph_a_line_with_any_line_end(end: str) -> None:
    assert slices(end.join([HARBOUR, MAYOR, GERMAN, HARBOUR])) == [HARBOUR, MAYOR, GERMAN, HARBOUR]


def test_lines_of_a_script_without_spaces_are_not_joined() -> None:
    lines = ["港の委員会は火曜日に古い渡し場を再開することを決めた町の人々は長い間これを待っていたという話だ"] * 6
    assert slices("\n".join(lines)) == lines


def test_a_hyphen_at_the_end_of_a_wrapped_line_stays() -> None:
    prose = HARBOUR.replace("pontoon", "pon- toon")
    text = next(text for text in (textwrap.fill(prose, width) for width in range(40, 99)) if "pon-\ntoon" in text)
    assert cleaned(text) == [prose]


def test_a_byte_order_mark_is_part_of_the_gap() -> None:
    assert [(block.start, block.end) for block in segment("\ufeffOne\n\ufeff\nTwo \ufeff")] == [(1, 4), (7, 10)]


@pytest.mark.parametrize(
    "text",
    ["ab\n" * 200_000, "the board of the harbour voted to open the slip again on all\n" * 100_000, "word " * 2_000_000,
     "\n" * 10_000_000, " \n" * 5_000_000, "\ufeff" * 5_000_000, " " * 5_000_000 + "x" + " " * 5_000_000,
     ("a\n" + " " * 2000 + "\n") * 2000, "\x0b\t" * 2_000_000, "x" * 10_000_000],
    ids=["short lines", "wrapped", "one line", "newlines", "blank lines", "marks", "padding", "gaps", "tabs", "word"],
)  # fmt: skip
def test_time_is_linear_on_hostile_text(text: str) -> None:
    started = time.process_time()
    segment(text)
    assert time.process_time() - started < 3  # measured: 0.05 to 0.35 s; anything quadratic takes minutes


def shared(path: str) -> Path:
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"the reference data are not here: shared/{path}")
    return found


def test_each_line_of_the_seed_texts_is_a_block() -> None:
    truth: dict[str, list[str]] = {}
    for row in map(json.loads, shared("eval/seeds/truth.jsonl").read_text().splitlines()):
        truth.setdefault(row["file"], []).append(row["text"])
    assert len(truth) == 5
    for name, lines in truth.items():
        assert slices((shared("seeds") / name).read_bytes().decode()) == lines


def test_the_paragraphs_of_the_syndicated_articles_are_blocks() -> None:
    for line in shared("eval/syndicated/docs.jsonl").read_bytes().splitlines():
        text = json.loads(line)["text"]
        starts, at = [], 0
        for paragraph in text.split("\n\n"):
            starts.append(at + len(paragraph) - len(paragraph.lstrip()))
            at += len(paragraph) + 2
        assert [block.start for block in segment(text)] == starts
