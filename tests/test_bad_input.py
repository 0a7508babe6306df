"""Bad input: a user's mistake is one line, bad data are rows of the quarantine, memory stays bounded."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

from cleanpipe.errors import UserError
from cleanpipe.model import Record, Rejected
from cleanpipe.read import InputSpec, Limits, base_id, plan, read

MB = 1 << 20


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()


def everything(path: str = "in", limits: Limits | None = None) -> tuple[list[Record], list[Rejected]]:
    planned = plan([InputSpec(path)])
    rows = [row for _, files in planned.shards for file in files for row in read(file, limits or Limits())]
    records = [row for row in rows if isinstance(row, Record)]
    return records, planned.rejected + [row for row in rows if isinstance(row, Rejected)]


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


# --- what is not there, or cannot be opened


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("in", "no input files in in, which holds 2 .jpg, 1 .pdf: expected .txt .text .html .htm .xhtml .jsonl"),
        ("in/*.txt", "no input files in in/*.txt: expected .txt"),
        ("in/missing.txt", "no such file or folder: in/missing.txt: paths are relative to the working directory"),
        ("missing", "no such file or folder: missing"),
        ("in/dangling.jsonl", "a link to nothing: in/dangling.jsonl"),
        ("", "no such file or folder: (empty path)"),
    ],
)
def test_an_input_that_is_missing_or_empty_is_the_users_mistake(path: str, message: str) -> None:
    Path("in/notes.pdf").write_bytes(b"%PDF-1.7")
    for name in ("a.jpg", "b.jpg"):
        Path("in", name).write_bytes(b"\xff\xd8\xff")
    if "dangling" in path:
        Path(path).symlink_to("nowhere")
    with pytest.raises(UserError) as error:
        plan([InputSpec(path)])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_dangling_link_and_a_pipe_are_quarantined_and_the_rest_is_read() -> None:
    Path("in/a.txt").write_text("One")
    Path("in/b.txt").symlink_to("nowhere")
    os.mkfifo("in/c.txt")
    records, rejected = everything()
    assert [record.text for record in records] == ["One"]
    assert [(row.path, row.error, row.record, row.stage) for row in rejected] == [
        ("b.txt", "a link to nothing", -1, "read"),
        ("c.txt", "not a regular file", -1, "read"),
    ]


@pytest.fixture
def _nobody(tmp_path: Path) -> Iterator[None]:
    """Permissions bind: root may read everything, so be somebody else for a moment."""
    tmp_path.chmod(0o755)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


def test_files_and_folders_without_permission_are_quarantined(request: pytest.FixtureRequest) -> None:
    for path in ("a.txt", "b.txt", "closed/c.txt"):
        Path("in", path).parent.mkdir(exist_ok=True)
        Path("in", path).write_text("One")
    Path("in/b.txt").chmod(0)
    Path("in/closed").chmod(0)
    request.getfixturevalue("_nobody")
    records, rejected = everything()
    assert [record.source.path for record in records] == ["a.txt"]
    assert [(row.path, row.error) for row in rejected] == [
        ("b.txt", "cannot be read: Permission denied"),
        ("closed", "cannot be read: Permission denied"),
    ]


def test_a_folder_named_like_a_text_is_a_folder() -> None:
    Path("in/x.txt").mkdir()
    Path("in/x.txt/a.txt").write_text("One")
    for path, root, below in [
        ("in", "in", "x.txt/a.txt"),
        ("in/x.txt", "in/x.txt", "a.txt"),
        ("in/*.txt", "in", "x.txt/a.txt"),
    ]:
        ((record,), rejected) = everything(path)
        assert (record.source.root, record.source.path, rejected) == (root, below, [])


def test_links_that_lead_back_do_not_make_a_folder_endless() -> None:
    Path("in/a.txt").write_text("One")
    Path("in/loop").symlink_to(".")
    Path("in/b.txt").symlink_to("b.txt")
    records, rejected = everything()
    assert [record.text for record in records] == ["One"]
    assert [row.path for row in rejected] == ["b.txt"]


def test_a_name_that_is_not_utf_8_is_quarantined() -> None:
    Path(os.fsdecode(b"in/caf\xe9.txt")).write_text("One")
    records, rejected = everything()
    assert (records, [(row.path, row.error) for row in rejected]) == (
        [],
        [("caf\\xe9.txt", "its name is not UTF-8: rename it")],
    )


def test_a_file_that_goes_away_after_planning_is_quarantined() -> None:
    Path("in/a.txt").write_text("One")
    ((_, (file,)),) = plan([InputSpec("in")]).shards
    Path("in/a.txt").unlink()
    (row,) = read(file, Limits())
    assert isinstance(row, Rejected)
    assert row.error == "cannot be read: No such file or directory"


# --- bytes that are no text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(range(256)), "binary file, looks like PNG"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nstream\x00\x01", "binary file, looks like PDF"),
        (
            b"PK\x03\x04\x14\x00\x01\x00\x08" + bytes(40),
            "binary file, looks like ZIP (or an office document): unpack it",
        ),
        (gzip.compress(b"One", mtime=0), "binary file, looks like gzip, which the name of a file must show (.gz)"),
        (bytes(range(256)) * 400, "binary file: 10 % control characters in the first 64 KiB"),
        (bytes(100_000), "binary file: 100 % control characters in the first 64 KiB"),
    ],
)
def test_a_binary_file_named_txt_is_quarantined(data: bytes, error: str) -> None:
    Path("in/a.txt").write_bytes(data)
    records, (row,) = everything()
    assert records == []
    assert (row.stage, row.error, row.record, row.size) == ("decode", error, -1, len(data))
    assert row.sha256 == sha256(data).hexdigest()


@pytest.mark.parametrize("data", [b"\xff\xfeO\x00n\x00e", b"\xff\xfeO\x00n\x00e\x00!", b"\xfe\xff\xd8\x00\x00a"])
def test_broken_utf_16_is_quarantined_and_never_letters_with_nuls_between(data: bytes) -> None:
    Path("in/a.txt").write_bytes(data)
    records, (rejected,) = everything()
    assert records == [] and rejected.stage == "decode" and "utf-16" in rejected.error


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a is what the first six bytes of that picture spell.",
        b"The pump\x00 stopped\x00 at noon.\n" * 3,
        b"An invalid \xff\xfe\xfd byte \x81 and \xe2\x82 half a euro",
        b"\xff\xfe\x00\x00O\x00\x00\x00",
        b"\xed\xa0\x80 a surrogate",
        b"\xc0\x80 an overlong zero",
        b"right to left \xe2\x80\xae and back",
    ],
)
def test_odd_text_is_kept_and_can_be_turned_back_into_its_bytes(data: bytes) -> None:
    Path("in/a.txt").write_bytes(data)
    ((record,), rejected) = everything()
    assert rejected == []
    assert record.text.encode(record.source.encoding) == data
    record.text.encode()


# --- limits


def test_a_text_over_the_limit_is_quarantined_by_its_size_and_hash() -> None:
    with Path("in/a.txt").open("wb") as stream:
        stream.truncate(200 * MB)
    Path("in/b.txt").write_text("x" * 100)
    with memory_below(5 * MB):
        records, (row,) = everything(limits=Limits(document=100))
    assert [record.source.path for record in records] == ["b.txt"]
    assert row.size == 200 * MB
    assert row.error == "longer than the limit of 100 bytes: raise limits.document"
    with Path("in/a.txt").open("rb") as stream:
        digest = sha256()
        while data := stream.read(MB):
            digest.update(data)
    assert row.sha256 == digest.hexdigest()


def test_a_line_of_200_mb_is_quarantined_and_the_lines_around_it_are_read() -> None:
    start, rest = b'{"text": "', b'"}\n{"text": "Two"}\n'
    with Path("in/a.jsonl").open("wb") as stream:
        stream.write(b'{"text": "One"}\n' + start)
        stream.seek(200 * MB, os.SEEK_CUR)
        stream.write(rest)
    with memory_below(48 * MB):
        records, (row,) = everything(limits=Limits(document=32 * MB))
    assert [(record.text, record.source.record) for record in records] == [("One", 0), ("Two", 2)]
    assert (row.record, row.size) == (1, 200 * MB + 12)
    digest = sha256(start)
    for _ in range(200):
        digest.update(bytes(MB))
    digest.update(b'"}')
    assert row.sha256 == digest.hexdigest()


def bomb_gzip(size: int) -> bytes:
    return gzip.compress(bytes(16 * MB)) * (size // (16 * MB))


def bomb_zstd(size: int) -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj(size=size)
    return b"".join(packer.compress(bytes(16 * MB)) for _ in range(size // (16 * MB))) + packer.flush()


@pytest.mark.parametrize(("suffix", "bomb"), [(".gz", bomb_gzip), (".zst", bomb_zstd)])
def test_a_compressed_bomb_is_not_unpacked_beyond_the_limit(suffix: str, bomb: Callable[[int], bytes]) -> None:
    data = bomb(512 * MB)
    Path(f"in/a.txt{suffix}").write_bytes(data)
    with memory_below(48 * MB):
        records, (row,) = everything(limits=Limits(document=8 * MB))
    assert records == []
    assert "longer than the limit of 8388608 bytes" in row.error
    assert (row.size, row.sha256) == (len(data), sha256(data).hexdigest())


def test_a_compressed_line_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanpipe.read.jsonl._PATIENCE", 32 * MB)
    Path("in/a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "One"}\n') + bomb_gzip(128 * MB))
    with memory_below(16 * MB):
        records, rejected = everything(limits=Limits(document=MB))
    assert [record.text for record in records] == ["One"]
    assert [row.record for row in rejected] == [1, -1]
    assert rejected[0].error == "line 2 is incomplete: a line of more than 33554432 bytes"
    assert (rejected[0].sha256, rejected[0].size) == ("", -1)


# --- compressed files that break off


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
@pytest.mark.parametrize("cut", [1, 9, 2000, 30_000])
def test_the_records_before_a_break_are_kept(suffix: str, pack: Callable[[bytes], bytes], cut: int) -> None:
    texts = [sha256(str(n).encode()).hexdigest() for n in range(4000)]  # hardly compressible: many blocks
    data = pack("".join(json.dumps({"text": text}) + "\n" for text in texts).encode())
    Path(f"in/a.jsonl.{suffix}").write_bytes(data[:-cut])
    records, rejected = everything()
    assert [record.text for record in records] == texts[: len(records)]
    assert len(records) > (1000 if suffix == "gz" else -1)  # a block of zstd, 128 KiB, is lost as a whole
    assert rejected[-1].record == -1
    assert rejected[-1].error.startswith("truncated " + {"gz": "gzip", "zst": "zstd"}[suffix])
    if rejected[:-1]:
        assert [(row.record, row.sha256, row.size) for row in rejected[:-1]] == [(len(records), "", -1)]


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"no" + data,
     lambda data: data + b"garbage after the end"],
    ids=["last byte", "half", "empty", "no header", "trailing"],
)  # fmt: skip
def test_a_damaged_compressed_text_is_quarantined_whole(
    suffix: str, pack: Callable[[bytes], bytes], damage: Callable[[bytes], bytes]
) -> None:
    data = damage(pack(b"The slip was closed. " * 1000))
    Path(f"in/a.txt.{suffix}").write_bytes(data)
    records, (row,) = everything()
    assert records == []
    assert row.stage == "read"
    assert row.error.startswith(("truncated", "damaged"))
    assert row.sha256 == sha256(data).hexdigest()


# --- broken records


def test_broken_json_in_line_1000_costs_that_line_only() -> None:
    lines = [json.dumps({"text": f"Text {n}"}) for n in range(1200)]
    lines[999] = '{"text": "unfinished'
    Path("in/a.jsonl").write_text("\n".join(lines))
    records, (row,) = everything()
    assert [record.source.record for record in records] == [n for n in range(1200) if n != 999]
    assert (row.record, row.stage, row.sample) == (999, "parse", lines[999].encode())
    assert row.error.startswith("line 1000: broken JSON at column ")
    assert (row.size, row.sha256) == (len(lines[999]), sha256(lines[999].encode()).hexdigest())


@pytest.mark.parametrize(
    ("line", "stage", "error"),
    [
        (b'{"text": "caf\xe9"}', "decode", "not UTF-8 at byte 13"),
        (b'{"text": "\\ud800"}', "parse", "broken JSON"),
        (b'{"text": "\xed\xa0\x80"}', "decode", "not UTF-8 at byte 10"),
        (b'\xff\xfe{\x00"\x00', "decode", "not UTF-8 at byte 0"),
        (b"[" * 100_000, "parse", "broken JSON"),
        (b"\0", "parse", "broken JSON"),
        (b'{"text": "x"} {"text": "y"}', "parse", "broken JSON"),
        (b'["text"]', "parse", "a JSON array, not an object"),
        (b'"text"', "parse", "a JSON string, not an object"),
        (b"null", "parse", "a JSON null, not an object"),
        (b"{}", "parse", "no text: the object has none of text, content, body"),
        (b'{"text": null}', "parse", "no text: the object has none of text, content, body"),
        (b'{"text": ["x"]}', "parse", "the text is a JSON array, not a string"),
        (b'{"text": 1}', "parse", "the text is a JSON number, not a string"),
    ],
)
def test_a_line_that_is_no_record_is_quarantined_with_its_reason(line: bytes, stage: str, error: str) -> None:
    Path("in/a.jsonl").write_bytes(b'{"text": "One"}\n' + line + b'\n{"text": "Two"}\n')
    records, (row,) = everything()
    assert [record.text for record in records] == ["One", "Two"]
    assert (row.record, row.stage, row.sha256, row.size) == (1, stage, sha256(line).hexdigest(), len(line))
    assert row.error.startswith(f"line 2: {error}")
    assert "\n" not in row.error
    assert row.sample == (line if len(line) <= 4096 else b"")


def test_a_mapped_text_field_that_records_lack_is_named() -> None:
    Path("in/a.jsonl").write_text('{"text": "One"}\n')
    ((_, (file,)),) = plan([InputSpec("in", fields={"text": "article.body", "title": "nowhere"})]).shards
    (row,) = read(file, Limits())
    assert isinstance(row, Rejected)
    assert row.error == "line 1: no text: the object has no article.body (inputs.fields.text)"


# --- ids


def test_duplicate_ids_are_left_for_the_reduce_to_tell_apart() -> None:
    Path("in/a.jsonl").write_text('{"text": "One", "id": "x"}\n{"text": "Two", "id": "x"}\n')
    assert [base_id(record) for record in everything()[0]] == ["x", "x"]


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        ("../../x", "../../x"),
        ("/etc/passwd", "/etc/passwd"),
        ("a\nb\x00c\x1b[31m\u2028", "a\ufffdb\ufffdc\ufffd[31m"),
        ("<script>", "<script>"),
        (" \n", None),
        ("", None),
    ],
)
def test_hostile_ids_are_ids_without_control_characters(own: str, shown: str | None) -> None:
    line = json.dumps({"text": "One", "id": own})
    Path("in/a.jsonl").write_text(line)
    ((record,), _) = everything()
    assert base_id(record) == (f"a:{sha256(line.encode()).hexdigest()[:8]}" if shown is None else shown)


def test_endless_ids_are_cut_and_stay_apart() -> None:
    Path("in/a.jsonl").write_text("".join(json.dumps({"text": "One", "id": "x" * 10_000 + end}) + "\n" for end in "ab"))
    first, second = (base_id(record) for record in everything()[0])
    assert first != second
    assert len(first) == len(second) == 512 + 9
