"""The report of errors and the table of quality: what they count is what the reader takes them for."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import errors, extractors, quality
from benchmarks.errors import Judged
from benchmarks.evaluation import RESAMPLES, Score, measures, resampled, table
from benchmarks.quality import Result


def block(number: int, text: str, action: str = "keep", confidence: float = 0.95, rule: str = "") -> dict[str, Any]:
    return {
        "document": "d", "block": number, "text": text, "action": action, "type": "body", "confidence": confidence,
        "rule": rule, "reason": "It is a test." if rule else "", "element": "", "names": "",
    }  # fmt: skip


def label(text: str, keep: bool, sure: bool = True) -> dict[str, Any]:
    return {"text": text, "label": "keep" if keep else "strip", "sure": sure, "page_ok": True}


# --- errors


def test_blocks_of_a_dump_are_judged_by_the_labels_of_their_lines_in_order() -> None:
    labels = [label("Menu", False), label("Share", False, sure=False), label("The gate was opened.", True)]
    labels += [label("Menu", True)]
    blocks = [block(0, "Menu"), block(1, "Share"), block(2, "The gate  was opened."), block(3, "Menu", "strip")]
    assert [each.article for each in errors._by_lines(labels, blocks)] == [False, None, True, True]
    assert [each.wrong for each in errors._by_lines(labels, blocks)] == [True, False, False, True]


def test_a_block_holds_a_snippet_of_the_article_or_of_what_is_not_or_the_truth_says_nothing() -> None:
    truth = {"with": ["gate was\nopened"], "without": ["Sign up"]}
    said = [errors._by_snippets(truth, block(0, text)) for text in ("The gate was opened.", "Sign up now", "A line")]
    assert said == [True, False, None]


JUDGED = [
    Judged(block(0, "Sign up for the letter", rule="test/a@1"), False),
    Judged(block(1, "The gate was opened by hand on Monday", "strip", 0.9, "test/b@1"), True),
    Judged(block(2, "Menu", "strip", 0.9, "test/b@1"), False),
    Judged(block(3, "Nobody knows"), None),
]


def test_each_confidence_is_told_with_the_share_that_is_right() -> None:
    lines = list(errors.by_confidence({"d": JUDGED}))
    assert [line.split() for line in lines[1:]] == [["keep", "0.95", "1", "0.0%"], ["strip", "0.90", "2", "50.0%"]]


def test_rules_are_listed_by_the_words_they_cost() -> None:
    lines = list(errors.by_rule({"d": JUDGED}, 9))
    assert [line.split() for line in lines[1:]] == [
        ["8", "1", "2", "strip", "test/b@1"], ["5", "1", "1", "keep", "test/a@1"],
    ]  # fmt: skip


def test_a_page_shows_what_was_wrongly_stripped_and_kept_with_rule_confidence_and_reason() -> None:
    text = "\n".join(errors.page(Score("d", "Ardle Post", 0.5, 1, 0.25, 1), JUDGED, 5, ["a lost snippet"]))
    assert "d  Ardle Post  F1 0.333  precision 0.500  recall 0.250" in text
    assert "- #1  The gate was opened by hand on Monday\n      strip body (0.90)  test/b@1: It is a test." in text
    assert "+ #0  Sign up" in text and "in no block: a lost snippet" in text
    assert "#2" not in text and "#3" not in text


# --- quality


PAGES = [Score(f"p{n}", f"outlet {n // 2}", 0.8 + n / 100, 1, 0.9, 1) for n in range(10)]


def test_an_interval_holds_the_figure_and_is_drawn_the_same_each_time() -> None:
    value, draws = measures(table(PAGES).sum(axis=0)), resampled(PAGES)
    assert draws.shape == (RESAMPLES, 3) and np.array_equal(draws, resampled(PAGES))
    low, high = np.quantile(draws[:, 1], (0.025, 0.975))
    assert low < value[1] < high and value[1] == pytest.approx(0.845)


def test_outlets_are_drawn_and_not_pages() -> None:
    apart = [Score(page.id, page.id, page.precise, 1, 0.9, 1) for page in PAGES]
    together = [Score(page.id, "one outlet", page.precise, 1, 0.9, 1) for page in PAGES]
    assert np.ptp(resampled(together)[:, 1]) == 0 < resampled(PAGES)[:, 1].std()
    assert resampled(apart)[:, 1].std() < resampled(PAGES)[:, 1].std()


def test_a_row_of_the_table_gives_the_difference_to_the_base_by_the_same_draws() -> None:
    better = Result("ours", "1", tuple(Score(p.id, p.outlet, p.precise + 0.02, 1, 0.92, 1) for p in PAGES))
    base = Result("base", "2", tuple(PAGES))
    title, f1, _, recall, gain, lost = quality.cells(better, base, "fundus")
    assert (title, lost) == ("ours 1", "0") and f1.startswith(".892 (.8") and recall == ".920 (.920 to .920)"
    assert gain.startswith("+.020 (.0")
    assert quality.cells(base, base, "trafi")[-2:] == ["", ""]
    assert quality.cells(Result("gone", "", failed="no such package"), base, "trafi")[:2] == ["gone", "no such package"]


def test_pages_of_which_little_was_found_are_lost() -> None:
    assert Result("t", "", (Score("a", "o", 1, 1, 0.69, 1), Score("b", "o", 1, 1, 0.7, 1))).lost == 1


def test_a_dump_is_one_paragraph_a_line_and_a_page_is_as_it_was_sent(tmp_path: Path) -> None:
    row = {"id": "a", "text": "Tea & <b>\n\nThe gate was opened.", "lang": "de-AT"}
    with gzip.open(tmp_path / "dump.jsonl.gz", "wt") as file:
        file.write(json.dumps(row) + "\n")
    ((name, page, language),) = extractors.pages(tmp_path / "dump.jsonl.gz")
    assert (name, language) == ("a", "de")
    assert b"<p>Tea &amp; &lt;b&gt;</p>\n<p>The gate was opened.</p>" in page
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "x.html.gz").write_bytes(gzip.compress(b'<html lang="FR-ca"><p>A</p>'))
    assert list(extractors.pages(tmp_path / "pages")) == [("x", b'<html lang="FR-ca"><p>A</p>', "fr")]


def test_the_c4_rule_keeps_lines_of_five_words_that_end_as_sentences_do() -> None:
    pytest.importorskip("resiliparse", reason="resiliparse is not installed: pip install 'cleanpipe[extractors]'")
    page = b"<p>Menu</p><p>The gate was opened today.</p><p>Opened today.</p><p>The gate was opened today by</p>"
    assert extractors.TOOLS["C4 rule"]()(page, "en") == "The gate was opened today."
