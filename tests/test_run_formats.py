"""Whole runs over every format of text: the same corpus whatever the articles came in, proved against it."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archive
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from audited_run import BELLS, GALE, GALE_EDITED, KELP, LAMPS, MILL, run_over
from click.testing import CliRunner

from cleanpipe.audit.verify import verify
from cleanpipe.cli.main import cli

ARTICLES = {
    "gale": f"Gale shuts the ferry lanes\n\n{GALE}\n\n{KELP}\n",
    "storm": f"Storm closes harbour\n\n{GALE_EDITED}\n\n{BELLS}\n",
    "mill": f"Ein Müller für die Mühle\n\n{MILL}\n\n{LAMPS}\n",
}
OUTLETS = {"gale": "Tidings", "storm": "Courier", "mill": "Herald"}


def records() -> list[dict[str, str]]:
    return [{"id": name, "text": text, "outlet": OUTLETS[name]} for name, text in ARTICLES.items()]


def lines() -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records()).encode()


def as_table(folder: Path) -> None:
    pq.write_table(pa.Table.from_pylist(records()), folder / "a.parquet", row_group_size=2)


def as_bytes(folder: Path) -> None:
    rows = [{**record, "text": None, "body": record["text"].encode()} for record in records()]
    pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")


FORMATS: dict[str, Callable[[Path], object]] = {
    "jsonl": lambda folder: (folder / "a.jsonl").write_bytes(lines()),
    "gz": lambda folder: (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines())),
    "zst": lambda folder: (folder / "a.jsonl.zst").write_bytes(zstandard.compress(lines())),
    "bz2": lambda folder: (folder / "a.jsonl.bz2").write_bytes(bz2.compress(lines())),
    "xz": lambda folder: (folder / "a.jsonl.xz").write_bytes(lzma.compress(lines())),
    "parquet": as_table,
    "bytes": as_bytes,
}  # fmt: skip


def corpus(out: Path) -> list[tuple[Any, ...]]:
    """What of a corpus must not depend on where it was read."""
    rows = [json.loads(line) for path in sorted((out / "corpus").glob("*")) for line in path.open(encoding="utf-8")]
    return sorted((row["id"], row["source"], row["text"], json.dumps(row["paragraphs"])) for row in rows)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    folder = tmp_path_factory.mktemp("expected")
    (folder / "in").mkdir()
    (folder / "in" / "a.jsonl").write_bytes(lines())
    run_over(folder / "in", folder / "out")
    return corpus(folder / "out")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_articles_in_any_format_make_the_same_corpus(
    tmp_path: Path, name: str, expected: list[tuple[Any, ...]]
) -> None:
    (tmp_path / "in").mkdir()
    FORMATS[name](tmp_path / "in")
    run_over(tmp_path / "in", tmp_path / "out")
    assert corpus(tmp_path / "out") == expected and len(expected) == 3
    report = verify(tmp_path / "out")
    assert report.ok, report


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files, tables and archives with damage in them, beside each other."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "in" / "tidings").mkdir(parents=True)
    for name, text in ARTICLES.items():
        (folder / "in" / "tidings" / f"{name}.txt.xz").write_bytes(lzma.compress(text.encode("cp1252")))
    rows = [*records(), {"id": "none", "text": None, "outlet": "Herald"}]
    pq.write_table(pa.Table.from_pylist(rows), folder / "in" / "a.parquet", row_group_size=1)
    (folder / "in" / "b.parquet").write_bytes((folder / "in" / "a.parquet").read_bytes()[:-200])
    pq.write_table(pa.table({"text": [1]}), folder / "in" / "numbers.parquet")
    entries = [archive.entry(b"software: us\r\n", kind="warcinfo")]
    entries += [
        archive.entry(text.encode(), f"https://{name}.example/{name}", "conversion") for name, text in ARTICLES.items()
    ]
    entries.insert(2, b"This is no record.\r\n\r\n")
    (folder / "in" / "c.warc.wet.gz").write_bytes(b"".join(map(gzip.compress, entries)))
    run_over(folder / "in", folder / "out")
    return folder


def test_a_mixed_input_with_damage_is_read_and_every_record_accounted_for(mixed: Path) -> None:
    report = verify(mixed / "out")
    assert report.ok, report
    assert report.proved["rows of tables rebuilt byte for byte"] == 3
    assert report.proved["text files rebuilt byte for byte"] == 6
    manifest = json.loads((mixed / "out" / "manifest.json").read_text())
    assert manifest["counts"]["passed_over"] == {"warcinfo": 1}
    refused = [json.loads(line) for path in (mixed / "out" / "quarantine").glob("*") for line in path.open()]
    assert sorted((row["path"], row["record"]) for row in refused) == [
        ("a.parquet", 3), ("b.parquet", -1), ("c.warc.wet.gz", 2), ("numbers.parquet", -1),
    ]  # fmt: skip


def signed(out: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest that passes for the run's own."""
    manifest.pop("digest", None)
    plain = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    manifest["digest"] = hashlib.sha256(plain.encode()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))


def test_another_count_of_what_was_passed_over_is_found(mixed: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(mixed / "out", tmp_path / "out"))
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["counts"]["passed_over"] = {"x": 1}
    signed(out, manifest)
    report = verify(out)
    assert any("counts {'x': 1} passed_over" in failure for failure in report.failures), report


