"""The paragraphs that the benchmarks are made of are what their truth says, and the runner measures cleanpipe."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import generate
from benchmarks import pages as benchmark_pages
from benchmarks.dedup import components, score
from cleanpipe.segment import segment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("news")
    generate.write(folder, 3000)
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def truth(folder: Path) -> list[tuple[int, int, str, int, int]]:
    lines = (line.split("\t") for line in (folder / "truth.tsv").read_text(encoding="utf-8").splitlines())
    return [(int(a), int(b), kind, int(shared), int(union)) for a, b, kind, shared, union in lines]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(folder: Path, tmp_path: Path) -> None:
    generate.write(tmp_path / "again", 3000)
    generate.write(tmp_path / "other", 3000, seed=2)
    assert contents(folder) == contents(tmp_path / "again")
    assert contents(folder).keys() == contents(tmp_path / "other").keys()
    assert contents(folder) != contents(tmp_path / "other")


def test_a_smaller_size_is_the_beginning_of_a_larger_one(folder: Path, tmp_path: Path) -> None:
    generate.write(tmp_path, 700)
    assert list(generate.texts(generate.parts(tmp_path))) == list(generate.texts(generate.parts(folder)))[:700]


def test_planted_pairs_have_the_jaccard_that_the_truth_gives(folder: Path) -> None:
    texts = list(generate.texts(generate.parts(folder)))
    pairs = truth(folder)
    for number, of, kind, shared, union in pairs:
        assert of < number
        a, b = generate.trigrams(texts[number]), generate.trigrams(texts[of])
        assert shared * len(a | b) == union * len(a & b)
        if kind == "repeat":
            assert texts[number] == texts[of]
    near = sorted(shared / union for _, _, kind, shared, union in pairs if kind not in ("repeat", "giant"))
    assert near[0] < 0.35 and near[-1] > 0.9
    assert max(later - earlier for earlier, later in pairwise(near)) < 0.05


def test_as_many_paragraphs_are_repeats_near_duplicates_and_variants_as_promised(folder: Path) -> None:
    kinds = Counter(json.loads((folder / "about.json").read_text())["kinds"])
    near = sum(kinds[kind] for kind in ("scatter", "block", "trim", "extend"))
    assert kinds.total() == 3000
    assert abs(kinds["repeat"] / 3000 - 0.30) < 0.03 and abs(near / 3000 - 0.10) < 0.02
    assert abs(kinds["giant"] / 3000 - 0.02) < 0.01


def test_cleanpipe_reads_the_articles_as_the_paragraphs_that_were_written(folder: Path) -> None:
    first = 0
    for path in generate.parts(folder):
        for line in path.read_text(encoding="utf-8").splitlines():
            article = json.loads(line)
            assert article["id"] == generate.article_id(first)
            blocks = [article["text"][block.start : block.end] for block in segment(article["text"])]
            assert blocks == article["text"].split("\n\n")
            first += len(blocks)
    assert first == 3000


def test_the_score_is_perfect_for_the_truth_and_tells_what_is_missing_or_wrong(folder: Path) -> None:
    about = generate.made(folder, 3000)
    true = [(a, b) for a, b, _, shared, union in truth(folder) if 2 * shared >= union]
    perfect = score(folder, about, np.array(true))
    assert set(perfect.recall) == {"repeat", "giant", "0.5", "0.6", "0.8"}
    assert set(perfect.recall.values()) == {1.0} and perfect.precision == 1.0
    nothing = score(folder, about, np.zeros((0, 2), np.int64))
    assert set(nothing.recall.values()) == {0.0}
    unlike = [(a, b) for a, b, _, shared, union in truth(folder) if 2 * shared < union]
    assert score(folder, about, np.array(unlike)).precision == 0.0


def test_components_are_what_pairs_connect() -> None:
    pairs = np.array([(5, 4), (4, 3), (3, 2), (7, 9), (9, 8), (2, 5)])
    assert components(10, pairs).tolist() == [0, 1, 2, 2, 2, 2, 6, 7, 7, 7]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU and memory are read from Linux's /proc")
def test_the_runner_measures_cleanpipe_on_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.dedup", "500", "--folder", str(tmp_path), "--steps"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| cleanpipe " in done.stdout and "| map sketch |" in done.stdout
    written = json.loads((tmp_path / "500-1" / "results.json").read_text())
    (result,) = written["results"]
    assert "failed" not in result
    assert result["cpu"] > 0 and result["peak_rss"] > 50 << 20
    assert result["cpu"] < result["cpu_with_documents"]
    assert result["score"]["precision"] == 1.0
    assert result["score"]["recall"]["repeat"] == result["score"]["recall"]["0.8"] == 1.0
    assert not (tmp_path / "500-1" / "scratch").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU and memory are read from Linux's /proc")
def test_the_steps_of_a_whole_run_add_up(tmp_path: Path) -> None:
    inputs = ["--inputs", "samples/scale", "--output", str(tmp_path / "out"), "--set", "workers=1"]
    command = [sys.executable, "-m", "benchmarks.by_step", "configs/scale.yaml", *inputs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    spent = {name: float(seconds) for name, seconds, _ in rows}
    assert {"map read", "... sketch", "... mark rules", "map decide", "sql groups", "map write"} <= spent.keys()
    whole = float(done.stdout.split(" CPU s;")[0].split()[-1])
    inside = sum(seconds for name, seconds in spent.items() if name.startswith("..."))
    assert abs(sum(spent.values()) - inside - whole) < 0.01 * len(spent)
    assert abs(inside - spent["map read"]) < 0.01 * len(spent)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU and memory are read from Linux's /proc")
def test_pages_are_timed_beside_trafilatura_alone_and_texts_by_lines(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"id": "a", "text": "Home\nThe ferry was late again on Monday.\nShare"}) + "\n")
    pages = "samples/pages/oberwalder-bote"
    command = [sys.executable, "-m", "benchmarks.pages", pages, "--times", "2", "--distinct", "--texts", str(texts)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines, _, figures = done.stdout.partition("\n")
    assert ": 3 lines, " in lines
    found = json.loads(figures)
    assert found.keys() == {"trafilatura", "run, full, workers: 1"}
    few = len([*(ROOT / pages).iterdir()])
    for each in found.values():
        assert each["pages"] == [few, 2 * few]
        assert all(spent > 0 for spent in each["CPU s"][0])


def test_another_article_has_other_words_and_addresses_and_the_same_shape() -> None:
    page = b'<a href="https://fenmark.example/x">The harbour reopened</a><script>var harbour = 1</script>'
    other = benchmark_pages._other(page, 1)
    assert other == (
        b'<a href="https://fenmark.example/copy1/x">The arbourh eopenedr</a><script>var harbour = 1</script>'
    )
