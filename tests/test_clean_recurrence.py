"""Whole runs over what one outlet repeats: good reason keeps it, a promo at the end goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cleanpipe.config.load import load
from cleanpipe.run import run

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
