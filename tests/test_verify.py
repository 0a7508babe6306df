"""`verify` passes on what a run wrote, and on nothing that was changed after it, however carefully."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest
from audited_run import collection, run_over
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.audit import oracle
from cleanpipe.audit.verify import verify
from cleanpipe.dedup import shingles as kernels
from cleanpipe.dedup import tokens
from cleanpipe.errors import UserError
from cleanpipe.text import clean_text, is_gap

Row = dict[str, Any]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collection(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def whole(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "whole"
    run_over(sources, out)
    shutil.rmtree(out / ".work")
    return out


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(whole, tmp_path / "out")


def seal(out: Path) -> None:
    """Make the manifest fit the files again, as somebody would who wants to hide a change."""
    manifest = json.loads((out / "manifest.json").read_text())
    for entry in manifest["outputs"]:
        data = (out / entry["path"]).read_bytes()
        entry |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        if entry["path"].endswith(".parquet"):
            entry["rows"] = pq.read_metadata(out / entry["path"]).num_rows
        elif "part-" in entry["path"]:
            entry["rows"] = len(data.splitlines())
    reseal(out, manifest)


def reseal(out: Path, manifest: Row) -> None:
    manifest.pop("digest")
    plain = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    manifest["digest"] = hashlib.sha256(plain.encode()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))


def change(out: Path, folder: str, pick: Callable[[Row], bool], spoil: Callable[[Row], object]) -> None:
    """Spoil the first row that ``pick`` takes. ``spoil`` changes it in place, or returns the rows to write instead."""
    for path in sorted((out / folder).iterdir()):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for place, row in enumerate(rows):
            if pick(row):
                instead = spoil(row)
                rows[place : place + 1] = instead if isinstance(instead, list) else [row]
                path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
                return
    raise AssertionError("there is no such row")


def rewrite(out: Path, table: str, query: str) -> None:
    """Replace a table by a query over it (``t``)."""
    path = out / "tables" / f"{table}.parquet"
    db = duckdb.connect()
    db.register("t", pq.read_table(path))
    pq.write_table(db.sql(query).to_arrow_table(), path)


# --- what stands


def test_a_run_verifies_and_says_what_was_proved(whole: Path) -> None:
    report = verify(whole)
    assert report.ok, report.failures
    assert report.proved["text files rebuilt byte for byte"] == 4
    assert report.proved["records whose text is the source's"] == 4
    manifest = json.loads((whole / "manifest.json").read_text())
    assert report.proved["characters accounted for"] == manifest["counts"]["chars"]["source"]
    counts = manifest["counts"]
    for name in ("superseded", "seen", "quarantined", "stripped", "edits"):
        assert counts[name] == 1, name
    assert {"canonical", "exact", "near", "contained"} <= counts["relations"].keys(), "or the tests below prove little"


@pytest.mark.parametrize("mode", ["documents", "paragraphs"])
def test_runs_that_drop_duplicates_verify(sources: Path, tmp_path: Path, mode: str) -> None:
    run_over(sources, tmp_path / "out", duplicates=mode, compress="zst")
    report = verify(tmp_path / "out")
    assert report.ok, report.failures
    assert report.proved["dropped duplicates held by a paragraph of the corpus"] > 0


def test_all_versions_and_a_narrow_profile_verify(sources: Path, tmp_path: Path) -> None:
    manifest = run_over(sources, tmp_path / "out", versions="all", profile="[body]", compress="gz")
    report = verify(tmp_path / "out")
    assert report.ok, report.failures
    assert manifest["counts"]["documents"] == 7 and manifest["counts"]["profile"] > 0


def test_a_second_run_over_the_same_input_verifies(sources: Path, tmp_path: Path) -> None:
    run_over(sources, tmp_path / "out")
    run_over(sources, tmp_path / "out")
    assert verify(tmp_path / "out").ok


# --- what was changed


def flip(text: str) -> str:
    """The text with its first letter exchanged."""
    return ("X" if text[0] != "X" else "Y") + text[1:]


def body(row: Row) -> Row:
    """The last paragraph of a corpus line."""
    found: Row = row["paragraphs"][-1]
    return found


def without_last(row: Row) -> None:
    row["text"] = row["text"][: row["paragraphs"][-2]["end"]]
    row["paragraphs"].pop()


def many(row: Row) -> bool:
    return len(row.get("paragraphs", row.get("occurrences"))) > 1


def junk(row: Row) -> bool:
    return bool(row["action"] == "strip")


def cut(row: Row) -> bool:
    return bool(row["action"] == "edit")


def member(relation: str) -> Callable[[Row], bool]:
    return lambda row: any(p["relation"] == relation for p in row["paragraphs"])


def related(relation: str, /, **changes: Any) -> Callable[[Row], None]:
    def spoil(row: Row) -> None:
        next(p for p in row["paragraphs"] if p["relation"] == relation).update(changes)

    return spoil


MATCH = {"paragraph": "weekly.jsonl#0", "outlet": "o", "relation": "contained", "jaccard": 0.5, "containment": 0.9}
CHANGES: dict[str, tuple[str, Callable[[Row], bool], Callable[[Row], object]]] = {
    "text changed": ("corpus", many, lambda r: r.update(text=flip(r["text"]))),
    "text and paragraph dropped": ("corpus", many, without_last),
    "line dropped": ("corpus", many, lambda r: []),
    "line doubled": ("corpus", many, lambda r: [r, r]),
    "a document invented": ("corpus", many, lambda r: [r, r | {"id": "ghost"}]),
    "span in the text moved": ("corpus", many, lambda r: body(r).update(start=body(r)["start"] + 1)),
    "span in the source moved": ("corpus", many, lambda r: body(r).update(source_start=body(r)["source_start"] - 1)),
    "paragraphs swapped": ("corpus", many, lambda r: r["paragraphs"].reverse()),
    "hash changed": ("corpus", many, lambda r: body(r).update(text_hash="0" * 32)),
    "type changed": ("corpus", many, lambda r: body(r).update(type="quote")),
    "title changed": ("corpus", many, lambda r: r["metadata"].update(title="Another")),
    "outlet changed": ("corpus", many, lambda r: r.update(source="another.example")),
    "date changed": ("corpus", lambda r: r["created"] != "", lambda r: r.update(created="2030-01-01T00:00:00.000Z")),
    "key taken away": ("corpus", many, lambda r: body(r).pop("match_count")),
    "text made a number": ("corpus", many, lambda r: r.update(text=7)),
    "Jaccard changed": ("corpus", member("near"), related("near", jaccard=0.9)),
    "containment changed": ("corpus", member("contained"), related("contained", containment=0.95)),
    "near made exact": ("corpus", member("near"), related("near", relation="exact", jaccard=1.0, containment=1.0)),
    "group changed": ("corpus", member("exact"), related("exact", group="herald/café#2")),
    "outlet count changed": ("corpus", member("exact"), related("exact", outlet_count=9)),
    "match invented": ("corpus", many, lambda r: body(r).update(matches=[MATCH], match_count=1)),
    "edit forgotten": ("corpus", lambda r: any(p["edits"] for p in r["paragraphs"]),
                       lambda r: [p.update(edits=[]) for p in r["paragraphs"]][:0] or None),
    "stripped text changed": ("stripped", junk, lambda r: r.update(text=flip(r["text"]))),
    "stripped line dropped": ("stripped", junk, lambda r: []),
    "stripped line doubled": ("stripped", junk, lambda r: [r, r]),
    "stripped span moved": ("stripped", junk, lambda r: r.update(
        source_start=r["source_start"] + 1, text=r["text"][1:])),
    "stripped block moved": ("stripped", junk, lambda r: r.update(block=r["block"] + 1)),
    "reason changed": ("stripped", junk, lambda r: r.update(reason="It was dull.")),
    "rule changed": ("stripped", junk, lambda r: r.update(rule="rules/other@1")),
    "action changed": ("stripped", junk, lambda r: r.update(action="profile")),
    "holder invented": ("stripped", junk, lambda r: r.update(held_by="kelp-2#1")),
    "edit dropped": ("stripped", cut, lambda r: []),
    "edit moved": ("stripped", cut, lambda r: r.update(source_end=r["source_end"] - 1, text=r["text"][:-1])),
    "distinct paragraph dropped": ("paragraphs", many, lambda r: []),
    "distinct paragraph doubled": ("paragraphs", many, lambda r: [r, r]),
    "distinct paragraph's text changed": ("paragraphs", many, lambda r: r.update(text=flip(r["text"]))),
    "occurrence dropped": ("paragraphs", many, lambda r: r.update(
        occurrences=r["occurrences"][:-1], occurrence_count=r["occurrence_count"] - 1)),
    "occurrence invented": ("paragraphs", many, lambda r: r["occurrences"].append(
        r["occurrences"][-1] | {"block": 99})),
    "occurrence moved": ("paragraphs", many, lambda r: r["occurrences"][-1].update(source_start=1)),
    "occurrence's text changed": ("paragraphs", many, lambda r: r["occurrences"][-1].update(text="Nothing.")),
    "family changed": ("paragraphs", many, lambda r: r.update(family="kelp-2#1")),
    "choice changed": ("paragraphs", many, lambda r: r.update(chosen_because="it is ours")),
    "processor changed": ("stripped", junk, lambda r: r.update(processor="regions")),
    "evidence changed": ("stripped", junk, lambda r: r.update(evidence="{}")),
    "confidence changed": ("stripped", junk, lambda r: r.update(confidence=0.97)),
    "edit's processor changed": ("stripped", cut, lambda r: r.update(processor="regions")),
    "edit's reason changed": ("stripped", cut, lambda r: r.update(reason="It was dull.")),
    "edit's confidence changed": ("stripped", cut, lambda r: r.update(confidence=0.5)),
    "edit's evidence changed": ("stripped", cut, lambda r: r.update(evidence='{"a":1}')),
    "earlier version's evidence changed": ("stripped", lambda r: r["action"] == "superseded",
                                           lambda r: r.update(evidence='{"a":1}')),
    "key added to metadata": ("corpus", many, lambda r: r["metadata"].update(editor="Nobody")),
    "keys of metadata moved": ("corpus", many, lambda r: r["metadata"].update(url=r["metadata"].pop("url"))),
    "key added to an origin": ("corpus", many, lambda r: r["metadata"]["origin"].update(start=1)),
    "key added to an edit": ("corpus", lambda r: any(p["edits"] for p in r["paragraphs"]),
                             lambda r: next(p for p in r["paragraphs"] if p["edits"])["edits"][0].update(why="")),
    "key added to an occurrence": ("paragraphs", many, lambda r: r["occurrences"][-1].update(note="")),
    "quarantine line dropped": ("quarantine", lambda r: True, lambda r: []),
    "quarantine line doubled": ("quarantine", lambda r: True, lambda r: [r, r]),
    "quarantined error changed": ("quarantine", lambda r: True, lambda r: r.update(error="line 3: it was dull")),
    "quarantined hash changed": ("quarantine", lambda r: True, lambda r: r.update(sha256="0" * 64)),
    "quarantined size changed": ("quarantine", lambda r: True, lambda r: r.update(size=r["size"] + 1)),
    "quarantined sample changed": ("quarantine", lambda r: True, lambda r: r.update(sample="{bro}en")),
    "quarantined sample taken away": ("quarantine", lambda r: True, lambda r: r.update(sample="", sample_encoding="")),
    "quarantined stage changed": ("quarantine", lambda r: True, lambda r: r.update(stage="decode")),
    "quarantined stage made the run's": ("quarantine", lambda r: True, lambda r: r.update(stage="mark")),
    "quarantined stage invented": ("quarantine", lambda r: True, lambda r: r.update(stage="cook")),
    "refusal invented": ("quarantine", lambda r: True, lambda r: [r, r | {"record": 77}]),
    "unreadable file invented": ("quarantine", lambda r: True, lambda r: [r, r | {
        "path": "ghost.txt", "record": -1, "stage": "read", "error": "not a regular file", "sha256": "", "size": -1,
        "sample": "", "sample_encoding": ""}]),
    "quarantined record changed": ("quarantine", lambda r: True, lambda r: r.update(record=r["record"] + 1)),
}  # fmt: skip

TABLES = {
    "block's text": ("blocks", "SELECT * REPLACE (replace(text, 'harbour', 'garbour') AS text) FROM t"),
    "block dropped": ("blocks", "SELECT * FROM t WHERE document <> 'kelp' OR block <> 1"),
    "tail": ("documents", "SELECT * REPLACE ('' AS tail) FROM t"),
    "status": ("documents", "SELECT * REPLACE ('current' AS status) FROM t"),
    "document dropped": ("documents", "SELECT * FROM t WHERE id <> 'kelp'"),
    "version dropped": ("versions", "SELECT * FROM t WHERE status <> 'seen'"),
    "shared shingles": ("edges", "SELECT * REPLACE ((shared + 1)::INTEGER AS shared) FROM t"),
    "relation": ("edges", "SELECT * REPLACE ('contains' AS relation) FROM t"),
    "edge invented": (
        "edges",
        "FROM t UNION ALL (SELECT * REPLACE (v AS u, v_paragraph AS u_paragraph) FROM t LIMIT 1)",
    ),
    "occurrence dropped": ("occurrences", "SELECT * FROM t WHERE relation <> 'exact'"),
    "canonical size": ("occurrences", "SELECT * REPLACE ((canonical_size + 1)::INTEGER AS canonical_size) FROM t"),
    "group dropped": ("groups", "SELECT * FROM t WHERE occurrence_count < 2"),
    "mark out of its block": ("marks", 'SELECT * REPLACE (9999::INTEGER AS "end") FROM t'),
    "evidence dropped": ("marks", "SELECT * FROM t WHERE action <> 'strip'"),
    "reason of a mark": ("marks", "SELECT * REPLACE ('It was dull.' AS reason) FROM t"),
    "family of marks": ("marks", "SELECT * REPLACE ('dull' AS family) FROM t"),
    "strength of marks": ("marks", "SELECT * REPLACE ('strong' AS strength) FROM t"),
    "processor of marks": ("marks", "SELECT * REPLACE ('dull' AS processor) FROM t"),
    "type of marks": (
        "marks",
        "SELECT * REPLACE (CASE WHEN action = 'type' THEN 'quote' ELSE type END AS type) FROM t",
    ),
    "a mark dropped": ("marks", "SELECT * FROM t WHERE document <> 'tidings/gale' OR n <> 0"),
    "a mark doubled": ("marks", "FROM t UNION ALL (FROM t LIMIT 1)"),
    "a guard invented": (
        "marks",
        "SELECT * REPLACE (CASE WHEN action = 'strip' THEN 'keep' ELSE action END AS action) FROM t",
    ),
    "rule of kept blocks": (
        "blocks",
        "SELECT * REPLACE (CASE WHEN action = 'keep' THEN 'a/b@1' ELSE rule END AS rule) FROM t",
    ),
    "reason of kept blocks": (
        "blocks",
        "SELECT * REPLACE (CASE WHEN action = 'keep' THEN 'It is dull.' ELSE reason END AS reason) FROM t",
    ),
    "confidence of kept blocks": (
        "blocks",
        "SELECT * REPLACE (CASE WHEN action = 'keep' THEN 0.6 ELSE confidence END AS confidence) FROM t",
    ),
    "where the outlet is from": ("documents", "SELECT * REPLACE ('record' AS outlet_from) FROM t"),
    "canonical address": ("documents", "SELECT * REPLACE ('https://weekly.example/mill' AS canonical_url) FROM t"),
    "address": ("versions", "SELECT * REPLACE ('https://weekly.example/mill' AS url) FROM t"),
    "date": ("versions", "SELECT * REPLACE ('2031-02-03T00:00:00Z' AS published) FROM t"),
    "date that could not be read": ("documents", "SELECT * REPLACE ('May' AS unread_date) FROM t"),
    "column dropped": ("groups", "SELECT * EXCLUDE (family) FROM t"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_line_is_found_though_the_checksums_fit(out: Path, what: str) -> None:
    change(out, *CHANGES[what])
    seal(out)
    report = verify(out)
    assert not report.ok
    assert not any("checksum" in failure or "digest" in failure for failure in report.failures), report.failures


@pytest.mark.parametrize("what", TABLES)
def test_a_changed_table_is_found_though_the_checksums_fit(out: Path, what: str) -> None:
    rewrite(out, *TABLES[what])
    seal(out)
    assert not verify(out).ok


@pytest.mark.parametrize("folder", ["corpus", "paragraphs", "stripped"])
def test_lines_in_another_order_are_found(out: Path, folder: str) -> None:
    path = max((out / folder).iterdir(), key=lambda path: len(path.read_text().splitlines()))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(reversed(lines)))
    seal(out)
    failures = verify(out).failures
    assert lines[1:] and any("is out of order" in failure for failure in failures), failures


def test_a_line_in_the_part_of_another_file_is_found(out: Path) -> None:
    one, other = sorted((out / "corpus").iterdir(), key=lambda path: path.stat().st_size)[:2]
    text, rest = one.read_text(), other.read_text()
    one.write_text(rest)
    other.write_text(text)
    seal(out)
    assert any("which is not its own" in failure for failure in verify(out).failures)


def test_a_key_that_stands_twice_is_found(out: Path) -> None:
    path = next((out / "corpus").iterdir())
    path.write_text(path.read_text().replace('{"id":', '{"id":"ghost","id":', 1))
    seal(out)
    assert any("has a key twice" in failure for failure in verify(out).failures)


def test_an_address_that_is_changed_everywhere_is_not_the_records(out: Path) -> None:
    was, now = "https://weekly.example/kelp", "https://weekly.example/help"
    for folder in ("corpus", "paragraphs"):
        for path in (out / folder).iterdir():
            path.write_text(path.read_text().replace(was, now))
    for table in ("documents", "versions", "occurrences"):
        rewrite(out, table, f"SELECT * REPLACE (replace(url, '{was}', '{now}') AS url) FROM t")
    seal(out)
    failures = verify(out).failures
    assert any("has another url than its record" in failure for failure in failures), failures


def test_duplicates_that_the_config_forbids_are_found(sources: Path, tmp_path: Path) -> None:
    run_over(sources, tmp_path / "out", duplicates="documents")
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    manifest["config"]["duplicates"] = "mark"
    reseal(tmp_path / "out", manifest)
    assert any("which `duplicates` forbids" in failure for failure in verify(tmp_path / "out").failures)


def test_the_reason_of_a_dropped_duplicate_names_its_holder(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_over(sources, out, duplicates="paragraphs")
    for was, now in (("republishes herald/again", "republishes courier/storm"), ("kept in kelp-2", "kept in mill")):
        for path in (out / "stripped").iterdir():
            path.write_text(path.read_text().replace(was, now))
        rewrite(out, "blocks", f"SELECT * REPLACE (replace(reason, '{was}', '{now}') AS reason) FROM t")
    seal(out)
    failures = verify(out).failures
    assert len(failures) == 4 and all("was dropped for another reason" in failure for failure in failures), failures


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output of inputs by globs and names, of which much cannot be read, and some not worked on."""
    folder = collection(tmp_path_factory.mktemp("refused"))
    (folder / "courier/picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (folder / "courier/gone.txt").symlink_to("nowhere.txt")
    (folder / "courier/lines.txt").write_bytes(b"a\n" * 2_000_002)
    cut = gzip.compress(b"".join(b'{"id": "%d", "text": "Gulls %d"}\n' % (n, n * n) for n in range(500)))
    (folder / "cut.jsonl.gz").write_bytes(cut[:-200])
    (folder / "odd.jsonl").write_bytes(
        b'{"text": 7}\n[]\n{"text": "\xff"}\n{"id": "odd", "body": "Terns"}\n{"text": ""}'
    )
    inputs = f"[{{path: '{folder}/*/*.txt', outlets: {{'courier*': Courier}}}}, '{folder}/odd.jsonl', '{folder}/c*.gz']"
    run_over(folder, folder.with_suffix(".out"), inputs=inputs)
    return folder.with_suffix(".out")


def test_what_could_not_be_read_is_refused_again(refused: Path) -> None:
    report = verify(refused)
    assert report.ok, report.failures
    assert report.proved["refused records that are refused again"] == 6
    assert report.proved["refused records that only the run could tell"] == 2


@pytest.mark.parametrize(
    ("stage", "change_to"),
    [
        ("segment", {"sha256": "0" * 64}),
        ("segment", {"size": 4_000_004}),
        ("segment", {"sample": "a", "sample_encoding": "text"}),
        ("segment", {"record": 1}),
        ("decode", {"error": "a JPEG file"}),
        ("read", {"error": "not a regular file"}),
        ("read", {"size": 3}),
    ],
)
def test_a_changed_refusal_is_found(refused: Path, tmp_path: Path, stage: str, change_to: Row) -> None:
    out = shutil.copytree(refused, tmp_path / "out", ignore=shutil.ignore_patterns(".work"))
    change(out, "quarantine", lambda row: row["stage"] == stage, lambda row: row.update(change_to))
    seal(out)
    failures = verify(out).failures
    assert any("quarantine" in failure for failure in failures), failures


def test_a_text_that_is_changed_everywhere_is_not_the_sources(out: Path) -> None:
    rewrite(out, "blocks", "SELECT * REPLACE (replace(text, 'Advertisement', 'advertisement') AS text) FROM t")
    change(out, "stripped", junk, lambda row: row.update(text=row["text"].replace("Adv", "adv")))
    seal(out)
    report = verify(out)
    assert any("is not rebuilt byte for byte" in failure for failure in report.failures), report.failures


def test_a_document_that_is_taken_out_of_everything_is_missed_in_the_sources(out: Path) -> None:
    for folder, key in (("corpus", "id"), ("stripped", "document")):
        for path in (out / folder).iterdir():
            rows = [line for line in path.read_text().splitlines() if json.loads(line)[key] != "mill"]
            path.write_text("".join(row + "\n" for row in rows))
    for table, key in (("documents", "id"), ("versions", "document"), ("blocks", "document"), ("marks", "document")):
        rewrite(out, table, f"SELECT * FROM t WHERE {key} <> 'mill'")
    seal(out)
    assert any("is in neither versions nor quarantine" in failure for failure in verify(out).failures)


def test_without_new_checksums_any_changed_byte_is_found(out: Path) -> None:
    manifest = json.loads((out / "manifest.json").read_text())
    for entry in manifest["outputs"][::4]:
        path = out / entry["path"]
        data = path.read_bytes()
        path.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
        assert any(failure.startswith(f"{entry['path']}: was changed") for failure in verify(out).failures)
        path.write_bytes(data)


def test_lines_that_are_swapped_are_found(out: Path) -> None:
    path = next(path for path in (out / "paragraphs").iterdir() if len(path.read_text().splitlines()) > 1)
    first, second, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([second, first, *rest]))
    assert not verify(out).ok


