"""A page with what earlier processors said of it: the ground on which the grammar of ``regions`` stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cleanpipe.clean.features import Page, region
from cleanpipe.model import Mark

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


def view_of(page: Page, marks: Iterable[Mark]) -> View:
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
    seen: Counter[str] | None = None  # few pages need it
    pairs = words = start = 0
    i = last
    while i > first and lines[i].prose and lines[i].words <= _PAIR_WORDS:
        above = i - 1
        while above >= first and i - above <= 3 and not lines[above].prose:
            above -= 1
        titles = [k for k in range(above + 1, i) if k not in ruled and lines[k].words >= 5 and lines[k].short]
        if not titles or lines[titles[-1]].opens_list:
            break
        if seen is None:
            seen = Counter([line.text for line in lines[first : last + 1]])
        if seen[lines[titles[-1]].text] > 1:
            break
        if above < first or not lines[above].prose:
            break
        pairs, words, start = pairs + 1, words + lines[i].words, above
        i = above
    if pairs < _PAIRS:
        return last
    before = sum(line.words for line in lines[first : start + 1] if line.prose)
    return start if before >= 1.5 * words else last


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
