"""The grammar of a page: runs of lines that together are a widget, and what stands outside the article's prose.

Single lines say little in a text without markup; their order says much. Each grammar here is one function from a
``View`` of the page to marks. A complete grammar is ``certain``, since it rests on several cues at once; the place
outside the prose and the shape of a line are two families of ``strong`` marks, which strip only together, and only at
an edge of the page that shows a site's menus and labels (``View.chrome``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.belief import tells_of_weather
from cleanpipe.clean.features import Page, region, unvoted
from cleanpipe.model import Batch, Mark, Marks

_TEMPERATURE = re.compile(r"[-−–+]?\d{1,3}(?:[.,]\d)?\s*(?:°\s*[CFcf]?|º\s*[CFcf]?|[CF])$")
_READ_MORE = re.compile(
    r"(?:read (?:more|the full story|full (?:story|article))|continue reading|full story|learn more|weiterlesen|"
    r"mehr lesen|"
    r"zum artikel|lire (?:la suite|plus)|leer más|seguir leyendo|leggi (?:tutto|di più)|lees (?:meer|verder))\W*$",
    re.IGNORECASE,
)
_DOUBTFUL_WEIGHT = 2  # so many doubtful labels count as one that is not
_CARD_LINES = 7  # a card has at most so many lines
_BLURB_WORDS = 60
_LONG_BLURB = 60  # prose outside the article that is longer is no blurb
_PAIRS = 4  # so many titles, each with a blurb of at most so many words, are a list of other articles
_PAIR_WORDS = 45
_LONGEST_LIST = 40  # lines of a list that a colon opens


@dataclass(frozen=True)
class View:
    """A page with what earlier processors said of it."""

    page: Page
    ruled: frozenset[int]  # blocks that a rule takes for junk
    doubtful: frozenset[int]  # blocks that it takes for a label that an article may hold as well
    sure: frozenset[int]  # those of them that a rule is certain of
    headings: frozenset[int]  # blocks that a rule takes for the heading of a list of other articles
    comments: frozenset[int]  # blocks that a rule takes for a part of a comment section
    spared: frozenset[int]  # the headline, the standfirst, and lists that belong to the article
    first: int  # the prose region, once known junk counts against it; first > last without prose
    last: int

    @property
    def outside(self) -> list[int]:
        return [*range(self.first), *range(self.last + 1, len(self.page))]


class Regions:
    """Marks weather widgets, teaser cards, tails of titles and blurbs, comment tails, and the page around the prose."""

    name = "regions"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        dump_lines: int = Field(
            20, ge=1, description="Short lines outside the prose that make a text the dump of a whole web page."
        )
        dump_labels: int = Field(3, ge=1, description="How many of these lines the rules must know.")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        telling: dict[int, list[Mark]] = {}
        for mark in marks:
            if mark.action == "strip" or mark.type in ("headline", "standfirst"):
                telling.setdefault(mark.document, []).append(mark)
        for page in unvoted(batch, marks):
            view = _view(page, telling.get(page.row, ()))
            yield from _weather(view)
            yield from _cards(view)
            yield from _pairs_to_the_end(view)
            yield from _comment_tail(view)
            yield from _edges(view, self._settings)


def _view(page: Page, marks: Iterable[Mark]) -> View:
    """``marks``: those on the page that strip, or show its headline or standfirst."""
    ruled, doubtful, sure, headings, comments, spared = set(), set(), set(), set(), set(), set()
    places = {block.number: i for i, block in enumerate(page.document.blocks)}
    for mark in marks:
        i = places.get(mark.block)
        if i is None:
            continue
        if mark.action == "strip" and mark.strength != "weak":
            ruled.add(i)
            if mark.strength == "certain":
                sure.add(i)
            if mark.type in ("junk:list-heading", "junk:related") and mark.family == "label":
                headings.add(i)
            elif mark.type == "junk:comments":
                comments.add(i)
        elif mark.action == "strip":
            doubtful.add(i)
        else:
            spared.add(i)
    first, last = region(page.lines, sure, ruled, page.titles) if ruled else (page.first, page.last)
    last = _before_pairs(page, ruled, first, last)
    spared |= _attached_lists(page, sure | spared, first, last)
    return View(
        page,
        frozenset(ruled),
        frozenset(doubtful - ruled),
        frozenset(sure),
        frozenset(headings),
        frozenset(comments),
        frozenset(spared),
        first,
        last,
    )


def _before_pairs(page: Page, ruled: set[int], first: int, last: int) -> int:
    """The region's last block, less a list of other articles that it ends with: pairs of a title and one short blurb.

    A list article ends with such pairs, too, but has less other prose before them; an interrupted article repeats the
    words that interrupt it.
    """
    lines = page.lines
    seen = Counter(line.text for line in lines[first : last + 1])
    pairs = words = start = 0
    i = last
    while i > first and lines[i].prose and lines[i].words <= _PAIR_WORDS:
        above = i - 1
        while above >= first and i - above <= 3 and not lines[above].prose:
            above -= 1
        titles = [k for k in range(above + 1, i) if k not in ruled and lines[k].words >= 5 and lines[k].short]
        if not titles or seen[lines[titles[-1]].text] > 1 or lines[titles[-1]].opens_list:
            break
        if above < first or not lines[above].prose:
            break
        pairs, words, start = pairs + 1, words + lines[i].words, above
        i = above
    before = sum(line.words for line in lines[first : start + 1] if line.prose)
    return start if pairs >= _PAIRS and before >= 1.5 * words else last


def _attached_lists(page: Page, ruled: set[int], first: int, last: int) -> set[int]:
    """Lines right beside the prose that belong to it: a list that a colon opens, or rows of figures."""
    if first > last:
        return set()
    found: set[int] = set()
    i = last + 1
    opened = page.lines[last].opens_list
    if i < len(page) and page.lines[i].opens_list and i not in ruled:
        opened, i = True, i + 1
    for start, step in ((i, 1), (first - 1, -1)):
        run: list[int] = []
        i = start
        while 0 <= i < len(page) and page.lines[i].short and i not in ruled and len(run) < _LONGEST_LIST:
            run.append(i)
            i += step
        figures = [k for k in run if page.lines[k].digits > 0]
        if len(run) >= 3 and (5 * len(figures) >= 2 * len(run) or (opened and step == 1)):
            found.update(run)
            if step == -1 and i > 0 and page.lines[i].prose:
                found.update((i, i - 1))  # the introduction above the list, and the headline above that
    if opened and found:
        found.add(last + 1)
    return found


def _weather(view: View) -> Iterator[Mark]:
    page = view.page
    lines = page.lines
    hot = [i for i, line in enumerate(lines) if line.words <= 3 and _TEMPERATURE.match(line.text)]
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
    total = sum(line.words for line in page.lines if line.prose)
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


def _edges(view: View, settings: Regions.Settings) -> Iterator[Mark]:
    if view.first > view.last:
        return
    outside = view.outside
    short = sum(view.page.lines[i].short for i in outside)
    known = sum(i in view.ruled for i in outside)
    known += sum(i in view.doubtful for i in outside) // _DOUBTFUL_WEIGHT
    if (short >= settings.dump_lines and known >= settings.dump_labels) or _menu(view) >= settings.dump_lines:
        yield from _edge(view, range(view.first), "before")
        yield from _edge(view, range(view.last + 1, len(view.page)), "after")
        yield from _runs(view)
        yield from _again(view)
    elif sum(i in view.sure for i in outside) >= 2:
        yield from _between_labels(view, outside)


def _menu(view: View) -> int:
    """The longest run of menu entries before or after the prose: seen in any language."""
    longest = run = before = 0
    for i in view.outside:
        run = run + 1 if view.page.lines[i].label and i == before + 1 else 0
        longest, before = max(longest, run), i
    return longest


def _between_labels(view: View, outside: Iterable[int]) -> Iterator[Mark]:
    """On a page with few labels: only a short line that stands between two of them."""
    page = view.page
    for i in outside:
        between = any(i - d in view.sure for d in (1, 2)) and any(i + d in view.sure for d in (1, 2))
        if between and page.lines[i].label and i not in view.spared and i not in view.ruled:
            yield page.mark(
                i,
                "regions/between-labels@2",
                "strip",
                "strong",
                "position",
                "Stands outside the article, between two labels of the site.",
                type="junk:nav",
            )
            yield page.mark(
                i, "regions/short@1", "strip", "strong", "shape", "Is a short line, no sentence.", type="junk:nav"
            )


def _edge(view: View, edge: Iterable[int], side: str) -> Iterator[Mark]:
    page = view.page
    where = f"Stands {side} the article, among a site's own labels."
    for i in edge:
        line = page.lines[i]
        if i in view.spared or not line.words:
            continue
        kind = "junk:nav" if line.label else "junk:teaser"
        yield page.mark(
            i,
            "regions/outside@1",
            "strip",
            "strong",
            "position",
            where,
            type=kind,
        )
        if not line.prose:
            why = "Is a short line, no sentence." if line.short else "Is no prose."
            yield page.mark(i, "regions/short@1", "strip", "strong", "shape", why, type=kind)
        elif _alone(page, i):
            yield page.mark(
                i,
                "regions/alone@1",
                "strip",
                "strong",
                "shape",
                "Stands alone among short lines.",
                type="junk:teaser",
            )


def _alone(page: Page, i: int) -> bool:
    """Whether prose outside the article has hardly any prose about it, and is no longer than a blurb."""
    if page.lines[i].words > _LONG_BLURB:
        return False
    around = [j for j in range(max(0, i - 3), min(len(page), i + 4)) if j != i]
    return sum(page.lines[j].prose for j in around) <= 2


def _runs(view: View) -> Iterator[Mark]:
    """Runs of short lines inside the prose of a page that shows a site's labels: a widget between two paragraphs."""
    page = view.page
    run: list[int] = []
    for i in range(view.first, view.last + 2):
        if i <= view.last and i not in view.spared and not page.lines[i].prose:
            run.append(i)
            continue
        if len(run) >= 4 and not _belongs(page, run):
            for j in run:
                yield page.mark(
                    j,
                    "regions/run@1",
                    "strip",
                    "strong",
                    "position",
                    f"One of {len(run)} lines in a row between two paragraphs, on a page with a site's labels.",
                    type="junk:widget",
                )
                if page.lines[j].short:
                    yield page.mark(
                        j,
                        "regions/short@1",
                        "strip",
                        "strong",
                        "shape",
                        "Is a short line, no sentence.",
                        type="junk:widget",
                    )
        run = []


