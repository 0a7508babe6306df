"""Rows of the outputs from rows of the step tables."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from write_helper import block, decision, document, group, hashes, membership, record

from cleanpipe.write.rows import date, document_rows, likeness, quarantine_row, stripped_rows
from cleanpipe.write.schema import OUTPUTS

TEXT = "Ferries stop.\n\nAdvertisement\n\npromo Gales close\nthe strait.\n"
BLOCKS = [block(0, 0, "Ferries stop."), block(1, 15, "Advertisement"), block(2, 30, "promo Gales close\nthe strait.")]
DECISIONS = [decision(), decision("strip", "junk:ad-marker"), decision(edits=[(30, 36, "")])]
MEMBERS = {0: membership("a#0"), 2: membership("b#4", "near", shared=3, size=4, canonical_size=5, outlet_count=2)}
HASHES = hashes(["Ferries stop.", "", "Gales close the strait."])


def written(current_id: str = "", **changes: Any) -> tuple[Any, Any, Any]:
    members = MEMBERS | {int(number): row for number, row in changes.items()}
    return document_rows(
        document(TEXT), record(), {"duplicate_of": "", "shared_fraction": 0.41666},
        list(zip(BLOCKS, DECISIONS, strict=True)), members, {0: group()}, HASHES, current_id,
    )  # fmt: skip


def keys_of(value: Any, kind: pa.DataType) -> None:
    """Every key of the schema, in its order, at every depth."""
    if pa.types.is_struct(kind):
        assert list(value) == [field.name for field in kind]
        for field in kind:
            keys_of(value[field.name], field.type)
    elif pa.types.is_list(kind):
        for each in value:
            keys_of(each, kind.value_type)
    else:
        assert isinstance(value, {"string": str, "int64": int, "double": float}[str(kind)])


def test_kept_paragraphs_make_the_text_and_point_into_it() -> None:
    corpus, _, _ = written()
    assert corpus["text"] == "Ferries stop.\n\nGales close the strait."
    assert [corpus["text"][p["start"] : p["end"]] for p in corpus["paragraphs"]] == corpus["text"].split("\n\n")
    assert [(p["source_start"], p["source_end"]) for p in corpus["paragraphs"]] == [(0, 13), (30, 59)]


def test_an_edit_is_in_the_paragraph_and_in_the_audit() -> None:
    corpus, _, stripped = written()
    (edit,) = corpus["paragraphs"][1]["edits"]
    row = stripped[-1]
    assert edit["removed"] == row["text"] == "promo "
    assert (edit["source_start"], edit["source_end"]) == (row["source_start"], row["source_end"]) == (30, 36)
    assert (row["action"], row["rule"], row["processor"]) == ("edit", "inserts/glued@1", "inserts")


def test_every_row_has_every_key_of_its_schema_in_order() -> None:
    corpus, canonical, stripped = written()
    for output, rows in (("corpus", [corpus]), ("paragraphs", canonical), ("stripped", stripped)):
        assert rows
        for row in rows:
            keys_of(row, pa.struct(list(OUTPUTS[output])))
    rejected = {
        "path": "x",
        "record": -1,
        "stage": "read",
        "error": "e",
        "sha256": "",
        "size": -1,
        "sample": b"",
        "root": ".",
    }
    keys_of(quarantine_row(rejected), pa.struct(list(OUTPUTS["quarantine"])))


def test_every_field_of_the_schemas_has_a_description() -> None:
    def missing(fields: Any) -> list[str]:
        found = []
        for field in fields:
            kind = field.type.value_type if pa.types.is_list(field.type) else field.type
            if not (field.metadata or {}).get(b"description"):
                found.append(field.name)
            if pa.types.is_struct(kind):
                found += missing(kind)
        return found

    assert [missing(schema) for schema in OUTPUTS.values()] == [[], [], [], []]


def test_a_dropped_duplicate_is_whole_in_the_audit_with_its_holder() -> None:
    gone = membership(
        "b#4", "near", shared=4, size=4, canonical_size=5, dropped=True, drop_rule="duplicates/paragraphs@1",
        held_by="b#4", drop_reason="It is held.",
    )  # fmt: skip
    corpus, _, stripped = written(**{"2": gone})
    row = stripped[-1]
    assert [p["id"] for p in corpus["paragraphs"]] == ["a#0"]
    assert row["text"] == BLOCKS[2]["text"]
    assert (row["action"], row["canonical"], row["held_by"]) == ("duplicate", "b#4", "b#4")
    assert (row["rule"], row["reason"], row["type"]) == ("duplicates/paragraphs@1", "It is held.", "body")


def test_a_superseded_document_is_only_in_the_audit_and_names_the_current_version() -> None:
    corpus, canonical, stripped = written("a~2")
    assert corpus is None and canonical == []
    assert [row["action"] for row in stripped] == ["superseded", "strip", "superseded"]
    assert "".join(row["text"] for row in stripped) == "".join(each["text"] for each in BLOCKS)
    assert stripped[0]["rule"] == "versions/latest@1" and "a~2" in stripped[0]["reason"]


def test_a_document_of_which_nothing_is_kept_has_a_corpus_line() -> None:
    junk = [(BLOCKS[1], DECISIONS[1])]
    corpus, _, _ = document_rows(document(), record(), None, junk, {}, {}, {}, "")
    assert corpus is not None and corpus["text"] == "" and corpus["paragraphs"] == []


def test_ratios_are_rounded_only_when_they_are_shown() -> None:
    assert likeness("near", 26, 44, 30) == (0.5417, 0.5909)
    assert likeness("canonical", 0, 0, 0) == likeness("exact", 1, 1, 1) == (1.0, 1.0)
    assert likeness("near", 0, 0, 0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("published", "shown"),
    [("2025-06-18T00:00:00Z", "2025-06-18T00:00:00.000Z"),
     ("2025-06-18T07:30:00+02:00", "2025-06-18T07:30:00.000+02:00"),
     ("2025-06-18T00:00:00.5Z", "2025-06-18T00:00:00.5Z"), ("", "")],
)  # fmt: skip
def test_dates_have_milliseconds(published: str, shown: str) -> None:
    assert date(published) == shown


@given(st.binary(max_size=40))
def test_a_sample_of_any_bytes_can_be_got_back(sample: bytes) -> None:
    import base64

    rejected = {
        "path": "x",
        "record": 1,
        "stage": "read",
        "error": "e",
        "sha256": "",
        "size": 1,
        "sample": sample,
        "root": ".",
    }
    row = orjson.loads(orjson.dumps(quarantine_row(rejected)))
    back = {"text": str.encode, "base64": base64.b64decode, "": str.encode}[row["sample_encoding"]]
    assert back(row["sample"]) == sample


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=5),
    st.sampled_from(["keep", "strip", "profile"]),
)
def test_what_is_stripped_of_a_block_are_its_edits_or_the_whole(spans: list[tuple[int, int]], action: str) -> None:
    text, at, edits = "Gale warnings were lifted at noon on Thursday, wardens said at the pier.", 0, []
    for gap, length in spans:
        if at + gap + length <= len(text):
            edits.append((10 + at + gap, 10 + at + gap + length, ""))
            at += gap + length
    rows = stripped_rows(record(), block(3, 10, text), decision(action, edits=edits), membership("a#3"), "")
    want = [(start, end) for start, end, _ in edits] if action == "keep" else [(10, 10 + len(text))]
    assert [(row["source_start"], row["source_end"]) for row in rows] == want
    assert all(row["text"] == text[row["source_start"] - 10 : row["source_end"] - 10] for row in rows)
