"""The grammar of a page: runs of lines that together are a widget, and what stands outside the article's prose.

Single lines say little in a text without markup; their order says much. Each grammar here and in ``widgets`` is one
function from a ``View`` of the page to marks. The place outside the prose and the shape of a line are two families of
``strong`` marks, which strip only together, and only at an edge of the page that shows a site's menus and labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.features import Page, unvoted
from cleanpipe.clean.view import View, view_of
from cleanpipe.clean.widgets import widgets
from cleanpipe.model import Batch, Mark, Marks

_DOUBTFUL_WEIGHT = 2  # so many doubtful labels count as one that is not
_LONG_BLURB = 60  # prose outside the article that is longer is no blurb


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

    def mark(self, batch: Batch, marks: Marks) -> list[Mark]:
        found: list[Mark] = []
        telling: dict[int, list[Mark]] = {}
        for mark in marks:
            if mark.action == "strip" or mark.type in ("headline", "standfirst"):
                telling.setdefault(mark.document, []).append(mark)
        for page in unvoted(batch, marks):
            view = view_of(page, telling.get(page.row, ()))
            found += widgets(view)
            found += _edges(view, self._settings)
        return found


def _edges(view: View, settings: Regions.Settings) -> Iterator[Mark]:
    if view.first > view.last:
        return
    outside = view.outside
    lines = view.page.lines
    short = len([i for i in outside if lines[i].short])
    known = _outside(view, view.ruled) + _outside(view, view.doubtful) // _DOUBTFUL_WEIGHT
    if (short >= settings.dump_lines and known >= settings.dump_labels) or _menu(view) >= settings.dump_lines:
        yield from _edge(view, range(view.first), "before")
        yield from _edge(view, range(view.last + 1, len(view.page)), "after")
        yield from _runs(view)
        yield from _again(view)
    elif _outside(view, view.sure) >= 2:
        yield from _between_labels(view, outside)


def _outside(view: View, blocks: Iterable[int]) -> int:
    """How many of the blocks stand outside the prose."""
    return len([i for i in blocks if not view.first <= i <= view.last])


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
            yield _strong(
                page,
                i,
                "regions/between-labels@2",
                "position",
                "Stands outside the article, between two labels of the site.",
                "junk:nav",
            )
            yield _strong(page, i, "regions/short@1", "shape", "Is a short line, no sentence.", "junk:nav")


def _edge(view: View, edge: Iterable[int], side: str) -> list[Mark]:
    page = view.page
    where = f"Stands {side} the article, among a site's own labels."
    found: list[Mark] = []
    for i in edge:
        line = page.lines[i]
        if i in view.spared or not line.words:
            continue
        kind = "junk:nav" if line.label else "junk:teaser"
        found.append(_strong(page, i, "regions/outside@1", "position", where, kind))
        if not line.prose:
            why = "Is a short line, no sentence." if line.short else "Is no prose."
            found.append(_strong(page, i, "regions/short@1", "shape", why, kind))
        elif _alone(page, i):
            found.append(_strong(page, i, "regions/alone@1", "shape", "Stands alone among short lines.", "junk:teaser"))
    return found


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
                yield _strong(
                    page,
                    j,
                    "regions/run@1",
                    "position",
                    f"One of {len(run)} lines in a row between two paragraphs, on a page with a site's labels.",
                    "junk:widget",
                )
                if page.lines[j].short:
                    yield _strong(
                        page,
                        j,
                        "regions/short@1",
                        "shape",
                        "Is a short line, no sentence.",
                        "junk:widget",
                    )
        run = []


def _again(view: View) -> Iterator[Mark]:
    """A short label that stands three times and more between the paragraphs of a page that shows a site's labels."""
    page = view.page
    inside = [i for i in range(view.first, view.last + 1) if _may_repeat(page, i)]
    count = Counter(page.folded[i] for i in inside)
    for i in inside:
        if count[page.folded[i]] >= 3 and i not in view.spared:
            yield _strong(
                page,
                i,
                "regions/again@2",
                "repeat",
                f"Stands {count[page.folded[i]]} times in the document.",
                "junk:widget",
            )
            yield _strong(page, i, "regions/short@1", "shape", "Is a short line, no sentence.", "junk:widget")


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


def _strong(page: Page, i: int, rule: str, family: str, reason: str, type: str) -> Mark:
    """One of the many marks of an edge, which have no evidence but their reason."""
    number, start, end = page.document.blocks[i]
    # In half the time that the constructor takes.
    return Mark._make(
        (page.row, number, start, end, "regions", rule, "strip", "strong", family, reason, type, 0.0, "{}")
    )
