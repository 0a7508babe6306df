"""`verify` finds rows, lines and tables that were changed, though the checksums and the digest fit them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audited_run import run_over
from spoil import Row, change, reseal, rewrite, seal

from cleanpipe.audit.verify import verify


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
