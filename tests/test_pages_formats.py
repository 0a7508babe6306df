"""The same pages as files, as JSON Lines, as a table and as an archive are the same corpus, and every one is proved."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import archive
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanpipe.audit.verify import verify
from cleanpipe.config.load import load
from cleanpipe.model import Record
from cleanpipe.read import InputFile, InputSpec, described
from cleanpipe.read.html import page_record
from cleanpipe.run import run

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "eval"


class Pages:
    """Pages by name, made into each format; record number n of each is the n-th name."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self.names = sorted(paths)
        self._paths = paths

    def data(self, name: str) -> bytes:
        data = self._paths[name].read_bytes()
        return gzip.decompress(data) if self._paths[name].suffix == ".gz" else data

    def read(self, name: str) -> Record:
        file = InputFile("in", f"{name}.html", "", 0, "", "html", InputSpec("in"))
        found = page_record(self.data(name), file, 0)
        assert isinstance(found, Record)
        return described(found, file)

    def files(self, folder: Path) -> None:
        for name in self.names:
            (folder / f"{name}.html").write_bytes(self.data(name))

    def jsonl(self, folder: Path) -> None:
        with (folder / "a.jsonl").open("w", encoding="utf-8") as file:
            for name in self.names:
                file.write(json.dumps({"id": name, "html": self.read(name).markup}) + "\n")

    def parquet(self, folder: Path) -> None:
        schema = pa.schema([("id", pa.string()), ("html", pa.binary())])
        with pq.ParquetWriter(folder / "a.parquet", schema) as writer:
            for name in self.names:
                writer.write_table(pa.table({"id": [name], "html": [self.data(name)]}, schema=schema))

    def warc(self, folder: Path) -> None:
        with (folder / "a.warc.gz").open("wb") as file:
            for name in self.names:
                sent = archive.message(self.data(name), "Content-Type: text/html")
                file.write(gzip.compress(archive.entry(sent, self.address(name)), 1))

    def address(self, name: str) -> str:
        """What the page says itself; a page that does not is alone in its outlet, as one of unknown address is."""
        return self.read(name).url or f"https://{name.replace('_', '-')}.invalid/"


def corpus(out: Path, names: list[str]) -> dict[str, Any]:
    """By page: its text, and the type and place of each paragraph."""
    found = {}
    for part in sorted(out.glob("corpus/*")):
        with part.open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                known = row["metadata"]
                name = known["path"][: -len(".html")] if known["format"] == "html" else names[known["record"]]
                spans = [(p["type"], p["source_start"], p["source_end"]) for p in row["paragraphs"]]
                found[name] = (row["text"], spans, known["title"], known["language"], row["created"], known["kind"])
    return found


@pytest.fixture(
    scope="module",
    params=["samples", "shared", pytest.param("all", marks=pytest.mark.slow)],
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pages, Path]]:
    """``shared`` are the small ones of the reference pages."""
    if request.param == "samples":
        paths = {path.stem: path for path in (ROOT / "samples" / "pages").rglob("*.html")}
    else:
        found = sorted(SHARED.glob("*/pages/*.gz"), key=lambda path: (path.stat().st_size, path.name))
        if not found:
            pytest.skip(f"the reference pages are not there: {SHARED}")
        paths = {path.name.partition(".")[0]: path for path in (found[:15] if request.param == "shared" else found)}
        assert request.param == "shared" or len(paths) > 900
    yield Pages(paths), tmp_path_factory.mktemp(request.param)


def over(make: Callable[[Path], None], folder: Path) -> Path:
    (folder / "in").mkdir(parents=True)
    make(folder / "in")
    sets = ["limits.parse_seconds=60"]
    run(load(str(ROOT / "configs" / "pages.yaml"), inputs=[str(folder / "in")], output=str(folder / "out"), sets=sets))
    report = verify(folder / "out")
    assert report.ok, report.failures[:10]
    return folder / "out"


def test_the_same_pages_in_any_format_are_the_same_corpus(
    made: tuple[Pages, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("jsonl", "parquet", "warc_splits"):
        monkeypatch.setattr(f"cleanpipe.read.{name}.SPLIT", 100_000)
    pages, folder = made
    expected = corpus(over(pages.files, folder / "files"), pages.names)
    assert len(expected) > 0.95 * len(pages.names)
    for make in (pages.jsonl, pages.parquet, pages.warc):
        found = corpus(over(make, folder / make.__name__), pages.names)
        assert found.keys() == expected.keys(), make.__name__
        others = {name: (found[name], expected[name]) for name in found if found[name] != expected[name]}
        assert not others, (make.__name__, len(others), next(iter(others.items())))
