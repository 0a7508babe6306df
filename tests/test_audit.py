"""`explain` and `audit` answer from an output alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from audited_run import GALE, KELP, collection, run_over
from click.testing import CliRunner, Result

from cleanpipe.audit.explain import explain
from cleanpipe.audit.query import GROUPINGS, Filter, Stripped
from cleanpipe.audit.verify import verify
from cleanpipe.cli.audit import command as audit_command
from cleanpipe.cli.explain import command as explain_command
from cleanpipe.errors import UserError


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of which only the output is left."""
    folder = tmp_path_factory.mktemp("audit")
    run_over(collection(folder / "in"), folder / "out", duplicates="documents")
    shutil.rmtree(folder / "in")
    shutil.rmtree(folder / "out/.work")
    return folder / "out"


def call(command: object, *arguments: object, color: bool = False) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments], color=color)  # type: ignore[arg-type]


# --- explain


def test_a_document_is_explained_block_by_block(out: Path) -> None:
    found = explain(out, "courier/storm")
    assert [block["action"] for block in found["blocks"]] == ["keep", "keep", "keep"]
    (edit,) = found["blocks"][1]["edits"]
    assert edit["rule"] == "inserts/glued@1" and edit["reason"].endswith(".")
    assert found["document"]["path"] == "courier/storm.txt"


def test_every_verdict_has_a_letter_a_rule_and_a_reason(out: Path) -> None:
    dropped = next(name for name in ("tidings/gale", "herald/again") if explain(out, name)["document"]["dropped"])
    text = call(explain_command, out, dropped).output
    assert "D #" in text and "duplicates/documents@1" in text and "held by " in text and "republishes" in text
    text = call(explain_command, out, "kelp").output
    assert "V #0  superseded by a later version" in text and "an earlier version of kelp-2" in text
    text = call(explain_command, out, "tidings/gale").output
    assert "S #1  stripped, junk:ad" in text and "Advertisement" in text
    assert "news-en.ad-marker@1 (0.99): " in text


def test_a_paragraph_is_explained_with_all_who_carried_it_and_its_marks(out: Path) -> None:
    text = call(explain_command, out, "courier/storm#1").output
    assert "near to herald/again#1, of another group: they share 28 of 37 and 30 shingles" in text
    assert "mark certain edit" in text and "K #0" not in text
    text = call(explain_command, out, "mill#1").output
    assert "also carried by" in text and "herald/again#3  herald  near" in text
    found = json.loads(call(explain_command, out, "mill#1", "--json").output)
    (block,) = found["blocks"]
    assert block["carrier_count"] == len(block["carriers"]) >= 2
    assert {"paragraph", "outlet", "relation"} == block["carriers"][0].keys()


def test_colours_are_for_terminals_and_letters_for_all(out: Path) -> None:
    assert "\x1b[" in call(explain_command, out, "kelp", color=True).output
    assert "\x1b[" not in call(explain_command, out, "kelp").output


def test_an_unknown_document_names_the_nearest(out: Path) -> None:
    with pytest.raises(UserError, match=r"no document 'storm'; near: courier/storm"):
        explain(out, "storm")
    with pytest.raises(UserError, match="'kelp' has no block 9: its last is 1"):
        explain(out, "kelp#9")


def test_what_is_in_quarantine_is_explained_by_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text(f"{GALE}\n")
    (folder / "bad.html").write_text('{"error": "none"}')
    (folder / "dump.jsonl").write_text(json.dumps({"id": "fine", "text": KELP}) + "\n{broken\n")
    run_over(folder, tmp_path / "out")
    for name, reason in [
        ("bad", "bad.html is in quarantine: no page: it is JSON"),
        ("bad.html", "bad.html is in quarantine: no page: it is JSON"),
        ("dump.jsonl#1", "record 1 of dump.jsonl is in quarantine: line 2: broken JSON"),
    ]:
        with pytest.raises(UserError, match=reason):
            explain(tmp_path / "out", name)


def test_control_characters_of_a_page_do_not_reach_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "trap.txt").write_text(f"Bells\x1b[2J and whistles\n\n{GALE}\x1b]0;owned\x07\n\n{KELP}\n")
    run_over(folder, tmp_path / "out")
    text = call(explain_command, tmp_path / "out", "trap").output
    assert "\x1b" not in text and "\\x1b]0;owned" in text


# --- audit


def rows(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in (out / "stripped").iterdir() for line in path.read_text().splitlines()]


@pytest.mark.parametrize("by", GROUPINGS)
def test_counts_add_up_to_all_that_was_stripped(out: Path, by: str) -> None:
    stripped = Stripped(out)
    counted = stripped.counts(Filter(), by, 1000)
    assert sum(row["rows"] for row in counted) == len(rows(out)) == stripped.total(Filter())["rows"]
    assert sum(row["characters"] for row in counted) == sum(len(str(row["text"])) for row in rows(out))
    assert counted == sorted(counted, key=lambda row: (-row["rows"], -row["characters"]))


