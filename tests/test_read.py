"""Reading: which files, in which shards; text and JSON Lines, plain and compressed."""

from __future__ import annotations

import gzip
import json
import pickle
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.errors import UserError
from cleanpipe.model import Record, Rejected
from cleanpipe.read import InputFile, InputSpec, Limits, base_id, content_key, doc_key, plan, read
from cleanpipe.read.decode import decode

LIMITS = Limits()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, data: bytes | str = b"x\n") -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def files(*specs: InputSpec) -> list[InputFile]:
    return [file for _, shard in plan(specs).shards for file in shard]


def records(spec: InputSpec | str, limits: Limits = LIMITS) -> list[Record]:
    found = [
        row for file in files(spec if isinstance(spec, InputSpec) else InputSpec(spec)) for row in read(file, limits)
    ]
    assert not [row for row in found if isinstance(row, Rejected)]
    return [row for row in found if isinstance(row, Record)]


# --- plan


def paths(spec: str) -> set[tuple[str, str]]:
    return {(file.root, file.path) for file in files(InputSpec(spec))}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("in", {("in", "a.txt"), ("in", "cnbc/b.txt.gz"), ("in", "cnbc/deep/c.jsonl")}),
        ("./in//", {("in", "a.txt"), ("in", "cnbc/b.txt.gz"), ("in", "cnbc/deep/c.jsonl")}),
        ("in/*.txt", {("in", "a.txt")}),
        ("in/c*", {("in", "cnbc/b.txt.gz"), ("in", "cnbc/deep/c.jsonl")}),
        ("in/**/*.jsonl", {("in", "cnbc/deep/c.jsonl")}),
        ("in/*/*.gz", {("in", "cnbc/b.txt.gz")}),
        ("in/a.txt", {("in", "a.txt")}),
        ("*/a.txt", {(".", "in/a.txt")}),
    ],
)
def test_a_root_is_the_folder_the_prefix_of_the_glob_or_the_files_parent(spec: str, expected: object) -> None:
    for path in ("in/a.txt", "in/cnbc/b.txt.gz", "in/cnbc/deep/c.jsonl", "in/notes.pdf", "in/.hidden.txt"):
        write(path)
    assert paths(spec) == expected


def test_an_absolute_root_is_kept_as_it_is_written(tmp_path: Path) -> None:
    write("in/a.txt")
    assert paths(str(tmp_path / "in")) == {(str(tmp_path / "in"), "a.txt")}


def test_what_is_no_input_in_a_folder_is_counted() -> None:
    for path in (
        "in/a.txt",
        "in/b.pdf",
        "in/c.PDF",
        "in/README",
        "in/.git/x.txt",
        "in/.DS_Store",
        "in/d.gz",
        "other/e.txt",
    ):
        write(path)
    Path("in/link").symlink_to("../other")
    assert plan([InputSpec("in")]).passed_over == {".gz": 1, ".pdf": 2, "hidden": 2, "linked folder": 1, "no suffix": 1}


def test_a_file_knows_its_size_and_hash_as_stored() -> None:
    data = gzip.compress(b"One line\n")
    write("in/a.txt.gz", data)
    (file,) = files(InputSpec("in"))
    assert (file.size, file.sha256, file.format) == (len(data), sha256(data).hexdigest(), "text")
    assert pickle.loads(pickle.dumps(file)) == file


def test_shard_names_do_not_depend_on_the_other_files() -> None:
    names = [f"in/{n}.txt" for n in range(40)] + [f"in/{n}.jsonl" for n in range(5)]
    alone = {}
    for name in names:
        write(name)
        alone[name] = plan([InputSpec(name)]).shards[0][0]
    shards = plan([InputSpec("in")]).shards
    assert [name for name, _ in shards] == sorted({*alone.values()})
    assert {f"in/{file.path}": name for name, shard in shards for file in shard} == alone
    assert all(list(shard) == sorted(shard, key=lambda file: (file.root, file.path)) for _, shard in shards)
    assert {len(alone[name]) for name in names[:40]} == {2}
    assert {len(alone[name]) for name in names[40:]} == {16}


def test_a_file_of_two_inputs_is_read_for_the_first() -> None:
    write("in/a.txt")
    write("in/b.txt")
    Path("in/c.txt").symlink_to("b.txt")
    found = files(InputSpec("in/a.txt", language="de"), InputSpec("in", language="en"))
    assert {(file.path, file.spec.language) for file in found} == {("a.txt", "de"), ("b.txt", "en")}
    assert plan([InputSpec("in"), InputSpec("in")]).passed_over == {"read already": 4}


def test_the_format_of_a_single_file_with_an_odd_suffix_is_found_out() -> None:
    write("dump.dat", '{"text": "One"}\n{"text": "Two"}\n')
    write("page.html5", "{curly} words\n")
    write("dump.bin.gz", gzip.compress(b'\xef\xbb\xbf{"text": "Three"}'))
    assert [record.text for record in records("dump.dat")] == ["One", "Two"]
    assert [record.text for record in records("page.html5")] == ["{curly} words\n"]
    assert [record.text for record in records("dump.bin.gz")] == ["Three"]


