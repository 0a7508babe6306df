"""Whole runs over what one outlet repeats: good reason keeps it, a promo at the end goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import xxhash
from clean_driver import PROSE, document, gone, verdicts
from clean_driver import lines as joined
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe import clean, read
from cleanpipe.clean import shapes as shapes_of
from cleanpipe.clean.recurrence import Recurrence
from cleanpipe.clean.shapes import shapes
from cleanpipe.config.load import load
from cleanpipe.model import Batch, Mark, Marks
from cleanpipe.run import run
from cleanpipe.shards import ReadAndMark

ROOT = Path(__file__).parents[1]
SURVIVE = ROOT / "tests" / "survive"
OUTLET = "merrow-herald.example"
PROMO = "Follow the Merrow Herald for more from the river towns."
FORMULA = "The harbour office did not answer our questions on Monday."
STORIES = {
    "pier": [
        "The old pier loses its last lamp to the wind",
        "A gust took the last of eleven lamps from the old pier on Sunday, and a boy found it in the reeds.",
        "The lamp had burned since the pier was built, with a pause of two winters when nobody could pay for oil.",
    ],
    "school": [
        "Marsh Lane School gets a roof before the frost",
        "Carpenters from three towns have covered the school in nine days, paid in soup and in promises.",
        "Lessons had been held in the fish hall since the storm, between the crates and under a tarpaulin.",
    ],
    "clock": [
        "The town hall clock strikes thirteen again",
        "Since Thursday the clock has struck once too often at noon, and the council has asked a monk for help.",
        "He is the only one who still owns the drawings, which his order bought for the price of a goose.",
    ],
    "seal": [
        "A seal moves into the rowing club",
        "The animal came with the spring tide and has slept in the second boat ever since, the club said.",
        "Training goes on around it, and the youngest crew has painted its likeness on every single oar.",
    ],
}


def corpus(folder: Path, texts: dict[str, str], outlet: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The corpus rows by id and the rows of `stripped` after a run over ``texts`` of one outlet."""
    (folder / "in").mkdir()
    with (folder / "in" / "a.jsonl").open("w", encoding="utf-8") as file:
        for name, text in texts.items():
            file.write(json.dumps({"id": name, "outlet": outlet, "text": text}) + "\n")
    run(load(str(ROOT / "configs" / "scale.yaml"), inputs=[str(folder / "in")], output=str(folder / "out")))
    corpus, stripped = (
        [json.loads(line) for path in sorted((folder / "out" / part).glob("*.jsonl")) for line in path.open("rb")]
        for part in ("corpus", "stripped")
    )
    return {row["id"]: row for row in corpus}, stripped


def test_the_caution_that_ends_three_health_articles_stays_as_background(tmp_path: Path) -> None:
    texts = {path.stem: path.read_text("utf-8").strip() for path in sorted(SURVIVE.glob("health-*.txt"))}
    assert len(texts) == 3
    caution = texts["health-1"].splitlines()[-1]
    rows, stripped = corpus(tmp_path, texts, OUTLET)
    for name, row in rows.items():
        assert row["text"].endswith(caution), name
        assert [p["type"] for p in row["paragraphs"]][-1] == "background"
        assert "background" not in [p["type"] for p in row["paragraphs"]][:-1]
    assert stripped == []


@pytest.mark.parametrize("last", ["", "\nBy the Herald’s river desk"])
def test_a_promo_at_the_end_of_four_stories_goes_and_a_formula_there_stays(tmp_path: Path, last: str) -> None:
    texts = {name: "\n".join([*lines, FORMULA, PROMO]) + last for name, lines in STORIES.items()}
    rows, stripped = corpus(tmp_path, texts, OUTLET)
    assert sorted(row["document"] for row in stripped if row["text"] == PROMO) == sorted(STORIES)
    for row in stripped:
        assert row["text"] in (PROMO, last.strip())
        if row["text"] == PROMO:
            assert row["processor"] == "recurrence" and "4 stories" in row["reason"]
    for name, lines in STORIES.items():
        assert rows[name]["text"].split("\n\n") == [*lines, FORMULA]


def test_a_promo_that_stands_in_two_stories_is_no_recurrence(tmp_path: Path) -> None:
    texts = {name: "\n".join([*STORIES[name], PROMO]) for name in ("pier", "school")}
    rows, stripped = corpus(tmp_path, texts, OUTLET)
    assert stripped == []
    assert all(row["text"].endswith(PROMO) for row in rows.values())


# --- shapes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 comments", "3 Comments"),
        ("Updated on 3 May 2031 at 10:15 p.m.", "updated on 12th December 2030, at 9:05 am"),
        ("Updated: Monday, May 3", "Updated – Thursday, Sept. 12"),
        ("Aktualisiert am Mittwoch, 3. März 2031, 12.30 Uhr", "Aktualisiert am Montag, 12. Dezember 2030, 9.05 Uhr"),
        ("Publié le 3 août 2031 à 10h15", "Publié le lundi 12 décembre 2030 à 9h05"),
        ("Actualizado el miércoles 3 de agosto de 2031", "Actualizado el 12 de diciembre de 2030"),
    ],
)
def test_texts_that_differ_in_figures_and_dates_have_one_shape(one: str, other: str) -> None:
    found, masked = shapes([one, other])
    assert found[0] == found[1] is not None and masked == [True, True]


