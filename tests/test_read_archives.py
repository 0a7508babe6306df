"""Web archives: what is a page in them is read, what is none is counted, and damage costs what it hit."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import archive
import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from reading import PAGES, everything, page, records, spread, write

from cleanpipe.model import PassedOver, Record, Rejected
from cleanpipe.read import InputFile, InputSpec, Limits, base_id
from cleanpipe.read.spec import Split


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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
    (("Transfer-Encoding: chunked",), archive.chunked(BODY).removesuffix(b"0\r\n\r\n")),
    (("Content-Encoding: gzip",), gzip.compress(BODY)),
    (("Content-Encoding: GZIP", "Transfer-Encoding: chunked"), archive.chunked(gzip.compress(BODY), 100)),
    (("Content-Encoding: br",), brotli.compress(BODY)),
    (("Content-Encoding: zstd",), zstandard.compress(BODY)),
    (("Content-Encoding: deflate",), zlib.compress(BODY)),
    (("Content-Encoding: deflate",), zlib.compress(BODY)[2:-4]),
    (("Content-Encoding: gzip, br",), brotli.compress(gzip.compress(BODY))),
    (("Content-Encoding: br, gzip",), gzip.compress(brotli.compress(BODY))),
    (("Transfer-Encoding: gzip, chunked",), archive.chunked(gzip.compress(BODY))),
    (("Transfer-Encoding: gzip", "Content-Encoding: br"), gzip.compress(brotli.compress(BODY))),
    # The crawler undid them and left the headers as they were.
    (("Content-Encoding: gzip", "Transfer-Encoding: chunked"), BODY),
    (("Content-Encoding: br",), BODY),
    (("Content-Encoding: deflate",), BODY),
    (("Content-Encoding: gzip, br",), gzip.compress(BODY)),
]


@pytest.mark.parametrize(("headers", "body"), PACKED, ids=range(len(PACKED)))
def test_a_page_is_unpacked_from_what_it_travelled_in(headers: tuple[str, ...], body: bytes) -> None:
    write("in/a.warc", archive.entry(archive.message(body, "Content-Type: text/html", *headers)))
    (record,) = records("in")
    assert record.markup == PAGES[0]
    assert record.source.sha256 == sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (("Content-Type: text/html charset=utf-8",), BODY),
        (("Content-Type: text/html,text/html",), BODY),
        (("Server: x",), BODY),
        (("Content-Encoding: gzip",), gzip.compress(BODY)),
    ],
)
def test_a_page_is_known_by_what_its_server_meant(headers: tuple[str, ...], body: bytes) -> None:
    write("in/a.warc", archive.entry(archive.message(body, *headers)))
    assert [record.markup for record in records("in")] == [PAGES[0]]


def test_a_licence_that_the_server_links_is_a_right() -> None:
    links = 'Link: </css>; rel=preload, <https://licence.example/by>; rel="license"'
    write("in/a.warc", archive.entry(archive.message(BODY, "Content-Type: text/html", links)))
    assert records("in")[0].rights[0] == 'http:link: <https://licence.example/by>; rel="license"'


@pytest.mark.parametrize(
    ("header", "told"),
    [(b"", ""), (b"WARC-Truncated: length\r\n", "length"), (b"WARC-Segment-Number: 1\r\n", "segmented")],
)
def test_the_beginning_of_a_page_is_called_one(header: bytes, told: str) -> None:
    whole = archive.entry(archive.message(BODY))
    write("in/a.warc", whole.replace(b"WARC-Type:", header + b"WARC-Type:", 1))
    assert records("in")[0].truncated == told


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

REQUESTS = [
    archive.entry(b"GET / HTTP/1.1\r\n\r\n", f"https://bell.example/{n}", kind)
    for n, kind in enumerate(("request", "revisit"))
]
REGULAR = [
    REQUESTS[n % 2]
    if n % 3 == 0
    else archive.entry(archive.message(PAGES[n % 4].encode()), f"https://bell.example/{n}")
    for n in range(30)
]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("size", [1, 700, 5000])
def test_a_large_archive_is_read_in_splits_as_in_one(
    pack: Callable[[bytes], bytes], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("in/a.warc" + (".gz" if pack is gzip.compress else ""), b"".join(map(pack, REGULAR)))
    _, whole = spread("in")
    monkeypatch.setattr("cleanpipe.read.warc_splits.SPLIT", size)
    splits, parts = spread("in")
    assert [row for row in parts if isinstance(row, Record)] == [row for row in whole if isinstance(row, Record)]
    assert sum(row.count for row in parts if isinstance(row, PassedOver)) == 10
    assert all(split.stop < 0 or split.stop - split.start >= size for split in splits)
    assert [split.start for split in splits[1:]] == [split.stop for split in splits[:-1]]
    assert len(splits) == 30 if size == 1 else 1 < len(splits) < 30


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.warc", b"".join(REGULAR) + b"\r\n"),
        ("a.warc", b"".join(REGULAR)[:-1]),
        ("a.warc", b"".join(REGULAR[:9]) + b"No record.\r\n\r\n" + b"".join(REGULAR[9:])),
        ("a.warc", b"".join(REGULAR).replace(b"\r\nContent-Length: 18\r\n", b"\r\nContent-Length: 19\r\n", 1)),
        ("a.warc.gz", gzip.compress(b"".join(REGULAR))),
        ("a.warc.gz", gzip.compress(REGULAR[0] + REGULAR[1]) + b"".join(map(gzip.compress, REGULAR[2:]))),
        ("a.warc.gz", b"".join(map(gzip.compress, REGULAR))[:-9]),
        ("a.warc.gz", gzip.compress(REGULAR[0]) + b"garbage" + gzip.compress(REGULAR[1])),
        ("a.warc.gz", gzip.compress(REGULAR[0]) + b"\0" * 20 + gzip.compress(REGULAR[1])),
        ("a.warc.zst", b"".join(map(zstandard.compress, REGULAR))),
    ],
)
def test_an_archive_with_anything_odd_in_it_is_one_split(
    name: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"in/{name}", data)
    monkeypatch.setattr("cleanpipe.read.warc_splits.SPLIT", 10)
    splits, rows = spread("in")
    assert splits == [Split()] and any(isinstance(row, Record) for row in rows)


# --- damage


def pieces_of(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


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
