"""Proof of rule packs by their own examples: the same code serves `cleanpipe rules test` and the test suite."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from cleanpipe.clean.features import Page, page_of
from cleanpipe.clean.pack import Pack, Rule
from cleanpipe.clean.rules import Rules
from cleanpipe.model import Block, Document, Record, Source
from cleanpipe.text import LINE_BREAK

#: Paragraphs that no rule knows: an example of one line is tried before, between or after them, as its rule demands.
_PROSE = (
    "The council met on Monday and spoke for two hours about the height of the new bridge across the river.",
    "Most members agreed that the old one, built by hand in the last century, could not carry another winter.",
)
_HEADLINE = "Council speaks about the height of a bridge"


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that its rule gets wrong. ``kind`` is what the example asks for."""

    pack: str
    rule: str
    kind: Literal["strip", "keep"]
    text: str

    def __str__(self) -> str:
        verb = "does not mark its strip example" if self.kind == "strip" else "marks its keep example"
        return f"{self.pack}/{self.rule} {verb} {self.text!r}"


def document_of(text: str) -> Document:
    """A document of its own for a text: one block a line that is not blank."""
    blocks: list[Block] = []
    start = 0
    for end, following in [*((m.start(), m.end()) for m in LINE_BREAK.finditer(text)), (len(text), len(text))]:
        line = text[start:end]
        if line.strip():
            left = start + len(line) - len(line.lstrip())
            blocks.append(Block(len(blocks), left, start + len(line.rstrip())))
        start = following
    record = Record(Source("", "example", 0, "text/plain", "utf-8", ""), text)
    return Document(bytes(16), record, tuple(blocks))


def failures(pack: Pack) -> Iterator[Failure]:
    """The examples that the pack's rules get wrong."""
    processor = Rules.of([(pack.name, rule) for rule in pack.rules])
    for rule in pack.rules:
        for text in rule.examples.strip:
            # A prompt within the prose, as here, is less certain than elsewhere.
            if not _marked(processor, pack, rule, text, {rule.strength, "strong"} if rule.prompt else {rule.strength}):
                yield Failure(pack.name, rule.id, "strip", text)
        for text in rule.examples.keep:
            if _marked(processor, pack, rule, text, {rule.strength}):
                yield Failure(pack.name, rule.id, "keep", text)


def count(pack: Pack) -> int:
    return sum(len(rule.examples.strip) + len(rule.examples.keep) for rule in pack.rules)


def _marked(processor: Rules, pack: Pack, rule: Rule, text: str, strengths: Collection[str]) -> bool:
    name = f"rules/{pack.name}.{rule.id}@{rule.version}"
    page = _page(rule, text)
    if rule.company and "\n" not in text:
        page = page_of(0, document_of("\n".join(line.text for line in page.lines).replace(text, _among(rule, text))))
    return any(
        mark.rule == name and mark.strength in strengths and (page.lines[mark.block].text == text or "\n" in text)
        for mark in processor.on_page(page)
    )


def _among(rule: Rule, text: str) -> str:
    """The example between others of its rule, the company that it needs."""
    label = rule.examples.strip[0]
    return "\n".join((label, text, label))


def _page(rule: Rule, text: str) -> Page:
    if "\n" not in text:
        before: tuple[str, ...] = () if rule.where in ("top", "head") else _PROSE
        after: tuple[str, ...] = () if rule.where in ("tail", "edge") or rule.last_blocks else _PROSE
        if rule.where == "top":
            after = (_HEADLINE, *after)
        text = "\n".join((*before, text, *after))
    return page_of(0, document_of(text))
