"""Texts that look like boilerplate and are not: nothing of them may go, also when a whole site stands around them.

``NAME.expect`` lists the lines of ``NAME.txt`` that must go; every other line must stay. ``pages/NAME.html`` is what
stands inside the article of a page.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from clean_driver import document, gone, marks_of, page_document, verdicts

from cleanpipe.decide import decide_document
from cleanpipe.segment import segment_page

FOLDER = Path(__file__).parent / "survive"
STORIES = sorted(path.stem for path in FOLDER.glob("*.txt"))
PAGES = sorted(path.stem for path in (FOLDER / "pages").glob("*.html"))
HEALTH = [name for name in STORIES if name.startswith("health-")]

MENU = """Skip to main content|Menu|Search|Sign in|Subscribe|News|Local|World|Politics|Business|Harbour|Fishing|Sport
Rowing|Football|Sailing|Culture|Music|Theatre|Books|Opinion|Letters|Columns|Cartoons|Weather|Tides|Traffic|Jobs|Homes
Cars|Boats|Family|Obituaries|Puzzles|Crossword|Podcasts|Video""".replace("|", "\n").split("\n")
FOOTER = """Share|Copy link|Related Articles|Council delays the vote on the bridge|Ferry to get a new engine
A cat that rides the tram|Most read|Boats of the week in pictures|Gulls of the week in pictures
Storms of the week in pictures|Newsletter|About us|Contact|Privacy Policy|Terms of use|Advertise with us|Careers
Site map|Harbour Gazette|Lower Quay|Merrow Radio""".replace("|", "\n").split("\n")
#: Pages that are hardly prose: there the guards keep also what could be a menu.
LITTLE_PROSE = {
    "event-schedule", "french-recipe", "french-results", "german-recipe", "german-results", "match-results", "poem",
    "poem-harbour", "quiz", "recipe-fish-stew", "results-regatta", "stub", "table-budget", "tide-table",
}  # fmt: skip
#: Bare words beside a site's own menu cannot be told from it: these stay where the page has no menu.
LIKE_A_MENU = {
    "festival-notes", "obituary-addresses", "schedule-before-text", "song-of-labels", "spanish-service",
    "wind-and-rain",
}  # fmt: skip
#: A long list right below the opening parts it from the rest, unless the page's title says where the article begins.
NEEDS_TITLE = {"recipe-fish-stew"}
DUMPS = [
    (name, titled)
    for name in STORIES
    for titled in (False, True)
    if name not in LIKE_A_MENU and (titled or name not in NEEDS_TITLE)
]


def story(name: str) -> tuple[str, list[str]]:
    return (FOLDER / f"{name}.txt").read_text("utf-8"), (FOLDER / f"{name}.expect").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", STORIES)
def test_no_line_of_the_article_goes_and_all_listed_junk_does(name: str) -> None:
    text, junk = story(name)
    assert sorted(gone(text)) == sorted(junk)


def test_there_are_documents_of_all_the_kinds_that_look_like_boilerplate() -> None:
    assert len(STORIES) + len(PAGES) >= 80


@pytest.mark.parametrize(("name", "titled"), DUMPS)
def test_no_line_of_the_article_goes_when_the_whole_page_was_dumped(name: str, titled: bool) -> None:
    text, junk = story(name)
    title = [text.splitlines()[0] + " | Harbour Gazette"] if titled else []
    stripped = gone("\n".join([*title, *MENU, text, *FOOTER]))
    assert not set(stripped) - set(junk) - set(MENU) - set(FOOTER) - set(title)
    if name not in LITTLE_PROSE:
        assert set(stripped) == set(junk) | set(MENU) | set(FOOTER) | set(title)


#: A site around an article, as pages have it.
SITE = """<!doctype html><html><head><title>{title} | Harbour Gazette</title></head><body>
<header><a href="/">Harbour Gazette</a><nav><ul>{menu}</ul></nav></header>
<main><article>{article}</article><aside><h2>Most read</h2><ul>
<li><a href="/1">Council delays the vote on the bridge</a></li><li><a href="/2">Ferry to get a new engine</a></li>
<li><a href="/3">A cat that rides the tram</a></li></ul></aside></main>
<footer><p>© 2031 Harbour Gazette. All rights reserved.</p><ul><li><a href="/i">About us</a></li>
<li><a href="/p">Privacy Policy</a></li></ul></footer></body></html>"""


@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_a_pages_article_goes(name: str) -> None:
    article = (FOLDER / "pages" / f"{name}.html").read_text("utf-8")
    body = segment_page(article)
    lines = Counter(body.text[block.start : block.end] for block in body.blocks)
    menu = "".join(f'<li><a href="/{entry}">{entry}</a></li>' for entry in MENU[1:20])
    made = page_document(SITE.format(title=body.text.splitlines()[0], menu=menu, article=article))
    _, marks = marks_of([made])
    decisions = zip(made.blocks, decide_document(made, 0, marks, "article"), strict=True)
    assert Counter(made.slice(block) for block, decision in decisions if decision.action == "keep") == lines


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