def test_a_name_with_wildcards_in_it_is_a_name_if_such_a_file_exists() -> None:
    write("in/a[1].txt")
    assert paths("in/a[1].txt") == {("in", "a[1].txt")}


def test_an_unknown_encoding_is_the_users_mistake() -> None:
    write("in/a.txt")
    with pytest.raises(UserError, match="unknown encoding 'utf-9'"):
        plan([InputSpec("in", encoding="utf-9")])
    with pytest.raises(UserError, match="unknown encoding 'hex'"):
        plan([InputSpec("in", encoding="hex")])


# --- text

PROSE = (
    "Der Bürgermeister von Oberwinkel öffnete am Freitag die Mühle. Die Gäste waren früh über die Brücke gekommen.\r\n"
)


@pytest.mark.parametrize(
    ("text", "stored", "encoding"),
    [
        (PROSE, "utf-8", "utf-8"),
        ("\ufeff" + PROSE, "utf-8", "utf-8"),
        ("\ufeff" + PROSE, "utf-16-le", "utf-16-le"),
        ("\ufeff" + PROSE, "utf-16-be", "utf-16-be"),
        ("\ufeff" + PROSE, "utf-32-le", "utf-32-le"),
        ("\ufeff" + PROSE, "utf-32-be", "utf-32-be"),
        (PROSE, "utf-16-le", "utf-16-le"),
        (PROSE, "utf-16-be", "utf-16-be"),
        (PROSE, "cp1252", "cp1252"),
        ("Die “Mühle” gehört der Stadt – schon lange.", "cp1252", "cp1252"),
        ("Мэр города сообщил, что новый мост откроют в пятницу. Жители довольны.", "koi8-r", "koi8_r"),
        ("Мэр города сообщил, что новый мост откроют в пятницу. Жители довольны.", "cp1251", "cp1251"),
        ("町長は金曜日に新しい橋が開通すると発表した。住民は喜んでいる。\n", "shift_jis", "cp932"),
        ("a\x00b\x00 and some more text of a page", "utf-8", "utf-8"),
        ("", "utf-8", "utf-8"),
    ],
)
def test_the_encoding_of_a_text_is_found_out_and_gives_its_bytes_back(text: str, stored: str, encoding: str) -> None:
    data = text.encode(stored)
    write("in/a.txt", data)
    (record,) = records("in")
    assert (record.text, record.source.encoding) == (text, encoding)
    assert record.text.encode(record.source.encoding) == data
    assert record.source.sha256 == sha256(data).hexdigest()
    assert (record.source.record, record.source.media_type) == (0, "text/plain")


def test_a_declared_encoding_is_used_where_the_text_is_not_utf_8() -> None:
    write("in/a.txt", "Zażółć gęślą jaźń".encode("iso-8859-2"))
    write("in/b.txt", "Zażółć gęślą jaźń".encode())
    write("in/c.txt", "橋が開通".encode("iso-2022-jp"))
    a, b = records(InputSpec("in/[ab].txt", encoding="iso-8859-2"))
    assert (a.source.encoding, b.source.encoding) == ("iso-8859-2", "utf-8")
    assert a.text == b.text == "Zażółć gęślą jaźń"
    assert records(InputSpec("in/c.txt", encoding="iso-2022-jp"))[0].text == "橋が開通"


@given(st.binary(max_size=200), st.sampled_from(["", "cp1252", "utf-16", "shift_jis", "utf-7", "iso-2022-jp"]))
def test_any_bytes_are_decoded_reversibly(data: bytes, declared: str) -> None:
    text, encoding = decode(data, declared)
    assert text.encode(encoding) == data
    text.encode("utf-8")


def test_a_long_text_whose_characters_take_two_bytes_is_detected_from_its_beginning() -> None:
    text = "市长宣布新桥将于周五开通，居民们很高兴。" * 3000
    assert decode(text.encode("gb18030")) == (text, "gb18030")


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_a_compressed_text_is_the_same_document(suffix: str, pack: object) -> None:
    assert callable(pack)
    long = "".join(f"Line {n} of the harbour log.\n" for n in range(100_000)).encode()
    write(f"in/cnbc/a.txt{suffix}", pack(long[:1_000_000]) + pack(long[1_000_000:]))  # two members, two frames
    (record,) = records("in")
    assert record.text.encode() == long
    assert record.source.sha256 == sha256(long).hexdigest()
    assert base_id(record) == "cnbc/a"


def test_gzip_padded_with_zeros_and_zstd_with_skippable_frames_are_whole() -> None:
    write("in/a.txt.gz", gzip.compress(b"One") + b"\0" * 100_000)
    write("in/b.txt.zst", b"\x50\x2a\x4d\x18\x04\0\0\0skip" + zstandard.compress(b"Two"))
    assert {record.text for record in records("in")} == {"One", "Two"}


