"""Helpers of the cleaning tests: texts in, verdicts out, by the real processors and the real decision table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from cleanpipe import clean
from cleanpipe.clean.examples import document_of
from cleanpipe.decide import decide_document
from cleanpipe.model import Batch, CorpusProcessor, Decision, Document, Mark, Marks, Processor, Record, Source
from cleanpipe.segment import segment_page

Settings = Mapping[str, Mapping[str, Any]]
Rows = Mapping[tuple[int, int], Mapping[str, Any]]

#: Five paragraphs that no processor has anything against.
PROSE = [
    "The council of Qualmouth met on Monday and spoke for two hours about the height of the new bridge.",
    "Most members agreed that the old one, built by hand in the last century, could not carry another winter.",
    "The harbour master, who had measured the tide for thirty years, asked for two metres more than the engineers.",
    "Nobody in the hall could say where the money would come from, and the mayor did not try to.",
    "A second meeting is planned for October, when the county has answered the letter of the traders' guild.",
]


def document(text: str, **record: str) -> Document:
    made = document_of(text)
    return replace(made, record=replace(made.record, **record))  # type: ignore[arg-type]


def page_document(markup: str) -> Document:
    """A document of its own for a page."""
    found = segment_page(markup)
    record = Record(Source("in", "a.html", 0, "text/html", "utf-8", "", "html"), found.text, markup=markup)
    return Document(bytes(16), record, found.blocks, found.elements, found.tree, found.title)


@cache
def _built(steps: tuple[tuple[str, str], ...]) -> list[Processor | CorpusProcessor]:
    return clean.build(steps)


def marks_of(
    documents: Sequence[Document],
    settings: Settings | None = None,
    rows: Rows | None = None,
    names: Sequence[str] = clean.DEFAULT,
) -> tuple[Batch, Marks]:
    batch, marks = Batch(tuple(documents)), Marks()
    for processor in _built(tuple((name, json.dumps((settings or {}).get(name, {}))) for name in names)):
        if hasattr(processor, "mark_rows"):
            marks = marks + processor.mark_rows(batch, marks, rows or {})
        else:
            marks = marks + processor.mark(batch, marks)
    return batch, marks


def verdicts(
    text: str, settings: Settings | None = None, profile: str = "article", rows: Rows | None = None
) -> list[tuple[str, Decision]]:
    """(line, decision) of a text whose lines are its blocks."""
    made = document(text)
    _, marks = marks_of([made], settings, rows)
    decisions = decide_document(made, 0, marks, profile)
    return [(made.slice(block), decision) for block, decision in zip(made.blocks, decisions, strict=True)]


def gone(text: str, **options: Any) -> list[str]:
    return [line for line, decision in verdicts(text, **options) if decision.action != "keep"]


def kept(text: str, **options: Any) -> list[str]:
    return [line for line, decision in verdicts(text, **options) if decision.action == "keep"]


def lines(*parts: str | Sequence[str]) -> str:
    flat: list[str] = []
    for part in parts:
        flat += [part] if isinstance(part, str) else part
    return "\n\n".join(flat)


def marks_on(
    text: str, line: str, names: Sequence[str] = clean.DEFAULT, settings: Settings | None = None
) -> list[Mark]:
    made = document(text)
    _, marks = marks_of([made], settings, names=names)
    number = next(block.number for block in made.blocks if made.slice(block) == line)
    return list(marks.on(0, number))