def test_texts_of_other_words_have_other_shapes_and_a_text_without_a_figure_keeps_its_months() -> None:
    texts = ["12 comments", "12 letters", "Comments", "You may also like", "You will also like", "12 comments on May"]
    found, masked = shapes(texts)
    assert None not in found and len(set(found)) == len(texts)
    assert masked == [True, True, False, False, False, True]


def test_bare_figures_and_long_texts_have_no_shape() -> None:
    assert shapes(["2:1", "10:15", "3 May", "", "word " * 90])[0] == [None] * 5


@given(st.lists(st.text(max_size=30), max_size=8))
def test_the_shape_of_a_text_depends_on_nothing_but_it(texts: list[str]) -> None:
    alone = []
    for text in texts:
        shapes_of._known.clear()
        alone.append(shapes([text]))
    shapes_of._known.clear()
    assert shapes(texts) == shapes(texts) == ([each[0][0] for each in alone], [each[1][0] for each in alone])


def by_arrow(text: str) -> tuple[bytes | None, bool]:
    """The shape of a text by other definitions of letters, figures and lower case, and another regular expression
    engine: utf8proc and RE2."""
    words = pc.utf8_lower(pc.utf8_normalize(pa.array([text]), form="NFKC"))
    words = pc.utf8_trim_whitespace(pc.replace_substring_regex(words, r"[^\pL\pN]+", " "))
    masked = pc.match_substring_regex(words, r"\d")[0].as_py()
    if masked:
        words = pc.replace_substring_regex(words, f"{shapes_of._FIGURE}|{shapes_of._DATE}", "0")
        words = pc.replace_substring_regex(words, r"0(?: ?0)*", "0")
        if not pc.match_substring_regex(words, r"\pL\pL\pL")[0].as_py():
            return None, True
    found = words[0].as_py().encode()
    return xxhash.xxh3_128_digest(found) if found else None, masked


_PIECES = st.one_of(
    st.text(st.characters(max_codepoint=0x24F), max_size=8),
    st.sampled_from(
        ["3rd", " 10", "0 0", "May", "3. März", "août", "p.m.", " ", "abc", "ΟΔΟΣ 1", "İ2", "ﬁ", "①", "Ⅷ", "٣"]
    ),
)


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_shapes_are_those_of_another_engine(text: str) -> None:
    shapes_of._known.clear()
    expected, masked = by_arrow(text)
    assert shapes([text]) == ([expected], [masked])


DATES = ["3 May 2031, 10:15", "14 August 2031, 9:40", "1 October 2031, 18:05", "22 December 2031, 7:30"]


def test_a_promo_of_which_only_the_date_differs_goes_and_results_that_differ_in_figures_stay(tmp_path: Path) -> None:
    results = ["Rowing club, eight with cox: {} points", "Orle Rovers {} Lower Merrow 2"]
    texts = {}
    for n, (name, lines) in enumerate(STORIES.items()):
        table = [each.format(n + 4) for each in results]
        texts[name] = "\n".join([*lines[:2], *table, *lines[2:], f"Follow the Merrow Herald. Updated {DATES[n]}"])
    rows, stripped = corpus(tmp_path, texts, OUTLET)
    assert {row["document"]: row["text"].rpartition("Updated ")[2] for row in stripped} == dict(
        zip(STORIES, DATES, strict=True)
    )
    assert all("but for its figures and dates" in row["reason"] for row in stripped)
    for n, row in enumerate(rows[name] for name in STORIES):
        assert results[0].format(n + 4) in row["text"] and results[1].format(n + 4) in row["text"]


def test_a_sentence_that_each_story_fills_with_other_figures_is_background_and_stays(tmp_path: Path) -> None:
    report = "The pier fund took in {} crowns last week, after {} the week before, the harbour board of Merrow said."
    texts = {n: "\n".join([*lines, report.format(len(n) * 301, len(n) * 57)]) for n, lines in STORIES.items()}
    rows, stripped = corpus(tmp_path, texts, OUTLET)
    assert stripped == []
    assert {row["paragraphs"][-1]["type"] for row in rows.values()} == {"background"}