@pytest.mark.parametrize("name", ["kept", "documents", "chars", "stripped_by_rule", "families", "relations", "records"])
def test_a_count_that_is_not_that_of_the_rows_is_found(out: Path, name: str) -> None:
    manifest = json.loads((out / "manifest.json").read_text())
    count = manifest["counts"][name]
    manifest["counts"][name] = count + 1 if isinstance(count, int) else {key: n + 1 for key, n in count.items()}
    reseal(out, manifest)
    assert any(f"{name}, there are" in failure for failure in verify(out).failures)


def test_a_changed_manifest_is_found(out: Path) -> None:
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | {"seconds": 0}))
    assert any("digest" in failure for failure in verify(out).failures)


def test_files_that_are_missing_or_not_listed_are_named(out: Path) -> None:
    (out / "notes.txt").write_text("mine")
    gone = next((out / "paragraphs").iterdir())
    gone.unlink()
    failures = verify(out).failures
    assert "notes.txt: is not in the manifest" in failures
    assert f"paragraphs/{gone.name}: is in the manifest, but cannot be read" in failures


# --- the sources


def test_a_changed_source_is_found(sources: Path, out: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(sources, tmp_path / "moved")
    assert verify(out, {str(sources): moved}).ok
    (moved / "herald/again.txt").write_text("Something else.\n")
    failures = verify(out, {str(sources): moved}).failures
    assert failures == [f"{moved}/herald/again.txt: changed since the run"]


def test_a_missing_source_is_named_with_the_way_to_point_to_it(out: Path, sources: Path, tmp_path: Path) -> None:
    failures = verify(out, {str(sources): tmp_path / "nowhere"}).failures
    assert len(failures) == 5
    assert f"--sources {sources}=PATH" in failures[0]


# --- outputs that are none


def test_an_unfinished_output_is_one_line(out: Path, tmp_path: Path) -> None:
    (out / "manifest.json").unlink()
    with pytest.raises(UserError, match=r"no manifest.json in .*: the run did not finish; run it again"):
        verify(out)
    with pytest.raises(UserError, match="there is no folder"):
        verify(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cleanpipe": "1"}', '{"cleanpipe": "1", "outputs": 3}'])
def test_a_broken_manifest_is_no_traceback(out: Path, text: str) -> None:
    (out / "manifest.json").write_text(text)
    try:
        assert not verify(out).ok
    except UserError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", ["tables/blocks.parquet", "corpus"])
def test_broken_files_are_failures(out: Path, name: str) -> None:
    path = out / name if (out / name).is_file() else next((out / name).iterdir())
    path.write_bytes(b"\x00garbage\n\xff")
    assert not verify(out).ok


# --- the command


def test_the_command_ends_with_1_and_at_most_20_lines(out: Path, whole: Path) -> None:
    from cleanpipe.cli.verify import command

    result = CliRunner().invoke(command, [str(whole)])
    assert result.exit_code == 0 and "is whole and true" in result.output
    rewrite(out, "blocks", "SELECT * REPLACE ('x' AS gap) FROM t")
    rewrite(out, "occurrences", "SELECT * REPLACE ('x' AS url) FROM t")
    result = CliRunner().invoke(command, [str(out)])
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 22 and "more" in result.output.splitlines()[-2]
    report = json.loads(CliRunner().invoke(command, [str(out), "--json"]).output)
    assert report["failed"] > 20 and len(report["failures"]) == 20 and not report["ok"]


# --- the second definitions of what a text is


@settings(max_examples=300)
@given(st.text(max_size=60), st.integers(1, 4))
def test_the_oracle_and_the_kernels_agree_on_any_text(text: str, n: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert oracle.text_hash(text) == tokens.text_hash(text).hex()
    assert oracle.words(text) == tokens.words(tokens.normalise(text))
    assert len(oracle.shingles(text, n)) == len(kernels.shingles(text, n))
    assert oracle.clean(text, []) == clean_text(text, 0, len(text))
    assert oracle.blank(text) == is_gap(text)


@given(st.text(st.sampled_from("a\u3042漢ーB1_ -–’'\u00ad\ufeff \u2028\nİßﬁ½"), max_size=30))
def test_the_oracle_and_the_kernels_agree_on_odd_characters(text: str) -> None:
    assert oracle.words(text) == tokens.words(tokens.normalise(text))
    assert oracle.text_hash(text) == tokens.text_hash(text).hex()
    assert oracle.clean(text, []) == clean_text(text, 0, len(text))
