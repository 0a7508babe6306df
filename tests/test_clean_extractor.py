"""An extractor that fails, or takes too long, costs its vote and nothing else; and that is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pytest

from cleanpipe.audit.verify import verify
from cleanpipe.clean import extractor
from cleanpipe.clean.extractor import Extractor
from cleanpipe.config.load import load
from cleanpipe.limit import time_limit
from cleanpipe.model import Batch, Document, Marks, Record, Source
from cleanpipe.run import run
from cleanpipe.segment import segment_page
from cleanpipe.shard import Inputs, Shard
from cleanpipe.shards import ReadAndMark

ROOT = Path(__file__).parents[1]
PROSE = "".join(
    f"<p>The ferry lay at the pier for {n} long hours, said the harbour master, and nobody was hurt meanwhile.</p>"
    for n in range(9)
)


def document(body: str = PROSE) -> Document:
    markup = f"<html><body><nav><a href=/>Home</a></nav><article>{body}</article></body></html>"
    page = segment_page(markup)
    source = Source("in", "a.html", 0, "text/html", "utf-8", "", "html")
    return Document(
        b"", replace(Record(source, page.text), markup=markup), page.blocks, page.elements, page.tree, page.title
    )


def fails(given: Document) -> list[str]:
    if "harbour master" in given.text:
        raise ValueError("All strings must be XML compatible")
    return ["unlikely"]


def never_ends(given: Document) -> list[str]:
    while True:
        pass


def marked(monkeypatch: pytest.MonkeyPatch, pieces: Callable[[Document], list[str]], *given: Document) -> Marks:
    monkeypatch.setattr(extractor, "_pieces", lambda name: pieces)
    return Marks(tuple(Extractor(Extractor.Settings()).mark(Batch(given), Marks())))


def test_a_fault_is_noted_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    (mark,) = marked(monkeypatch, fails, document(), document("<p>Notice</p>"))
    assert (mark.document, mark.block, mark.action, mark.rule) == (0, 0, "note", "extractor/trafilatura@1")
    assert mark.reason == "trafilatura fails (ValueError) on this page, so it has no vote."
    assert json.loads(mark.evidence) == {"error": "All strings must be XML compatible"}


def test_a_page_that_takes_the_extractor_too_long_has_no_vote_if_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_limit(0.4):
        (mark,) = marked(monkeypatch, never_ends, document())
    assert mark.reason == "trafilatura takes too long on this page, so it has no vote."
    with pytest.raises(TimeoutError), time_limit(0.2):
        marked(monkeypatch, never_ends, document(), document())


@pytest.mark.parametrize("reference", ["&#1;", "&#x0b;", "&#12;", "&#127", "&#xFFFE;", "\f", "\x02"])
def test_characters_that_nobody_sees_do_not_cost_the_vote(reference: str) -> None:
    page = document(PROSE.replace("pier", f"pi{reference}er", 1))
    marks = Marks(tuple(Extractor(Extractor.Settings()).mark(Batch((page,)), Marks())))
    assert sum(mark.action == "vote" for mark in marks) == 9


@dataclass(frozen=True)
class Failing(ReadAndMark):
    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        extractor._pieces = lambda name: fails  # type: ignore[assignment]
        yield from super().__call__(shard, inputs)


def test_the_manifest_counts_the_pages_without_a_vote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanpipe.run.ReadAndMark", Failing)
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.html").write_text(f"<html><h1>Ferry {name}</h1>{PROSE}</html>")
    (tmp_path / "in" / "c.html").write_text("<html><p>A notice of another kind.</p></html>")
    out = tmp_path / "out"
    manifest = run(load(str(ROOT / "configs" / "pages.yaml"), inputs=[str(tmp_path / "in")], output=str(out)))
    assert manifest["warnings"] == [
        "2 pages have no vote of the extractor, for one a: trafilatura fails (ValueError) on this page, so it has no "
        "vote."
    ]
    rows = [json.loads(line) for part in out.glob("corpus/*") for line in part.open(encoding="utf-8")]
    assert all("harbour master" in row["text"] for row in rows if row["id"] != "c") and len(rows) == 3
    assert verify(out).ok
