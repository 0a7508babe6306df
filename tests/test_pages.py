"""Pages through whole runs, and pages that were meant to break something."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cleanpipe.audit.verify import verify
from cleanpipe.config.load import load
from cleanpipe.model import Record
from cleanpipe.read import InputFile, InputSpec, Limits, read
from cleanpipe.run import run

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "samples" / "pages").rglob("*.html"))


def over(inputs: Path, out: Path, **sets: str) -> dict[str, Any]:
    pairs = [f"{key.replace('__', '.')}={value}" for key, value in sets.items()]
    run(load(str(ROOT / "configs" / "pages.yaml"), inputs=[str(inputs)], output=str(out), sets=pairs))
    rows = [json.loads(line) for part in out.glob("corpus/*.jsonl") for line in part.open(encoding="utf-8")]
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("pages") / "out"
    return out, over(ROOT / "samples" / "pages", out, workers="1")


def test_the_article_is_kept_in_readable_form_and_what_stands_around_it_goes(
    corpus: tuple[Path, dict[str, Any]],
) -> None:
    gate = corpus[1]["canal-weekly/lock-gate"]
    text = gate["text"]
    assert text.startswith("Ardle will have a lock gate with a motor\n\nAfter eleven winters")
    assert "Four beams of oak\t31,000" in text and "\n\nthe mail boat turns at the weir and meets a cart.\n\n" in text
    for junk in (
        "Home",
        "Advertisement",
        "newsletter",
        "See also",
        "swans",
        "Imprint",
        "Oda Fenn",
        "Photo",
        "biscuits",
    ):
        assert junk not in text
    kinds = [paragraph["type"] for paragraph in gate["paragraphs"]]
    assert kinds == ["headline", "standfirst", "body", "body", "subhead", "body", *["table"] * 4, "body",
                     *["list"] * 3, "quote", "body"]  # fmt: skip


def test_a_row_stays_under_its_headings_in_the_corpus(tmp_path: Path) -> None:
    prose = "".join(
        f"<p>The harbour master counted the boxes of quay {n} twice, because nobody would believe the figure.</p>"
        for n in range(4)
    )
    table = "<table><tr><th><th>May<th>June<tr><th>Cod<td>1,200<td>1,340<tr><td><td>310<td>290</table>"
    markup = f"<html><body><article><h1>Catch of the year</h1>{prose}{table}{prose}</article></body></html>"
    (tmp_path / "catch.html").write_text(markup)
    row = over(tmp_path / "catch.html", tmp_path / "out")["catch"]
    assert "\n\n\tMay\tJune\n\nCod\t1,200\t1,340\n\n\t310\t290\n\n" in row["text"]
    assert verify(tmp_path / "out").ok


def test_a_page_laid_out_by_tables_is_read_as_well(corpus: tuple[Path, dict[str, Any]]) -> None:
    text = corpus[1]["upland-news/ardle"]["text"]
    assert "Sheep" not in text and "Tell a friend" not in text and text.count("\n\n") >= 3


def test_kinds_are_told_apart(corpus: tuple[Path, dict[str, Any]]) -> None:
    kinds = {name.rpartition("/")[2]: row["metadata"]["kind"] for name, row in corpus[1].items()}
    others = {name: kind for name, kind in kinds.items() if kind != "article"}
    assert others == {"gone": "error", "subscribers": "stub", "harbour-budget": "stub"}


def test_verify_finds_all_that_is_visible(corpus: tuple[Path, dict[str, Any]]) -> None:
    report = verify(corpus[0])
    assert report.ok, report.failures
    assert report.proved["pages of which all that is visible is accounted for"] == len(SAMPLES)


def test_a_profile_can_ask_for_captions_bylines_and_dates(tmp_path: Path) -> None:
    found = over(ROOT / "samples" / "pages", tmp_path / "out", profile="[byline, caption, dateline]")
    assert [p["type"] for p in found["canal-weekly/lock-gate"]["paragraphs"]] == ["byline", "dateline", "caption"]


def test_a_stub_stands_for_a_group_only_where_nobody_else_carries_it(tmp_path: Path) -> None:
    stub = next(path for path in SAMPLES if path.name == "subscribers.html").read_text("utf-8")
    opening = re.search(r"<p>(Nobody.*?)</p>", stub)
    assert opening is not None
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "z").mkdir()
    (tmp_path / "in" / "a" / "stub.html").write_text(stub, "utf-8")
    rest = "<p>They had found the bell of the old ferry, green and whole, in two fathoms of water.</p>" * 2
    whole = stub.replace("false}", "true}").replace('<div class="paywall-message">', f"{rest}<div>")
    (tmp_path / "in" / "z" / "whole.html").write_text(whole, "utf-8")
    found = over(tmp_path / "in", tmp_path / "out")
    assert found["a/stub"]["metadata"]["kind"] == "stub"
    paragraph = next(p for p in found["a/stub"]["paragraphs"] if p["type"] == "body")
    assert paragraph["group"].startswith("z/whole#") and paragraph["relation"] == "exact"


@pytest.mark.parametrize("name", ["resiliparse", "readability"])
def test_other_extractors_vote_in_the_same_way(tmp_path: Path, name: str) -> None:
    pytest.importorskip(name)
    steps = f"[{{extractor: {{name: {name}}}}}, elements, rules, guards]"
    text = over(ROOT / "samples" / "pages", tmp_path / "out", clean=steps)["canal-weekly/lock-gate"]["text"]
    assert "one that a motor turns" in text and "Imprint" not in text
    assert verify(tmp_path / "out").ok


def test_the_outputs_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    parts = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        over(ROOT / "samples" / "pages", out, workers=workers)
        parts.append({p.relative_to(out): p.read_bytes() for p in out.glob("*/part-*")})
    assert parts[0] == parts[1] and parts[0]


# --- pages that were meant to break something

HOSTILE = {
    "deep": b"<div>" * 100_000 + b"deep",
    "attributes on lines": b"<p\n" + b"\n".join(b"a%d=b" % i for i in range(200_000)) + b">text</p>",
    "attributes": b"<p " + b" ".join(b"a%d=b" % i for i in range(200_000)) + b">text</p>",
    "names": b"<p " + b"class='" + b"x " * 500_000 + b"'>text</p>",
    "entities": b"<p>" + b"&#x110000;&#0;&#xD800;&lt;script&gt;&nosuch;&amp;amp;" * 500 + b"</p>",
    "doctype": b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><p>&b;&b;</p>',
    "frames": b"<frameset cols=50%,50%><frame src=a.html><frame src=b.html></frameset>",
    "json": b'{"a": [1, 2, "<p>three</p>"]}',
    "image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "unclosed": b"<html><body><p>one<p>two<b>three<i>four" + b"<table><tr><td>" * 300,
    "siblings": b"<p>x</p>" * 30_000,
    "empty": b"",
    "broken": b"\xff\xfe<p>\xd8\x00</p>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_or_quarantined(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{name}.html").write_bytes(HOSTILE[name])
    found = over(tmp_path / "in", tmp_path / "out", workers="1", limits__quarantine="100%", limits__parse_seconds="60")
    refused = [json.loads(x) for part in tmp_path.glob("out/quarantine/*") for x in part.read_text().splitlines()]
    assert len(found) + len(refused) == 1
    assert (name in ("deep", "attributes", "attributes on lines", "image", "broken", "json", "empty")) == bool(
        refused
    ), refused
    report = verify(tmp_path / "out")
    assert report.ok, report.failures


def test_a_page_larger_than_the_limit_is_not_even_held(tmp_path: Path) -> None:
    path = tmp_path / "bomb.html.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"<p>")
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    file_ = InputFile("in", path.name, str(path), path.stat().st_size, "", "html", InputSpec("in"))
    (refused,) = read(file_, Limits(document=1 << 20))
    assert not isinstance(refused, Record) and "limits.document" in refused.error