def test_versions_and_crawls_of_one_article_are_one_story(tmp_path: Path) -> None:
    lines = STORIES["pier"]
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "a.jsonl").open("w", encoding="utf-8") as file:
        for n in range(5):
            more = STORIES["school"][2:] if n % 2 else []
            row = {
                "id": f"pier-{n}", "outlet": OUTLET, "url": "https://merrow-herald.example/pier",
                "fetched": f"2031-05-0{n + 1}", "text": "\n".join([*lines, *more, f"{PROMO} {DATES[n % 4]}"]),
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
    run(load(str(ROOT / "configs" / "scale.yaml"), inputs=[str(tmp_path / "in")], output=str(tmp_path / "out")))
    stripped = [json.loads(line) for path in (tmp_path / "out" / "stripped").glob("*") for line in path.open("rb")]
    assert not [row for row in stripped if row["action"] == "strip"]


def test_what_an_extractor_left_out_counts_and_what_is_certain_to_go_or_of_nobody_does_not() -> None:
    steps = tuple((name, "{}") for name in clean.DEFAULT)
    mapped = ReadAndMark(read.Limits(), steps, ())
    known, unknown = (document("Alpha beta\n\nMore of it\n\nAn ad", outlet=outlet) for outlet in (OUTLET, ""))
    marks = [
        Mark(0, 0, 0, 5, "extractor", "extractor/own@1", "vote", "strong", "extractor", "", score=1.0),
        Mark(0, 2, 0, 5, "rules", "rules/own.ad@1", "strip", "certain", "label", "It is an ad."),
    ]
    ((name, rows),) = mapped._shapes(Batch((known, unknown)), Marks(tuple(marks)))
    assert name == "shapes" and rows.column("block").to_pylist() == [0, 1]


# --- which blocks recur, and what follows

HEADLINE = "Qualmouth puts off the vote on its new bridge"


def test_recurrence_counts_stories_of_a_known_outlet_and_neither_crawls_nor_versions() -> None:
    db = duckdb.connect()
    db.execute("CREATE TABLE records(doc_key INT, shard TEXT, known_outlet TEXT, article INT, status TEXT)")
    db.execute("CREATE TABLE stories(article INT, story INT)")
    db.execute("CREATE TABLE sketches(doc_key INT, block INT, chars INT, text_hash INT)")
    db.execute("CREATE TABLE shapes(doc_key INT, block INT, shape INT, masked BOOLEAN)")
    rows = [  # doc, outlet, article, story, status
        (1, "a.example", 1, 1, "current"), (2, "a.example", 2, 2, "current"), (3, "a.example", 3, 3, "current"),
        (4, "a.example", 3, 3, "seen"), (5, "b.example", 5, 5, "current"), (6, "b.example", 5, 5, "superseded"),
        (7, "b.example", 7, 5, "current"), (8, "", 8, 8, "current"), (9, "", 9, 9, "current"),
        (10, "", 10, 10, "current"),
    ]  # fmt: skip
    for key, outlet, article, story, status in rows:
        db.execute("INSERT INTO records VALUES (?, 's', ?, ?, ?)", [key, outlet, article, status])
        db.execute("INSERT INTO shapes VALUES (?, 0, 77, ?), (?, 1, ?, FALSE)", [key, key == 2, key, key])
        # short texts recur by their shape
        db.execute("INSERT INTO sketches VALUES (?, 0, 20, 78), (?, 1, 20, 79), (?, 2, 500, 80)", [key, key, key])
        db.execute(
            "INSERT INTO stories SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM stories WHERE article = ?)",
            [article, story, article],
        )
    found = db.execute(Recurrence(Recurrence.Settings()).query).fetchall()
    assert sorted(found) == sorted(
        ("s", key, block, "a.example", 3, block == 0 and key == 2) for key in (1, 2, 3) for block in (0, 2)
    )
    two = db.execute(Recurrence(Recurrence.Settings(stories=2)).query).fetchall()
    assert {row[1] for row in two} == {1, 2, 3}, "two articles of one story are one story"


def test_recurring_prose_becomes_background_and_a_recurring_label_goes() -> None:
    caution = "Findings from so small a group can hint at a cause but cannot prove one, as every doctor knows."
    text = joined(HEADLINE, PROSE, caution, "The Qualmouth desk")
    rows = {
        (0, 6): {"outlet": "a.example", "stories": 4, "masked": False},
        (0, 7): {"outlet": "a.example", "stories": 9, "masked": False},
    }
    decided = dict(verdicts(text, rows=rows))
    assert (decided[caution].action, decided[caution].type) == ("keep", "background")
    assert decided["The Qualmouth desk"].action == "strip"
    assert "9 stories" in decided["The Qualmouth desk"].reason


def test_what_recurs_within_the_stories_stays_and_what_recurs_around_them_goes(tmp_path: Path) -> None:
    method = ["Ingredients", "Salt", "Method"]
    texts = {
        name: "\n\n".join([opening[0], method[0], opening[1], *method[1:], opening[2], "The river desk", PROMO])
        for name, opening in STORIES.items()
    }
    rows, stripped = corpus(tmp_path, texts, OUTLET)
    assert {row["text"] for row in stripped} == {"The river desk", PROMO}
    assert all(set(method) <= set(row["text"].split("\n\n")) for row in rows.values())


def test_recurring_prose_with_a_second_cue_goes() -> None:
    plea = (
        "Please consider making a donation to keep the reporting of the Qualmouth desk free for everybody who needs it."
    )
    rows = {(0, 6): {"outlet": "a.example", "stories": 4, "masked": False}}
    assert gone(joined(HEADLINE, PROSE, plea), rows=rows) == [plea]
    assert gone(joined(HEADLINE, PROSE, plea)) == []
