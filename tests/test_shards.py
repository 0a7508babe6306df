"""What happens to a document that upsets or stalls a processor: it is quarantined, and only it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cleanpipe import read, shards
from cleanpipe.model import Batch, Block, Document, Mark, Marks, Record, Source
from cleanpipe.shard import Shard


class Touchy:
    """A processor that fails on one word and never ends on another."""

    name = "touchy"

    def mark(self, batch: Batch, marks: Marks) -> Iterable[Mark]:
        for document in batch:
            if "poison" in document.text:
                raise ValueError("no such thing")
            while "endless" in document.text:
                time.sleep(0.01)
        return ()


class Nothing:
    def read(self, dataset: str) -> Iterator[pa.Table]:
        return iter(())


def test_a_document_that_a_processor_cannot_bear_is_quarantined_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("good", "poison", "endless", "fine"):
        (tmp_path / f"{name}.txt").write_text(f"A {name} text about the ferry.\n")
    monkeypatch.setattr(shards, "processors", lambda steps: ([Touchy()], []))
    function = shards.ReadAndMark(read.Limits(seconds=0.2), (), ())
    files = tuple(file for _, given in read.plan([read.InputSpec(str(tmp_path))]).shards for file in given)
    found: dict[str, list[dict[str, Any]]] = {}
    for dataset, rows in function(Shard("all", "", files), Nothing()):
        found.setdefault(dataset, []).extend(rows.to_pylist())
    assert sorted(row["path"] for row in found["documents"]) == ["fine.txt", "good.txt"]
    assert sorted((row["path"], row["stage"], row["error"]) for row in found["quarantine"]) == [
        ("endless.txt", "mark", "took longer than 0.2 s: raise limits.parse_seconds"),
        ("poison.txt", "mark", "ValueError: no such thing"),
    ]


def test_a_page_whose_original_stands_elsewhere_names_its_site_as_an_origin() -> None:
    text = "The ferry lay at the pier."
    known: dict[str, Any] = {
        "url": "https://www.bell.example/7",
        "canonical_url": "https://www.wire.example/ferry/",
        "site": "The Bell",
        "authors": ("Ida Lund",),
        "rights": ("meta:robots: noarchive",),
        "metadata_from": {"site": "json-ld"},
    }
    record = Record(Source("in", "a.html", 0, "text/html", "utf-8", ""), text, **known)
    document = Document(read.doc_key(record), record, (Block(0, 0, len(text)),))
    function = shards.ReadAndMark(read.Limits(), (), ("wire.example",))
    found = {
        dataset: rows.to_pylist()
        for dataset, rows in function._tables(Shard("all"), [document], shards.Watch(Shard("all"), Nothing()))
    }
    (row,) = found["documents"]
    assert row["origin"] == [{"name": "wire.example", "kind": "canonical-link", "start": 0, "end": 0}]
    assert (row["prefer"], row["prefer_because"]) == (0, "wire.example")
    assert row["canonical_url"] == "https://wire.example/ferry"
    assert (row["authors"], row["rights"], row["site"]) == (["Ida Lund"], ["meta:robots: noarchive"], "The Bell")
    assert row["metadata_from"]["site"] == "json-ld" and row["metadata_from"]["title"] == ""


def test_a_text_of_millions_of_lines_is_no_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MOST_LINES", 100)
    (tmp_path / "lines.txt").write_text("x\n" * 101)
    function = shards.ReadAndMark(read.Limits(), (), ())
    [(_, files)] = read.plan([read.InputSpec(str(tmp_path))]).shards
    [(dataset, rows)] = function(Shard("all", "", files), Nothing())
    assert dataset == "quarantine" and rows["error"].to_pylist() == ["more than 100 lines"]


class Taking:
    """A processor that takes every block, and notes of which documents it was given a tree."""

    name = "taking"

    def __init__(self, reads_trees: bool) -> None:
        self.reads_trees = reads_trees
        self.trees: list[bool] = []

    def mark(self, batch: Batch, marks: Marks) -> Iterable[Mark]:
        for row, document in enumerate(batch):
            self.trees.append(document.tree is not None)
            for block in document.blocks:
                yield Mark(row, *block, self.name, "taking/all@1", "vote", "strong", "", "", score=1.0)


def test_trees_are_kept_for_processors_that_read_them_and_the_rest_is_the_same_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = "<div><time datetime='2031-05-06T10:0{}Z'>10:0{}</time><p>The water rose over the old bridge at Ardle and"
    entries = "".join(entry.format(i, i) + " the road to the town was shut by noon today.</p></div>" for i in range(6))
    ld = '{"@type": "LiveBlogPosting", "headline": "The flood"}'
    head = f"<title>The flood at Ardle</title><script type='application/ld+json'>{ld}</script>"
    (tmp_path / "live.html").write_text(f"<html><head>{head}</head><body><article>{entries}</article></body></html>")
    files = tuple(file for _, given in read.plan([read.InputSpec(str(tmp_path))]).shards for file in given)
    found = []
    for reads_trees in (True, False):
        processor = Taking(reads_trees)
        monkeypatch.setattr(shards, "processors", lambda steps, processor=processor: ([processor], []))
        function = shards.ReadAndMark(read.Limits(), (), ())
        found.append([(name, rows.to_pylist()) for name, rows in function(Shard("all", "", files), Nothing())])
        assert processor.trees == [reads_trees]
    assert found[0] == found[1]
    (document,) = dict(found[0])["documents"]
    assert document["kind"] == "liveblog" and len(document["entries"]) == 6
