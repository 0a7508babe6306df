"""Pages with broken, cut, spliced and swapped bytes through reader and segmenter: each is read or refused."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

import pytest

from cleanpipe.audit.visible import bare, visible
from cleanpipe.limit import time_limit
from cleanpipe.model import Record
from cleanpipe.read import InputFile, InputSpec, described
from cleanpipe.read.html import page_record
from cleanpipe.segment import Unreadable, dom, quick, segment_page, walk
from cleanpipe.text import is_gap

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "eval"
SOURCES = {
    "samples": sorted((ROOT / "samples" / "pages").rglob("*.html")),
    "small": sorted(SHARED.glob("fundus/pages/*.gz"), key=lambda path: (path.stat().st_size, path.name))[:40],
    "shared": sorted(SHARED.glob("*/pages/*.gz")),
}
FILE = InputFile("in", "page.html", "page.html", 0, "", "html", InputSpec("in"))
#: What one page may take; a page that nobody harmed takes some hundredths of it.
SECONDS = 20.0


def mutated(data: bytes, splice: bytes, chance: random.Random) -> bytes:
    """The page with some bytes flipped, cut out or doubled, tags doubled or swapped, a piece of another page put in."""
    page = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, size = chance.randrange(len(page)), chance.choice((1, 3, 40, 400))
        match chance.randrange(7):
            case 0:
                page[at] = chance.randrange(256)
            case 1:
                del page[at : at + size]
            case 2:
                page[at:at] = page[at : at + size]
            case 3:
                to = chance.randrange(len(page))
                page[at:at] = page[to : to + size]
            case 4:
                tag = chance.choice(tags(page))
                page[at:at] = page[slice(*tag)] * chance.choice((1, 2, 50))
            case 5:
                (a, b), (c, d) = sorted((chance.choice(tags(page)), chance.choice(tags(page))))
                if b <= c:
                    page[a:d] = page[c:d] + page[b:c] + page[a:b]
            case _:
                to = chance.randrange(len(splice))
                page[at : at + chance.choice((0, size))] = splice[to : to + 10 * size]
        if not page:
            page += b"<p>"
    return bytes(page)


def tags(page: bytearray) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(rb"<[^<>]{1,200}>", page)] or [(0, 1)]


def examine(data: bytes) -> str:
    """Read, refused or unreadable; fails where a page is read and something is lost of it."""
    with time_limit(SECONDS):
        found = page_record(data, FILE, 0)
        if not isinstance(found, Record):
            return "refused"
        try:
            page = segment_page(described(found, FILE).markup)
        except Unreadable:
            return "unreadable"
    at = 0
    for block in page.blocks:
        assert is_gap(page.text[at : block.start]) and block.end > block.start
        at = block.end
    assert is_gap(page.text[at:]) and len(page.elements) == len(page.blocks)
    assert bare(page.text) == visible(found.markup)
    if (root := dom.parse(found.markup)) is not None:
        assert quick.walk(root) == walk.walk(root)
    return "read"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("samples", 1500),
        ("small", 500),
        pytest.param("samples", 50_000, marks=pytest.mark.slow),
        pytest.param("shared", 50_000, marks=pytest.mark.slow),
    ],
)
def test_mutated_pages_are_read_or_refused(source: str, count: int) -> None:
    paths = SOURCES[source]
    if not paths:
        pytest.skip(f"the reference pages are not there: {SHARED}")
    pages = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in paths]
    counts = dict.fromkeys(("read", "refused", "unreadable"), 0)
    for number in range(count):
        chance = random.Random(f"{source} {number}")  # so that one alone can be made again
        data = mutated(pages[number % len(pages)], chance.choice(pages), chance)
        try:
            counts[examine(data)] += 1
        except Exception as error:
            raise AssertionError(f"page {number} of {source}, made of {paths[number % len(paths)].name}") from error
    print(f"{source}: {counts}")
    assert counts["read"] > 0.9 * count
