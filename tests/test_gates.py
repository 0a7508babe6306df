"""Evaluation gates: what the reference sets must score, through whole runs. The floors are in ``floors.json``."""

from __future__ import annotations

from pathlib import Path

import pytest
from floors import SHARED, below, changed, floors, made, measured, raised

from benchmarks import evaluation
from cleanpipe.audit.verify import verify

FLOORS = floors()
#: Of each kind one set is measured whenever the tests run, the others by `make slow`.
LONG = {"trafi/pages/fast", "trafi/rawtext"}
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the reference sets are not there: {SHARED}")


@needs_data
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in LONG else []) for n in FLOORS])
def test_a_set_scores_what_it_must_and_its_run_is_verified(tmp_path: Path, name: str) -> None:
    floor = FLOORS[name]
    other = changed(floor)
    assert not other, (
        f"{', '.join(other)}: other data than the floors are for. If the change is meant: make floors DATA=1 measures "
        "and takes them; a floor that sinks by it needs LOWER=1 and a reason in the commit"
    )
    out = tmp_path / "out"
    runs = made(floor, out)
    figures = measured(floor, name, out)
    missed = below(floor, figures)
    assert not missed, (
        f"{name}: {'; '.join(missed)}. `make errors SET={name}` lists what went wrong; if it is meant, "
        f"`make floors LOWER=1` lowers the floor. All figures: {figures}"
    )
    for each in runs:
        report = verify(each)
        assert report.ok, report.failures
    if floor["measure"] == "body":
        kind = name.partition("/")[0]
        sums = evaluation.table(evaluation.scores(kind, evaluation.texts(out))).sum(axis=0)
        ours = dict(zip(("f1", "precision", "recall"), evaluation.measures(sums), strict=True))
        assert {key: figures[key] for key in ours} == pytest.approx(ours, abs=1e-4), "the benchmark's own figures"


# --- floors move up, and down only if told to

FLOOR = {"at_least": {"f1": 0.9, "kept": 60}, "at_most": {"lost": 3}, "measure": "body"}


def test_figures_below_a_floor_are_named() -> None:
    assert below(FLOOR, {"f1": 0.9, "kept": 60, "lost": 3}) == []
    assert below(FLOOR, {"f1": 0.8999, "kept": 61, "lost": 4}) == [
        "f1 is 0.8999, the floor is 0.9", "lost is 4, at most 3 is allowed",
    ]  # fmt: skip


def test_a_floor_rises_to_what_was_measured_rounded_down() -> None:
    new = raised(FLOOR, {"f1": 0.9219, "kept": 62, "lost": 2})
    assert (new["at_least"], new["at_most"]) == ({"f1": 0.921, "kept": 62}, {"lost": 2})
    assert new["measure"] == "body"


def test_a_floor_sinks_only_when_told() -> None:
    worse = {"f1": 0.85, "kept": 59, "lost": 9}
    assert raised(FLOOR, worse) == FLOOR
    assert raised(FLOOR, worse, lower=True)["at_least"] == {"f1": 0.849, "kept": 59}
    assert raised(FLOOR, worse, lower=True)["at_most"] == {"lost": 9}


def test_every_floor_says_what_it_measures_on_which_data() -> None:
    for name, floor in FLOORS.items():
        assert floor["input"] in floor["data"] and "eval/score.py" in floor["data"], name
        assert floor["at_least"] and all(len(known) == 16 for known in floor["data"].values()), name


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["documents", "paragraphs"])
def test_dropping_duplicates_of_the_syndicated_set_loses_nothing_and_is_the_same_for_any_workers(
    tmp_path: Path, mode: str
) -> None:
    floor = FLOORS["syndicated"]
    outs = [made(floor | {"set": {"duplicates": mode, "workers": n}}, tmp_path / str(n))[0] for n in (1, 3)]
    assert verify(outs[0]).ok
    parts = [{p.relative_to(out): p.read_bytes() for p in out.glob("*/part-*")} for out in outs]
    assert parts[0] == parts[1]