@pytest.mark.parametrize(
    ("wanted", "true"),
    [
        (Filter(rule="duplicates/*"), lambda row: row["action"] == "duplicate"),
        (Filter(rule="ad-mark"), lambda row: row["rule"] == "rules/news-en.ad-marker@1"),
        (Filter(rule="rules/news-en.ad*"), lambda row: row["rule"].startswith("rules/news-en.ad")),
        (Filter(rule="ad-marker/"), lambda row: False),
        (Filter(category="ad"), lambda row: row["type"] == "junk:ad"),
        (Filter(category="junk:ad"), lambda row: row["type"] == "junk:ad"),
        (Filter(category="body", action="superseded"), lambda row: "version" in row["rule"] and row["type"] == "body"),
        (Filter(outlet="courier"), lambda row: row["outlet"] == "courier"),
        (Filter(action="edit"), lambda row: row["action"] == "edit"),
        (Filter(text="ADVERT"), lambda row: "advert" in row["text"].lower()),
        (Filter(text="100%_'"), lambda row: False),
    ],
)  # fmt: skip
def test_a_filter_takes_the_rows_that_it_says(out: Path, wanted: Filter, true: object) -> None:
    assert callable(true)
    found = Stripped(out).rows(wanted, 1000)
    assert sorted(found, key=str) == sorted((row for row in rows(out) if true(row)), key=str)


def test_the_command_counts_and_lists(out: Path) -> None:
    text = call(audit_command, out).output
    assert "ad-marker@1" in text and text.splitlines()[-1].startswith(f"{len(rows(out))} rows")
    text = call(audit_command, out, "--action", "edit", "--list").output
    assert "courier/storm#1  edit  body  inserts/glued@1" in text and "1 row, 21 characters" in text
    found = json.loads(call(audit_command, out, "--by", "action", "--json").output)
    assert {row["action"] for row in found["rows"]} == {"strip", "edit", "duplicate", "superseded"}
    assert found["total"]["rows"] == len(rows(out))


@pytest.mark.parametrize(
    ("option", "asked", "near"),
    [
        ("--rule", "news-en/ad*", "rules/news-en.ad-marker@1"),
        ("--rule", "ad-maker", "rules/news-en.ad-marker@1"),
        ("--category", "junk:adverts", "ad"),
        ("--outlet", "Couriers", "courier"),
    ],
)
def test_a_name_that_nothing_has_is_answered_with_the_nearest(out: Path, option: str, asked: str, near: str) -> None:
    result = call(audit_command, out, option, asked, "--json")
    assert json.loads(result.stdout)["total"]["rows"] == 0
    (line,) = result.stderr.splitlines()
    assert f"has the {option[2:]} {asked!r}; near: {near}" in line


def test_names_that_exist_apart_but_not_together_are_no_mistake(out: Path) -> None:
    assert call(audit_command, out, "--outlet", "courier", "--category", "ad").stderr == ""


def test_a_run_that_stripped_nothing_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "plain.txt").write_text(f"Kelp\n\n{KELP}\n")
    run_over(folder, tmp_path / "out", compress="gz")
    result = call(audit_command, tmp_path / "out")
    assert result.exit_code == 0 and result.output == "0 rows, 0 characters (0.0 % of the sources)\n"


def test_an_unfinished_output_is_refused_in_one_line(tmp_path: Path) -> None:
    for ask in (lambda: Stripped(tmp_path), lambda: explain(tmp_path, "a")):
        with pytest.raises(UserError, match="the run did not finish"):
            ask()


# --- audit --uncertain


def test_the_least_sure_decisions_come_first_kept_blocks_too_with_every_mark(tmp_path: Path) -> None:
    run_over(collection(tmp_path / "in"), tmp_path / "out", confidence="0.995")
    assert verify(tmp_path / "out").ok
    found = json.loads(call(audit_command, tmp_path / "out", "--uncertain", "--json", "--limit", "500").stdout)
    sure = [row["confidence"] for row in found["rows"]]
    assert sure == sorted(sure) and len(sure) == found["total"] > 5
    first = found["rows"][0]
    assert (first["text"], first["action"], first["rule"]) == ("Advertisement", "keep", "confidence/least@1")
    assert first["confidence"] == pytest.approx(0.01)
    assert "asks for 0.995" in first["reason"]
    assert [(m["rule"], m["action"]) for m in first["marks"]] == [("rules/news-en.ad-marker@1", "strip")]
    assert {row["action"] for row in found["rows"]} >= {"keep"}


def test_uncertain_decisions_are_selected_like_others_and_shown_with_text_and_reason(out: Path) -> None:
    text = call(audit_command, out, "--uncertain", "--limit", "1", "--action", "strip").output
    assert "strip  junk:ad  rules/news-en.ad-marker@1" in text and "    Advertisement" in text
    assert "certain strip" not in text, "the mark that decided is not said twice"
    everything, kept = (
        json.loads(call(audit_command, out, "--uncertain", "--json", *more).stdout)["total"]
        for more in ([], ["--action", "keep"])
    )
    assert everything > kept > 0
    assert call(audit_command, out, "--action", "keep").exit_code == 2
