"""Plain text -> blocks: lines, or the paragraphs of a text that was wrapped to a width.

A line is a block unless the text looks wrapped. That it does is a matter of evidence: whoever fills lines greedily
breaks one only where the next word does not fit (Knuth & Plass 1981 call it first-fit), so in a wrapped text nearly
every break *within* a paragraph passes the test `line + 1 + next word > width`, and sentences run on across it. In
lists, poems, tables, and texts with one paragraph a line they do not.
"""

from __future__ import annotations

import re

from cleanpipe.model import Block
from cleanpipe.text import LINE_BREAK

_BREAKS = r"\n\r\x0b\x0c\x85\u2028\u2029"
#: A line from its first character that is not white space. Blank lines are skipped without being looked at.
_LINE = re.compile(rf"[^\s\ufeff][^{_BREAKS}]*")
_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"  # U+3000 is the last that isspace knows
_INDENT = "".join(character for character in _SPACE if not LINE_BREAK.match(character))
_WORD = re.compile(r"\S+")
#: Starts an item of a list. A dash does not: it opens lines of prose as well.
_BULLET = re.compile(r"(?:[-*+•‣▪◦●■>]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
#: Ends a sentence or a line of verse; in wrapped prose most lines end in none of them.
_STOP = frozenset('.,!?:;…–—"”’»)]。！？')

_NARROW, _WIDE = 30, 130  # widths that people wrap at, in code points
_VERSE = 45
_LONGEST_WORD = 24  # a URL or a text without spaces says nothing about the width
_MIN_SOFT = 3  # soft breaks, below which two lines may look filled by chance


def segment(text: str) -> tuple[Block, ...]:
    """The blocks of a text, trimmed; between them there is only white space (U+FEFF included).

    Linear in time and memory. Offsets are code points.
    """
    starts: list[int] = []
    ends: list[int] = []
    for match in _LINE.finditer(text):
        start, end = match.span()
        starts.append(start)
        ends.append(start + len(match[0].rstrip(_SPACE)) if text[end - 1] in _SPACE else end)
    soft = _soft_breaks(text, starts, ends)
    blocks: list[Block] = []
    first = 0
    for line in range(len(starts)):
        if line + 1 not in soft:
            blocks.append(Block(len(blocks), starts[first], ends[line]))
            first = line + 1
    return tuple(blocks)


def _soft_breaks(text: str, starts: list[int], ends: list[int]) -> set[int]:
    """The lines that go on the paragraph of the line before them; none if the text is not wrapped."""
    runs, indents = _runs(text, starts, ends)
    if not runs:
        return set()
    lengths = [end - start + indent for start, end, indent in zip(starts, ends, indents, strict=True)]
    width = _width(lengths, runs)
    # Where more than a few lines are longer than the width, nothing was wrapped at it.
    if not _NARROW <= width <= _WIDE or sum(length > width + 2 for length in lengths) * 10 > len(lengths):
        return set()
    # People and editors do not fill to the last column. Lines as short as verse are all near the width: no slack there.
    slack = width // 12 if width >= _VERSE else 0

    soft: set[int] = set()
    asked = run_on = 0
    for first, last in runs:
        passing = []
        open_breaks = 0
        for line in range(first + 1, last):
            before = line - 1
            bulleted = _BULLET.match(text, starts[before])
            if (indents[line] > indents[before] and not bulleted) or _BULLET.match(text, starts[line]):
                continue  # a paragraph's indented first line, or an item of a list: real whatever came before
            open_breaks += 1
            word = _WORD.match(text, starts[line], starts[line] + _LONGEST_WORD)
            taken = lengths[before] + 1 + (word.end() - word.start() if word else 0)
            if taken > width - slack and len(text[starts[before] : ends[before]].split(None, 2)) == 3:
                passing.append(line)
        asked += open_breaks
        if len(passing) * 10 >= open_breaks * 7:
            soft.update(passing)
            run_on += sum(text[ends[line - 1] - 1] not in _STOP and not _opens(text[starts[line]]) for line in passing)
    wrapped = len(soft) >= _MIN_SOFT and len(soft) * 3 >= asked * 2 and run_on * 5 >= len(soft) * 2
    return soft if wrapped else set()


def _runs(text: str, starts: list[int], ends: list[int]) -> tuple[list[tuple[int, int]], list[int]]:
    """Runs [first, last) of two and more lines without a blank line between, and the indent of every line."""
    runs: list[tuple[int, int]] = []
    indents: list[int] = []
    first = end = 0
    for line, start in enumerate(starts):
        gap = text[end:start]
        end = ends[line]
        if gap == "\n":
            indents.append(0)
            continue
        indents.append(len(gap) - len(gap.rstrip(_INDENT)))
        if not LINE_BREAK.fullmatch(gap.strip(_INDENT)):
            if line - first > 1:
                runs.append((first, line))
            first = line
    if len(starts) - first > 1:
        runs.append((first, len(starts)))
    return runs, indents


def _width(lengths: list[int], runs: list[tuple[int, int]]) -> int:
    """The length that 95 % of the lines before a break within a run do not exceed; _WIDE + 1 for all beyond."""
    counts = [0] * (_WIDE + 2)
    for first, last in runs:
        for length in lengths[first : last - 1]:
            counts[min(length, _WIDE + 1)] += 1
    above = sum(counts) // 20
    width = _WIDE + 1
    while counts[width] <= above:
        above -= counts[width]
        width -= 1
    return width


def _opens(character: str) -> bool:
    """Whether a line that begins so may open a sentence: a capital, a figure, a quotation."""
    return character.isupper() or not character.isalpha()