# --- JSON Lines


def test_the_fields_of_a_record_and_their_aliases() -> None:
    rows = [
        {
            "id": 7,
            "url": "https://www.harbour-gazette.example/a",
            "text": "One",
            "title": " T ",
            "published": "2025-06-18",
        },
        {"id": "b", "link": "https://x.example/b", "content": "Two", "headline": "H", "date": 1750204800, "lang": "de"},
        {
            "body": "Three",
            "publisher": "The Bell",
            "created": "Wed, 18 Jun 2025 02:00:00 +0200",
            "text": None,
            "id": True,
        },
    ]
    write("in/a.jsonl", "\n".join(map(json.dumps, rows)))
    a, b, c = records(InputSpec("in", language="en"))
    assert (a.id, a.outlet, a.outlet_from, a.title) == ("7", "harbour-gazette.example", "url", "T")
    assert (b.id, b.url, b.title, b.language) == ("b", "https://x.example/b", "H", "de")
    assert (c.id, c.text, c.outlet, c.outlet_from, c.language) == ("", "Three", "The Bell", "record", "en")
    assert {a.published, b.published, c.published} == {"2025-06-18T00:00:00Z"}


def test_fields_may_be_mapped_to_keys_within_objects() -> None:
    write(
        "in/a.jsonl",
        json.dumps({"article": {"body": "One"}, "text": "not this", "meta.id": "dotted", "id": "not this"}),
    )
    (record,) = records(InputSpec("in", fields={"text": "article.body", "id": "meta.id", "url": "a.b.c"}))
    assert (record.text, record.id, record.url) == ("One", "dotted", "")


def test_record_numbers_are_line_numbers_and_hashes_are_of_the_line() -> None:
    lines = [b'{"text": "One"}', b"", b'  {"text": "Two"}\t', b"   ", b'{"text": "\\u0000 \xc3\xa9"}']
    for name, end in (("a", b"\n"), ("b", b"\r\n")):
        write(f"in/{name}.jsonl", end.join(lines))
        found = records(f"in/{name}.jsonl")
        assert [record.source.record for record in found] == [0, 2, 4]
        assert [record.source.sha256 for record in found] == [sha256(lines[n]).hexdigest() for n in (0, 2, 4)]
        assert [record.text for record in found] == ["One", "Two", "\0 é"]
        assert {(record.source.encoding, record.source.media_type) for record in found} == {
            ("utf-8", "application/x-ndjson")
        }


def test_a_byte_order_mark_before_the_first_line_is_passed() -> None:
    write("in/a.jsonl", b'\xef\xbb\xbf{"text": "One"}\n')
    assert records("in")[0].text == "One"


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=20),
    st.sampled_from([b"\n", b"\r\n"]),
    st.integers(1, 7),
    st.booleans(),
)
def test_lines_do_not_depend_on_how_the_bytes_come_in_pieces(
    texts: list[str], end: bytes, size: int, last: bool
) -> None:
    from cleanpipe.read.jsonl import read_jsonl

    lines = [json.dumps({"text": text}, ensure_ascii=False).encode() for text in texts]
    data = end.join(lines) + (end if last else b"")
    file = InputFile("in", "a.jsonl", "in/a.jsonl", len(data), "", "jsonl", InputSpec("in"))
    limits = Limits(document=40)
    rows = list(read_jsonl((data[at : at + size] for at in range(0, len(data), size)), file, limits))
    assert len(rows) == len(lines)
    for number, (row, line, text) in enumerate(zip(rows, lines, texts, strict=True)):
        if len(line) <= limits.document:
            assert isinstance(row, Record)
            assert (row.text, row.source.record, row.source.sha256) == (text, number, sha256(line).hexdigest())
        else:
            assert isinstance(row, Rejected)
            assert (row.record, row.size, row.sha256) == (number, len(line), sha256(line).hexdigest())


# --- ids


def test_ids_come_from_the_record_or_from_where_it_lies() -> None:
    write("in/cnbc/memo.v2.txt.zst", zstandard.compress(b"One"))
    write("in/dump.jsonl", '{"text": "One"}\n{"text": "Two", "id": "own"}\n')
    write("in/.keep")
    write("in/odd.dat", "plain")
    hashed = sha256(b'{"text": "One"}').hexdigest()[:8]
    assert {base_id(record) for record in records("in")} == {"cnbc/memo.v2", f"dump:{hashed}", "own"}
    assert base_id(records("in/odd.dat")[0]) == "odd.dat"


def test_keys_tell_records_apart_by_place_and_content() -> None:
    write("in/a.jsonl", '{"text": "One"}\n{"text": "One"}\n')
    write("in/b.jsonl", '{"text": "One"}\n{"text": "Two"}\n')
    found = records("in") + records("./in/b.jsonl")
    assert len({doc_key(record) for record in found}) == 4
    assert {len(doc_key(record)) for record in found} == {16}
    assert len({content_key(record) for record in found}) == 2