def _again(view: View) -> Iterator[Mark]:
    """A short label that stands three times and more between the paragraphs of a page that shows a site's labels."""
    page = view.page
    inside = [i for i in range(view.first, view.last + 1) if _may_repeat(page, i)]
    count = Counter(page.folded[i] for i in inside)
    for i in inside:
        if count[page.folded[i]] >= 3 and i not in view.spared:
            yield page.mark(
                i,
                "regions/again@2",
                "strip",
                "strong",
                "repeat",
                f"Stands {count[page.folded[i]]} times in the document.",
                type="junk:widget",
            )
            yield page.mark(
                i, "regions/short@1", "strip", "strong", "shape", "Is a short line, no sentence.", type="junk:widget"
            )


def _may_repeat(page: Page, i: int) -> bool:
    line = page.lines[i]
    return not line.terminal and 1 <= line.words <= 6 and not line.digits and line.text[-1] not in ":："


def _belongs(page: Page, run: list[int]) -> bool:
    """Whether a run of short lines is the article's: a colon opens it, or it is full of figures or of sentences."""
    lines = page.lines
    if run[0] and lines[run[0] - 1].text.endswith((":", "：")):
        return True
    if lines[run[0]].text.endswith((":", "：")):
        return True
    if sum(lines[i].terminal for i in run) > 0.5 * len(run):
        return True  # what people say in turn
    return sum(lines[i].digits > 0 for i in run) >= 0.5 * len(run)
