"""Where a run may write, and how its output takes the place of the one before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleanpipe.errors import UserError
from cleanpipe.write.parts import Part
from cleanpipe.write.publish import STAGING, WORK, claimed, finish, publish


def tree(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and WORK not in p.parts}


def stage(out: Path, files: dict[str, str]) -> Path:
    staging = out / WORK / STAGING
    for path, text in files.items():
        (staging / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).write_text(text)
    return staging


def finished(out: Path, files: dict[str, str], roots: list[str]) -> None:
    with claimed(out, roots, fresh=False):
        pass
    publish(stage(out, files), out, files)
    finish(out, json.dumps({"cleanpipe": "0", "roots": roots}))


def test_a_new_output_replaces_the_parts_and_removes_those_that_are_gone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    finished(out, {"corpus/part-a.jsonl": "1", "stripped/part-a.jsonl": "1", "README.md": "1"}, ["in"])
    finished(out, {"corpus/part-a.jsonl": "2", "corpus/part-b.jsonl": "2", "README.md": "2"}, ["in"])
    assert tree(out) == {"corpus/part-a.jsonl", "corpus/part-b.jsonl", "README.md", "manifest.json"}
    assert (out / "corpus/part-a.jsonl").read_text() == "2"
    assert not (out / "stripped").exists()


def test_what_was_staged_can_be_published_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    finished(out, {"corpus/part-a.jsonl": "1"}, ["in"])
    (out / "corpus/part-a.jsonl").unlink()
    publish(out / WORK / STAGING, out, ["corpus/part-a.jsonl"])
    publish(out / WORK / STAGING, out, ["corpus/part-a.jsonl"])
    assert (out / "corpus/part-a.jsonl").read_text() == "1"
    assert not (out / "manifest.json").exists(), "until the run is finished the output is not whole"


def test_an_output_of_other_roots_is_replaced_only_when_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    finished(out, {"corpus/part-a.jsonl": "1"}, ["in"])
    with (
        pytest.raises(UserError, match=r"other inputs \(in, now other\).*--fresh"),
        claimed(out, ["other"], fresh=False),
    ):
        pass
    assert tree(out) == {"corpus/part-a.jsonl", "manifest.json"}
    with claimed(out, ["other"], fresh=True):
        pass
    assert tree(out) == set()


def test_an_unfinished_output_still_knows_its_roots(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out, ["in"], fresh=False):
        pass
    stage(out, {"corpus/part-a.jsonl": "1"})
    with claimed(out, ["in"], fresh=False):
        pass
    with pytest.raises(UserError, match="other inputs"), claimed(out, ["other"], fresh=False):
        pass


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", ["thesis.doc", "README.md", "corpus/part-a.jsonl", ".git/config"])
def test_a_folder_of_somebody_else_is_never_touched(tmp_path: Path, name: str, fresh: bool) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(UserError, match=f"holds {name}"), claimed(tmp_path / "out", ["in"], fresh):
        pass
    assert tree(tmp_path / "out") == {name} and path.read_text() == "mine"


@pytest.mark.parametrize("name", ["notes.txt", "corpus/notes.txt", "tables/mine.csv"])
def test_a_foreign_file_in_an_output_is_named(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    finished(out, {"corpus/part-a.jsonl": "1", "tables/blocks.parquet": "1"}, ["in"])
    (out / name).write_text("mine")
    with pytest.raises(UserError, match=f"holds {name}"), claimed(out, ["in"], fresh=True):
        pass
    assert (out / name).read_text() == "mine"


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match="is a file"), claimed(tmp_path / "out", ["in"], fresh=False):
        pass


@pytest.mark.parametrize("compress", ["", "gz", "zst"])
def test_the_same_rows_make_the_same_bytes(tmp_path: Path, compress: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for name, now in (("a", 1.0), ("b", 2e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        part = Part(tmp_path / name / f"part-0.jsonl.{compress}", compress)
        part.write({"text": "x" * 1000})
        part.close()
        found.append(part.path.read_bytes())
    assert found[0] == found[1]


def test_a_part_without_rows_removes_the_file_of_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / "part-0.jsonl"
    path.write_text("old")
    Part(path, "").close()
    assert not path.exists()


def test_a_part_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    part = Part(tmp_path / "part-0.jsonl", "gz")
    part.write({"text": "x"})
    part.abandon()
    assert tree(tmp_path) == set()


def test_two_runs_never_write_to_one_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "out", ["in"], fresh=False):
        for fresh in (False, True):
            with pytest.raises(UserError, match="another run"), claimed(tmp_path / "out", ["in"], fresh=fresh):
                pass
    with claimed(tmp_path / "out", ["in"], fresh=True):
        pass
