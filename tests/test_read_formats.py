"""Formats: the same articles in any of them are the same records; what is in between is passed over and counted."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import archive
import brotli
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.model import PassedOver, Record, Rejected
from cleanpipe.read import InputFile, InputSpec, Limits, base_id, plan, read
from cleanpipe.read.spec import Split

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".zst": zstandard.compress, ".bz2": bz2.compress, ".xz": lzma.compress,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, data: bytes | str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def table(path: str, columns: dict[str, Any], **options: Any) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def everything(spec: InputSpec | str, limits: Limits | None = None) -> list[Record | Rejected | PassedOver]:
    planned = plan([spec if isinstance(spec, InputSpec) else InputSpec(spec)])
    return [row for _, files in planned.shards for file in files for row in read(file, limits or Limits())]


def records(spec: InputSpec | str) -> list[Record]:
    found = everything(spec)
    assert not [row for row in found if isinstance(row, Rejected)], found
    return [row for row in found if isinstance(row, Record)]


def page(n: int) -> str:
    return (
        f'<!doctype html>\r\n<html lang="en"><head><meta charset="utf-8"><title>Ferry {n}</title>'
        f'<link rel="canonical" href="https://bell.example/ferry-{n}"><meta name="author" content="Ida Lund">'
        '<meta property="og:site_name" content="The Bell"><meta name="robots" content="noarchive">'
        f'<meta property="article:published_time" content="2031-02-0{n}T08:00:00Z"></head>'
        f"<body><h1>Ferry {n}</h1><p>The ferry “Alma” lay at the pier for {n} hours.</p></body></html>\n"
    )


PAGES = [page(n) for n in range(1, 5)]
TEXTS = [f"Ferry {n}\n\nThe ferry “Alma” lay at the pier for {n} hours.\n" for n in range(1, 5)]

#: What a record says, wherever it was read.
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


# --- archives


def test_what_is_no_page_in_an_archive_is_passed_over_and_counted() -> None:
    markup = page(1).encode()
    blocks = [
        archive.entry(b"software: us\r\n", kind="warcinfo"),
        archive.entry(b"GET /ferry HTTP/1.1\r\n\r\n", kind="request"),
        archive.entry(archive.message(markup)),
        archive.entry(archive.message(b""), kind="revisit"),
        archive.entry(archive.message(b"\xff\xd8\xff", "Content-Type: image/jpeg")),
        archive.entry(archive.message(b"moved", status="301 Moved")),
        archive.entry(archive.message(b" \n")),
        archive.entry(archive.message(markup, "Content-Type: nonsense"), uri="https://bell.example/2"),
        archive.entry(markup, kind="resource", media="text/html", uri="https://bell.example/3"),
        archive.entry(archive.message(markup, "Server: x"), uri="https://bell.example/4"),
    ]
    write("in/a.warc", b"".join(blocks))
    found = everything("in")
    assert {row.what: row.count for row in found if isinstance(row, PassedOver)} == {
        "warcinfo": 1, "request": 1, "revisit": 1, "image/jpeg": 1, "response 301": 1, "empty": 1, "of unknown type": 1,
    }  # fmt: skip
    pages = [row for row in found if isinstance(row, Record)]
    assert [record.source.record for record in pages] == [2, 8, 9]
    assert not [row for row in found if isinstance(row, Rejected)]


def test_a_record_of_an_archive_knows_its_address_its_time_and_what_its_server_allows() -> None:
    sent = archive.message(page(1).encode(), "Content-Type: text/html", "X-Robots-Tag: noai", "TDM-Reservation: 1")
    write("in/a.warc", archive.entry(sent, uri="https://www.bell.example/ferry-1?from=feed"))
    (record,) = records("in")
    assert base_id(record) == record.id and len(record.id) == 36
    assert (record.url, record.fetched) == ("https://www.bell.example/ferry-1?from=feed", "2031-02-03T09:30:00Z")
    assert record.rights == ("http:x-robots-tag: noai", "http:tdm-reservation: 1", "meta:robots: noarchive")
    assert (record.outlet, record.outlet_from, record.metadata_from["url"]) == ("bell.example", "url", "record")


BODY = page(1).encode()
PACKED = [
    ((), BODY),
    (("Transfer-Encoding: chunked",), archive.chunked(BODY)),
    (("Content-Encoding: gzip",), gzip.compress(BODY)),
    (("Content-Encoding: GZIP", "Transfer-Encoding: chunked"), archive.chunked(gzip.compress(BODY), 100)),
    (("Content-Encoding: br",), brotli.compress(BODY)),
    (("Content-Encoding: zstd",), zstandard.compress(BODY)),
    (("Content-Encoding: deflate",), zlib.compress(BODY)),
    (("Content-Encoding: deflate",), zlib.compress(BODY)[2:-4]),
    # The crawler undid them and left the headers as they were.
    (("Content-Encoding: gzip", "Transfer-Encoding: chunked"), BODY),
    (("Content-Encoding: br",), BODY),
    (("Content-Encoding: deflate",), BODY),
]


@pytest.mark.parametrize(("headers", "body"), PACKED, ids=range(len(PACKED)))
def test_a_page_is_unpacked_from_what_it_travelled_in(headers: tuple[str, ...], body: bytes) -> None:
    write("in/a.warc", archive.entry(archive.message(body, "Content-Type: text/html", *headers)))
    (record,) = records("in")
    assert record.markup == PAGES[0]
    assert record.source.sha256 == sha256(BODY).hexdigest()


def test_the_charset_of_the_server_is_believed() -> None:
    body = "<html><p>Die Mühle – endlich</p></html>".encode("cp1252")
    write("in/a.warc", archive.entry(archive.message(body, 'Content-Type: text/html; charset="windows-1252"')))
    assert "Mühle – endlich" in records("in")[0].markup


def test_good_archives_are_read_as_fastwarc_reads_them() -> None:
    from fastwarc.warc import ArchiveIterator

    entries = [
        archive.entry(b"software: us\r\n", kind="warcinfo"),
        *(archive.entry(archive.message(markup.encode()), f"https://b.example/{n}") for n, markup in enumerate(PAGES)),
        archive.entry(archive.message(archive.chunked(gzip.compress(BODY)), "Content-Type: text/html",
                                      "Content-Encoding: gzip", "Transfer-Encoding: chunked")),
    ]  # fmt: skip
    data = b"".join(gzip.compress(entry) for entry in entries)
    write("in/a.warc.gz", data)
    theirs = [
        (record.headers["WARC-Target-URI"], record.record_id, record.reader.read())
        for record in ArchiveIterator(io.BytesIO(data), auto_decode="all")
        if record.http_headers is not None and record.http_content_type == "text/html"
    ]
    ours = [(record.url, f"<urn:uuid:{record.id}>", record.markup.encode()) for record in records("in")]
    assert ours == theirs and len(ours) == 5


# --- splits


def spread(path: str) -> tuple[list[Split], list[Record | Rejected | PassedOver]]:
    planned = plan([InputSpec(path)])
    shards = sorted(((files[0].split, files[0]) for _, files in planned.shards), key=lambda pair: pair[0].number)
    assert len({name for name, _ in planned.shards}) == len(planned.shards)
    return [split for split, _ in shards], [row for _, file in shards for row in read(file, Limits())]


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


def pieces_of(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


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


GOOD = archive.entry(archive.message(BODY), uri="https://bell.example/good")
REQUEST = archive.entry(b"GET / HTTP/1.1\r\n\r\n", kind="request")
LENGTH = b"Content-Length: %d" % len(archive.message(BODY))


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (GOOD.replace(LENGTH, b"Content-Length: many"), "its length is 'many'"),
        (GOOD.replace(LENGTH, b"Content-Lenght: 700"), "it has no length"),
        (GOOD.replace(LENGTH, b"Content-Length: 100"), "its length is not 100 bytes, as it says"),
        (GOOD.replace(LENGTH, b"Content-Length: 900"), "its length is not 900 bytes, as it says"),
        (REQUEST.replace(b"Length: 18", b"Length: 99999"), "it is cut off: "),
        (REQUEST.replace(b"Length: 18", b"Length: 9"), "its length is not 9 bytes, as it says"),
        (b"This is no record.\r\n\r\n", "it does not begin as a WARC record"),
        (b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", "its headers have no end"),
        (archive.entry(archive.message(b"7\r\nThe fer\r\nzzz", "Content-Type: text/html",
                                       "Transfer-Encoding: chunked")), "the server's chunks are damaged"),
        (archive.entry(archive.message(gzip.compress(BODY)[:-9], "Content-Type: text/html",
                                       "Content-Encoding: gzip")), "truncated gzip data"),
        (archive.entry(archive.message(b'{"a": 1}')), "no page: it is JSON"),
    ],
)  # fmt: skip
def test_a_damaged_record_costs_itself_only(bad: bytes, error: str) -> None:
    write("in/a.warc", GOOD + bad + GOOD)
    first, refused, last = (row for row in everything("in"))
    assert isinstance(first, Record) and isinstance(refused, Rejected) and isinstance(last, Record)
    assert error in refused.error and refused.record == 1
    assert first.markup == last.markup == PAGES[0]


def test_an_archive_that_is_cut_off_keeps_what_is_whole() -> None:
    data = gzip.compress(GOOD) * 3
    for name, cut, whole in (("a", 10, 3), ("b", 400, 2), ("c", len(data) // 2, 1)):
        write(f"{name}/a.warc.gz", data[:-cut])
        found = everything(name)
        assert len([row for row in found if isinstance(row, Record)]) == whole, name
        errors = [row.error for row in found if isinstance(row, Rejected)]
        assert errors[-1].startswith("truncated gzip data") and len(errors) == 1 + (whole < 3), errors
    write("e/a.warc.gz", b"")
    (refused,) = everything("e")
    assert isinstance(refused, Rejected) and refused.error.startswith("truncated gzip data")
    write("d/a.warc", GOOD + GOOD[:-100])
    (refused,) = (row for row in everything("d") if isinstance(row, Rejected))
    assert "record 2: it is cut off: " in refused.error


def test_a_damaged_member_of_an_archive_costs_itself_only() -> None:
    packed = [gzip.compress(archive.entry(archive.message(markup.encode()), f"https://bell.example/{n}"))
              for n, markup in enumerate(PAGES * 3)]  # fmt: skip
    packed[2] = packed[2][:-40]  # cut off: the next one begins where it should go on
    packed[5] = packed[5][:100] + b"\xff\xff\xff" + packed[5][103:]
    packed[8] = b"garbage" + packed[8]
    packed[10] = packed[10][:-6] + b"\0\0" + packed[10][-4:]  # the checksum is another
    write("in/a.warc.gz", b"".join(packed))
    found = everything("in")
    read_from = [int(row.url.rpartition("/")[2]) for row in found if isinstance(row, Record)]
    assert read_from == [0, 1, 3, 4, 6, 7, 8, 9, 11]
    last = [row for row in found if isinstance(row, Rejected)][-1]
    assert last.record == -1 and "in 4 places; the records there are lost" in last.error


def test_an_archive_that_is_nothing_but_damage_is_given_up() -> None:
    write("in/a.warc.gz", gzip.compress(GOOD) + b"\x1f\x8b\x08 " * 100_000)
    found = everything("in")
    assert isinstance(found[0], Record) and isinstance(found[-1], Rejected)
    assert "in 1000 places" in found[-1].error


@given(st.integers(1, 64), st.lists(st.integers(0, 5000), max_size=3), st.binary(max_size=3))
def test_any_damage_to_an_archive_is_read_around(size: int, places: list[int], put: bytes) -> None:
    from cleanpipe.read.warc import read_warc

    data = bytearray(GOOD * 4)
    for place in places:
        data[place : place + len(put)] = put
    file = InputFile("in", "a.warc", "in/a.warc", len(data), "", "warc", InputSpec("in"))
    found = list(read_warc(pieces_of(bytes(data), size), file, Limits()))
    assert len([row for row in found if isinstance(row, Record)]) >= 4 - 2 * len(places)
    assert found == list(read_warc(iter([bytes(data)]), file, Limits()))


def test_a_record_longer_than_the_limit_is_refused_and_not_held() -> None:
    long = archive.entry(archive.message(b"<html>" + b"x" * 3_000_000))
    picture = archive.entry(archive.message(b"x" * 3_000_000, "Content-Type: image/png"))
    write("in/a.warc", long + picture + GOOD)
    refused, good, passed = everything("in", Limits(document=1 << 20))
    assert isinstance(refused, Rejected) and isinstance(good, Record) and passed == PassedOver("image/png", 1)
    assert refused.error == "record 1 is longer than the limit of 1048576 bytes: raise limits.document"


@pytest.mark.parametrize(
    ("header", "packed"),
    [("gzip", gzip.compress(bytes(50_000_000))), ("br", brotli.compress(bytes(50_000_000))),
     ("zstd", zstandard.compress(bytes(50_000_000))), ("deflate", zlib.compress(bytes(50_000_000)))],
)  # fmt: skip
def test_a_page_that_unpacks_without_end_is_refused(header: str, packed: bytes) -> None:
    sent = archive.message(packed, "Content-Type: text/html", f"Content-Encoding: {header}")
    write("in/a.warc", archive.entry(sent) + GOOD)
    refused, good = everything("in", Limits(document=1 << 20))
    assert isinstance(refused, Rejected) and isinstance(good, Record)
    assert refused.error == "record 1: longer than the limit of 1048576 bytes: raise limits.document"


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
