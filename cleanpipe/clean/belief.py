"""Whether what a rule has matched may be believed where it stands: prompts that tell a story, labels without company.

A phrase alone proves little inside the prose, and a single word proves little among short lines: a sentence that
reports speech is no prompt, an answer is no button, a verse is no entry of a menu.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property, lru_cache

from cleanpipe.clean.features import Page, may_begin

#: Words that report speech, and the past of somebody who is neither reader nor writer: a prompt has none of them.
_TELLS = re.compile(
    r"\b(?:said|says|told|tells|asked|repeated|joke[ds]|added|recall(?:ed|s)|wrote|warn(?:ed|s)|argue[ds]|insist(?:ed|s)"
    r"|replie[ds]|explain(?:ed|s)|announced|remember(?:ed|s)|laughed|shout(?:ed|s)|urge[ds]|promised|claim(?:ed|s)"
    r"|conceded|complain(?:ed|s)|confessed|suggested|quipped|whispered|cried|called out|sighed|testified|admitted"
    r"|declared|quoth|mused|noted|according to|used to|he|she|his|him"
    r"|sagte?n?|erklärten?|erzählten?|meinten?|fragten?|rief(?:en)?|schrieb(?:en)?|warnten?|betonten?|riet(?:en)?"
    r"|berichteten?|erinnerte|scherzte|wiederholte|antwortete|behauptete|forderte|mahnte|klagt|klagten?|hieß es|er"
    r"|ergänzten?|antworteten|entschied(?:en)?|versprach(?:en)?|versprechen|verspricht|stand auf|stand (?:am|im|an)"
    r"|dit|disait|disent|a (?:dit|déclaré|expliqué|précisé|répondu|affirmé|raconté|lancé)|explique|raconte|écrivait"
    r"|selon|répétait|affirmait|elle|il (?:a|avait|était)|avai(?:en)?t|étai(?:en)?t|promet(?:tent)?|disaient|croyaient"
    r"|dijo|dijeron|decía|dice|declaró|explicó|aseguró|afirmó|contó|señaló|respondió|advirtió|según|escribió|pidió"
    r"|había|habían|respondía|ponía|prometen?|dicen|cuentan?|decían)\b"
    r"|, (?:the|an?|one|some|many) (?:[\w’'-]+ ){1,5}?(?:\w{3,}ed|was|were|had|would|took|made|went|found|lost|kept)\b",
    re.IGNORECASE,
)
_WEATHER = re.compile(
    r"°|\bdegrees?\b|\bcelsius\b|\bfahrenheit\b|\bgrad\b|\bdegrés?\b|\bgrados?\b|\bforecast|\bgusts?\b|\bmeteorolog",
    re.IGNORECASE,
)
_OF_WEATHER = (
    *("°", "degree", "celsius", "fahrenheit", "grad", "degré", "forecast", "gust", "meteorolog"),
    *("ſ", "ı", "\u0307"),  # of letters that ``re`` takes for an s or an i; the last one of an İ in lower case
)
_QUESTIONS, _CLOSING = ("?", "？"), '"”’»)]'
_PLAIN_WORDS = 3  # a label with so many words says enough by itself
_HEADED_WORDS = 4  # a title under the heading of a list has at least so many words
_HEADED_LINES = 6  # and the list between two paragraphs at most so many
_CHROME = 2  # blocks nobody takes for the article that make a page one with a site's labels
_MENU = 3  # neighbouring labels that are a menu by themselves
_SUBHEADS = 2  # other short lines, each above a paragraph, that make a label a subhead


@lru_cache(maxsize=1 << 12)
def tells(text: str) -> bool:
    """Whether a text reports speech or tells of others' past: no prompt does."""
    return _TELLS.search(text) is not None


def tells_of_weather(page: Page) -> bool:
    """Whether the article is about the weather: it may well have its forecast as a table."""
    lines = page.lines[page.first : page.last + 1]
    return any(line.prose and _may_tell_of_weather(line.text) and _WEATHER.search(line.text) for line in lines)


def _may_tell_of_weather(text: str) -> bool:
    """Whether a text holds one of the words, maybe inside another; quicker than to look where words begin."""
    lower = text.lower()
    return any(word in lower for word in _OF_WEATHER)


def answers(page: Page, i: int) -> bool:
    """Whether block ``i`` stands right below a question."""
    return i > 0 and page.lines[i - 1].text.rstrip(_CLOSING).endswith(_QUESTIONS)


