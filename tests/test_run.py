"""Whole runs: what goes in, what comes out, and that nothing but the input and the config decides it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import string
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanpipe.audit.verify import verify
from cleanpipe.config.load import load
from cleanpipe.errors import UserError
from cleanpipe.run import run

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the reference data is not there: {SHARED}")
CONFIG = str(ROOT / "configs" / "scale.yaml")


def made(out: Path, *inputs: Path, **sets: Any) -> Path:
    run(load(CONFIG, inputs=[str(p) for p in inputs], output=str(out), sets=[f"{k}={v}" for k, v in sets.items()]))
    return out


def rows(out: Path, folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted((out / folder).glob("*.jsonl")) for line in path.open(encoding="utf-8")]


def contents(out: Path) -> Mapping[str, Any]:
    """What must be the same always: the bytes of the JSONL parts and the rows of the tables."""
    found: dict[str, Any] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and not name.startswith(".work") and name != "manifest.json":
            if path.suffix == ".parquet":
                found[name] = sorted(duckdb.sql(f"SELECT * FROM '{path}'").fetchall(), key=repr)
            else:
                found[name] = path.read_bytes()
    return found


def jsonl(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(ROOT)
    yield made(
        tmp_path_factory.mktemp("sample") / "out",
    )
    os.chdir(before)


def test_the_sample_verifies(sample: Path) -> None:
    report = verify(sample)
    assert report.ok, report


def test_the_corrected_version_is_current_and_the_first_one_is_in_the_audit(sample: Path) -> None:
    ids = {row["id"] for row in rows(sample, "corpus")}
    assert "skerry-line-corrected" in ids and "skerry-line" not in ids
    gone = [row for row in rows(sample, "stripped") if row["document"] == "skerry-line"]
    assert any("1.2 billion" in row["text"] and row["action"] == "superseded" for row in gone)


def test_a_preferred_agency_is_canonical_and_the_reason_says_so(sample: Path) -> None:
    shared = [row for row in rows(sample, "paragraphs") if row["outlet_count"] > 1]
    agency = [row for row in shared if row["outlet"] == "Meridian"]
    assert agency and all(row["chosen_because"] == "preferred: Meridian" for row in agency)
    assert all(row["occurrences"][0]["relation"] == "canonical" for row in shared)


def test_what_an_outlet_repeats_over_stories_is_background_and_kept(sample: Path) -> None:
    types = [
        p["type"] for row in rows(sample, "corpus") for p in row["paragraphs"] if "eighty newspapers" in row["text"]
    ]
    assert types.count("background") == 3


JUNK = [
    "FILE PHOTO", "Read More", "14.2 C", "Hot this week", "Premium", "Post Comment", "[ad_3]", "tap to read on",
    "Story continues below", "WATCH:", "Source link", "menu", "telescopes", "tide tables", "herring",
]  # fmt: skip


def test_every_kind_of_junk_in_the_sample_is_stripped(sample: Path) -> None:
    text = "\n".join(row["text"] for row in rows(sample, "corpus"))
    for junk in JUNK:
        assert junk not in text, junk
    titles = [row["metadata"]["title"] for row in rows(sample, "corpus") if not row["paragraphs"]]
    assert titles == []


@needs_shared
def test_the_seeds_keep_every_body_line_and_lose_the_junk(tmp_path: Path) -> None:
    out = made(tmp_path / "out", SHARED / "seeds")
    scored = subprocess.run(
        [sys.executable, SHARED / "eval" / "score.py", "seeds", out], capture_output=True, text=True, check=False
    )
    result = json.loads(scored.stdout)
    assert (result["kept"], result["of_body"]) == (62, 62)
    assert result["stripped"] >= 66
    groups = [row for row in rows(out, "paragraphs") if row["occurrence_count"] > 1]
    assert [len({o["document"] for o in row["occurrences"]}) for row in groups] == [2] * 5
    near = sorted(o["jaccard"] for row in groups for o in row["occurrences"][1:] if o["relation"] == "near")
    assert len(near) == 4 and near[0] == 0.5 and near[-1] < 0.55
    edges = duckdb.sql(f"SELECT relation, count(*) FROM '{out}/tables/edges.parquet' GROUP BY relation").fetchall()
    assert dict(edges) == {"near": 4, "quotation": 1}
    assert verify(out).ok


def test_workers_and_the_order_of_inputs_change_nothing(tmp_path: Path) -> None:
    files = sorted((ROOT / "samples" / "scale").iterdir())
    for number, workers in ((0, 1), (1, 2)):
        folder = tmp_path / "in"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in random.Random(number).sample(files, len(files)):
            shutil.copy(path, folder)
        made(tmp_path / f"out{number}", folder, workers=workers)
    assert contents(tmp_path / "out0") == contents(tmp_path / "out1")


#: Where the bucket of s3.yaml is made up: test_read_remote.py.
OFFLINE = sorted(path for path in (ROOT / "configs").glob("*.yaml") if path.name != "s3.yaml")


@pytest.mark.parametrize("path", OFFLINE, ids=lambda path: path.name)
def test_every_config_that_is_shipped_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    manifest = run(load(str(path), output=str(tmp_path / "out")))
    assert manifest["counts"]["kept"] and all(check["ok"] for check in manifest["checks"])
    assert verify(tmp_path / "out").ok


WORDS = [
    "harbour",
    "council",
    "ferry",
    "storm",
    "bridge",
    "school",
    "price",
    "winter",
    "nurse",
    "engine",
    "vote",
    "river",
]
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(lambda w: " ".join(w).capitalize() + ".")
articles = st.fixed_dictionaries(
    {"text": st.lists(sentences, max_size=6).map("\n".join), "outlet": st.sampled_from(["A", "B", ""])},
    optional={"id": st.sampled_from(["x", "y", "../../x"]), "url": st.sampled_from(["https://a.example/1", "https://b.example/2"]),
              "published": st.sampled_from(["2025-01-01", "2025-02-01"])},
)  # fmt: skip


modes = st.sampled_from(["mark", "documents", "paragraphs"])
corpora = st.lists(articles, min_size=1, max_size=8)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora, modes, st.randoms())
def test_any_records_in_any_files_balance_and_give_the_same_bytes(
    tmp_path: Path, records: list[dict[str, Any]], mode: str, chance: random.Random
) -> None:
    balance(tmp_path, records, mode, chance)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora, modes, st.randoms())
def test_any_records_in_any_files_balance_and_give_the_same_bytes_at_length(
    tmp_path: Path, records: list[dict[str, Any]], mode: str, chance: random.Random
) -> None:
    balance(tmp_path, records, mode, chance)


def balance(tmp_path: Path, records: list[dict[str, Any]], mode: str, chance: random.Random) -> None:
    shutil.rmtree(tmp_path, ignore_errors=True)
    for number, workers in ((0, 1), (1, 2)):
        shutil.rmtree(tmp_path / "in", ignore_errors=True)
        order = list(range(len(records)))
        chance.shuffle(order)
        for place in order:
            jsonl(tmp_path / "in" / f"{place}.jsonl", [records[place]])
        made(tmp_path / f"out{number}", tmp_path / "in", workers=workers, duplicates=mode)
    assert contents(tmp_path / "out0") == contents(tmp_path / "out1")
    report = verify(tmp_path / "out0")
    assert report.ok, report


def test_a_run_that_is_killed_and_started_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    chance = random.Random(1)
    lines = [" ".join(chance.choices(string.ascii_lowercase, k=3)) + " " + " ".join(
        f"{a}{b}" for a, b in zip(chance.choices(WORDS, k=12), chance.choices(WORDS, k=12), strict=True)
    ) + "." for _ in range(3000)]  # fmt: skip
    records = [
        {"id": f"d{n}", "outlet": f"o{n % 7}", "text": "\n".join(chance.choices(lines, k=30))} for n in range(600)
    ]
    for part in range(6):
        jsonl(tmp_path / "in" / f"{part}.jsonl", records[part::6])
    command = [sys.executable, "-m", "cleanpipe", "run", CONFIG, "--inputs", tmp_path / "in", "--quiet", "--output"]
    killed = 0
    for wait in (1.2, 1.6, 2.0, 2.4):
        process = subprocess.Popen([*command, tmp_path / "killed"], start_new_session=True)
        time.sleep(wait)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
    assert killed, "the run was too quick to be killed"
    for out in ("killed", "whole"):
        subprocess.run([*command, tmp_path / out], check=True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_second_run_over_changed_inputs_equals_a_fresh_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(ROOT / "samples" / "scale", folder)
    made(tmp_path / "updated", folder)
    (folder / "city-courier.txt").unlink()
    with (folder / "northern-ledger.txt").open("a") as file:
        file.write("\nA last paragraph that was added later tells that the first electric ferry has left the yard.\n")
    assert contents(made(tmp_path / "updated", folder)) == contents(made(tmp_path / "fresh", folder))


def test_an_output_that_was_edited_is_made_whole_by_the_next_run(tmp_path: Path) -> None:
    folder = ROOT / "samples" / "folder"
    before = contents(made(tmp_path / "out", folder))
    part = next((tmp_path / "out" / "stripped").iterdir())
    with part.open("r+b") as file:
        file.write(b"#")
    assert not verify(tmp_path / "out").ok
    assert contents(made(tmp_path / "out", folder)) == before
    assert verify(tmp_path / "out").ok


def test_an_output_of_other_inputs_or_with_foreign_files_is_refused(tmp_path: Path) -> None:
    out = made(tmp_path / "out", ROOT / "samples" / "folder")
    with pytest.raises(UserError, match="--fresh"):
        made(out, ROOT / "samples" / "jsonl")
    foreign = tmp_path / "mine"
    foreign.mkdir()
    (foreign / "thesis.docx").write_text("precious")
    with pytest.raises(UserError, match=r"thesis\.docx"):
        made(foreign, ROOT / "samples" / "folder")
    assert (foreign / "thesis.docx").read_text() == "precious"


def test_bad_records_are_quarantined_and_the_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    jsonl(
        folder / "good.jsonl",
        [{"id": str(n), "text": f"Paragraph number {n} of the harbour report."} for n in range(1500)],
    )
    lines = (folder / "good.jsonl").read_text().splitlines()
    lines[999] = '{"id": "broken", "text": '
    (folder / "good.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (folder / "empty.txt").write_bytes(b"")
    out = made(tmp_path / "out", folder)
    bad = {(row["path"], row["record"]): row["error"] for row in rows(out, "quarantine")}
    assert set(bad) == {("good.jsonl", 999), ("picture.txt", -1)} or set(bad) == {
        ("good.jsonl", 999),
        ("picture.txt", 0),
    }
    assert len(rows(out, "corpus")) == 1500
    assert verify(out).ok


def test_too_much_in_quarantine_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "A line of text."}\nnot json\n')
    config = load(CONFIG, inputs=[str(tmp_path / "in")], output=str(tmp_path / "out"))
    assert [check["name"] for check in run(config)["checks"] if not check["ok"]] == ["quarantine"]


def test_clashing_and_hostile_ids_are_told_apart_and_never_become_paths(tmp_path: Path) -> None:
    jsonl(tmp_path / "in" / "a.jsonl", [
        {"id": "../../x", "text": "The first text with this id is about a bridge."},
        {"id": "../../x", "text": "The second text with this id is about a school."},
    ])  # fmt: skip
    out = made(tmp_path / "out", tmp_path / "in")
    ids = sorted(row["id"] for row in rows(out, "corpus"))
    assert len(set(ids)) == 2 and all(name.startswith("../../x~") for name in ids)
    assert any("share an id" in warning for warning in json.loads((out / "manifest.json").read_text())["warnings"])
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


def test_the_same_bytes_fetched_again_are_one_document(tmp_path: Path) -> None:
    record = {"url": "https://a.example/news/1", "text": "The bridge is closed for a week, the council said on Monday."}
    jsonl(tmp_path / "in" / "a.jsonl", [record | {"published": "2025-01-01"}, record | {"published": "2025-01-02"}])
    out = made(tmp_path / "out", tmp_path / "in")
    assert len(rows(out, "corpus")) == 1
    versions = duckdb.sql(f"SELECT status FROM '{out}/tables/versions.parquet' ORDER BY status").fetchall()
    assert ("seen",) in versions
    assert verify(out).ok


def test_versions_all_keeps_the_earlier_one_in_the_corpus(tmp_path: Path) -> None:
    base = {"url": "https://a.example/news/1", "outlet": "A"}
    text = "{} boats left the harbour on Monday before the storm came."
    jsonl(tmp_path / "in" / "a.jsonl", [
        base | {"id": "v1", "published": "2025-01-01", "text": text.format("Twelve")},
        base | {"id": "v2", "published": "2025-01-02", "text": text.format("Fourteen")},
    ])  # fmt: skip
    assert [row["id"] for row in rows(made(tmp_path / "latest", tmp_path / "in"), "corpus")] == ["v2"]
    everything = made(tmp_path / "all", tmp_path / "in", versions="all")
    assert sorted(row["id"] for row in rows(everything, "corpus")) == ["v1", "v2"]
    assert verify(everything).ok


@pytest.mark.parametrize("date", ["", "2025-06-01"])
def test_pages_of_one_address_are_all_kept_if_no_date_tells_which_is_later(tmp_path: Path, date: str) -> None:
    page = {"url": "https://a.example/news/1", "published": date}
    jsonl(tmp_path / "in" / "a.jsonl", [
        page | {"id": "a", "text": "The ferry to the islands runs every hour in summer."},
        page | {"id": "b", "text": "The school on the hill gets a new roof before winter."},
    ])  # fmt: skip
    assert len(rows(made(tmp_path / "out", tmp_path / "in"), "corpus")) == 2


LONG = (
    "The council of the harbour town decided on Monday evening to repair the old pier before the winter storms arrive"
)

OWN = [
    "Gulls have learned to open the lids of the new bins along the promenade, to the delight of nobody but the"
    " photographers who wait there.",
    "The choir of the seamen's mission sang in the fish hall for the first time since the roof fell in, and the hall"
    " was full to the last crate.",
    "A grey seal that had lost its way in the fog spent two nights in the slipway of the rowing club, which cancelled"
    " its training for the week.",
]


def test_paragraphs_mode_drops_what_a_fuller_paragraph_holds_but_no_fact(tmp_path: Path) -> None:
    jsonl(tmp_path / "in" / "a.jsonl", [
        {"id": "full", "text": f"{OWN[0]}\n{LONG}, and the pilots welcomed it warmly after years of waiting."},
        {"id": "short", "text": f"{OWN[1]}\n{LONG}."},
        {"id": "fact", "text": f"{OWN[2]}\n{LONG}, at a cost of 900 crowns."},
    ])  # fmt: skip
    out = made(tmp_path / "out", tmp_path / "in", duplicates="paragraphs")
    dropped = [row for row in rows(out, "stripped") if row["action"] == "duplicate"]
    assert [(row["document"], row["held_by"].split("#")[0]) for row in dropped] in (
        [("short", "full")],
        [("short", "fact")],
    )
    assert "900 crowns" in "".join(row["text"] for row in rows(out, "corpus"))
    assert verify(out).ok


@pytest.mark.parametrize(
    ("held", "holder"),
    [
        ("will open in May", "will not open in May"),
        ("denied to everybody", "told everybody"),
    ],
)
def test_paragraphs_mode_keeps_what_the_fuller_paragraph_turns_round(tmp_path: Path, held: str, holder: str) -> None:
    jsonl(tmp_path / "in" / "a.jsonl", [
        {"id": "held", "text": f"{OWN[0]}\n{LONG} and that the hall beside it {held}."},
        {"id": "holder", "text": f"{OWN[1]}\n{LONG} and that the hall beside it {holder}, as the pilots had hoped."},
    ])  # fmt: skip
    out = made(tmp_path / "out", tmp_path / "in", duplicates="paragraphs")
    assert not [row for row in rows(out, "stripped") if row["action"] == "duplicate"]


def test_a_processor_that_edits_after_the_texts_were_compared_is_refused(tmp_path: Path) -> None:
    steps = "[structure, recurrence, {inserts: {phrases: [tap to read on]}}]"
    with pytest.raises(UserError, match="inserts edits texts"):
        made(tmp_path / "out", ROOT / "samples" / "scale", clean=steps)


def test_an_output_folder_inside_an_input_is_not_read_back(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples" / "folder", tmp_path, dirs_exist_ok=True)
    for _ in range(2):
        out = made(tmp_path / "out", tmp_path)
        assert len(rows(out, "corpus")) == 4
        assert verify(out).ok


@pytest.mark.parametrize("dataset", ["documents", "blocks", "marks", "sketches", "records", "live", "decisions"])
def test_a_step_whose_files_are_gone_is_done_again(tmp_path: Path, sample: Path, dataset: str) -> None:
    shutil.copytree(sample, tmp_path / "out")
    next((tmp_path / "out" / ".work" / dataset).glob("*.parquet")).unlink()
    run(load(CONFIG, output=str(tmp_path / "out"), sets=["profile=body"]))
    assert verify(tmp_path / "out").ok
    assert contents(tmp_path / "out") == contents(made(tmp_path / "fresh", profile="body"))


def test_documents_mode_drops_a_republished_article_whole(tmp_path: Path) -> None:
    body = "\n".join(
        f"{LONG} for the {n}th time, said the {w} to the {v}."
        for n, (w, v) in enumerate(zip(WORDS, reversed(WORDS), strict=True))
    )
    jsonl(tmp_path / "in" / "a.jsonl", [
        {"id": "first", "outlet": "A", "published": "2025-01-01", "text": f"A title\n{body}"},
        {"id": "again", "outlet": "B", "published": "2025-01-02", "text": f"Its own title\n{body}"},
        {"id": "other", "outlet": "C", "published": "2025-01-03", "text": OWN[0]},
    ])  # fmt: skip
    out = made(tmp_path / "out", tmp_path / "in", duplicates="documents")
    texts = {row["id"]: row for row in rows(out, "corpus")}
    assert texts["again"]["text"] == "" and texts["again"]["metadata"]["duplicate_of"] == "first"
    assert texts["first"]["text"] and texts["other"]["text"]
    assert verify(out).ok


@pytest.mark.parametrize("replaced, dropped", [(range(4, 48, 9), True), (range(36, 48), False)])
def test_a_republished_article_is_dropped_by_its_words_and_one_told_anew_is_not(
    tmp_path: Path, replaced: range, dropped: bool
) -> None:
    stems = [[f"{w}{v}" for v in reversed(WORDS) for w in WORDS[n : n + 4]][:48] for n in range(4)]
    again = [[f"{word}x" if n in replaced else word for n, word in enumerate(stem)] for stem in stems]
    jsonl(tmp_path / "in" / "a.jsonl", [
        {"id": name, "outlet": name, "published": f"2025-01-0{day}", "text": "\n\n".join(map(" ".join, paragraphs))}
        for day, (name, paragraphs) in enumerate((("first", stems), ("again", again)), 1)
    ])  # fmt: skip
    out = made(tmp_path / "out", tmp_path / "in", duplicates="documents", clean="[]", **{"dedup.threshold": "0.2"})
    texts = {row["id"]: row["text"] for row in rows(out, "corpus")}
    assert texts["first"] and (texts["again"] == "") == dropped
    assert verify(out).ok


def test_gz_and_zst_outputs_hold_the_same_rows(tmp_path: Path) -> None:
    folder = ROOT / "samples" / "folder"
    plain = contents(made(tmp_path / "none", folder))
    for kind in ("gz", "zst"):
        out = made(tmp_path / kind, folder, compress=kind)
        found = duckdb.sql(f"SELECT id, text FROM read_json('{out}/corpus/*.jsonl.{kind}') ORDER BY id").fetchall()
        assert found == sorted((row["id"], row["text"]) for row in rows(tmp_path / "none", "corpus"))
        assert verify(out).ok
    assert plain
