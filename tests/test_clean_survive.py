"""Texts that look like boilerplate and are not: nothing of them may go, also when a whole site stands around them.

``NAME.expect`` lists the lines of ``NAME.txt`` that must go; every other line must stay.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from clean_driver import document, gone, marks_of, verdicts

from cleanpipe.decide import decide_document

FOLDER = Path(__file__).parent / "survive"
STORIES = sorted(path.stem for path in FOLDER.glob("*.txt"))
HEALTH = [name for name in STORIES if name.startswith("health-")]

MENU = """Skip to main content|Menu|Search|Sign in|Subscribe|News|Local|World|Politics|Business|Harbour|Fishing|Sport
Rowing|Football|Sailing|Culture|Music|Theatre|Books|Opinion|Letters|Columns|Cartoons|Weather|Tides|Traffic|Jobs|Homes
Cars|Boats|Family|Obituaries|Puzzles|Crossword|Podcasts|Video""".replace("|", "\n").split("\n")
FOOTER = """Share|Copy link|Related Articles|Council delays the vote on the bridge|Ferry to get a new engine
A cat that rides the tram|Most read|Boats of the week in pictures|Gulls of the week in pictures
Storms of the week in pictures|Newsletter|About us|Contact|Privacy Policy|Terms of use|Advertise with us|Careers
Site map|Harbour Gazette|Lower Quay|Merrow Radio""".replace("|", "\n").split("\n")
#: Pages that are hardly prose: there the guards keep also what could be a menu.
LITTLE_PROSE = {"event-schedule", "match-results", "poem", "quiz", "stub", "tide-table"}
#: Bare words beside a site's own menu cannot be told from it: these stay where the page has no menu.
LIKE_A_MENU = {"schedule-before-text", "festival-notes", "song-of-labels", "wind-and-rain"}


def story(name: str) -> tuple[str, list[str]]:
    return (FOLDER / f"{name}.txt").read_text("utf-8"), (FOLDER / f"{name}.expect").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", STORIES)
def test_no_line_of_the_article_goes_and_all_listed_junk_does(name: str) -> None:
    text, junk = story(name)
    assert sorted(gone(text)) == sorted(junk)


@pytest.mark.parametrize("name", sorted(set(STORIES) - LIKE_A_MENU))
def test_no_line_of_the_article_goes_when_the_whole_page_was_dumped(name: str) -> None:
    text, junk = story(name)
    stripped = gone("\n".join([*MENU, text, *FOOTER]))
    assert not set(stripped) - set(junk) - set(MENU) - set(FOOTER)
    if name not in LITTLE_PROSE:
        assert set(stripped) == set(junk) | set(MENU) | set(FOOTER)


def test_the_caution_that_ends_every_health_article_is_kept_as_background() -> None:
    documents = [document(story(name)[0], outlet="merrow-health.example") for name in HEALTH]
    caution = len(documents[0].blocks) - 1
    assert len({hashlib.sha256(each.slice(each.blocks[-1]).encode()).digest() for each in documents}) == 1
    said = {"outlet": "merrow-health.example", "stories": len(documents), "masked": False}
    rows = {(row, each.blocks[-1].number): said for row, each in enumerate(documents)}
    _, marks = marks_of(documents, rows=rows)
    for row, each in enumerate(documents):
        decisions = decide_document(each, row, marks, "article")
        assert [decision.action for decision in decisions] == ["keep"] * len(each.blocks)
        assert decisions[caution].type == "background"


def test_an_article_is_typed_as_what_it_is() -> None:
    types = {line: decision.type for line, decision in verdicts(story("weather-story")[0])}
    assert types["Storm Ysolde to bring a week of rain to the Merrow coast"] == "headline"
    assert types["Advertisement"] == "junk:ad"
