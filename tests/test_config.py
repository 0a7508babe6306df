"""A config is loaded exactly, and every mistake in it is one line that says where, what, and what is valid."""

from __future__ import annotations

import json
import re
import string
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cleanpipe import clean
from cleanpipe.config.load import load
from cleanpipe.config.mistakes import nearest
from cleanpipe.config.schema import Config, json_schema
from cleanpipe.errors import UserError
from cleanpipe.model import PROFILES
from cleanpipe.read.spec import ALIASES

REPOSITORY = Path(__file__).parents[1]
BASE = "inputs: [articles]\noutput: out\n"
PROCESSOR = clean.names()[0]

#: The working directory is the same for all examples of one test; each writes its config anew.
here = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of each test: an input folder and nothing else."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.txt").write_text("One line.\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(text: str, **overrides: Any) -> Config:
    Path("c.yaml").write_text(text, encoding="utf-8")
    return load("c.yaml", **overrides)


def mistake(text: str, **overrides: Any) -> str:
    with pytest.raises(UserError) as raised:
        loaded(text, **overrides)
    said = str(raised.value)
    assert "\n" not in said
    return said


MISTAKES = {
    "unclosed bracket": ("inputs: [articles\noutput: out", "2:7: not valid YAML: expected ',' or ']', but got ':'"),
    "tab": ("inputs:\n\t- articles", "2:1: not valid YAML: found character '\\t' that cannot start any token"),
    "undefined alias": ("inputs: *here", "1:9: not valid YAML: found undefined alias 'here'"),
    "alias inside itself": ("inputs: &a [*a]", "1:9: an alias (*name) must not stand inside its own anchor"),
    "two documents": ("output: a\n---\noutput: b", "2:1: not valid YAML: but found another document"),
    "control character": ("output: a\ninputs: \x01", "2:9: control characters are not allowed in YAML"),
    "surrogate": ('output: "\\ud800"', "1:9: an escaped surrogate (\\ud800 to \\udfff) is not a character"),
    "empty": ("# nothing\n", "1:1: the file is empty; `cleanpipe init` writes a config to start from"),
    "not a mapping": ("- articles", "1:1: expected keys such as inputs: and output:, got a list"),
    "key twice": (BASE + "output: b", "3:1: key 'output' stands twice here, first on line 2; keep one"),
    "unknown key": (BASE + "dedupe: {}", "3:1: unknown key 'dedupe', did you mean 'dedup'?"),
    "unknown key below": (
        BASE + "dedup:\n  shingle: 3\n  threshhold: 0.5",
        "5:3: dedup: unknown key 'threshhold', did you mean 'threshold'?",
    ),
    "unknown key far below": (
        BASE + "dedup: {canonical: {perfer: [x]}}",
        "3:21: dedup.canonical: unknown key 'perfer', did you mean 'prefer'?",
    ),
    "unknown key of an input": (
        "output: out\ninputs:\n  - path: articles\n    outlet: x",
        "4:5: inputs.0: unknown key 'outlet', did you mean 'outlets'?",
    ),
    "unknown key like no other": (
        BASE + "limits: {zzz: 1}",
        "3:10: limits: unknown key 'zzz'; valid here: document, parse_seconds, quarantine, strip, max_strip",
    ),
    "unknown field": (
        "output: out\ninputs: [{path: articles, fields: {titel: x}}]",
        "2:36: inputs.0.fields: unknown key 'titel', did you mean 'title'?",
    ),
    "missing key": ("output: out", "1:1: missing key 'inputs'"),
    "missing path": ("output: out\ninputs:\n  - {language: en}", "3:5: inputs.0: missing key 'path'"),
    "no inputs": ("output: out\ninputs: []", "2:9: inputs: expected at least one path to read, got an empty list"),
    "a number as text": (BASE + "dedup: {shingle: three}", "3:18: dedup.shingle: expected a whole number, got 'three'"),
    "text as a number": ("output: 3\ninputs: [articles]", "1:9: output: expected text, got 3"),
    "a list for a mapping": (BASE + "dedup: []", "3:8: dedup: expected a mapping (key: value), got a list"),
    "nothing for a mapping": (BASE + "dedup:\n", "3:1: dedup: expected a mapping (key: value), got nothing"),
    "text for a list": ("inputs: articles\noutput: out", "1:9: inputs: expected a list, got 'articles'"),
    "true for a number": (BASE + "occurrences: true", "3:14: occurrences: expected a whole number, got true"),
    "number too large": (BASE + "dedup: {shingle: 30}", "3:18: dedup.shingle: expected at most 16, got 30"),
    "number too small": (BASE + "occurrences: 0", "3:14: occurrences: expected at least 1, got 0"),
    "threshold too large": (
        BASE + "dedup: {threshold: 1.5}",
        "3:20: dedup.threshold: expected a number above 0 and at most 1, got 1.5",
    ),
    "endless threshold": (
        BASE + "dedup: {threshold: .nan}",
        "3:20: dedup.threshold: expected a number above 0 and at most 1, got nan",
    ),
    "keys that disagree": (
        BASE + "dedup: {min_tokens: 2}",
        "3:8: dedup: min_tokens (2) must be at least shingle (3)",
    ),
    "not a size": (
        BASE + "limits: {document: 3 apples}",
        "3:20: limits.document: expected a size such as 64MiB, or a number of bytes, got '3 apples'",
    ),
    "too little memory": (BASE + "memory: 1KB", "3:9: memory: expected at least 64MiB, got '1KB'"),
    "not a share": (
        BASE + "limits: {quarantine: 150%}",
        "3:22: limits.quarantine: expected a share from 0% to 100%, or a number from 0 to 1, got '150%'",
    ),
    "no workers": (BASE + "workers: 0", "3:10: workers: expected auto or a whole number from 1, got 0"),
    "unknown choice": (BASE + "duplicates: marks", "3:13: duplicates: unknown value 'marks', did you mean 'mark'?"),
    "unknown engine": (BASE + "engine: abacus", "3:9: engine: unknown value 'abacus'; valid here: local"),
    "unknown profile": (
        BASE + "profile: artikel",
        "3:10: profile: unknown profile 'artikel', did you mean 'article'? Or give a list of types",
    ),
    "unknown type": (
        BASE + "profile: [body, headlin]",
        "3:10: profile: unknown type 'headlin', did you mean 'headline'?",
    ),
    "unknown encoding": (
        "output: out\ninputs: [{path: articles, encoding: utf9}]",
        "2:37: inputs.0.encoding: unknown encoding 'utf9'; expected a Python codec such as utf-8, cp1252 or gb18030",
    ),
    "codec that is no encoding": (
        "output: out\ninputs: [{path: articles, encoding: rot13}]",
        "2:37: inputs.0.encoding: unknown encoding 'rot13'; expected a Python codec such as utf-8, cp1252 or gb18030",
    ),
    "unknown processor": (
        BASE + f"clean:\n  - {PROCESSOR}x",
        f"4:5: clean.0: unknown processor '{PROCESSOR}x', did you mean '{PROCESSOR}'?",
    ),
    "two processors in one entry": (
        BASE + "clean: [{a: {}, b: {}}]",
        "3:9: clean.0: expected a processor's name, or one name with its settings, got a mapping",
    ),
    "missing input": (
        "output: out\ninputs: [artikles]",
        "2:10: no such file or folder: 'artikles', did you mean 'articles'?",
    ),
    "glob that matches nothing": (
        "output: out\ninputs: ['articles/*.html']",
        "2:10: no file matches 'articles/*.html'; paths are relative to the working directory",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_with_its_place_and_what_is_valid(text: str, expected: str) -> None:
    assert mistake(text) == f"c.yaml:{expected}"


@pytest.mark.parametrize("name", clean.names())
def test_an_unknown_setting_of_a_processor_is_shown_at_its_key(name: str) -> None:
    said = mistake(BASE + f"clean:\n  - {name}:\n      no_such_setting: 1")
    assert said.startswith(f"c.yaml:5:7: clean.0.{name}: unknown key 'no_such_setting'; valid here: ")


def test_what_only_a_processor_knows_of_its_settings_is_shown_at_its_entry() -> None:
    said = mistake(BASE + "clean:\n  - structure\n  - rules: {packs: [news-enn]}")
    assert said.startswith("c.yaml:5:12: unknown rule pack 'news-enn' (did you mean 'news-en'?)")


def test_a_mistake_in_a_rule_pack_is_shown_in_the_pack() -> None:
    Path("my.yaml").write_text("pack: my\nabout: Mine.\nrules:\n  - idd: x\n")
    assert mistake(BASE + "clean: [{rules: {packs: [./my.yaml]}}]").startswith("./my.yaml:4:")


def test_the_first_mistake_in_the_file_is_the_one_shown() -> None:
    assert mistake("output: 3\ninputs: [articles]\nworkers: 0\ndedupe: 1").startswith("c.yaml:1:9: ")


def test_a_config_that_does_not_exist_is_named_with_its_nearest_neighbour() -> None:
    Path("news.yaml").write_text(BASE)
    with pytest.raises(UserError, match=r"^nws.yaml: no such file, did you mean 'news.yaml'\?$"):
        load("nws.yaml")


def test_a_config_that_is_not_utf8_is_named_with_the_line() -> None:
    Path("c.yaml").write_bytes(BASE.encode() + b"# caf\xe9\n")
    with pytest.raises(UserError, match=r"^c.yaml:3:1: not UTF-8 \(byte 36\); save the config as UTF-8$"):
        load("c.yaml")


def test_a_folder_is_not_a_config() -> None:
    with pytest.raises(UserError, match=r"^articles: cannot be read: Is a directory; give the path of a YAML file$"):
        load("articles")


def test_defaults_are_those_of_the_design() -> None:
    config = loaded(BASE)
    assert (config.profile, config.duplicates, config.versions, config.engine) == ("article", "mark", "latest", "local")
    assert config.types == PROFILES["article"]
    assert (config.dedup.shingle, config.dedup.min_tokens) == (3, 8)
    assert (config.dedup.threshold, config.dedup.containment) == (Fraction(1, 2), Fraction(4, 5))
    assert (config.limits.document, config.limits.quarantine) == (64 * 2**20, Fraction(1, 100))
    assert (config.workers, config.memory, config.occurrences) == ("auto", 2 * 2**30, 1000)
    assert [step.name for step in config.clean] == list(clean.DEFAULT)


@pytest.mark.parametrize(
    ("written", "size"),
    [("1000", 1000), ("500KB", 500_000), ("1.5MiB", 1_572_864), ("2 GiB", 2**31), ("64M", 64_000_000), ("7B", 7)],
)
def test_sizes_are_read_in_bytes(written: str, size: int) -> None:
    assert loaded(BASE + f"limits: {{document: {written}}}").limits.document == size


@pytest.mark.parametrize(
    ("written", "share"), [("1%", "1/100"), ("0.015", "3/200"), ("2.5 %", "1/40"), ("0", "0"), ("1", "1")]
)
def test_shares_are_exact(written: str, share: str) -> None:
    assert loaded(BASE + f"limits: {{quarantine: {written}}}").limits.quarantine == Fraction(share)


@here
@given(st.decimals(min_value="0.000001", max_value=1, places=6))
def test_a_threshold_is_the_decimal_that_was_written(threshold: Decimal) -> None:
    assert loaded(BASE + f"dedup: {{threshold: {threshold:f}}}").dedup.threshold == Fraction(threshold)


def test_a_bare_path_is_an_input() -> None:
    assert loaded(BASE).inputs == loaded("inputs: [{path: articles}]\noutput: out").inputs


def test_a_list_of_types_is_a_profile_of_its_own() -> None:
    config = loaded(BASE + "profile: [body, quote, body]")
    assert (config.types, config.profile_name) == (("body", "quote"), "custom")


def test_the_fields_of_an_input_are_those_that_readers_know() -> None:
    for field in ALIASES:
        assert loaded(f"inputs: [{{path: articles, fields: {{{field}: x}}}}]\noutput: out").inputs[0].fields == {
            field: "x"
        }


# --- overrides


def test_inputs_replace_the_paths_and_drop_their_globs_but_keep_the_rest() -> None:
    text = "inputs: [{path: gone, outlets: {a: b}, encoding: cp1252, language: fr}]\noutput: out"
    first, second = loaded(text, inputs=["articles", "articles/one.txt"]).inputs
    assert (first.path, second.path) == ("articles", "articles/one.txt")
    for entry in (first, second):
        assert (entry.outlets, entry.encoding, entry.language) == ({}, "cp1252", "fr")


def test_inputs_and_output_may_come_from_the_command_line_alone() -> None:
    config = loaded("profile: body", inputs=["articles"], output="elsewhere")
    assert (config.inputs[0].path, config.output) == ("articles", "elsewhere")


def test_a_missing_input_of_the_command_line_is_shown_as_such() -> None:
    said = mistake(BASE, inputs=["articles", "artikles"])
    assert said == "--inputs artikles: no such file or folder: 'artikles', did you mean 'articles'?"


def test_what_stays_of_an_input_is_still_shown_where_it_stands() -> None:
    said = mistake("output: out\ninputs: [{path: gone, encoding: utf9}]", inputs=["articles"])
    assert said.startswith("c.yaml:2:33: inputs.0.encoding: unknown encoding 'utf9'")


SET_MISTAKES = {
    "dedup.threshhold=0.5": "dedup: unknown key 'threshhold', did you mean 'threshold'?",
    "dedup.threshold=2": "dedup.threshold: expected a number above 0 and at most 1, got 2",
    "dedup.threshold": "expected key=value, such as --set dedup.threshold=0.6",
    "=1": "expected key=value, such as --set dedup.threshold=0.6",
    "dedup.threshold=[": "not valid YAML: expected the node content, but found '<stream end>'",
    "dedup={shingle: 3, shingle: 4}": "key 'shingle' stands twice here, first on line 1; keep one",
    "output.x=1": "output is 'out', nothing can be set inside it",
    "inputs.1.path=x": "inputs has 1 item(s); give the number of one, 0 to 0",
    "inputs.first.path=x": "inputs has 1 item(s); give the number of one, 0 to 0",
    "clean.0=rules": "clean: expected a list, got a mapping",
    "inputs.0.path=artikles": "no such file or folder: 'artikles', did you mean 'articles'?",
}


@pytest.mark.parametrize("text", SET_MISTAKES)
def test_a_mistake_in_set_names_the_option(text: str) -> None:
    assert mistake(BASE, sets=[text]) == f"--set {text}: {SET_MISTAKES[text]}"


def test_set_reaches_list_items_bare_names_and_keys_that_are_not_there_yet() -> None:
    config = loaded(
        BASE + f"clean: [{PROCESSOR}]",
        sets=["inputs.0.encoding=cp1252", "dedup.canonical.prefer=[Reuters]", f"clean.0.{PROCESSOR}={{}}"],
    )
    assert config.inputs[0].encoding == "cp1252"
    assert config.dedup.canonical.prefer == ("Reuters",)
    assert config.clean[0].name == PROCESSOR


def test_the_last_set_of_a_key_counts() -> None:
    assert loaded(BASE, sets=["occurrences=1", "occurrences=2"]).occurrences == 2


configs = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.sampled_from(["article", "body", ["quote", "body"]]),
        "duplicates": st.sampled_from(["mark", "documents", "paragraphs"]),
        "compress": st.sampled_from(["none", "gz", "zst"]),
        "workers": st.just("auto") | st.integers(1, 64),
        "memory": st.sampled_from(["1GiB", 2**30, "900MB"]),
        "dedup": st.fixed_dictionaries(
            {},
            optional={
                "shingle": st.integers(1, 8),
                "threshold": st.integers(1, 100).map(lambda n: n / 100),
                "canonical": st.fixed_dictionaries(
                    {"prefer": st.lists(st.text(string.printable, max_size=8), max_size=3)}
                ),
            },
        ),
    },
)


def as_sets(data: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key, value in data.items():
        if isinstance(value, dict):
            found += as_sets(value, f"{prefix}{key}.")
        else:
            found.append(f"{prefix}{key}={json.dumps(value)}")
    return found


@here
@given(configs)
def test_set_means_what_the_same_key_in_the_file_means(data: dict[str, Any]) -> None:
    in_file = loaded(json.dumps({"inputs": ["articles"], "output": "out", **data}))
    assert loaded(BASE, sets=as_sets(data)) == in_file


@here
@given(configs)
def test_a_config_written_out_is_the_same_config(data: dict[str, Any]) -> None:
    config = loaded(json.dumps({"inputs": ["articles"], "output": "out", **data}))
    assert loaded(config.model_dump_json()) == config


@here
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_a_config_or_a_mistake_with_its_place(text: str) -> None:
    Path("c.yaml").write_bytes(text.encode())
    with pytest.raises(UserError) as raised:
        load("c.yaml")
    assert re.match(r"c\.yaml:\d+:\d+: ", str(raised.value))


# --- the schema for editors


def as_data(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


SHIPPED = [*sorted((REPOSITORY / "configs").glob("*.yaml")), REPOSITORY / "cleanpipe" / "config" / "starter.yaml"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_config_fits_the_schema_and_loads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(as_data(path))
    monkeypatch.chdir(REPOSITORY)
    load(str(path), inputs=["samples"] if path.name == "starter.yaml" else ())


def test_the_starter_says_the_defaults() -> None:
    Path("data").mkdir()
    path = REPOSITORY / "cleanpipe" / "config" / "starter.yaml"
    assert load(str(path)).model_dump() == loaded("inputs: [data]\noutput: out").model_dump()


REFUSED_BY_EDITORS = ("unknown key", "unknown processor", "unknown choice", "not a size", "missing path", "no inputs")


@pytest.mark.parametrize("kind", REFUSED_BY_EDITORS)
def test_the_schema_refuses_what_loading_refuses(kind: str) -> None:
    data = YAML(typ="safe", pure=True).load(MISTAKES[kind][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(data)


def test_the_schema_knows_the_settings_of_every_processor() -> None:
    check = jsonschema.Draft202012Validator(json_schema())
    base = {"inputs": ["articles"], "output": "out"}
    for name in clean.names():
        check.validate({**base, "clean": [name, {name: {}}]})
        assert not check.is_valid({**base, "clean": [{name: {"no_such_setting": 1}}]})


@here
@given(st.sampled_from(["threshold", "containment", "canonical"]), st.data())
def test_one_wrong_letter_still_finds_the_name(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    hint = nearest(word[:place] + letter + word[place + 1 :], ["shingle", "threshold", "containment", "canonical"])
    assert hint == f", did you mean '{word}'?"
