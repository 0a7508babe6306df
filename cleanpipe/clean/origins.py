"""Whom the text says it comes from, and who claims rights in it: datelines, credits, bylines, copyright lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import orjson
from pydantic import BaseModel, ConfigDict

from cleanpipe.clean.features import Page, pages
from cleanpipe.model import Batch, Document, Mark, Marks, Origin

#: "LONDON, March 3 (Agency) - ", "(Agency) — ", "Berlin (dpa/xyz) – "
_DATELINE = re.compile(
    r"(?:[^\W\d_][\w .’'/,&-]{1,60}?[\s,.]*)?"  # place and date
    r"\(\s*([^\W\d_][\w .&’'-]{1,40}?)(?:/[^()]{1,30})?\s*\)\s*[-–—−―:]{1,2}\s?(?=\S)"
)
_NAME = r"([A-Z][\w&’'-]*(?:[ -][A-Z][\w&’'-]*){0,4})"
#: "The Agency contributed to this report", "with files from Agency"
_CONTRIBUTED = re.compile(
    rf"(?:^|[.;(]\s*)(?:[Tt]he\s+)?{_NAME}\s+(?:also\s+)?contributed\s+to\s+(?:this|the)\s+(?:report|story|article)"
    rf"|\b[Ww]ith\s+(?:files|inputs?|reporting|material|additional reporting)\s+(?:from|by)\s+(?:the\s+)?{_NAME}"
    rf"|^\(?[Rr]eporting\s+by\s+(?:[Tt]he\s+)?{_NAME}\W*$"
)
_CONTRIBUTES = ("contributed", "ith", "eporting")  # one of these is in each of them
_SOURCE = re.compile(r"(?:source|quelle|fuente|via)\s*:\s*([^\W\d_][\w&.’'-]*(?:[ -][\w&.’'-]+){0,4})$", re.IGNORECASE)
_CREDIT_WORDS = 16
#: Lines that claim a copyright: where to look, what they also say, how many of a document, how long one is at most.
_SIGNS = ("©", "opyright", "OPYRIGHT")
_CLAIM = re.compile(
    r"copyright\s*(?:©|\(c\)|by\b|(?:19|20)\d\d)|©.*?(?:copyright|(?:19|20)\d\d)|(?:19|20)\d\d\s*©"
    r"|©.*(?:rights reserved|rechte vorbehalten|derechos reservados|droits réservés)",
    re.IGNORECASE,
)
_CLAIMS, _CLAIM_SIZE = 3, 300
#: What tells an agency of any name from a person.
_ORGANISATION = re.compile(r"\b(?:service|agency|agence|agentur|press|presse|wire|newswire|news|media|network)$")
#: Names by which the news agencies of the world sign: only these are an origin where a person could stand as well.
_AGENCIES = frozenset(
    """
    reuters|associated press|ap|agence france-presse|afp|dpa|deutsche presse-agentur|bloomberg|bloomberg news
    press association|pa media|canadian press|united press international|upi|efe|ansa|lusa|anp|belga|apa|sda
    keystone-sda|ntb|tt|ritzau|stt|xinhua|kyodo|kyodo news|jiji press|yonhap|tass|interfax|ria novosti|anadolu
    anadolu agency|pti|press trust of india|ani|ians|bernama|antara|aap|australian associated press|mena|wam|pap|ctk
    mti|agerpres|tanjug|hina|sid|epd|kna|afx|dow jones|dow jones newswires
    """.replace("\n", "|")
    .replace("    ", "")
    .strip("|")
    .split("|")
)


class Origins:
    """Finds datelines and credits: evidence on the block. That a credit line leaves is the profile's choice."""

    name = "origins"

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, settings: Settings) -> None:
        pass

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        for page in pages(batch, marks):
            for i, line in enumerate(page.lines):
                if not line.words:
                    continue
                if line.words >= 6 and "(" in line.text[:90]:
                    yield from _dateline(page, i)
                if line.words <= 60 and _may_credit(page, i):
                    yield from _credit(page, i)


def _dateline(page: Page, i: int) -> Iterator[Mark]:
    block = page.document.blocks[i]
    found = _DATELINE.match(page.lines[i].text)
    if not found or len(found.group()) > 110:
        return
    offset = block.start + page.document.slice(block).index(page.lines[i].text)
    name = " ".join(found.group(1).split())
    yield page.mark(
        i,
        "origins/dateline@1",
        "type",
        "weak",
        "dateline",
        f"The paragraph opens with a dateline of {name}.",
        span=(offset + found.start(), offset + found.end()),
        evidence={"origin": {"name": name, "kind": "dateline"}},
    )


def _may_credit(page: Page, i: int) -> bool:
    """Whether the line holds a word that each credit holds: cheaper than to look for the credit."""
    text = page.lines[i].text
    if _CONTRIBUTES[0] in text or _CONTRIBUTES[1] in text or _CONTRIBUTES[2] in text:
        return True
    return ":" in text and page.has_prose and i > page.last


def _credit(page: Page, i: int) -> Iterator[Mark]:
    text = page.lines[i].text
    found = _CONTRIBUTED.search(text) if any(word in text for word in _CONTRIBUTES) else None
    if not found and page.where(i) == "tail":
        found = _SOURCE.match(text)
    if not found:
        return
    group = found.lastindex or 1
    name = " ".join(found.group(group).split())
    if name.lower() not in _AGENCIES and not _ORGANISATION.search(name.lower()):
        return
    block = page.document.blocks[i]
    offset = block.start + page.document.slice(block).index(text)
    yield page.mark(
        i,
        "origins/credit@1",
        "type",
        "strong",
        "credit",
        f"The line credits {name}.",
        # A sentence of the article may name its source in passing.
        type="credit" if page.lines[i].words <= _CREDIT_WORDS else "",
        span=(offset + found.start(group), offset + found.end(group)),
        evidence={"origin": {"name": name, "kind": "credit"}},
    )


def collect(document: Document, marks: Iterable[Mark]) -> tuple[tuple[Origin, ...], tuple[str, ...]]:
    """A document's origins and rights from its marks, in text order; behind them the lines that claim a copyright: most
    stand in the footer of a page, which no processor marks. Each origin and line once."""
    origins: dict[tuple[str, str], Origin] = {}
    rights: dict[str, None] = {}
    blocks = {block.number: block for block in document.blocks}
    for mark in sorted(marks, key=lambda m: (m.block, m.start)):
        said = orjson.loads(mark.evidence).get("origin") if '"origin"' in mark.evidence else None
        if said:
            origin = Origin(said["name"], said["kind"], mark.start, mark.end)
            origins.setdefault((origin.name, origin.kind), origin)
        if mark.action == "type" and mark.type in ("byline", "credit") and mark.strength != "weak":
            rights.setdefault(" ".join(document.slice(blocks[mark.block]).split()))
    rights |= dict.fromkeys(islice(dict.fromkeys(_claims(document.text)), _CLAIMS))
    return tuple(origins.values()), tuple(rights)


def _claims(text: str) -> Iterator[str]:
    for sign in _SIGNS:
        at = text.find(sign)
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            end = end if end >= 0 else len(text)
            if end - start <= _CLAIM_SIZE and _CLAIM.search(text, start, end):
                yield " ".join(text[start:end].split())
            at = text.find(sign, end)
