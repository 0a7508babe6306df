"""Formats: the same articles in any of them are the same records; what is in between is passed over and counted."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import shutil
from collections import Counter
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import archive
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import PACKERS, PAGES, TEXTS, everything, page, records, spread, table, write

from cleanpipe.model import Record, Rejected
from cleanpipe.read import InputSpec, Limits, base_id, plan
from cleanpipe.read.spec import Split


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


SAID = (
    "markup",
    "text",
    "title",
    "published",
    "authors",
    "site",
    "language",
    "canonical_url",
    "url",
    "rights",
    "outlet",
)


def said(found: list[Record]) -> set[tuple[Any, ...]]:
    return {tuple(getattr(record, name) for name in SAID) for record in found}


def test_the_same_pages_in_any_format_are_the_same_records() -> None:
    for n, markup in enumerate(PAGES):
        write(f"html/{n}.html", markup)
        write(f"packed/{n}.htm.xz", lzma.compress(markup.encode()))
    write("jsonl/a.jsonl", "".join(json.dumps({"html": markup}) + "\n" for markup in PAGES))
    table("parquet/a.parquet", {"html": PAGES})
    table("bytes/a.parquet", {"content": [None] * 4, "page": [markup.encode() for markup in PAGES]})
    entries = [archive.entry(archive.message(markup.encode()), f"https://bell.example/ferry-{n}")
               for n, markup in enumerate(PAGES, 1)]  # fmt: skip
    write("warc/a.warc.gz", b"".join(gzip.compress(entry) for entry in entries))
    expected = said(records("html"))
    assert len(expected) == 4
    assert next(iter(expected))[SAID.index("rights")] == ("meta:robots: noarchive",)
    for folder in ("packed", "jsonl", "parquet", "bytes", "warc"):
        assert said(records(folder)) == expected, folder
    hashes = {record.source.sha256 for record in records("html")}
    assert {record.source.sha256 for record in records("warc") + records("parquet")} == hashes


def test_the_same_texts_in_any_format_are_the_same_texts() -> None:
    for n, text in enumerate(TEXTS):
        write(f"text/{n}.txt", text)
        for suffix, pack in PACKERS.items():
            write(f"packed/{n}.txt{suffix}", pack(text.encode()))
    lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode()
    write("jsonl/a.jsonl", lines)
    for suffix, pack in PACKERS.items():
        write(f"jsonl{suffix}/a.jsonl{suffix}", pack(lines[:70]) + pack(lines[70:]))  # two members
    table("parquet/a.parquet", {"text": TEXTS})
    wet = [
        archive.entry(text.encode(), kind="conversion", uri=f"https://bell.example/{n}") for n, text in enumerate(TEXTS)
    ]
    write("wet/a.warc.wet.gz", gzip.compress(b"".join(wet)))
    for folder in ("text", "jsonl", *(f"jsonl{suffix}" for suffix in PACKERS), "parquet", "wet"):
        assert {record.text for record in records(folder)} == set(TEXTS), folder
    assert Counter(record.text for record in records("packed")) == Counter(TEXTS * 4)
    for record in records("parquet") + records("wet") + records("text"):
        assert sha256(record.text.encode(record.source.encoding)).hexdigest() == record.source.sha256


def test_a_mixed_folder_is_read_by_what_its_files_are() -> None:
    write("in/saved", page(1))
    write("in/index.php", "<!-- made by hand -->\n<HTML><p>x</p></HTML>")
    write("in/dump", '{"text": "One"}\n{"text": "Three"}\n')
    write("in/settings.json", '{"text": "No article"}\n')
    write("in/pretty.geojson", '{\n  "type": "Feature"\n}\n')
    write("in/crawl.bin.gz", gzip.compress(archive.entry(archive.message(page(2).encode()))))
    shutil.copy(table("table.parquet", {"text": ["Two"]}), "in/table")
    write("in/README", "Only words.")
    write("in/picture.gif", "<html>not even looked at</html>")
    os.mkfifo("in/pipe")
    planned = plan([InputSpec("in")])
    found = {file.path: file.format for _, files in planned.shards for file in files}
    assert found == {"saved": "html", "index.php": "html", "dump": "jsonl", "crawl.bin.gz": "warc", "table": "parquet"}
    assert planned.passed_over == {".geojson": 1, ".gif": 1, ".json": 1, "no suffix": 2}
    assert len(records("in")) == 6


# --- tables


def test_the_columns_of_a_table_are_fields_like_those_of_json() -> None:
    columns = {
        "id": [1, 2], "body": ["One", "Two"], "date": [datetime(2031, 2, 3, 4, 5), None], "author": [["Ida", "Bo"], []],
        "link": ["https://bell.example/a", None], "embedding": [[0.5], [0.25]],
    }  # fmt: skip
    table("in/a.parquet", columns)
    a, b = records("in")
    assert (a.id, a.text, a.published, a.authors, a.outlet) == (
        "1", "One", "2031-02-03T04:05:00Z", ("Ida", "Bo"), "bell.example",
    )  # fmt: skip
    assert (a.source.record, a.source.media_type, a.source.format) == (0, "application/vnd.apache.parquet", "parquet")
    assert (b.published, b.authors, b.metadata_from) == ("", (), {})
    table("nested/a.parquet", {"doc": [{"body": "Three"}], "when": pa.array([1_900_000_000_000], pa.timestamp("ns"))})
    (c,) = records(InputSpec("nested", fields={"text": "doc.body", "published": "when"}))
    assert (c.text, c.published) == ("Three", "1970-01-01T00:31:40Z")


def test_a_row_without_an_id_is_named_by_its_text() -> None:
    table("in/a.parquet", {"text": ["One"]})
    (record,) = records("in")
    assert base_id(record) == f"a:{sha256(b'One').hexdigest()[:8]}"


# --- splits


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=30) | st.just(""), max_size=40),
    st.integers(1, 200),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_large_file_of_lines_is_read_in_splits_as_in_one(texts: list[str], size: int, last: bool, end: str) -> None:
    lines = [json.dumps({"text": text}) if text else "" for text in texts]
    write("in/a.jsonl", end.join(lines) + (end if last else ""))
    with pytest.MonkeyPatch.context() as patch:
        _, whole = spread("in")
        patch.setattr("cleanpipe.read.jsonl.SPLIT", size)
        splits, parts = spread("in")
    assert [(row.source.record, row.text, row.source.sha256) for row in parts if isinstance(row, Record)] == [
        (row.source.record, row.text, row.source.sha256) for row in whole if isinstance(row, Record)
    ]
    assert len(parts) == len(whole)
    assert all(split.stop < 0 or split.stop - split.start >= size for split in splits)
    assert [split.start for split in splits[1:]] == [split.stop for split in splits[:-1]]
    assert len(splits) >= min(Path("in/a.jsonl").stat().st_size // (size + 400), 2)


def test_row_groups_are_the_splits_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    table("in/a.parquet", {"text": [f"Text {n}" for n in range(100)]}, row_group_size=9)
    _, whole = spread("in")
    monkeypatch.setattr("cleanpipe.read.parquet.SPLIT", 300)
    splits, parts = spread("in")
    assert parts == whole and len(parts) == 100
    assert [row.source.record for row in parts if isinstance(row, Record)] == list(range(100))
    assert len(splits) > 3 and all(split.first % 9 == 0 for split in splits)


def test_a_compressed_file_of_lines_is_one_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanpipe.read.jsonl.SPLIT", 10)
    write("in/a.jsonl.gz", gzip.compress(b'{"text": "One"}\n{"text": "Two"}\n'))
    splits, rows = spread("in")
    assert splits == [Split()] and len(rows) == 2


def test_the_first_split_has_the_name_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    write("in/a.jsonl", '{"text": "One"}\n{"text": "Two"}\n')
    ((name, _),) = plan([InputSpec("in")]).shards
    monkeypatch.setattr("cleanpipe.read.jsonl.SPLIT", 10)
    assert {file.split.number: name for name, (file,) in plan([InputSpec("in")]).shards}[0] == name


# --- damage


@pytest.mark.parametrize("suffix", [".bz2", ".xz"])
@pytest.mark.parametrize("cut", [1, 30, 5000])
def test_the_records_before_a_break_are_kept(suffix: str, cut: int) -> None:
    texts = [sha256(str(n).encode()).hexdigest() for n in range(12_000)]
    data = PACKERS[suffix]("".join(json.dumps({"text": text}) + "\n" for text in texts).encode())
    write(f"in/a.jsonl{suffix}", data[:-cut])
    found = everything("in")
    kept = [row.text for row in found if isinstance(row, Record)]
    assert kept == texts[: len(kept)] and len(kept) > 3000
    last = found[-1]
    assert isinstance(last, Rejected) and last.error.startswith(("truncated", "damaged"))


@pytest.mark.parametrize("suffix", [".bz2", ".xz"])
def test_a_compressed_bomb_is_not_unpacked_beyond_the_limit(suffix: str) -> None:
    write(f"in/a.txt{suffix}", PACKERS[suffix](bytes(64 << 20)))
    (refused,) = everything("in", Limits(document=1 << 20))
    assert isinstance(refused, Rejected) and "longer than the limit of 1048576 bytes" in refused.error


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"text": [1, 2]}, "the column text holds int64, not text"),
        ({"words": ["a"], "n": [1]}, "no text: the table has no column text, content, body, html, page"),
        ({"html": [[1.5]]}, "the column html holds list<"),
    ],
)
def test_a_table_without_texts_is_refused_as_a_whole(columns: dict[str, Any], error: str) -> None:
    table("in/a.parquet", columns)
    (refused,) = everything("in")
    assert isinstance(refused, Rejected) and refused.record == -1
    assert refused.error.startswith(error)


def test_rows_without_text_are_refused_one_by_one() -> None:
    table("in/a.parquet", {"text": ["One", None, "x" * 100], "html": [None, None, None]})
    one, empty, long = everything("in", Limits(document=50))
    assert isinstance(one, Record) and isinstance(empty, Rejected) and isinstance(long, Rejected)
    assert empty.record == 1
    assert empty.error.startswith("row 2: no text: the object has none of text, content, body, and no html, page")
    assert (long.record, long.size) == (2, 100)
    assert long.error == "row 3 is longer than the limit of 50 bytes: raise limits.document"
    table("bytes/a.parquet", {"text": [b"caf\xe9"]})
    (refused,) = everything("bytes")
    assert isinstance(refused, Rejected) and refused.error == "row 1: the text is not UTF-8 at byte 3"


def test_a_table_that_is_cut_short_or_damaged_is_refused_where_it_is() -> None:
    texts = [sha256(str(n).encode()).hexdigest() * 20 for n in range(60)]
    data = Path(table("whole.parquet", {"text": texts}, row_group_size=20, compression="zstd")).read_bytes()
    for name, broken in (("cut", data[:-300]), ("half", data[: len(data) // 2]), ("empty", b""), ("other", b"PAR1 no")):
        write(f"{name}/a.parquet", broken)
        (refused,) = everything(name)
        assert isinstance(refused, Rejected) and refused.error.startswith("no whole Parquet file: "), name
    group = pq.ParquetFile("whole.parquet").metadata.row_group(1).column(0)
    at = group.dictionary_page_offset or group.data_page_offset
    write("damaged/a.parquet", data[: at + 40] + b"\xff" * 200 + data[at + 240 :])
    found = everything("damaged")
    refused = next(row for row in found if isinstance(row, Rejected))
    assert refused.error.startswith("rows 20 to 39 cannot be read: ") and len(found) == 41
    write("packed/a.parquet.gz", gzip.compress(data))
    (refused,) = (row for row in everything("packed") if isinstance(row, Rejected))
    assert refused.error.startswith("a compressed table cannot be read in parts: unpack it")


def test_html_that_is_null_or_something_else_is_refused() -> None:
    write("in/a.jsonl", '{"html": null}\n{"html": ["<p>"]}\n{"html": "{}"}\n{"html": "<p>One</p>"}\n')
    a, b, c, d = everything("in")
    assert isinstance(a, Rejected) and isinstance(b, Rejected) and isinstance(c, Rejected) and isinstance(d, Record)
    assert a.error.startswith("line 1: no text: ")
    assert b.error == "line 2: the html is a JSON array, not a string"
    assert (c.record, c.stage, c.error) == (2, "decode", "no page: it is JSON")
