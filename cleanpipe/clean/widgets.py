"""Runs of lines that together are a widget: weather, teaser cards, lists of other articles, comment sections.

A complete grammar is ``certain``, since it rests on several cues at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleanpipe.clean.belief import tells_of_weather
from cleanpipe.clean.view import View
from cleanpipe.model import Mark

_TEMPERATURE = re.compile(r"[-−–+]?\d{1,3}(?:[.,]\d)?\s*(?:°\s*[CFcf]?|º\s*[CFcf]?|[CF])$")
_READ_MORE = re.compile(
    r"(?:read (?:more|the full story|full (?:story|article))|continue reading|full story|learn more|weiterlesen|"
    r"mehr lesen|"
    r"zum artikel|lire (?:la suite|plus)|leer más|seguir leyendo|leggi (?:tutto|di più)|lees (?:meer|verder))\W*$",
    re.IGNORECASE,
)
_CARD_LINES = 7  # a card has at most so many lines
_BLURB_WORDS = 60


def widgets(view: View) -> Iterator[Mark]:
    """The marks of all of these grammars."""
    yield from _weather(view)
    yield from _cards(view)
    yield from _pairs_to_the_end(view)
    yield from _comment_tail(view)


def _weather(view: View) -> Iterator[Mark]:
    page = view.page
    lines = page.lines
    hot = [i for i, line in enumerate(lines) if line.digits and line.words <= 3 and _TEMPERATURE.match(line.text)]
    if len(hot) < 3 or not page.has_prose:
        return
    if tells_of_weather(page):
        return
    run: list[int] = []
    for i in [*hot, len(lines) + 9]:
        if run and i - run[-1] > 2:
            if len(run) >= 3 and page.where(run[0]) != "body":
                yield from _weather_run(view, run)
            run = []
        run.append(i)


def _weather_run(view: View, run: list[int]) -> Iterator[Mark]:
    page = view.page
    after = all(page.lines[i + 1].label for i in run if i + 1 < len(page)) and run[-1] + 1 < len(page)
    before = run[0] > 0 and page.lines[run[0] - 1].label and run[0] - 1 not in view.spared
    first = run[0] if after or not before else run[0] - 1
    last = run[-1] + 1 if after else run[-1]
    for i in range(first, last + 1):
        if page.lines[i].short and i not in view.spared:
            yield page.mark(
                i,
                "regions/weather@1",
                "strip",
                "certain",
                "grammar",
                f"One of {last - first + 1} lines outside the article that alternate temperatures and places.",
                type="junk:weather",
                evidence={"first": first, "last": last},
            )


def _cards(view: View) -> Iterator[Mark]:
    """Category, title, blurb that breaks off, "Read More": one card is sure by both cues, two by their likeness."""
    page = view.page
    lines = page.lines
    ends = [i for i, line in enumerate(lines) if line.words <= 4 and _READ_MORE.match(line.text)]
    cards = [
        i for i in ends if i and 6 <= lines[i - 1].words <= _BLURB_WORDS and (lines[i - 1].elided or len(ends) > 2)
    ]
    if not any(lines[i - 1].elided for i in cards):
        return
    before = -1
    for end in ends:
        if end in cards:
            start = _card_start(view, end - 1, before)
            for i in range(start, end + 1):
                if i not in view.spared:
                    yield page.mark(
                        i,
                        "regions/card@1",
                        "strip",
                        "certain",
                        "grammar",
                        f"Part of {_count(len(cards))}: a title, a blurb that breaks off and a link to read more.",
                        type="junk:teaser",
                        evidence={"first": start, "last": end},
                    )
        before = end


def _count(cards: int) -> str:
    return "a teaser card" if cards == 1 else f"one of {cards} teaser cards"


def _card_start(view: View, blurb: int, before: int) -> int:
    """The first line of a card above its blurb."""
    lines, folded = view.page.lines, view.page.folded
    start = blurb
    if start - 1 > before and lines[start - 1].words <= 30 and not lines[start - 1].prose:
        start -= 1
        title = folded[start]
        for i in range(start - 1, max(before, start - 4), -1):
            if folded[i] == title:
                return i
        if start - 1 > before and lines[start - 1].label:
            start -= 1
        between = range(before + 1, start)
        if before >= 0 and len(between) <= _CARD_LINES and all(lines[i].short for i in between):
            return before + 1  # nothing but short lines since the card above
    return start


def _pairs_to_the_end(view: View) -> Iterator[Mark]:
    """A heading like "Latest news" late in the page, then pairs of title and blurb down to the end."""
    page = view.page
    lines = page.lines
    for heading in sorted(view.headings):
        before = sum(line.words for line in lines[:heading] if line.prose)
        after = [i for i in range(heading + 1, len(page)) if i not in view.ruled]
        blurbs = [i for i in after if lines[i].terminal and lines[i].words >= 6]
        pairs = [i for i in blurbs if i - 1 > heading and lines[i - 1].short and lines[i].words <= _BLURB_WORDS]
        words = sum(lines[i].words for i in blurbs)
        if len(pairs) < 3 or len(pairs) < 0.9 * len(blurbs) or before < 1.5 * words:
            continue
        if sum(line.prose for line in lines[:heading]) < 3:
            continue
        for i in range(heading, len(page)):
            yield page.mark(
                i,
                "regions/pairs@1",
                "strip",
                "certain",
                "grammar",
                f"After the article: a heading and {len(pairs)} pairs of a title and a blurb, down to the end.",
                type="junk:list-heading" if i == heading else "junk:teaser",
                evidence={"first": heading, "pairs": len(pairs)},
            )
        return


def _comment_tail(view: View) -> Iterator[Mark]:
    """From the first label of a comment section on, where more of them follow and most of the prose came before."""
    page = view.page
    total = sum(line.words for line in page.lines if line.prose) if view.comments else 0
    for start in sorted(view.comments):
        before = sum(line.words for line in page.lines[:start] if line.prose)
        more = [i for i in view.comments if i > start]
        if len(more) >= 3 and before >= 0.5 * total and before > 60:
            for i in range(start, max(more) + 1):
                yield page.mark(
                    i,
                    "regions/comments@2",
                    "strip",
                    "certain",
                    "grammar",
                    f"Within a comment section: {len(more) + 1} of its labels stand around it after the article.",
                    type="junk:comments",
                )
            return