class Company:
    """What stands beside the labels of a page. ``sure`` blocks are junk without company, ``labels`` all junk."""

    def __init__(self, page: Page, sure: Collection[int], labels: Collection[int]) -> None:
        self._page = page
        self._labels = labels
        self._runs: dict[int, range] = {}  # of lines without prose, what is known of them
        self._menus: dict[range, bool] = {}
        self._chrome = len(sure) >= _CHROME or any(all(i + d in labels for d in range(_MENU)) for i in labels)
        if self._chrome and not sure:  # verses may be labels: a menu is one only where most short lines are
            self._chrome = any(self._in_menu(i) for i in labels)

    @cached_property
    def _weather(self) -> bool:
        return tells_of_weather(self._page)

    def beside(self, i: int) -> bool:
        """Whether a neighbour of block ``i`` is junk as well."""
        return i - 1 in self._labels or i + 1 in self._labels

    def beside_label(self, i: int) -> bool:
        """Whether a neighbour of block ``i`` is junk and no sentence: prompts in a row may be an article's advice."""
        near = (self._page.lines[j] for j in (i - 1, i + 1) if j in self._labels)
        return any(not (line.prose or line.terminal) for line in near)

    def lonely(self, i: int) -> bool:
        """Whether nothing but the words of block ``i`` says that it is a label of the site."""
        page = self._page
        if page.where(i) != "tail" and answers(page, i) and i - 1 not in self._labels:
            return True
        if self._subhead(i):
            return True
        words = page.lines[i].words
        if page.lines[i].digits:
            return not self._chrome or self._weather
        if words >= _PLAIN_WORDS or (words > 1 and page.where(i) != "body" and self._in_menu(i)):
            return False
        if page.where(i) == "head" and self._heads_page(i):
            return False
        return not (self._chrome or (self.beside(i) and self._in_menu(i)) or self._heads_titles(i))

    def listed(self, i: int) -> bool:
        """Whether block ``i`` stands among the short lines of a list, on a page without a site's labels."""
        lines = self._page.lines
        above = next((j for j in range(i - 1, -1, -1) if j not in self._labels), i)
        below = next((j for j in range(i + 1, len(lines)) if j not in self._labels), i)
        near = [j for j in (above, below) if j != i]
        return not self._chrome and any(lines[j].short for j in near)

    def _run(self, i: int) -> range:
        """The lines without prose around block ``i``."""
        if i in self._runs:
            return self._runs[i]
        lines = self._page.lines
        first = last = i
        while first > 0 and not lines[first - 1].prose:
            first -= 1
        while last + 1 < len(lines) and not lines[last + 1].prose:
            last += 1
        run = range(first, last + 1)
        if not lines[i].prose:
            self._runs |= dict.fromkeys(run, run)
        return run

    def _in_menu(self, i: int) -> bool:
        run = self._run(i)
        if run not in self._menus:
            self._menus[run] = 3 * sum(j in self._labels for j in run) >= 2 * len(run)
        return self._menus[run]

    def _heads_titles(self, i: int) -> bool:
        """A label between two paragraphs with nothing but titles below it."""
        run = self._run(i)
        below = range(i + 1, run.stop)
        return (
            run.start == i
            and 0 < len(below) < _HEADED_LINES
            and all(self._page.lines[j].words >= _HEADED_WORDS and self._page.lines[j].short for j in below)
        )

    def _heads_page(self, i: int) -> bool:
        """A label above the prose with another one near it, or above a title that the page repeats."""
        return any(i + d in self._labels for d in (-2, -1, 1, 2)) or any(title > i for title in self._page.titles)

    def _subhead(self, i: int) -> bool:
        page = self._page
        if page.where(i) != "body" or not _above_paragraph(page, i):
            return False
        own = page.folded[i]
        if any(j != i and may_begin(line.text, own) and page.folded[j] == own for j, line in enumerate(page.lines)):
            return False
        others = (j for j in range(page.first, page.last) if j not in self._labels and _above_paragraph(page, j))
        return sum(1 for _ in others) >= _SUBHEADS


def _above_paragraph(page: Page, i: int) -> bool:
    lines = page.lines
    return 0 < i < len(lines) - 1 and lines[i].short and lines[i - 1].prose and lines[i + 1].prose
