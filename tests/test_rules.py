"""Rule packs prove themselves by their examples; a user's mistake in one is a line with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clean_driver import PROSE, gone, kept, lines, marks_on, verdicts
from click.testing import CliRunner

from cleanpipe.clean.examples import failures
from cleanpipe.clean.pack import Pack, Rule, builtin_packs, load_pack
from cleanpipe.clean.rules import Rules, pack_digests
from cleanpipe.cli.rules import command
from cleanpipe.errors import UserError

PACKS = [load_pack(name) for name in builtin_packs()]
FAILURES = [failure for pack in PACKS for failure in failures(pack)]
RULES = [(pack, rule) for pack in PACKS for rule in pack.rules]

OWN = """\
pack: own
rules:
  - id: tide-line
    category: tides
    at: line
    patterns: ['(?:high|low) tide at \\d{1,2}:\\d{2}']
    strength: certain
    reason: The line gives the time of a tide.
    examples:
      strip: [High tide at 06:12]
      keep: [High tide at the quay]
"""


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=[f"{pack.name}/{rule.id}" for pack, rule in RULES])
def test_every_example_of_every_rule_holds(pack: Pack, rule: Rule) -> None:
    assert [str(each) for each in FAILURES if (each.pack, each.rule) == (pack.name, rule.id)] == []


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=[f"{pack.name}/{rule.id}" for pack, rule in RULES])
def test_a_keep_example_also_survives_all_other_processors(pack: Pack, rule: Rule) -> None:
    for example in rule.examples.keep:
        if "\n" in example:
            continue
        by_this = [
            m
            for m in marks_on(lines(PROSE, example, PROSE[:1]), example)
            if f".{rule.id}@" in m.rule and m.strength == rule.strength
        ]
        assert by_this == []


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_each_language_has_a_pack_of_a_few_dozen_rules(language: str) -> None:
    (pack,) = (pack for pack in PACKS if pack.language == language)
    assert len(pack.rules) >= 36
    assert pack.name in Rules.Settings().packs


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_pack_of_ones_own_works_beside_the_built_in_ones(tmp_path: Path) -> None:
    settings = {"rules": {"packs": ["news-en", write(tmp_path, OWN)]}}
    text = lines(PROSE[:3], "High tide at 06:12", "Advertisement", PROSE[3:])
    assert gone(text, settings=settings) == ["High tide at 06:12", "Advertisement"]
    assert gone(text) == ["Advertisement"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at: line", "att: line", ":5:5: unknown key 'att' (did you mean 'at'?)"),
        ("at: line", "at: lines", ":5:5: rules.0.at must be 'line', 'prefix', 'anywhere' or 'inline', not 'lines'"),
        ("(?:high|low)", "(?:high|low", ":6:16: not a regular expression of RE2: missing ): "),
        ("    reason: The line gives the time of a tide.\n", "", ":3:5: the key 'reason' is missing"),
        ("keep: [High tide", "kep: [High tide", ":11:7: unknown key 'kep' (did you mean 'keep'?)"),
        ("rules:", "rules: [", "not valid YAML"),
        ("strength: certain", "strength: sure", ":7:5: rules.0.strength must be"),
    ],
)
def test_a_mistake_in_a_pack_is_one_line_with_file_line_and_column(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = write(tmp_path, OWN.replace(old, new))
    with pytest.raises(UserError) as caught:
        load_pack(path)
    assert str(caught.value).startswith(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_id_used_twice_is_refused_at_the_second_one(tmp_path: Path) -> None:
    path = write(tmp_path, OWN + OWN.partition("rules:\n")[2])
    with pytest.raises(UserError, match=r":12:5: the rule id 'tide-line' is used twice"):
        load_pack(path)


def test_an_unknown_pack_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"unknown rule pack 'news-eng' \(did you mean 'news-en'\?\)"):
        load_pack("news-eng")
    with pytest.raises(UserError, match="cannot read the rule pack"):
        load_pack(str(tmp_path / "nothing.yaml"))


def test_a_rule_can_be_disabled_and_a_wrong_id_is_refused() -> None:
    text = lines(PROSE[:3], "Advertisement", PROSE[3:])
    assert gone(text, settings={"rules": {"disable": ["news-en/ad-marker"]}}) == []
    with pytest.raises(UserError, match=r"unknown rule 'ad-markr' \(did you mean 'ad-marker'\?\)"):
        gone(text, settings={"rules": {"disable": ["ad-markr"]}})


def test_pack_digests_change_with_the_bytes_of_a_pack(tmp_path: Path) -> None:
    one = pack_digests(Rules.Settings(packs=["generic", write(tmp_path, OWN)]))
    two = pack_digests(Rules.Settings(packs=["generic", write(tmp_path, OWN + "# changed\n")]))
    assert one["generic"] == two["generic"]
    assert one["own"] != two["own"]
    assert all(len(digest) == 64 for digest in one.values())


def test_a_hostile_pattern_cannot_hang_a_run(tmp_path: Path) -> None:
    pack = OWN.replace("'(?:high|low) tide at \\d{1,2}:\\d{2}'", "'(a+)+$'").replace("High tide at 06:12", "aaa")
    text = lines(PROSE[:3], "a" * 50_000 + "!x", PROSE[3:])
    assert len(kept(text, settings={"rules": {"packs": [write(tmp_path, pack)]}})) == 6


def test_an_inline_rule_cuts_only_its_span(tmp_path: Path) -> None:
    pack = OWN.replace("at: line", "at: inline").replace("strength: certain", "max_tokens: 60\n    strength: certain")
    text = lines(
        PROSE[:2], "It rained. High tide at 06:12 The harbour stayed closed for the rest of the day.", PROSE[2:]
    )
    decided = verdicts(text, settings={"rules": {"packs": [write(tmp_path, pack)]}})
    _, decision = decided[2]
    assert decision.action == "keep"
    assert [text[edit.start : edit.end] for edit in decision.edits] == ["High tide at 06:12"]


def test_what_somebody_says_in_quotation_marks_is_no_cue() -> None:
    quoted = "“Sign up for our newsletter and never miss a boat,” said the poster on the wall of the harbour office."
    inside = "The poster on the wall said “Sign up for our newsletter today” in letters as high as a man."
    bare = "Sign up for our newsletter and never miss a boat."
    assert gone(lines(PROSE[:3], quoted, inside, bare, PROSE[3:])) == [bare]


# --- the command line


def test_rules_list_shows_every_rule_with_its_reason() -> None:
    result = CliRunner().invoke(command, ["list", "--json"])
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert len(rows) == len(RULES)
    assert all(row["reason"] and row["pack"] and row["strength"] for row in rows)
    assert "ad-marker@1" in CliRunner().invoke(command, ["list", "news-en"]).output


def test_rules_test_passes_for_the_built_in_packs_and_fails_with_1_for_a_wrong_example(tmp_path: Path) -> None:
    assert CliRunner().invoke(command, ["test"]).exit_code == 0
    result = CliRunner().invoke(
        command, ["test", write(tmp_path, OWN.replace("[High tide at the quay]", "[Low tide at 12:00]"))]
    )
    assert result.exit_code == 1
    assert "own/tide-line marks its keep example 'Low tide at 12:00'" in result.output


@pytest.mark.parametrize("source", ["text", "file", "stdin"])
def test_rules_try_shows_each_line_with_its_verdict_and_rule(tmp_path: Path, source: str) -> None:
    text = lines(PROSE[:3], "Advertisement", PROSE[3:])
    path = tmp_path / "story.txt"
    path.write_text(text, "utf-8")
    given = {"text": text, "file": str(path), "stdin": "-"}[source]
    result = CliRunner().invoke(command, ["try", given, "--json"], input=text.encode())
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [row["action"] for row in rows] == ["keep"] * 3 + ["strip"] + ["keep"] * 2
    assert rows[3]["rule"] == "rules/news-en.ad-marker@1"
    plain = CliRunner().invoke(command, ["try", given], input=text.encode()).output
    assert "S junk:ad" in plain
    assert "The whole line marks an advertisement." in plain


ADVICE = [
    "How to find an old bill",
    "The office has put all bills of the last nine years on its pages, and here is how to find one of them again.",
    "Enter your email and wait for the code.",
    "Forgot your password? You will need to reset it first.",
    "The bills are sorted by year, and those of the first two are scanned from paper, so that some can hardly be read.",
]


def test_prompts_in_a_row_do_not_vouch_for_each_other() -> None:
    """Advice speaks as a site does; a label beside it shows that it is the site's."""
    assert gone(lines(ADVICE)) == []
    box = ["Newsletter", "Enter your email and wait for the code.", "Sign up"]
    assert gone(lines(ADVICE[:2], box, ADVICE[4:])) == [box[1]]