def test_a_row_of_a_table_that_says_something_else_is_found(mixed: Path, tmp_path: Path) -> None:
    out, sources = (Path(shutil.copytree(mixed / name, tmp_path / name)) for name in ("out", "in"))
    assert verify(out, {str(mixed / "in"): sources}).ok
    rows = pq.read_table(sources / "a.parquet").to_pylist()
    rows[1]["text"] = rows[1]["text"].replace("harbour", "harbor")
    pq.write_table(pa.Table.from_pylist(rows), sources / "a.parquet", row_group_size=1)
    data = (sources / "a.parquet").read_bytes()
    manifest = json.loads((out / "manifest.json").read_text())
    entry = next(each for each in manifest["inputs"] if each["path"] == "a.parquet")
    entry |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    signed(out, manifest)
    report = verify(out, {str(mixed / "in"): sources})
    assert any("its bytes are not those that were read" in failure for failure in report.failures), report


def test_splits_change_neither_the_records_nor_their_numbers_and_hold_for_any_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: list[tuple[Any, ...]]
) -> None:
    for name in ("jsonl", "parquet"):
        monkeypatch.setattr(f"cleanpipe.read.{name}.SPLIT", 300)
    found = {}
    for name in ("jsonl", "parquet"):
        (tmp_path / name).mkdir()
        FORMATS[name](tmp_path / name)
        for workers in ("1", "3"):
            out = tmp_path / f"{name}-{workers}"
            run_over(tmp_path / name, out, workers=workers)
            report = verify(out)
            assert report.ok, report
            assert corpus(out) == expected
            found[workers] = {path.relative_to(out): path.read_bytes() for path in out.glob("*/part-*")}
            assert len(list((out / "corpus").glob("*"))) >= 2
        assert found["1"] == found["3"]


def test_what_a_record_says_of_itself_is_in_the_corpus_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    said = {"author": ["Ida Lund", "Bo Holm"], "site_name": "The Bell", "crawl_date": "2031-02-03", "title": "Gale"}
    (tmp_path / "in" / "a.jsonl").write_text(json.dumps({"text": ARTICLES["gale"], **said}) + "\n")
    run_over(tmp_path / "in", tmp_path / "out")
    assert verify(tmp_path / "out").ok
    (line,) = (line for path in (tmp_path / "out" / "corpus").glob("*") for line in path.open(encoding="utf-8"))
    known = json.loads(line)["metadata"]
    assert (known["authors"], known["site"], known["fetched"]) == (
        ["Ida Lund", "Bo Holm"], "The Bell", "2031-02-03T00:00:00.000Z",
    )  # fmt: skip
    assert {name: source for name, source in known["metadata_from"].items() if source} == {
        "title": "record", "authors": "record", "site": "record", "language": "text",
    }  # fmt: skip
    assert known["language"] == "en"
    assert known["format"] == "jsonl"
    shown = CliRunner().invoke(cli, ["explain", str(tmp_path / "out"), json.loads(line)["id"]]).output
    assert "  by Ida Lund, Bo Holm\n" in shown
    assert "/a.jsonl, record 0, fetched 2031-02-03T00:00:00Z\n" in shown
    assert "  title from record, authors from record, site from record, language from text\n" in shown


def test_a_page_that_was_fetched_again_is_the_same_document_or_a_later_version(tmp_path: Path) -> None:
    """The time of the fetch tells which is the later one, also where no page says when it was published."""
    address = "https://www.tidings.example/gale"
    later = ARTICLES["gale"].replace("Tuesday", "Wednesday")
    fetches = [
        (later, "2031-02-05T09:00:00Z", address), (ARTICLES["gale"], "2031-02-03T09:00:00Z", f"{address}?utm_source=x"),
        (ARTICLES["gale"], "2031-02-04T09:00:00Z", f"https://web.archive.org/web/20310204/{address}"),
        (ARTICLES["mill"], "2031-02-03T09:00:00Z", "https://www.tidings.example/mill"),
    ]  # fmt: skip
    (tmp_path / "in").mkdir()
    entries = [archive.entry(text.encode(), uri, "conversion", date) for text, date, uri in fetches]
    (tmp_path / "in" / "a.warc.wet").write_bytes(b"".join(entries))
    run_over(tmp_path / "in", tmp_path / "out")
    assert verify(tmp_path / "out").ok
    versions = pq.read_table(tmp_path / "out" / "tables" / "versions.parquet").to_pylist()
    found = {row["record"]: (row["status"], row["version"], row["fetched"]) for row in versions}
    assert found == {
        0: ("current", 2, fetches[0][1]), 1: ("superseded", 1, fetches[1][1]), 2: ("seen", 1, fetches[2][1]),
        3: ("current", 1, fetches[3][1]),
    }  # fmt: skip
    rows = [json.loads(line) for path in (tmp_path / "out" / "corpus").glob("*") for line in path.open()]
    assert {row["metadata"]["url"]: row["source"] for row in rows} == {
        address: "tidings.example", fetches[3][2]: "tidings.example",
    }  # fmt: skip
    assert any("Wednesday" in row["text"] for row in rows) and not any("Tuesday" in row["text"] for row in rows)
