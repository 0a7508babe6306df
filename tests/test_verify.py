"""`verify` passes on what a run wrote, and on nothing that was changed after it, however carefully."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
from audited_run import collection, run_over
from click.testing import CliRunner
from spoil import Row, change, reseal, rewrite, seal

from cleanpipe.audit.verify import verify
from cleanpipe.errors import UserError

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


# --- what was changed, the checksums with it or not


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


# --- what could not be read


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
